// A sum of information matrices, factored: solves, inverts, and says which columns cannot be told apart.
//
// Cholesky of the matrix scaled to a unit diagonal, in the columns' own order: the pivot of a column is 1 - R^2 of its
// regression on those before it, so that a column which the earlier ones make up is found by name, as R finds it.
// Pivoting would keep no more digits here and lose the order. Source: Golub and Van Loan, Matrix Computations, 4th ed.,
// section 4.2.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/types/span.h"

namespace accord {

// Column `column` is a combination of `others`, all before it; none: it is zero.
struct Dependence {
  size_t column = 0;
  std::vector<size_t> others;
};

// Immutable.
class InformationFactor {
 public:
  // Below this share of its square a column counts as made up of others: what is left has less than half of a double's
  // digits.
  static constexpr double kLeastPivot = 1e-9;

  // `upper`: the upper triangle by rows, size (size + 1) / 2 entries.
  InformationFactor(size_t size, absl::Span<const double> upper);

  // Every one, in order. Solve and Inverse are for a matrix without.
  const std::vector<Dependence>& dependences() const { return dependences_; }

  std::vector<double> Solve(absl::Span<const double> right_side) const;
  // Row-major, symmetric.
  std::vector<double> Inverse() const;

 private:
  double& At(size_t row, size_t column) { return lower_[row * size_ + column]; }
  double At(size_t row, size_t column) const { return lower_[row * size_ + column]; }
  void NoteDependence(size_t column);

  size_t size_;
  std::vector<double> scale_;  // 1 / sqrt of the diagonal; 0: the column is zero or made up of others
  std::vector<double> lower_;  // L of the scaled matrix, row-major
  std::vector<Dependence> dependences_;
};

}  // namespace accord
