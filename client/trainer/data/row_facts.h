// What is worth a warning about the rows that a model is trained on.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "absl/types/span.h"

namespace accord {

// Not thread-safe.
class TrainingRowFacts {
 public:
  explicit TrainingRowFacts(size_t columns = 0) : first_(columns, NAN) {
    for (size_t i = 0; i < columns; ++i) same_so_far_.push_back(i);
  }

  void AddTarget(float target) {
    if (num_rows_++ == 0) first_target_ = target;
    targets_vary_ |= target != first_target_;
  }
  // NaN: missing. Soon looks at hardly any column, since most vary from the second row on.
  void AddInputs(absl::Span<const float> inputs) {
    for (size_t i = 0; i < same_so_far_.size();) {
      const size_t column = same_so_far_[i];
      const float value = inputs[column];
      const float first = first_[column];
      if (!std::isnan(value)) first_[column] = value;
      if (std::isnan(value) || std::isnan(first) || value == first) {
        ++i;
      } else {
        same_so_far_.erase(same_so_far_.begin() + static_cast<ptrdiff_t>(i));
      }
    }
  }

  bool targets_vary() const { return targets_vary_; }
  // Columns, in order, whose present values are all the same; there may be none.
  const std::vector<size_t>& same() const { return same_so_far_; }
  bool IsMissing(size_t column) const { return std::isnan(first_[column]); }

 private:
  std::vector<float> first_;  // of a column that does not vary: its value
  std::vector<size_t> same_so_far_;
  float first_target_ = 0;
  bool targets_vary_ = false;
  size_t num_rows_ = 0;
};

}  // namespace accord
