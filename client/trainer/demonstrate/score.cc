#include "client/trainer/demonstrate/score.h"

#include <algorithm>
#include <cmath>

#include "aggregation/programs/columns.h"
#include "base/status.h"
#include "models/training.h"

namespace accord {
namespace {

template <typename Number>
std::vector<Number> RowOf(const std::vector<Number>& values, size_t row, size_t rows) {
  const size_t size = values.size() / rows;
  const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row * size);
  return std::vector<Number>(begin, begin + static_cast<std::ptrdiff_t>(size));
}

// A row's log-odds follow from its log loss l and its class: l = -log(p) for a positive row, so log(p / (1 - p)) =
// -log(exp(l) - 1), and the opposite for a negative one. So the one function that evaluates models serves here too.
absl::StatusOr<std::optional<double>> AucOf(const v1::JobSpec& spec, const Examples& rows, Model& model) {
  std::vector<double> positives;
  std::vector<double> negatives;
  for (size_t i = 0; i < rows.rows(); ++i) {
    Examples row;
    row.input_shape = rows.input_shape;
    row.numbers = RowOf(rows.numbers, i, rows.rows());
    row.bytes = RowOf(rows.bytes, i, rows.rows());
    row.targets = {rows.targets[i]};
    ACCORD_ASSIGN_OR_RETURN(const EvaluationSums sums, Evaluate(spec, row, 1, model));
    const double log_odds = std::log(std::expm1(sums.loss));
    (row.targets[0] > 0 ? positives : negatives).push_back(row.targets[0] > 0 ? -log_odds : log_odds);
  }
  return ExactAuc(positives, negatives);
}

std::optional<double> MeanOf(absl::Span<const Score> scores, absl::Span<const uint64_t> rows,
                             std::optional<double> Score::*member) {
  double sum = 0;
  double weight = 0;
  for (size_t i = 0; i < scores.size(); ++i) {
    const std::optional<double>& value = scores[i].*member;
    if (!value.has_value()) continue;
    sum += *value * static_cast<double>(rows[i]);
    weight += static_cast<double>(rows[i]);
  }
  return weight > 0 ? std::optional<double>(sum / weight) : std::nullopt;
}

}  // namespace

std::optional<double> ExactAuc(absl::Span<const double> positives, absl::Span<const double> negatives) {
  if (positives.empty() || negatives.empty()) return std::nullopt;
  std::vector<double> sorted(negatives.begin(), negatives.end());
  std::sort(sorted.begin(), sorted.end());
  double pairs = 0;
  for (const double positive : positives) {
    const auto [below, above] = std::equal_range(sorted.begin(), sorted.end(), positive);
    pairs += static_cast<double>(below - sorted.begin()) + 0.5 * static_cast<double>(above - below);
  }
  return pairs / (static_cast<double>(positives.size()) * static_cast<double>(negatives.size()));
}

absl::StatusOr<Score> ScoreModel(const v1::JobSpec& spec, const Examples& rows, Model& model) {
  Score score;
  if (rows.rows() == 0) return score;
  ACCORD_ASSIGN_OR_RETURN(const EvaluationSums sums, Evaluate(spec, rows, rows.rows(), model));
  const auto count = static_cast<double>(sums.rows);
  if (TaskOf(spec) == Task::kRegression) {
    score.mse = sums.squared_error / count;
    return score;
  }
  if (TaskOf(spec) == Task::kSegmentation) {
    score.accuracy = sums.pixels / count;
    return score;
  }
  score.accuracy = static_cast<double>(sums.correct) / count;
  if (TaskOf(spec) == Task::kBinary) {
    ACCORD_ASSIGN_OR_RETURN(score.auc, AucOf(spec, rows, model));
  }
  return score;
}

Score WeightedMean(absl::Span<const Score> scores, absl::Span<const uint64_t> rows) {
  return {MeanOf(scores, rows, &Score::accuracy), MeanOf(scores, rows, &Score::auc), MeanOf(scores, rows, &Score::mse)};
}

}  // namespace accord
