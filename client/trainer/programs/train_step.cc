#include "client/trainer/programs/train_step.h"

#include <algorithm>
#include <vector>

#include "base/status.h"
#include "client/trainer/programs/evaluate_step.h"
#include "client/trainer/programs/update_blocks.h"

namespace accord {
namespace {

// Mean training loss of the received model, weighted like the update: sum of losses / max_rows.
absl::StatusOr<double> WeightedTrainLoss(const v1::JobSpec& spec, const Examples& train, Model& model) {
  const uint64_t max_rows = spec.aggregation().max_rows_per_site();
  ACCORD_ASSIGN_OR_RETURN(const EvaluationSums sums, Evaluate(spec, train, max_rows, model));
  return sums.loss / static_cast<double>(max_rows);
}

}  // namespace

absl::StatusOr<HeldOut> FillTraining(const v1::JobSpec& spec, const LocalTraining& local, const Examples& train,
                                     const Examples& test, absl::Span<const float> received, Model& model,
                                     StepVector& vector) {
  ACCORD_RETURN_IF_ERROR(model.LoadParameters(received));
  ACCORD_ASSIGN_OR_RETURN(const double train_loss, WeightedTrainLoss(spec, train, model));
  ACCORD_RETURN_IF_ERROR(vector.Put(kTrainLossBlock, train_loss));
  HeldOut held_out;
  ACCORD_ASSIGN_OR_RETURN(held_out.received, FillMetrics(spec, test, model, vector));
  ACCORD_RETURN_IF_ERROR(TrainLocally(spec, local, train, model));
  std::vector<float> trained(received.size());
  ACCORD_RETURN_IF_ERROR(model.StoreParameters(absl::MakeSpan(trained)));
  const auto change = [&](uint64_t first, absl::Span<float> out) {
    for (size_t i = 0; i < out.size(); ++i) out[i] = trained[first + i] - received[first + i];
  };
  ACCORD_RETURN_IF_ERROR(FillUpdate(spec, train.rows(), received.size(), change, vector));
  ACCORD_ASSIGN_OR_RETURN(held_out.trained, Evaluate(spec, test, spec.aggregation().max_rows_per_site(), model));
  return held_out;
}

}  // namespace accord
