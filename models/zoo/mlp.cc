#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "models/zoo/layers.h"
#include "models/zoo/zoo.h"

namespace accord::zoo {

// Linear layers fc1, fc2, ... with ReLU and dropout between them; the last one is the output.
absl::StatusOr<torch::jit::Module> MakeMlp(const v1::Mlp& spec, const ModelInterface& interface) {
  if (spec.hidden_size() < 1 || spec.hidden_size() > 16) {
    return absl::InvalidArgumentError("model.mlp.hidden: give the units of 1 to 16 hidden layers");
  }
  if (!(spec.dropout() >= 0 && spec.dropout() < 1)) {
    return absl::InvalidArgumentError("model.mlp.dropout: must be at least 0 and less than 1");
  }
  torch::jit::Module module = MakeModule("Mlp");
  module.register_attribute("dropout", c10::FloatType::get(), spec.dropout());
  std::string forward = "def forward(self, x):\n    x = torch.flatten(x, 1)\n";
  int64_t width = interface.input_elements();
  for (int i = 0; i < spec.hidden_size(); ++i) {
    const std::string name = absl::StrCat("fc", i + 1);
    ACCORD_RETURN_IF_ERROR(AddLinear(module, name, width, spec.hidden(i)));
    absl::StrAppend(&forward, "    x = torch.relu(self.", name, ".forward(x))\n");
    if (spec.dropout() > 0) absl::StrAppend(&forward, "    x = torch.dropout(x, self.dropout, self.training)\n");
    width = spec.hidden(i);
  }
  const std::string output = absl::StrCat("fc", spec.hidden_size() + 1);
  ACCORD_RETURN_IF_ERROR(AddLinear(module, output, width, interface.num_outputs()));
  module.define(absl::StrCat(forward, "    return self.", output, ".forward(x)\n"));
  return module;
}

}  // namespace accord::zoo
