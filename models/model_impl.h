// The inside of a Model, for this room's own files.
#pragma once

#include <torch/script.h>

#include <cstdint>

#include "models/flat_parameters.h"
#include "models/model.h"
#include "models/model_interface.h"

namespace accord {

struct Model::Impl {
  torch::jit::Module module;
  ModelInterface interface;
  Head head = Head::kNone;
  FlatParameters flat;  // on the device that the model computes on
  uint64_t job_seed = 0;
  v1::ModelSpec::InitialWeights initial_weights = v1::ModelSpec::RANDOM;
  bool from_file = false;
  bool holds_file_weights = false;

  // Gradients of the trainable parameters as one flat tensor [num_trainable]; made at first use, and from then on what
  // backward() adds to.
  at::Tensor& Gradients();
  at::Device device() const { return flat.values.device(); }
  // One forward pass over inputs on the model's device, and so is the answer; [n] for one number a row, else [n,
  // classes] or [n, classes, height, width]. Throws what LibTorch throws, and std::runtime_error for an answer of
  // another shape.
  at::Tensor Forward(const at::Tensor& inputs);

 private:
  at::Tensor gradients_;
};

}  // namespace accord
