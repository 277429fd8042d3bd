// The cells into which a job's subgroups cut the held-out rows: one for each level of a category or band of a number,
// and one for rows without a value. Each subgroup cuts all rows, by itself; cells of two columns together are not
// formed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// Immutable. Cells are numbered through all subgroups, in the job's order.
class SubgroupCells {
 public:
  struct Subgroup {
    std::string column;
    std::vector<std::string> levels;  // the last one: "missing"
    size_t first_cell = 0;
  };

  // Of a job whose evaluation is checked: a column that the schema does not have has no levels but "missing".
  explicit SubgroupCells(const v1::JobSpec& spec);

  const std::vector<Subgroup>& subgroups() const { return subgroups_; }
  size_t num_cells() const { return num_cells_; }

  // For each row of a table, in order, its cell of each subgroup. `numbers`: rows * InputColumns, in the schema's
  // units, NaN where missing. Empty without subgroups.
  std::vector<uint16_t> CellsOf(absl::Span<const float> numbers) const;

 private:
  struct Rule {
    std::vector<size_t> columns;  // input columns: one of a number, else one for each level but the first
    std::vector<double> cuts;
  };
  static size_t LevelOf(const Rule& rule, absl::Span<const float> row, size_t num_levels);

  std::vector<Subgroup> subgroups_;
  std::vector<Rule> rules_;  // of each subgroup
  size_t num_columns_ = 0;
  size_t num_cells_ = 0;
};

}  // namespace accord
