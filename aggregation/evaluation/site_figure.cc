#include "aggregation/evaluation/site_figure.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "aggregation/evaluation/score_metrics.h"
#include "aggregation/metrics.h"
#include "aggregation/programs/columns.h"

namespace accord {
namespace {

using Evaluation = v1::Evaluation;

// Of all levels but the first one, the background, as in best_round.cc. A level that neither mask nor answer has is
// right.
std::optional<double> MeanDice(const EvaluationSums& sums) {
  if (sums.overlap.size() < 2 || sums.extent.size() != sums.overlap.size()) return std::nullopt;
  double total = 0;
  for (size_t level = 1; level < sums.overlap.size(); ++level) {
    total += sums.extent[level] <= 0 ? 1 : std::min(1.0, sums.overlap[level] / sums.extent[level]);
  }
  return total / static_cast<double>(sums.overlap.size() - 1);
}

std::optional<double> AucOf(const EvaluationSums& sums) {
  const std::vector<uint32_t> negatives(sums.scores.begin(), sums.scores.begin() + kScoreBins);
  const std::vector<uint32_t> positives(sums.scores.begin() + kScoreBins, sums.scores.end());
  const double area = AucFromHistograms(negatives, positives);
  return std::isnan(area) ? std::nullopt : std::optional<double>(area);
}

std::optional<double> AveragePrecisionOf(const EvaluationSums& sums) {
  const std::vector<double> counts(sums.scores.begin(), sums.scores.end());
  return AveragePrecision(absl::MakeConstSpan(counts).first(kScoreBins),
                          absl::MakeConstSpan(counts).subspan(kScoreBins));
}

}  // namespace

std::optional<double> SiteFigure(Evaluation::Metric metric, const v1::JobSpec& spec, const EvaluationSums& sums) {
  if (sums.rows == 0) return std::nullopt;
  const auto rows = static_cast<double>(sums.rows);
  switch (metric) {
    case Evaluation::ACCURACY:
      return (TaskOf(spec) == Task::kSegmentation ? sums.pixels : static_cast<double>(sums.correct)) / rows;
    case Evaluation::AUC:
      return AucOf(sums);
    case Evaluation::AVERAGE_PRECISION:
      return AveragePrecisionOf(sums);
    case Evaluation::SQUARED_ERROR:
      return sums.squared_error / rows;
    case Evaluation::BRIER_SCORE:
      return sums.brier / rows;
    case Evaluation::DICE:
      return MeanDice(sums);
    case Evaluation::LOSS:
      return sums.loss / rows;
    default:
      return std::nullopt;
  }
}

}  // namespace accord
