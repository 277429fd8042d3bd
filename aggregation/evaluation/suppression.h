// Which cells of a table of counts a report must not show, so that none below a minimum is shown or follows.
//
// A cell is a group of rows; it may be counted by class. Beside the cells that are shown the reader knows the totals
// over all of them. So a cell that is withheld follows by subtraction unless another one is withheld with it, and the
// rows that are withheld together must not be few either (complementary suppression). The reader knows this rule as
// well, and what it would have withheld of other tables. Therefore
//   - a cell that is not small is always among those withheld: of two small ones that are enough together, each would be
//     known to be small, and 4 = 2 + 2 where less than 3 is small;
//   - cells as large as the one that is taken for that are taken with it: which of them came first would tell;
//   - cells without rows, shown as such elsewhere, are withheld where others are: each of those would be known to have a
//     row.
// With these no table of a few cells leaves any of them to one value (the test goes through all of them).
//
// What this does not do: it protects the readers of a report. Whoever sees the sum itself, as the coordinator does,
// sees all cells; and a reader who knows that a cell of one column is a cell of another (or sees a second report over
// almost the same rows) can subtract across tables.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace accord {

// Nobody is in a cell of no rows. With a minimum of 0 or 1 no cell is too small.
constexpr bool IsBelowCell(uint64_t rows, uint64_t minimum) { return rows > 0 && rows < minimum; }

// `cells[c]`: the rows of cell c by class, the same number of classes for all. True: withhold the cell.
std::vector<bool> CellsToWithhold(const std::vector<std::vector<uint64_t>>& cells, uint64_t minimum);

}  // namespace accord
