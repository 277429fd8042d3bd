#include "absl/strings/str_cat.h"
#include "models/zoo/layers.h"
#include "models/zoo/zoo.h"

namespace accord::zoo {

// One tensor "vector" and no forward: a drill computes nothing from rows.
absl::StatusOr<torch::jit::Module> MakeDrill(const v1::Drill& spec) {
  if (spec.num_parameters() == 0 || spec.num_parameters() > static_cast<uint64_t>(kMaxParameters)) {
    return absl::InvalidArgumentError(absl::StrCat("model.drill.num_parameters: must be 1 to ", kMaxParameters));
  }
  torch::jit::Module module = MakeModule("Drill");
  const auto size = static_cast<int64_t>(spec.num_parameters());
  module.register_parameter("vector", at::empty({size}, at::kFloat), /*is_buffer=*/false);
  return module;
}

}  // namespace accord::zoo
