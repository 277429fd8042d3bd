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
    case Task::kSegmentation:
      return Head::kPixels;
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
  } else if (spec.data().has_series()) {
    const v1::Series& series = spec.data().series();
    if (series.channels_size() < 1 || series.length() < 1 || series.length() > 65536) {
      return absl::InvalidArgumentError("data.series: needs a channel, and a length of 1 to 65536");
    }
    interface.input_shape = {series.channels_size(), series.length()};
  } else if (spec.data().has_text()) {
    const v1::Text& text = spec.data().text();
    if (text.length() < 1 || text.length() > 4096 || text.vocabulary() < 1 || text.vocabulary() > 1048576) {
      return absl::InvalidArgumentError("data.text: length must be 1 to 4096, vocabulary 1 to 1048576");
    }
    interface.input_shape = {text.length()};
  } else {
    const auto columns = static_cast<int64_t>(InputColumns(spec.data()).size());
    if (columns == 0) return absl::InvalidArgumentError("data: the model has no input; give features or an image");
    interface.input_shape = {columns};
  }
  if (interface.task == Task::kSegmentation) {
    if (interface.num_classes >= 2 && spec.data().has_image()) return interface;
    return absl::InvalidArgumentError("data.target.mask: needs an image and at least two levels");
  }
  const bool numbers = interface.task == Task::kRegression || interface.task == Task::kSurvival;
  if (!numbers && spec.data().target().category().levels_size() < 2) {
    return absl::InvalidArgumentError("data.target: a category needs at least two levels; for numbers say numeric");
  }
  return interface;
}

}  // namespace accord
