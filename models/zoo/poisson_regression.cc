#include "base/status.h"
#include "models/zoo/layers.h"
#include "models/zoo/zoo.h"

namespace accord::zoo {

absl::StatusOr<torch::jit::Module> MakePoissonRegression(const ModelInterface& interface) {
  if (interface.task != Task::kRegression) {
    return absl::InvalidArgumentError("model.poisson_regression: predicts counts; make the target numeric");
  }
  torch::jit::Module module = MakeModule("PoissonRegression");
  ACCORD_RETURN_IF_ERROR(AddLinear(module, "linear", interface.input_elements(), 1));
  module.define(R"(
    def forward(self, x):
        return self.linear.forward(torch.flatten(x, 1))
  )");
  return module;
}

}  // namespace accord::zoo
