// What a job's data asks of its model: the shape of one row and of the answer. Without LibTorch.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "aggregation/programs/columns.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// Most parameters of one model: what ModelSpec allows a drill to have.
inline constexpr int64_t kMaxParameters = 1'000'000'000;

// How a model's output is read.
enum class Head {
  kNone,     // drills have no forward
  kLogit,    // [n] or [n, 1]: log-odds of the second class
  kClasses,  // [n, classes]: unnormalised log probabilities
  kNumber,   // [n] or [n, 1]: the predicted number
  kPixels,   // [n, classes, height, width]: as kClasses, for each pixel
};

struct ModelInterface {
  std::vector<int64_t> input_shape;  // of one row: {columns}, {channels, height, width}, {channels, length} or {tokens}
  Task task = Task::kNone;
  int64_t num_classes = 0;

  int64_t input_elements() const;
  // Columns of the output of a zoo model.
  int64_t num_outputs() const { return task == Task::kMulticlass || task == Task::kSegmentation ? num_classes : 1; }
  Head zoo_head() const;
};

// INVALID_ARGUMENT when the job (not a drill) has neither columns nor an image, a series or a text, or a target without
// classes.
absl::StatusOr<ModelInterface> InterfaceOf(const v1::JobSpec& spec);

}  // namespace accord
