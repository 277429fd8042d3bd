#include "base/status.h"
#include "models/zoo/layers.h"
#include "models/zoo/zoo.h"

namespace accord::zoo {

absl::StatusOr<torch::jit::Module> MakeCox(const ModelInterface& interface) {
  if (interface.task != Task::kSurvival) {
    return absl::InvalidArgumentError("model.cox: needs a time and an event; write data.target as survival");
  }
  torch::jit::Module module = MakeModule("Cox");
  ACCORD_RETURN_IF_ERROR(AddLinearWithoutBias(module, "linear", interface.input_elements(), 1));
  module.define(R"(
    def forward(self, x):
        return self.linear.forward(torch.flatten(x, 1))
  )");
  return module;
}

}  // namespace accord::zoo
