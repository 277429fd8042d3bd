// What is computed for each parameter by itself: order statistics of the sites' changes.
//
// The columns of a tile are sorted side by side by a network of comparisons, which depends on no number: whole rows are
// compared with whole rows, in vector registers. Source: Knuth, The Art of Computer Programming 3, algorithm 5.2.2 M
// (Batcher's merge exchange).
#pragma once

#include <cstddef>

#include "absl/types/span.h"
#include "aggregation/robust/site_changes.h"

namespace accord {

// Each column ascending from the first row to the last.
void SortColumns(const ChangeTile& tile);

// Of sorted columns; `out` has one number for each. Sums are taken from the smallest number on, so the results do not
// depend on the order of the sites.
// The median; of an even number of rows the mean of the two in the middle.
void MedianOfSorted(const ChangeTile& tile, absl::Span<double> out);
// The mean without the `trimmed` first and last rows; more than twice as many must be there.
void TrimmedMeanOfSorted(const ChangeTile& tile, size_t trimmed, absl::Span<double> out);
// The mean of the `kept` numbers that are nearest to the median; of two as near the smaller one.
void MeanAroundMedianOfSorted(const ChangeTile& tile, size_t kept, absl::Span<double> out);

}  // namespace accord
