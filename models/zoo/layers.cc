#include "models/zoo/layers.h"

#include "absl/strings/str_cat.h"
#include "models/model_interface.h"

namespace accord::zoo {
namespace {

constexpr int64_t kKernel = 5;

// Square brackets of one number twice, as lists of two sizes are written.
std::string Both(int64_t number) { return absl::StrCat("[", number, ", ", number, "]"); }

}  // namespace

void AddParameter(torch::jit::Module& module, const std::string& name, at::IntArrayRef shape) {
  module.register_parameter(name, at::empty(shape, at::kFloat).requires_grad_(true), /*is_buffer=*/false);
}

// A layer's width comes from the job's file: it is checked before anything is allocated.
absl::Status CheckLayerSize(const std::string& name, int64_t inputs, int64_t outputs, int64_t kernel_elements) {
  if (outputs > 0 && inputs <= kMaxParameters / outputs / kernel_elements) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("model: layer ", name, " of ", inputs, " inputs and ", outputs,
                                                 " outputs; needs at least one output and at most ", kMaxParameters,
                                                 " parameters"));
}

torch::jit::Module MakeModule(const std::string& type_name) {
  torch::jit::Module module("__torch__.accord." + type_name);
  module.register_attribute("training", c10::BoolType::get(), true);
  return module;
}

absl::Status AddLinearWithoutBias(torch::jit::Module& module, const std::string& name, int64_t inputs,
                                  int64_t outputs) {
  if (absl::Status status = CheckLayerSize(name, inputs, outputs, 1); !status.ok()) return status;
  torch::jit::Module layer = MakeModule("LinearWithoutBias");
  AddParameter(layer, "weight", {outputs, inputs});
  layer.define(R"(
    def forward(self, x):
        return torch.linear(x, self.weight)
  )");
  module.register_module(name, layer);
  return absl::OkStatus();
}

absl::Status AddLinear(torch::jit::Module& module, const std::string& name, int64_t inputs, int64_t outputs) {
  if (absl::Status status = CheckLayerSize(name, inputs, outputs, 1); !status.ok()) return status;
  torch::jit::Module layer = MakeModule("Linear");
  AddParameter(layer, "weight", {outputs, inputs});
  AddParameter(layer, "bias", {outputs});
  layer.define(R"(
    def forward(self, x):
        return torch.linear(x, self.weight, self.bias)
  )");
  module.register_module(name, layer);
  return absl::OkStatus();
}

absl::Status AddConv5x5(torch::jit::Module& module, const std::string& name, int64_t inputs, int64_t outputs) {
  if (absl::Status status = CheckLayerSize(name, inputs, outputs, kKernel * kKernel); !status.ok()) return status;
  torch::jit::Module layer = MakeModule("Conv5x5");
  AddParameter(layer, "weight", {outputs, inputs, kKernel, kKernel});
  AddParameter(layer, "bias", {outputs});
  layer.define(R"(
    def forward(self, x):
        return torch.conv2d(x, self.weight, self.bias, [1, 1], [2, 2])
  )");
  module.register_module(name, layer);
  return absl::OkStatus();
}

absl::Status AddConv1d(torch::jit::Module& module, const std::string& name, int64_t inputs, int64_t outputs,
                       int64_t kernel) {
  if (absl::Status status = CheckLayerSize(name, inputs, outputs, kernel); !status.ok()) return status;
  torch::jit::Module layer = MakeModule("Conv1d");
  AddParameter(layer, "weight", {outputs, inputs, kernel});
  AddParameter(layer, "bias", {outputs});
  layer.define(absl::StrCat("def forward(self, x):\n    return torch.conv1d(x, self.weight, self.bias, [1], [",
                            kernel / 2, "])\n"));
  module.register_module(name, layer);
  return absl::OkStatus();
}

absl::Status AddConv2d(torch::jit::Module& module, const std::string& name, const Convolution& shape) {
  const int64_t kernel_elements = shape.kernel * shape.kernel;
  if (absl::Status status = CheckLayerSize(name, shape.inputs, shape.outputs, kernel_elements); !status.ok()) {
    return status;
  }
  torch::jit::Module layer = MakeModule("Conv2d");
  AddParameter(layer, "weight", {shape.outputs, shape.inputs, shape.kernel, shape.kernel});
  if (shape.bias) AddParameter(layer, "bias", {shape.outputs});
  layer.define(absl::StrCat("def forward(self, x):\n    return torch.conv2d(x, self.weight, ",
                            shape.bias ? "self.bias" : "None", ", ", Both(shape.stride), ", ", Both(shape.kernel / 2),
                            ")\n"));
  module.register_module(name, layer);
  return absl::OkStatus();
}

absl::Status AddUpConv2x2(torch::jit::Module& module, const std::string& name, int64_t inputs, int64_t outputs) {
  if (absl::Status status = CheckLayerSize(name, inputs, outputs, 4); !status.ok()) return status;
  torch::jit::Module layer = MakeModule("UpConv2x2");
  AddParameter(layer, "weight", {inputs, outputs, 2, 2});
  AddParameter(layer, "bias", {outputs});
  layer.define(R"(
    def forward(self, x):
        return torch.conv_transpose2d(x, self.weight, self.bias, [2, 2])
  )");
  module.register_module(name, layer);
  return absl::OkStatus();
}

absl::Status AddGroupNorm(torch::jit::Module& module, const std::string& name, int64_t groups, int64_t channels) {
  if (groups < 1 || channels < 1 || channels % groups != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("model: ", channels, " channels of layer ", name, " cannot be shared by ", groups, " groups"));
  }
  torch::jit::Module layer = MakeModule("GroupNorm");
  AddParameter(layer, "weight", {channels});
  AddParameter(layer, "bias", {channels});
  layer.define(absl::StrCat("def forward(self, x):\n    return torch.group_norm(x, ", groups,
                            ", self.weight, self.bias, 1e-05, False)\n"));
  module.register_module(name, layer);
  return absl::OkStatus();
}

absl::Status AddLayerNorm(torch::jit::Module& module, const std::string& name, int64_t width) {
  if (absl::Status status = CheckLayerSize(name, 1, width, 1); !status.ok()) return status;
  torch::jit::Module layer = MakeModule("LayerNorm");
  AddParameter(layer, "weight", {width});
  AddParameter(layer, "bias", {width});
  layer.define(absl::StrCat("def forward(self, x):\n    return torch.layer_norm(x, [", width,
                            "], self.weight, self.bias, 1e-05, False)\n"));
  module.register_module(name, layer);
  return absl::OkStatus();
}

absl::Status AddEmbedding(torch::jit::Module& module, const std::string& name, int64_t rows, int64_t width) {
  if (absl::Status status = CheckLayerSize(name, rows, width, 1); !status.ok()) return status;
  torch::jit::Module layer = MakeModule("Embedding");
  AddParameter(layer, "weight", {rows, width});
  layer.define(R"(
    def forward(self, x):
        return torch.embedding(self.weight, x)
  )");
  module.register_module(name, layer);
  return absl::OkStatus();
}

}  // namespace accord::zoo
