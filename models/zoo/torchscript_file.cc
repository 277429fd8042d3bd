#include <torch/csrc/jit/runtime/print_handler.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "models/operators.h"
#include "models/torch_error.h"
#include "models/warnings.h"
#include "models/zoo/script_code.h"
#include "models/zoo/zoo.h"

namespace accord {
namespace zoo {
namespace {

constexpr size_t kMostNamed = 8;  // of operators that are not allowed: the operator of a site is shown 500 bytes

constexpr char kCannotRead[] = "model.torchscript: not a TorchScript file that LibTorch can read";

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

absl::Status CheckOperators(const torch::jit::Module& module, const AllowedOperators& allowed) {
  const absl::flat_hash_set<std::string> names(allowed.names.begin(), allowed.names.end());
  std::vector<std::string> others = OperatorsOf(module);
  others.erase(std::remove_if(others.begin(), others.end(), [&](const auto& name) { return names.contains(name); }),
               others.end());
  if (others.empty()) return absl::OkStatus();
  const size_t num_left_out = others.size() > kMostNamed ? others.size() - kMostNamed : 0;
  others.resize(others.size() - num_left_out);
  return absl::InvalidArgumentError(absl::StrCat(
      "model.torchscript: its code calls what ", allowed.clause, " does not list: ", absl::StrJoin(others, ", "),
      num_left_out > 0 ? absl::StrCat(" and ", num_left_out, " more") : "",
      "; write the model without, or have the members list it (`accord operators FILE` prints all that a file calls)"));
}

absl::StatusOr<torch::jit::Module> Load(absl::string_view file) {
  torch::jit::Module module;
  ACCORD_RETURN_IF_ERROR(CatchTorchErrors(kCannotRead, ErrorText::kShow, [&] {
    std::istringstream stream{std::string(file)};
    module = torch::jit::load(stream, at::kCPU);
    return absl::OkStatus();
  }));
  return module;
}

// Without running anything of it.
absl::StatusOr<torch::jit::Module> LoadToLookAt(absl::string_view file) {
  ACCORD_RETURN_IF_ERROR(
      CatchTorchErrors(kCannotRead, ErrorText::kShow, [&] { return CheckThatReadingRunsNothing(file); }));
  return Load(file);
}

}  // namespace

absl::StatusOr<torch::jit::Module> LoadTorchScript(absl::string_view file, const AllowedOperators& allowed) {
  if (file.empty()) return absl::InvalidArgumentError("model.torchscript: the file is missing or empty");
  SilenceScripts();
  const bool any = allowed.names.empty();
  absl::StatusOr<torch::jit::Module> loaded = any ? Load(file) : LoadToLookAt(file);
  if (!loaded.ok()) {
    return any ? loaded.status() : Annotate(loaded.status(), absl::StrCat(allowed.clause, " lists what code may call"));
  }
  torch::jit::Module module = *std::move(loaded);
  ACCORD_RETURN_IF_ERROR(CatchTorchErrors(kCannotRead, ErrorText::kShow, [&] {
    if (!any) ACCORD_RETURN_IF_ERROR(CheckOperators(module, allowed));
    module.eval();
    return CheckForward(module);
  }));
  return module;
}

}  // namespace zoo

absl::StatusOr<std::vector<std::string>> OperatorsOfFile(absl::string_view file) {
  if (file.empty()) return absl::InvalidArgumentError("the file is missing or empty");
  zoo::SilenceScripts();
  ACCORD_ASSIGN_OR_RETURN(const torch::jit::Module module, zoo::LoadToLookAt(file));
  std::vector<std::string> operators;
  ACCORD_RETURN_IF_ERROR(CatchTorchErrors(zoo::kCannotRead, ErrorText::kShow, [&] {
    operators = zoo::OperatorsOf(module);
    return absl::OkStatus();
  }));
  return operators;
}

}  // namespace accord
