// A job's own model file, as it comes from the engineer through the coordinator. It is loaded by LibTorch, at a site
// only inside the sandbox. Not searched with libFuzzer: LibTorch is not instrumented.
#include <torch/script.h>

#include <sstream>
#include <string>
#include <vector>

#include "models/model.h"
#include "tests/fuzz/support/example_job.h"
#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz::torchscript {
namespace {

v1::JobSpec OwnModelJob() {
  v1::JobSpec spec = HeartJob();
  spec.mutable_model()->mutable_torchscript()->set_file("model.pt");
  return spec;
}

}  // namespace

std::vector<std::string> Seeds() {
  torch::jit::Module module("Model");
  module.register_attribute("training", c10::BoolType::get(), true);
  module.register_parameter("weight", torch::zeros({2, 2}, torch::requires_grad()), /*is_buffer=*/false);
  module.define("def forward(self, x):\n  return torch.matmul(x, self.weight)\n");
  std::ostringstream file;
  module.save(file);
  return {file.str()};
}

bool Take(absl::string_view bytes) {
  const auto model = Model::Create(OwnModelJob(), bytes);
  if (!model.ok()) return false;
  const uint64_t size = (*model)->layout().num_elements();
  std::vector<float> parameters(size + 1);
  Require((*model)->LoadParameters(absl::MakeConstSpan(parameters).subspan(0, size)).ok(),
          "a model takes its parameters");
  Require(!(*model)->LoadParameters(parameters).ok(), "a model takes no more than its parameters");
  return true;
}

const FuzzTarget kTarget("torchscript", &Seeds, &Take);

}  // namespace accord::fuzz::torchscript
