#include "aggregation/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/step_schema.h"

namespace accord {
namespace {

// One summed vector, read block by block.
struct Sums {
  const VectorSchema& schema;
  RingSums elements;

  RingSums Block(absl::string_view name) const {
    const VectorSchema::PlacedBlock* placed = schema.Find(name);
    return placed == nullptr ? RingSums() : elements.subspan(placed->offset, placed->block.num_elements);
  }
  // A block of one number, decoded.
  std::optional<double> Number(absl::string_view name) const {
    const VectorSchema::PlacedBlock* placed = schema.Find(name);
    if (placed == nullptr) return std::nullopt;
    return static_cast<double>(elements[placed->offset]) / placed->scale;
  }
  // A block of one count; 0 when it is missing or impossible.
  uint64_t Count(absl::string_view name) const {
    return static_cast<uint64_t>(std::max(0.0, Number(name).value_or(0)));
  }
};

// The mean that the sites' shares of a sum (each divided by max_rows) stand for. Rounding can push a tiny loss below 0.
std::optional<double> Mean(std::optional<double> share_sum, double max_rows, uint64_t count) {
  if (!share_sum.has_value() || count == 0) return std::nullopt;
  return std::max(0.0, *share_sum * max_rows / static_cast<double>(count));
}

double NotNegative(int64_t sum) { return sum < 0 ? 0 : static_cast<double>(sum); }

void ReadTestMetrics(const Sums& sums, double max_rows, v1::Metrics& metrics) {
  const uint64_t rows = sums.Count(kTestRowsBlock);
  metrics.set_test_rows(rows);
  if (const auto loss = Mean(sums.Number(kTestLossBlock), max_rows, rows)) metrics.set_test_loss(*loss);
  if (const auto mse = Mean(sums.Number(kTestSquaredErrorBlock), max_rows, rows)) metrics.set_test_mse(*mse);
  if (const uint64_t correct = sums.Count(kTestCorrectBlock);
      !sums.Block(kTestCorrectBlock).empty() && rows > 0 && correct <= rows) {
    metrics.set_test_accuracy(static_cast<double>(correct) / static_cast<double>(rows));
  }
  if (const RingSums scores = sums.Block(kTestScoresBlock); !scores.empty()) {
    const size_t half = scores.size() / 2;
    const double auc = AucFromHistograms(scores.subspan(0, half), scores.subspan(half, half));
    if (!std::isnan(auc)) metrics.set_test_auc(auc);
  }
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
  const Sums blocks = {schema, sums};
  const double max_rows = spec.aggregation().max_rows_per_site();
  v1::Metrics metrics;
  const uint64_t train_rows = blocks.Count(kRowsBlock);
  metrics.set_train_rows(train_rows);
  if (const auto loss = Mean(blocks.Number(kTrainLossBlock), max_rows, train_rows)) metrics.set_train_loss(*loss);
  if (const auto clipped = blocks.Number(kClippedBlock); clipped.has_value() && num_sites > 0) {
    metrics.set_clipped_share(std::clamp(*clipped / (ClippedUnit(schema.ring()) * num_sites), 0.0, 1.0));
  }
  ReadTestMetrics(blocks, max_rows, metrics);
  return metrics;
}

}  // namespace accord
