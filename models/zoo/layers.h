// Layers that zoo models are put together from. For this room's own files.
#pragma once

#include <torch/script.h>

#include <string>

#include "absl/status/status.h"

namespace accord::zoo {

// An empty module in training mode.
torch::jit::Module MakeModule(const std::string& type_name);

// Submodules with the parameters of torch.nn.Linear and torch.nn.Conv2d (5x5, padding 2): NAME.weight and NAME.bias.
// INVALID_ARGUMENT when one has more than kMaxParameters.
// The former without a bias.
absl::Status AddLinearWithoutBias(torch::jit::Module& module, const std::string& name, int64_t inputs, int64_t outputs);
absl::Status AddLinear(torch::jit::Module& module, const std::string& name, int64_t inputs, int64_t outputs);
absl::Status AddConv5x5(torch::jit::Module& module, const std::string& name, int64_t inputs, int64_t outputs);

}  // namespace accord::zoo
