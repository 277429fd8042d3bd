#include "base/status.h"
#include "models/zoo/layers.h"
#include "models/zoo/zoo.h"

namespace accord::zoo {

// Source: McMahan et al., AISTATS 2017, section 3: two 5x5 convolutions, each followed by 2x2 max pooling, a hidden
// layer with ReLU, and the output.
absl::StatusOr<torch::jit::Module> MakeSmallCnn(const v1::SmallCnn& spec, const ModelInterface& interface) {
  if (interface.input_shape.size() != 3 || interface.input_shape[1] < 4 || interface.input_shape[2] < 4) {
    return absl::InvalidArgumentError("model.small_cnn: needs data.image of at least 4 x 4 pixels");
  }
  if (spec.channels_size() != 2) {
    return absl::InvalidArgumentError("model.small_cnn.channels: give two numbers, one for each convolution");
  }
  const int64_t first = spec.channels(0);
  const int64_t second = spec.channels(1);
  const int64_t hidden = spec.hidden();
  const int64_t pooled_pixels = (interface.input_shape[1] / 2 / 2) * (interface.input_shape[2] / 2 / 2);
  torch::jit::Module module = MakeModule("SmallCnn");
  ACCORD_RETURN_IF_ERROR(AddConv5x5(module, "conv1", interface.input_shape[0], first));
  ACCORD_RETURN_IF_ERROR(AddConv5x5(module, "conv2", first, second));
  ACCORD_RETURN_IF_ERROR(AddLinear(module, "fc1", second * pooled_pixels, hidden));
  ACCORD_RETURN_IF_ERROR(AddLinear(module, "fc2", hidden, interface.num_outputs()));
  module.define(R"(
    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.conv1.forward(x)), [2, 2])
        x = torch.max_pool2d(torch.relu(self.conv2.forward(x)), [2, 2])
        x = torch.relu(self.fc1.forward(torch.flatten(x, 1)))
        return self.fc2.forward(x)
  )");
  return module;
}

}  // namespace accord::zoo
