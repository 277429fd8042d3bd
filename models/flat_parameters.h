// All parameters of a module as one flat tensor, which its own tensors are views of. For this room's own files.
#pragma once

#include <torch/script.h>

#include <vector>

#include "absl/status/statusor.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// Trainable parameters come first, so that an optimiser steps over one prefix; then frozen parameters and
// floating-point buffers. Tensors of other types (counters) are not federated: they go back to their first values with
// every model that is loaded, so that a restarted trainer repeats a round exactly.
struct FlatParameters {
  struct Constant {
    at::Tensor tensor, first_value;
  };
  struct Attached {
    at::Tensor tensor;   // one of the module's own
    int64_t offset = 0;  // of its values in `values`
    bool trainable = false;
  };

  v1::ParameterLayout layout;
  at::Tensor values;          // float32 [num_elements]
  int64_t num_trainable = 0;  // elements
  std::vector<Attached> attached;
  std::vector<Constant> constants;

  at::Tensor ViewOf(const Attached& attached) const;
  // The module's tensors go with them. Before the first gradient.
  void MoveTo(const at::Device& device);
};

// Moves the module's parameters into one new tensor. Tied parameters (one tensor under several names) stay tied and are
// listed once. INVALID_ARGUMENT for parameters that are not dense float32 in memory, for none at all and for more than
// kMaxParameters elements.
absl::StatusOr<FlatParameters> FlattenParameters(torch::jit::Module& module);

}  // namespace accord
