#include "aggregation/evaluation/suppression.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace accord {
namespace {

bool HasSmall(absl::Span<const uint64_t> counts, uint64_t minimum) {
  return std::any_of(counts.begin(), counts.end(), [&](uint64_t count) { return IsBelowCell(count, minimum); });
}

uint64_t RowsOf(absl::Span<const uint64_t> counts) {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

// What a reader can subtract the shown cells down to: too few cells, or too few rows of a class.
bool UnionTells(const std::vector<std::vector<uint64_t>>& cells, const std::vector<bool>& withheld, uint64_t minimum) {
  std::vector<uint64_t> together(cells[0].size());
  int with_rows = 0;
  int not_small = 0;
  for (size_t c = 0; c < cells.size(); ++c) {
    if (!withheld[c]) continue;
    with_rows += RowsOf(cells[c]) > 0 ? 1 : 0;
    not_small += HasSmall(cells[c], minimum) ? 0 : 1;
    for (size_t k = 0; k < together.size(); ++k) together[k] += cells[c][k];
  }
  return with_rows < 2 || not_small == 0 || HasSmall(together, minimum);
}

// The smallest cells that are shown and have rows, all of one size. False: there are none.
bool WithholdSmallest(const std::vector<std::vector<uint64_t>>& cells, std::vector<bool>& withheld) {
  uint64_t fewest = std::numeric_limits<uint64_t>::max();
  for (size_t c = 0; c < cells.size(); ++c) {
    const uint64_t rows = RowsOf(cells[c]);
    if (!withheld[c] && rows > 0) fewest = std::min(fewest, rows);
  }
  bool found = false;
  for (size_t c = 0; c < cells.size(); ++c) {
    if (withheld[c] || RowsOf(cells[c]) != fewest) continue;
    withheld[c] = true;
    found = true;
  }
  return found;
}

}  // namespace

std::vector<bool> CellsToWithhold(const std::vector<std::vector<uint64_t>>& cells, uint64_t minimum) {
  std::vector<bool> withheld(cells.size());
  for (size_t c = 0; c < cells.size(); ++c) withheld[c] = HasSmall(cells[c], minimum);
  if (std::none_of(withheld.begin(), withheld.end(), [](bool is) { return is; })) return withheld;
  // Where all are withheld nothing is left to subtract from the total.
  while (UnionTells(cells, withheld, minimum) && WithholdSmallest(cells, withheld)) {
  }
  for (size_t c = 0; c < cells.size(); ++c) {
    if (RowsOf(cells[c]) == 0) withheld[c] = true;
  }
  return withheld;
}

}  // namespace accord
