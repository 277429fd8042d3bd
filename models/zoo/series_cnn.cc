#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "models/zoo/layers.h"
#include "models/zoo/zoo.h"

namespace accord::zoo {

// Convolutions conv1, conv2, ... over time, each with ReLU and max pooling of 2, then the mean over time, so that the
// number of parameters does not depend on the length.
absl::StatusOr<torch::jit::Module> MakeSeriesCnn(const v1::SeriesCnn& spec, const ModelInterface& interface) {
  if (interface.input_shape.size() != 2) {
    return absl::InvalidArgumentError("model.series_cnn: needs data.series");
  }
  if (spec.channels_size() < 1 || spec.kernel() % 2 == 0 || interface.input_shape[1] >> spec.channels_size() == 0) {
    return absl::InvalidArgumentError(
        "model.series_cnn: needs at least one convolution, an odd kernel and series long enough to be halved by each");
  }
  torch::jit::Module module = MakeModule("SeriesCnn");
  std::string forward = "def forward(self, x):\n";
  int64_t channels = interface.input_shape[0];
  for (int i = 0; i < spec.channels_size(); ++i) {
    const std::string name = absl::StrCat("conv", i + 1);
    ACCORD_RETURN_IF_ERROR(AddConv1d(module, name, channels, spec.channels(i), spec.kernel()));
    absl::StrAppend(&forward, "    x = torch.max_pool1d(torch.relu(self.", name, ".forward(x)), [2])\n");
    channels = spec.channels(i);
  }
  ACCORD_RETURN_IF_ERROR(AddLinear(module, "fc", channels, interface.num_outputs()));
  module.define(absl::StrCat(forward, "    return self.fc.forward(torch.mean(x, [2]))\n"));
  return module;
}

}  // namespace accord::zoo
