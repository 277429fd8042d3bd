#include "aggregation/newton/information_factor.h"

#include <cmath>
#include <utility>

namespace accord {
namespace {

// A share in a combination below this is what rounding leaves.
constexpr double kLeastShare = 1e-4;

}  // namespace

InformationFactor::InformationFactor(size_t size, absl::Span<const double> upper)
    : size_(size), scale_(size), lower_(size * size) {
  const auto entry = [&](size_t i, size_t j) { return upper[i * size - i * (i + 1) / 2 + j]; };  // i <= j
  for (size_t row = 0; row < size; ++row) {
    const double diagonal = entry(row, row);
    if (!(diagonal > 0)) {
      dependences_.push_back({row, {}});
      continue;
    }
    scale_[row] = 1 / std::sqrt(diagonal);
    double pivot = 1;
    for (size_t column = 0; column < row; ++column) {
      if (scale_[column] == 0) continue;
      double value = entry(column, row) * scale_[column] * scale_[row];
      for (size_t k = 0; k < column; ++k) value -= At(row, k) * At(column, k);
      value /= At(column, column);
      At(row, column) = value;
      pivot -= value * value;
    }
    if (!(pivot > kLeastPivot)) {
      NoteDependence(row);
      continue;
    }
    At(row, row) = std::sqrt(pivot);
  }
}

// `column` = sum of c_k column_k, with L' c = its row of L.
void InformationFactor::NoteDependence(size_t column) {
  Dependence dependence = {column, {}};
  std::vector<double> share(column);
  for (size_t k = column; k-- > 0;) {
    if (scale_[k] == 0) continue;
    double value = At(column, k);
    for (size_t m = k + 1; m < column; ++m) value -= At(m, k) * share[m];
    share[k] = value / At(k, k);
  }
  for (size_t k = 0; k < column; ++k) {
    if (std::fabs(share[k]) > kLeastShare) dependence.others.push_back(k);
    At(column, k) = 0;
  }
  scale_[column] = 0;
  dependences_.push_back(std::move(dependence));
}

std::vector<double> InformationFactor::Solve(absl::Span<const double> right_side) const {
  std::vector<double> x(size_);
  for (size_t i = 0; i < size_; ++i) {
    double value = right_side[i] * scale_[i];
    for (size_t k = 0; k < i; ++k) value -= At(i, k) * x[k];
    x[i] = value / At(i, i);
  }
  for (size_t i = size_; i-- > 0;) {
    double value = x[i];
    for (size_t k = i + 1; k < size_; ++k) value -= At(k, i) * x[k];
    x[i] = value / At(i, i);
  }
  for (size_t i = 0; i < size_; ++i) x[i] *= scale_[i];
  return x;
}

std::vector<double> InformationFactor::Inverse() const {
  std::vector<double> inverse(size_ * size_);
  std::vector<double> unit(size_);
  for (size_t i = 0; i < size_; ++i) {
    unit[i] = 1;
    const std::vector<double> row = Solve(unit);
    unit[i] = 0;
    for (size_t j = 0; j < size_; ++j) inverse[i * size_ + j] = row[j];
  }
  return inverse;
}

}  // namespace accord
