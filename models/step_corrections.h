// What strategies add to the steps of a site's local training. For this room's own files; LibTorch may throw.
#pragma once

#include <torch/script.h>

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "aggregation/programs/local_layers.h"
#include "models/training.h"

namespace accord {

// The first numbers of `numbers` as a tensor beside `values`, on the CPU without a copy. `numbers` must outlive it.
at::Tensor ViewOfFirst(absl::Span<const float> numbers, const at::Tensor& values);

// The gradient of weight/2 |w - centre|^2. FedProx: Li et al., "Federated optimization in heterogeneous networks",
// 2020, section 3.2; Ditto: Li et al. 2021, algorithm 1.
class ProximalTerm {
 public:
  // A weight of 0 adds nothing, and needs no centre.
  ProximalTerm(double weight, at::Tensor centre) : weight_(weight), centre_(std::move(centre)) {}
  void AddTo(const at::Tensor& values, at::Tensor& gradients) const;

 private:
  const double weight_;
  const at::Tensor centre_;
};

// SCAFFOLD (ControlVariates).
class GradientCorrection {
 public:
  // `controls` may be null: nothing is corrected. `values`: of the trainable parameters.
  GradientCorrection(const ControlVariates* controls, double weight_decay, const at::Tensor& values);
  // `gradients` of the loss at `values`, clipped if they are, and without weight decay, which the optimiser adds; it is
  // part of what a site minimises, and so of its control variate.
  void Correct(const at::Tensor& values, at::Tensor& gradients);
  // After the last of so many steps.
  void Finish(uint64_t steps);

 private:
  const ControlVariates* const controls_;
  const double weight_decay_;
  at::Tensor common_, own_;  // undefined: zero
  at::Tensor sum_;           // of the gradients so far, in double: a sum of many floats
};

// Elements that no step moves, whatever the optimiser does.
class HeldElements {
 public:
  HeldElements(const std::vector<ElementRange>& ranges, const at::Tensor& values);
  void Restore(at::Tensor& values) const;

 private:
  struct Part {
    int64_t first;
    at::Tensor values;
  };
  std::vector<Part> parts_;
};

}  // namespace accord
