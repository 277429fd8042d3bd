#include "models/model_interface.h"

namespace accord {

int64_t ModelInterface::input_elements() const {
  int64_t elements = 1;
  for (int64_t dimension : input_shape) elements *= dimension;
  return elements;
}

Head ModelInterface::zoo_head() const {
  switch (task) {
    case Task::kNone:
      return Head::kNone;
    case Task::kBinary:
      return Head::kLogit;
    case Task::kMulticlass:
      return Head::kClasses;
    case Task::kRegression:
    case Task::kSurvival:
      break;
  }
  return Head::kNumber;
}

absl::StatusOr<ModelInterface> InterfaceOf(const v1::JobSpec& spec) {
  ModelInterface interface;
  interface.task = TaskOf(spec);
  interface.num_classes = NumClasses(spec);
  if (interface.task == Task::kNone) return interface;
  if (spec.data().has_image()) {
    const v1::Image& image = spec.data().image();
    if (image.channels() == 0 || image.height() == 0 || image.width() == 0 || image.channels() > 16 ||
        image.height() > 4096 || image.width() > 4096) {
      return absl::InvalidArgumentError("data.image: height and width must be 1 to 4096, channels 1 to 16");
    }
    interface.input_shape = {image.channels(), image.height(), image.width()};
  } else {
    const auto columns = static_cast<int64_t>(InputColumns(spec.data()).size());
    if (columns == 0) return absl::InvalidArgumentError("data: the model has no input; give features or an image");
    interface.input_shape = {columns};
  }
  const bool numbers = interface.task == Task::kRegression || interface.task == Task::kSurvival;
  if (!numbers && spec.data().target().category().levels_size() < 2) {
    return absl::InvalidArgumentError("data.target: a category needs at least two levels; for numbers say numeric");
  }
  return interface;
}

}  // namespace accord
