#include "models/examples_check.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace accord {

namespace {

absl::Status CheckMasks(const Examples& examples, const ModelInterface& interface) {
  const auto pixels = static_cast<size_t>(interface.input_shape[1] * interface.input_shape[2]);
  if (examples.masks.size() != examples.rows() * pixels) {
    return absl::InvalidArgumentError(absl::StrCat("rows: ", examples.masks.size(), " pixels of masks for ",
                                                   examples.rows(), " rows, expected ", examples.rows() * pixels));
  }
  const auto found = std::find_if(examples.masks.begin(), examples.masks.end(),
                                  [&](uint8_t level) { return level >= interface.num_classes; });
  if (found == examples.masks.end()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("rows: the mask of row ",
                                                 static_cast<size_t>(found - examples.masks.begin()) / pixels + 1,
                                                 " has a pixel of none of the declared levels"));
}

// By what was noted when they were written: each look at all of them would read the file whole.
absl::Status CheckRowsOnDisk(const Examples& examples, const ModelInterface& interface) {
  const RowsOnDisk& disk = examples.disk;
  const auto columns = static_cast<size_t>(interface.input_elements());
  if (interface.task == Task::kSegmentation || disk.file->row_bytes() != (columns + 1) * sizeof(float)) {
    return absl::InvalidArgumentError(absl::StrCat("rows: records of ", disk.file->row_bytes(),
                                                   " bytes are not those of a table of ", columns, " columns"));
  }
  const bool fits = interface.task == Task::kRegression
                        ? std::isfinite(disk.least_target) && std::isfinite(disk.largest_target)
                        : disk.whole_targets && disk.least_target >= 0 &&
                              disk.largest_target < static_cast<float>(interface.num_classes);
  if (fits) return absl::OkStatus();
  return absl::InvalidArgumentError(interface.task == Task::kRegression
                                        ? "rows: a target is not a finite number"
                                        : "rows: a target is not one of the declared classes");
}

}  // namespace

absl::Status CheckExamples(const Examples& examples, const ModelInterface& interface) {
  if (examples.input_shape != interface.input_shape) {
    return absl::InvalidArgumentError(absl::StrCat("rows: a row has shape [", absl::StrJoin(examples.input_shape, ", "),
                                                   "], the model takes [", absl::StrJoin(interface.input_shape, ", "),
                                                   "]"));
  }
  if (examples.rows() > UINT32_MAX) {
    return absl::InvalidArgumentError(
        absl::StrCat("rows: ", examples.rows(), " of them; at most ", UINT32_MAX, " can be trained on"));
  }
  if (examples.disk.file != nullptr) return CheckRowsOnDisk(examples, interface);
  const size_t wanted = examples.rows() * static_cast<size_t>(interface.input_elements());
  const size_t present = examples.bytes.empty() ? examples.numbers.size() : examples.bytes.size();
  if (present != wanted) {
    return absl::InvalidArgumentError(
        absl::StrCat("rows: ", present, " values for ", examples.rows(), " rows, expected ", wanted));
  }
  if (interface.task == Task::kSegmentation) return CheckMasks(examples, interface);
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
