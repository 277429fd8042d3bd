#include "aggregation/evaluation/detail.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "aggregation/evaluation/score_metrics.h"
#include "aggregation/evaluation/subgroups.h"
#include "aggregation/evaluation/suppression.h"
#include "aggregation/metrics.h"
#include "aggregation/programs/columns.h"
#include "aggregation/programs/step_schema.h"

namespace accord {
namespace {

using Numbers = std::vector<double>;

void WithholdCells(const std::vector<size_t>& places, uint64_t minimum, v1::ConfusionMatrix& matrix) {
  std::vector<std::vector<uint64_t>> cells;
  for (const size_t place : places) cells.push_back({static_cast<uint64_t>(matrix.rows(static_cast<int>(place)))});
  if (cells.empty()) return;
  const std::vector<bool> withheld = CellsToWithhold(cells, minimum);
  for (size_t i = 0; i < places.size(); ++i) {
    if (withheld[i]) matrix.set_rows(static_cast<int>(places[i]), -1);
  }
}

v1::ConfusionMatrix MatrixOf(const v1::JobSpec& spec, const Numbers& counts) {
  const uint64_t minimum = spec.evaluation().minimum_cell();
  const auto& levels = spec.data().target().category().levels();
  v1::ConfusionMatrix matrix;
  matrix.mutable_classes()->Assign(levels.begin(), levels.end());
  if (levels.size() == 2 && std::any_of(counts.begin(), counts.end(), [&](double count) {
        return IsBelowCell(static_cast<uint64_t>(count), minimum);
      })) {
    return matrix;
  }
  for (const double count : counts) matrix.add_rows(static_cast<int64_t>(count));
  if (levels.size() == 2) return matrix;
  std::vector<size_t> diagonal;
  std::vector<size_t> others;
  const auto num_classes = static_cast<size_t>(levels.size());
  for (size_t place = 0; place < counts.size(); ++place) {
    (place / num_classes == place % num_classes ? diagonal : others).push_back(place);
  }
  WithholdCells(diagonal, minimum, matrix);
  WithholdCells(others, minimum, matrix);
  return matrix;
}

// The blocks of all cells, and how each kind of target reads them.
class Groups {
 public:
  Groups(const v1::JobSpec& spec, const SummedBlocks& blocks)
      : task_(TaskOf(spec)),
        minimum_(spec.evaluation().minimum_cell()),
        max_rows_(spec.aggregation().max_rows_per_site()),
        predictions_(blocks.Numbers(kGroupPredictionsBlock)),
        scores_(blocks.Block(kGroupScoresBlock)),
        score_counts_(blocks.Numbers(kGroupScoresBlock)),
        rows_(blocks.Numbers(kGroupRowsBlock)),
        correct_(blocks.Numbers(kGroupCorrectBlock)),
        loss_(blocks.Numbers(kGroupLossBlock)),
        squared_error_(blocks.Numbers(kGroupSquaredErrorBlock)) {}

  bool empty() const { return predictions_.empty() && rows_.empty(); }

  // Rows of a cell, by class where there are two: what is shown of such a cell tells both.
  std::vector<uint64_t> CountsOf(size_t cell) const {
    if (task_ != Task::kBinary) return {static_cast<uint64_t>(rows_[cell])};
    const absl::Span<const double> p = Of(predictions_, cell, 4);
    return {static_cast<uint64_t>(p[0] + p[1]), static_cast<uint64_t>(p[2] + p[3])};
  }

  v1::GroupMetrics MetricsOf(size_t cell) const {
    v1::GroupMetrics metrics;
    uint64_t rows = 0;
    for (const uint64_t count : CountsOf(cell)) rows += count;
    metrics.set_rows(rows);
    if (rows == 0) return metrics;
    const auto n = static_cast<double>(rows);
    if (task_ == Task::kRegression) {
      metrics.set_mse(squared_error_[cell] * max_rows_ / n);
      return metrics;
    }
    metrics.set_loss(loss_[cell] * max_rows_ / n);
    if (task_ == Task::kBinary) {
      SetTwoClasses(cell, n, metrics);
    } else if (correct_[cell] <= n) {
      metrics.set_accuracy(correct_[cell] / n);
    }
    return metrics;
  }

 private:
  static absl::Span<const double> Of(const Numbers& numbers, size_t cell, size_t each) {
    return absl::MakeConstSpan(numbers).subspan(cell * each, each);
  }

  void SetTwoClasses(size_t cell, double rows, v1::GroupMetrics& metrics) const {
    const absl::Span<const double> p = Of(predictions_, cell, 4);
    const double negatives = p[0] + p[1];
    const double positives = p[2] + p[3];
    metrics.set_accuracy((p[0] + p[3]) / rows);
    metrics.set_prevalence(positives / rows);
    // With the figures above, any one of the next three tells all four cells of the group's own matrix.
    if (std::none_of(p.begin(), p.end(),
                     [this](double count) { return IsBelowCell(static_cast<uint64_t>(count), minimum_); })) {
      if (positives > 0) metrics.set_sensitivity(p[3] / positives);
      if (negatives > 0) metrics.set_specificity(p[0] / negatives);
      metrics.set_predicted_share((p[1] + p[3]) / rows);
    }
    if (negatives == 0 || positives == 0) return;
    const size_t first = cell * 2 * kGroupBins;
    metrics.set_auc(
        AucFromHistograms(scores_.subspan(first, kGroupBins), scores_.subspan(first + kGroupBins, kGroupBins)));
    const absl::Span<const double> counts = Of(score_counts_, cell, 2 * kGroupBins);
    if (const auto precision = AveragePrecision(counts.subspan(0, kGroupBins), counts.subspan(kGroupBins))) {
      metrics.set_average_precision(*precision);
    }
  }

  const Task task_;
  const uint64_t minimum_;
  const double max_rows_;
  const Numbers predictions_;
  const RingSums scores_;
  const Numbers score_counts_;
  const Numbers rows_;
  const Numbers correct_;
  const Numbers loss_;
  const Numbers squared_error_;
};

void AddSubgroup(const SubgroupCells::Subgroup& subgroup, const Groups& groups, uint64_t minimum,
                 v1::MetricsDetail& detail) {
  std::vector<std::vector<uint64_t>> counts;
  for (size_t level = 0; level < subgroup.levels.size(); ++level) {
    counts.push_back(groups.CountsOf(subgroup.first_cell + level));
  }
  const std::vector<bool> withheld = CellsToWithhold(counts, minimum);
  v1::SubgroupMetrics& metrics = *detail.add_subgroups();
  metrics.set_column(subgroup.column);
  for (size_t level = 0; level < subgroup.levels.size(); ++level) {
    v1::GroupMetrics& group = *metrics.add_groups();
    if (!withheld[level]) group = groups.MetricsOf(subgroup.first_cell + level);
    group.set_withheld(withheld[level]);
    group.set_level(subgroup.levels[level]);
  }
}

}  // namespace

std::optional<v1::MetricsDetail> DetailFromSums(const v1::JobSpec& spec, const SummedBlocks& blocks) {
  v1::MetricsDetail detail;
  if (const Numbers counts = blocks.Numbers(kTestConfusionBlock); !counts.empty()) {
    *detail.mutable_confusion() = MatrixOf(spec, counts);
  }
  const Groups groups(spec, blocks);
  if (!groups.empty()) {
    const SubgroupCells cells(spec);
    for (const SubgroupCells::Subgroup& subgroup : cells.subgroups()) {
      AddSubgroup(subgroup, groups, spec.evaluation().minimum_cell(), detail);
    }
  }
  if (!detail.has_confusion() && detail.subgroups().empty()) return std::nullopt;
  return detail;
}

}  // namespace accord
