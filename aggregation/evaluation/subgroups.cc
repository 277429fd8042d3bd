#include "aggregation/evaluation/subgroups.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/columns.h"

namespace accord {
namespace {

constexpr char kMissing[] = "missing";

std::vector<std::string> BandsOf(absl::Span<const double> cuts) {
  std::vector<std::string> bands;
  for (size_t i = 0; i < cuts.size(); ++i) {
    bands.push_back(i == 0 ? absl::StrCat("below ", cuts[0]) : absl::StrCat(cuts[i - 1], " to below ", cuts[i]));
  }
  if (!cuts.empty()) bands.push_back(absl::StrCat(cuts.back(), " and above"));
  return bands;
}

}  // namespace

SubgroupCells::SubgroupCells(const v1::JobSpec& spec) {
  const std::vector<InputColumn> columns = InputColumns(spec.data());
  num_columns_ = columns.size();
  for (const v1::Subgroup& declared : spec.evaluation().subgroups()) {
    Subgroup subgroup = {declared.column(), {}, num_cells_};
    Rule rule;
    for (size_t c = 0; c < columns.size(); ++c) {
      const v1::Feature& feature = spec.data().features(columns[c].feature);
      if (feature.name() != declared.column()) continue;
      rule.columns.push_back(c);
      if (feature.has_category()) {
        subgroup.levels.assign(feature.category().levels().begin(), feature.category().levels().end());
      } else {
        rule.cuts.assign(declared.cuts().begin(), declared.cuts().end());
        subgroup.levels = BandsOf(rule.cuts);
      }
    }
    subgroup.levels.push_back(kMissing);
    num_cells_ += subgroup.levels.size();
    subgroups_.push_back(std::move(subgroup));
    rules_.push_back(std::move(rule));
  }
}

size_t SubgroupCells::LevelOf(const Rule& rule, absl::Span<const float> row, size_t num_levels) {
  const size_t missing = num_levels - 1;
  if (rule.columns.empty() || std::isnan(row[rule.columns[0]])) return missing;
  if (!rule.cuts.empty()) {
    const auto above = std::upper_bound(rule.cuts.begin(), rule.cuts.end(), row[rule.columns[0]]);
    return static_cast<size_t>(above - rule.cuts.begin());
  }
  for (size_t i = 0; i < rule.columns.size(); ++i) {
    if (row[rule.columns[i]] > 0.5f) return i + 1;
  }
  return 0;
}

std::vector<uint16_t> SubgroupCells::CellsOf(absl::Span<const float> numbers) const {
  std::vector<uint16_t> cells;
  if (subgroups_.empty() || num_columns_ == 0) return cells;
  cells.reserve(numbers.size() / num_columns_ * subgroups_.size());
  for (size_t begin = 0; begin + num_columns_ <= numbers.size(); begin += num_columns_) {
    const absl::Span<const float> row = numbers.subspan(begin, num_columns_);
    for (size_t s = 0; s < subgroups_.size(); ++s) {
      const size_t level = LevelOf(rules_[s], row, subgroups_[s].levels.size());
      cells.push_back(static_cast<uint16_t>(subgroups_[s].first_cell + level));
    }
  }
  return cells;
}

}  // namespace accord
