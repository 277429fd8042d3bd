#include <torch/csrc/jit/runtime/print_handler.h>

#include <sstream>

#include "models/torch_error.h"
#include "models/warnings.h"
#include "models/zoo/zoo.h"

namespace accord::zoo {
namespace {

// A job's own code may print and warn, and what it prints may be a row. Nothing of it reaches a log.
void SilenceScripts() {
  DropWarnings();
  torch::jit::setPrintHandler([](const std::string&) {});
}

absl::Status CheckForward(const torch::jit::Module& module) {
  const auto method = module.find_method("forward");
  if (!method) return absl::InvalidArgumentError("model.torchscript: the module has no forward method");
  if (method->num_inputs() < 2) {
    return absl::InvalidArgumentError("model.torchscript: forward must take one tensor of rows");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<torch::jit::Module> LoadTorchScript(absl::string_view file) {
  if (file.empty()) return absl::InvalidArgumentError("model.torchscript: the file is missing or empty");
  SilenceScripts();
  torch::jit::Module module;
  const absl::Status loaded =
      CatchTorchErrors("model.torchscript: not a TorchScript file that LibTorch can read", ErrorText::kShow, [&] {
        std::istringstream stream{std::string(file)};
        module = torch::jit::load(stream, at::kCPU);
        module.eval();
        return CheckForward(module);
      });
  if (!loaded.ok()) return loaded;
  return module;
}

}  // namespace accord::zoo
