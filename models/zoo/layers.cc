#include "models/zoo/layers.h"

#include "absl/strings/str_cat.h"
#include "models/model_interface.h"

namespace accord::zoo {
namespace {

constexpr int64_t kKernel = 5;

void AddParameter(torch::jit::Module& module, const std::string& name, at::IntArrayRef shape) {
  module.register_parameter(name, at::empty(shape, at::kFloat).requires_grad_(true), /*is_buffer=*/false);
}

// A layer's width comes from the job's file: it is checked before anything is allocated.
absl::Status CheckSize(const std::string& name, int64_t inputs, int64_t outputs, int64_t kernel_elements) {
  if (outputs > 0 && inputs <= kMaxParameters / outputs / kernel_elements) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("model: layer ", name, " of ", inputs, " inputs and ", outputs,
                                                 " outputs; needs at least one output and at most ", kMaxParameters,
                                                 " parameters"));
}

}  // namespace

torch::jit::Module MakeModule(const std::string& type_name) {
  torch::jit::Module module("__torch__.accord." + type_name);
  module.register_attribute("training", c10::BoolType::get(), true);
  return module;
}

absl::Status AddLinearWithoutBias(torch::jit::Module& module, const std::string& name, int64_t inputs,
                                  int64_t outputs) {
  if (absl::Status status = CheckSize(name, inputs, outputs, 1); !status.ok()) return status;
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
  if (absl::Status status = CheckSize(name, inputs, outputs, 1); !status.ok()) return status;
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
  if (absl::Status status = CheckSize(name, inputs, outputs, kKernel * kKernel); !status.ok()) return status;
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

}  // namespace accord::zoo
