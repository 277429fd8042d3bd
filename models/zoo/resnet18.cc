#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "models/zoo/layers.h"
#include "models/zoo/zoo.h"

namespace accord::zoo {
namespace {

constexpr int kStages = 4;

absl::Status AddConvAndNorm(torch::jit::Module& module, const std::string& conv, const std::string& norm,
                            const Convolution& shape, int64_t groups) {
  ACCORD_RETURN_IF_ERROR(AddConv2d(module, conv, shape));
  return AddGroupNorm(module, norm, groups, shape.outputs);
}

// He et al. 2016, figure 2: two 3x3 convolutions beside a shortcut, which is a 1x1 convolution where the shape changes.
absl::Status AddResidualBlock(torch::jit::Module& stage, const std::string& name, const Convolution& shape,
                              int64_t groups) {
  torch::jit::Module block = MakeModule("ResidualBlock");
  ACCORD_RETURN_IF_ERROR(AddConvAndNorm(block, "conv1", "bn1", shape, groups));
  ACCORD_RETURN_IF_ERROR(AddConvAndNorm(
      block, "conv2", "bn2",
      {.inputs = shape.outputs, .outputs = shape.outputs, .kernel = 3, .stride = 1, .bias = false}, groups));
  const bool changes = shape.inputs != shape.outputs || shape.stride != 1;
  if (changes) {
    torch::jit::Module downsample = MakeModule("Downsample");
    const Convolution shortcut = {
        .inputs = shape.inputs, .outputs = shape.outputs, .kernel = 1, .stride = shape.stride, .bias = false};
    ACCORD_RETURN_IF_ERROR(AddConvAndNorm(downsample, "0", "1", shortcut, groups));
    downsample.define(R"(
      def forward(self, x):
          return getattr(self, "1").forward(getattr(self, "0").forward(x))
    )");
    block.register_module("downsample", downsample);
  }
  block.define(absl::StrCat(R"(
def forward(self, x):
    z = torch.relu(self.bn1.forward(self.conv1.forward(x)))
    z = self.bn2.forward(self.conv2.forward(z))
    return torch.relu(z + )",
                            changes ? "self.downsample.forward(x)" : "x", ")\n"));
  stage.register_module(name, block);
  return absl::OkStatus();
}

}  // namespace

// Source: He et al. 2016, table 1, 18 layers; group normalisation as in Wu and He 2018 and, for federated training,
// Hsieh et al. 2020. Parameters have the names of torchvision's resnet18 with norm_layer=GroupNorm.
absl::StatusOr<torch::jit::Module> MakeResNet18(const v1::ResNet18& spec, const ModelInterface& interface) {
  if (interface.input_shape.size() != 3 || interface.input_shape[1] < 32 || interface.input_shape[2] < 32) {
    return absl::InvalidArgumentError("model.resnet18: needs data.image of at least 32 x 32 pixels");
  }
  torch::jit::Module module = MakeModule("ResNet18");
  const int64_t groups = spec.groups();
  int64_t channels = spec.width();
  const Convolution first = {
      .inputs = interface.input_shape[0], .outputs = channels, .kernel = 7, .stride = 2, .bias = false};
  ACCORD_RETURN_IF_ERROR(AddConvAndNorm(module, "conv1", "bn1", first, groups));
  std::string forward = R"(
def forward(self, x):
    x = torch.relu(self.bn1.forward(self.conv1.forward(x)))
    x = torch.max_pool2d(x, [3, 3], [2, 2], [1, 1])
)";
  int64_t before = channels;
  for (int i = 0; i < kStages; ++i) {
    torch::jit::Module stage = MakeModule("Stage");
    const Convolution widening = {
        .inputs = before, .outputs = channels, .kernel = 3, .stride = i == 0 ? 1 : 2, .bias = false};
    ACCORD_RETURN_IF_ERROR(AddResidualBlock(stage, "0", widening, groups));
    const Convolution keeping = {.inputs = channels, .outputs = channels, .kernel = 3, .stride = 1, .bias = false};
    ACCORD_RETURN_IF_ERROR(AddResidualBlock(stage, "1", keeping, groups));
    stage.define(R"(
      def forward(self, x):
          return getattr(self, "1").forward(getattr(self, "0").forward(x))
    )");
    module.register_module(absl::StrCat("layer", i + 1), stage);
    absl::StrAppend(&forward, "    x = self.layer", i + 1, ".forward(x)\n");
    before = channels;
    channels *= 2;
  }
  ACCORD_RETURN_IF_ERROR(AddLinear(module, "fc", before, interface.num_outputs()));
  module.define(absl::StrCat(forward, "    return self.fc.forward(torch.mean(x, [2, 3]))\n"));
  return module;
}

}  // namespace accord::zoo
