#include "aggregation/robust/sorted_columns.h"

#include <bit>

#include "base/hot_loop.h"

namespace accord {
namespace {

ACCORD_HOT_LOOP void OrderRows(double* __restrict lower, double* __restrict upper, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    const double a = lower[i], b = upper[i];
    lower[i] = b < a ? b : a;
    upper[i] = b < a ? a : b;
  }
}

ACCORD_HOT_LOOP void AddRow(const double* __restrict row, size_t size, double* __restrict out) {
  for (size_t i = 0; i < size; ++i) out[i] += row[i];
}

double MedianOfColumn(const ChangeTile& tile, size_t column) {
  const size_t middle = tile.num_rows / 2;
  const double upper = tile.row(middle)[column];
  if (tile.num_rows % 2 == 1) return upper;
  return (tile.row(middle - 1)[column] + upper) / 2;
}

}  // namespace

void SortColumns(const ChangeTile& tile) {
  const size_t n = tile.num_rows;
  if (n < 2) return;
  const size_t top = std::bit_ceil(n) / 2;
  for (size_t p = top; p > 0; p /= 2) {
    size_t r = 0;
    size_t d = p;
    for (size_t q = top;; q /= 2) {
      for (size_t i = 0; i + d < n; ++i) {
        if ((i & p) == r) OrderRows(tile.row(i), tile.row(i + d), tile.num_columns);
      }
      if (q == p) break;
      d = q - p;
      r = p;
    }
  }
}

void MedianOfSorted(const ChangeTile& tile, absl::Span<double> out) {
  for (size_t column = 0; column < out.size(); ++column) out[column] = MedianOfColumn(tile, column);
}

void TrimmedMeanOfSorted(const ChangeTile& tile, size_t trimmed, absl::Span<double> out) {
  std::fill(out.begin(), out.end(), 0.0);
  for (size_t row = trimmed; row + trimmed < tile.num_rows; ++row) AddRow(tile.row(row), out.size(), out.data());
  const auto kept = static_cast<double>(tile.num_rows - 2 * trimmed);
  for (double& value : out) value /= kept;
}

void MeanAroundMedianOfSorted(const ChangeTile& tile, size_t kept, absl::Span<double> out) {
  for (size_t column = 0; column < out.size(); ++column) {
    const double median = MedianOfColumn(tile, column);
    // What is nearest lies side by side: the farther end goes until few enough are left.
    size_t first = 0, end = tile.num_rows;
    while (end - first > kept) {
      if (median - tile.row(first)[column] > tile.row(end - 1)[column] - median) {
        ++first;
      } else {
        --end;
      }
    }
    double sum = 0;
    for (size_t row = first; row < end; ++row) sum += tile.row(row)[column];
    out[column] = sum / static_cast<double>(kept);
  }
}

}  // namespace accord
