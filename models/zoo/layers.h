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

// Likewise, of torch.nn.Conv1d (padding so that the length stays; an odd kernel).
absl::Status AddConv1d(torch::jit::Module& module, const std::string& name, int64_t inputs, int64_t outputs,
                       int64_t kernel);

struct Convolution {
  int64_t inputs = 0, outputs = 0;
  int64_t kernel = 3;  // odd; padded by half of it
  int64_t stride = 1;
  bool bias = true;
};
absl::Status AddConv2d(torch::jit::Module& module, const std::string& name, const Convolution& shape);
// Of torch.nn.ConvTranspose2d with a kernel and a stride of 2: twice as high and as wide.
absl::Status AddUpConv2x2(torch::jit::Module& module, const std::string& name, int64_t inputs, int64_t outputs);
// Of torch.nn.GroupNorm and torch.nn.LayerNorm (over the last dimension).
absl::Status AddGroupNorm(torch::jit::Module& module, const std::string& name, int64_t groups, int64_t channels);
absl::Status AddLayerNorm(torch::jit::Module& module, const std::string& name, int64_t width);
// Of torch.nn.Embedding; forward takes whole numbers from 0 to rows - 1.
absl::Status AddEmbedding(torch::jit::Module& module, const std::string& name, int64_t rows, int64_t width);

// What the functions above are made of, for a model's own layers: a float32 parameter without values, and the check
// that so many rows of so many numbers are allowed.
void AddParameter(torch::jit::Module& module, const std::string& name, at::IntArrayRef shape);
absl::Status CheckLayerSize(const std::string& name, int64_t inputs, int64_t outputs, int64_t kernel_elements);

}  // namespace accord::zoo
