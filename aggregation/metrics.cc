#include "aggregation/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "aggregation/evaluation/detail.h"
#include "aggregation/evaluation/local_gain.h"
#include "aggregation/evaluation/score_bins.h"
#include "aggregation/evaluation/score_metrics.h"
#include "aggregation/evaluation/summed_blocks.h"
#include "aggregation/evaluation/suppression.h"
#include "aggregation/programs/step_schema.h"

namespace accord {
namespace {

// The mean that the sites' shares of a sum (each divided by max_rows) stand for. Rounding can push a tiny loss below 0.
std::optional<double> Mean(std::optional<double> share_sum, double max_rows, uint64_t count) {
  if (!share_sum.has_value() || count == 0) return std::nullopt;
  return std::max(0.0, *share_sum * max_rows / static_cast<double>(count));
}

uint64_t Total(absl::Span<const double> counts) {
  return static_cast<uint64_t>(std::accumulate(counts.begin(), counts.end(), 0.0));
}

double NotNegative(int64_t sum) { return sum < 0 ? 0 : static_cast<double>(sum); }

// Area, precision and calibration of the probability of the second of two classes.
void ReadScores(const v1::JobSpec& spec, const SummedBlocks& blocks, v1::Metrics& metrics) {
  const RingSums scores = blocks.Block(kTestScoresBlock);
  if (scores.empty()) return;
  const size_t half = scores.size() / 2;
  const std::vector<double> counts = blocks.Numbers(kTestScoresBlock);
  const absl::Span<const double> negatives = absl::MakeConstSpan(counts).first(half);
  const absl::Span<const double> positives = absl::MakeConstSpan(counts).subspan(half);
  const uint64_t minimum = spec.evaluation().minimum_cell();
  if (IsBelowCell(Total(negatives), minimum) || IsBelowCell(Total(positives), minimum)) {
    metrics.add_withheld(absl::StrCat("what depends on the order or size of probabilities: fewer than ", minimum,
                                      " held-out rows are of one of the classes"));
    return;
  }
  const double auc = AucFromHistograms(scores.subspan(0, half), scores.subspan(half, half));
  if (!std::isnan(auc)) metrics.set_test_auc(auc);
  if (const auto precision = AveragePrecision(negatives, positives)) metrics.set_test_average_precision(*precision);
  if (!spec.evaluation().has_calibration()) return;
  if (const auto error = ExpectedCalibrationError(negatives, positives, ProbabilityOfOddsBin,
                                                  spec.evaluation().calibration().bins())) {
    metrics.set_test_calibration_error(*error);
  }
  if (const auto line = Recalibrate(negatives, positives)) {
    metrics.set_test_calibration_intercept(line->intercept);
    metrics.set_test_calibration_slope(line->slope);
  }
}

// Pixels that got their level, and Dice of each level (Dice 1945): twice the overlap by the sum of both extents.
// Nothing is rounded to nothing, at every site.
void ReadMasks(const SummedBlocks& blocks, double max_rows, uint64_t rows, v1::Metrics& metrics) {
  if (const auto pixels = Mean(blocks.Number(kTestPixelsBlock), max_rows, rows)) {
    metrics.set_test_accuracy(std::min(*pixels, 1.0));
  }
  if (rows == 0) return;
  const std::vector<double> overlap = blocks.Numbers(kTestOverlapBlock);
  const std::vector<double> extent = blocks.Numbers(kTestExtentBlock);
  for (size_t level = 0; level < overlap.size(); ++level) {
    metrics.add_test_dice(extent[level] <= 0 ? 1 : std::min(1.0, overlap[level] / extent[level]));
  }
}

void ReadTestMetrics(const v1::JobSpec& spec, const SummedBlocks& blocks, v1::Metrics& metrics) {
  const double max_rows = spec.aggregation().max_rows_per_site();
  const uint64_t rows = blocks.Count(kTestRowsBlock);
  if (const uint64_t minimum = spec.evaluation().minimum_cell(); IsBelowCell(rows, minimum)) {
    metrics.add_withheld(
        absl::StrCat("every figure of held-out rows: all sites together have fewer than ", minimum, " of them"));
    return;
  }
  metrics.set_test_rows(rows);
  if (const auto loss = Mean(blocks.Number(kTestLossBlock), max_rows, rows)) metrics.set_test_loss(*loss);
  if (const auto mse = Mean(blocks.Number(kTestSquaredErrorBlock), max_rows, rows)) metrics.set_test_mse(*mse);
  if (const uint64_t correct = blocks.Count(kTestCorrectBlock);
      !blocks.Block(kTestCorrectBlock).empty() && rows > 0 && correct <= rows) {
    metrics.set_test_accuracy(static_cast<double>(correct) / static_cast<double>(rows));
  }
  ReadMasks(blocks, max_rows, rows, metrics);
  ReadScores(spec, blocks, metrics);
  if (!metrics.withheld().empty()) return;
  if (const auto brier = Mean(blocks.Number(kTestBrierBlock), max_rows, rows)) metrics.set_test_brier(*brier);
  if (const std::vector<double> counts = blocks.Numbers(kTestConfidenceBlock); !counts.empty()) {
    const absl::Span<const double> wrong = absl::MakeConstSpan(counts).first(counts.size() / 2);
    const absl::Span<const double> right = absl::MakeConstSpan(counts).subspan(counts.size() / 2);
    if (const auto error =
            ExpectedCalibrationError(wrong, right, ProbabilityOfEvenBin, spec.evaluation().calibration().bins())) {
      metrics.set_test_calibration_error(*error);
    }
  }
  if (auto detail = DetailFromSums(spec, blocks)) *metrics.mutable_detail() = *std::move(detail);
}

}  // namespace

double AucFromHistograms(RingSums negatives, RingSums positives) {
  double negatives_below = 0;
  double num_positives = 0;
  double pairs_won = 0;
  for (size_t bin = 0; bin < std::min(negatives.size(), positives.size()); ++bin) {
    const double negatives_here = NotNegative(negatives[bin]);
    const double positives_here = NotNegative(positives[bin]);
    pairs_won += positives_here * (negatives_below + negatives_here / 2);
    negatives_below += negatives_here;
    num_positives += positives_here;
  }
  const double num_pairs = negatives_below * num_positives;
  return num_pairs > 0 ? pairs_won / num_pairs : std::numeric_limits<double>::quiet_NaN();
}

absl::StatusOr<v1::Metrics> MetricsFromSums(const v1::JobSpec& spec, const VectorSchema& schema, RingSums sums,
                                            uint32_t num_sites) {
  if (sums.size() != schema.num_elements() || sums.ring() != schema.ring()) {
    return absl::InvalidArgumentError(absl::StrCat("a sum of ", sums.size(), " elements of ", BitsOf(sums.ring()),
                                                   " bits for a step of ", schema.num_elements(), " of ",
                                                   BitsOf(schema.ring())));
  }
  const SummedBlocks blocks = {schema, sums};
  const double max_rows = spec.aggregation().max_rows_per_site();
  v1::Metrics metrics;
  const uint64_t train_rows = blocks.Count(kRowsBlock);
  metrics.set_train_rows(train_rows);
  if (const auto loss = Mean(blocks.Number(kTrainLossBlock), max_rows, train_rows)) metrics.set_train_loss(*loss);
  if (const auto clipped = blocks.Number(kClippedBlock); clipped.has_value() && num_sites > 0) {
    metrics.set_clipped_share(std::clamp(*clipped / (ClippedUnit(schema.ring()) * num_sites), 0.0, 1.0));
  }
  if (schema.Find(kShortenedBlock) != nullptr) {
    metrics.set_shortened_updates(static_cast<uint32_t>(std::min<uint64_t>(blocks.Count(kShortenedBlock), num_sites)));
  }
  ReadTestMetrics(spec, blocks, metrics);
  if (schema.Find(kLocalGainBlock) != nullptr) *metrics.mutable_local_gains() = GainsFromSums(spec, blocks, num_sites);
  return metrics;
}

}  // namespace accord
