#include "models/examples_check.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace accord {

absl::Status CheckExamples(const Examples& examples, const ModelInterface& interface) {
  if (examples.input_shape != interface.input_shape) {
    return absl::InvalidArgumentError(absl::StrCat("rows: a row has shape [", absl::StrJoin(examples.input_shape, ", "),
                                                   "], the model takes [", absl::StrJoin(interface.input_shape, ", "),
                                                   "]"));
  }
  const size_t wanted = examples.rows() * static_cast<size_t>(interface.input_elements());
  const size_t present = examples.bytes.empty() ? examples.numbers.size() : examples.bytes.size();
  if (present != wanted || examples.rows() > UINT32_MAX) {
    return absl::InvalidArgumentError(
        absl::StrCat("rows: ", present, " values for ", examples.rows(), " rows, expected ", wanted));
  }
  for (size_t row = 0; row < examples.rows(); ++row) {
    const float target = examples.targets[row];
    const bool fits =
        interface.task == Task::kRegression
            ? std::isfinite(target)
            : target >= 0 && target < static_cast<float>(interface.num_classes) && target == std::floor(target);
    if (!fits) {
      return absl::InvalidArgumentError(absl::StrCat(
          "rows: the target of row ", row + 1,
          interface.task == Task::kRegression ? " is not a finite number" : " is not one of the declared classes"));
    }
  }
  return absl::OkStatus();
}

}  // namespace accord
