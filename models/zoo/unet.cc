#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "models/zoo/layers.h"
#include "models/zoo/zoo.h"

namespace accord::zoo {
namespace {

// Two 3x3 convolutions, each with group normalisation and ReLU.
absl::Status AddDoubleConvolution(torch::jit::Module& module, const std::string& name, int64_t inputs, int64_t outputs,
                                  int64_t groups) {
  torch::jit::Module block = MakeModule("DoubleConvolution");
  ACCORD_RETURN_IF_ERROR(AddConv2d(block, "conv1", {.inputs = inputs, .outputs = outputs}));
  ACCORD_RETURN_IF_ERROR(AddGroupNorm(block, "norm1", groups, outputs));
  ACCORD_RETURN_IF_ERROR(AddConv2d(block, "conv2", {.inputs = outputs, .outputs = outputs}));
  ACCORD_RETURN_IF_ERROR(AddGroupNorm(block, "norm2", groups, outputs));
  block.define(R"(
    def forward(self, x):
        x = torch.relu(self.norm1.forward(self.conv1.forward(x)))
        return torch.relu(self.norm2.forward(self.conv2.forward(x)))
  )");
  module.register_module(name, block);
  return absl::OkStatus();
}

}  // namespace

// Source: Ronneberger et al., MICCAI 2015, figure 1, with padded convolutions, so that the answer is as large as the
// image, and with group normalisation. down1 has the image's size, down2 half of it, ...; up1 is the last.
absl::StatusOr<torch::jit::Module> MakeUnet(const v1::UNet& spec, const ModelInterface& interface) {
  if (interface.task != Task::kSegmentation || interface.input_shape.size() != 3) {
    return absl::InvalidArgumentError("model.unet: needs data.image and a target that is a mask");
  }
  const int depth = spec.channels_size();
  if (depth < 1) return absl::InvalidArgumentError("model.unet.channels: give the channels of at least one size");
  const int64_t multiple = int64_t{1} << (depth - 1);
  if (interface.input_shape[1] % multiple != 0 || interface.input_shape[2] % multiple != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("model.unet: needs an image whose height and width are multiples of ", multiple));
  }
  torch::jit::Module module = MakeModule("UNet");
  std::string forward = "def forward(self, x):\n";
  int64_t channels = interface.input_shape[0];
  for (int i = 0; i < depth; ++i) {
    const std::string name = absl::StrCat("down", i + 1);
    ACCORD_RETURN_IF_ERROR(AddDoubleConvolution(module, name, channels, spec.channels(i), spec.groups()));
    if (i > 0) absl::StrAppend(&forward, "    x = torch.max_pool2d(x, [2, 2])\n");
    absl::StrAppend(&forward, "    x = self.", name, ".forward(x)\n    seen", i + 1, " = x\n");
    channels = spec.channels(i);
  }
  for (int i = depth - 1; i > 0; --i) {
    const int64_t above = spec.channels(i - 1);
    const std::string enlarge = absl::StrCat("enlarge", i);
    const std::string name = absl::StrCat("up", i);
    ACCORD_RETURN_IF_ERROR(AddUpConv2x2(module, enlarge, channels, above));
    ACCORD_RETURN_IF_ERROR(AddDoubleConvolution(module, name, 2 * above, above, spec.groups()));
    absl::StrAppend(&forward, "    x = self.", name, ".forward(torch.cat([seen", i, ", self.", enlarge,
                    ".forward(x)], 1))\n");
    channels = above;
  }
  ACCORD_RETURN_IF_ERROR(AddConv2d(
      module, "out", {.inputs = channels, .outputs = interface.num_classes, .kernel = 1, .stride = 1, .bias = true}));
  module.define(absl::StrCat(forward, "    return self.out.forward(x)\n"));
  return module;
}

}  // namespace accord::zoo
