#include "base/status.h"
#include "models/zoo/layers.h"
#include "models/zoo/zoo.h"

namespace accord::zoo {

absl::StatusOr<torch::jit::Module> MakeLogisticRegression(const ModelInterface& interface) {
  if (interface.task == Task::kRegression) {
    return absl::InvalidArgumentError(
        "model.logistic_regression: the target is a number; use linear_regression or make the target a category");
  }
  torch::jit::Module module = MakeModule("LogisticRegression");
  ACCORD_RETURN_IF_ERROR(AddLinear(module, "linear", interface.input_elements(), interface.num_outputs()));
  module.define(R"(
    def forward(self, x):
        return self.linear.forward(torch.flatten(x, 1))
  )");
  return module;
}

}  // namespace accord::zoo
