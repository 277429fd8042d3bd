// The code in a TorchScript file, as it is looked at before any of it runs. For this room's own files.
#pragma once

#include <torch/script.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace accord::zoo {

// INVALID_ARGUMENT: LibTorch would run code of the file while it reads it, or the file is in a format (the older one,
// the one for telephones) of which nobody can tell before it is read. LibTorch may throw.
absl::Status CheckThatReadingRunsNothing(absl::string_view file);

// As models/operators.h. LibTorch may throw.
std::vector<std::string> OperatorsOf(const torch::jit::Module& module);

}  // namespace accord::zoo
