#include "aggregation/programs/step_words.h"

#include <map>

#include "aggregation/programs/step_schema.h"

namespace accord {
namespace {

const std::map<std::string, std::string>& Meanings() {
  static const auto& meanings = *new std::map<std::string, std::string>{
      {kRowsBlock, "how many training rows the site used"},
      {kPresentBlock, "for each input column, in how many rows it was measured"},
      {kSumBlock, "for each input column, the sum over the site's rows"},
      {kSumOfSquaresBlock, "for each input column, the sum of squares over the site's rows"},
      {kUpdateBlock, "the change of each model parameter, weighted by the site's rows where sites count by them"},
      {kControlBlock, "the change of the site's control variate, a mean gradient of each model parameter"},
      {kTrainedBlock, "whether the site trained, by which its changes count instead of by its rows (SCAFFOLD)"},
      {kLocalStepsBlock, "its number of training steps, weighted by the site's rows"},
      {kShortenedBlock, "whether the change was longer than the bound and was shortened to it"},
      {kClippedBlock, "the share of changes that were clipped at the bound"},
      {kTrainLossBlock, "the training loss, weighted by the site's rows"},
      {kTestRowsBlock, "how many held-out rows were evaluated"},
      {kTestLossBlock, "the sum of losses over held-out rows"},
      {kTestCorrectBlock, "how many held-out rows were classified correctly"},
      {kTestPixelsBlock, "the share of pixels that were given their level, summed over held-out masks"},
      {kTestOverlapBlock,
       "for each level, the share of pixels that have it and were given it, summed over held-out masks"},
      {kTestExtentBlock,
       "for each level, the mean of the shares of pixels that have it and that were given it, summed over held-out "
       "masks"},
      {kTestScoresBlock, "a histogram of predicted probabilities over held-out rows (for the AUC)"},
      {kTestBrierBlock, "the sum, over held-out rows, of the squared distance of probabilities from what happened"},
      {kTestConfidenceBlock,
       "a histogram of the probability of the class that was predicted, of wrong and of right rows"},
      {kTestConfusionBlock, "how many held-out rows of each class were taken for each class"},
      {kGroupPredictionsBlock,
       "for each level of the subgroups, how many held-out rows of each class were taken for each class"},
      {kGroupScoresBlock,
       "for each level of the subgroups, a histogram of predicted probabilities over its held-out rows"},
      {kGroupRowsBlock, "for each level of the subgroups, how many held-out rows it has"},
      {kGroupCorrectBlock, "for each level of the subgroups, how many held-out rows were classified correctly"},
      {kGroupLossBlock, "for each level of the subgroups, the sum of losses over its held-out rows"},
      {kGroupSquaredErrorBlock, "for each level of the subgroups, the sum of squared errors over its held-out rows"},
      {kLocalGainBlock,
       "a 1 in the bin of what the site gains: how much better the common model does on its held-out rows than the one "
       "that it trained alone"},
      {kEventsBlock, "in how many rows the event happened, or the target is the second class"},
      {kIncompleteBlock, "how many training rows were left out because a value is missing"},
      {kOutsideBlock, "whether the sums left their bounds, so that the step is too long"},
      {kFitBlock, "the log-likelihood of the site's rows at the current coefficients"},
      {kScoreBlock, "for each coefficient, the sum over the site's rows of column times residual (the score)"},
      {kInformationBlock,
       "for each two coefficients, the weighted sum over the site's rows of the product of their columns (the "
       "information matrix)"},
      {kTestSquaredErrorBlock, "the sum of squared errors over held-out rows"},
  };
  return meanings;
}

}  // namespace

std::string StepInWords(v1::StepKind kind) {
  switch (kind) {
    case v1::STEP_STANDARDISE:
      return "standardisation";
    case v1::STEP_TRAIN:
      return "training";
    case v1::STEP_NEWTON:
      return "iteration";
    case v1::STEP_EVALUATE:
      return "evaluation";
    default:
      return "unknown step";
  }
}

std::string BlockInWords(absl::string_view block) {
  const auto meaning = Meanings().find(std::string(block));
  return meaning == Meanings().end() ? std::string(block) : meaning->second;
}

}  // namespace accord
