// Local optimisers over flat tensors. For this room's own files.
#pragma once

#include <torch/script.h>

#include <memory>

#include "proto/accord/v1/job.pb.h"

namespace accord {

// One instance serves one round at one site: its moments start at zero. The arithmetic and its order are those of
// torch.optim.SGD and torch.optim.Adam (weight decay added to the gradient). Not thread-safe; LibTorch may throw.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  // values -= step(gradients). `gradients` is used as scratch space and holds nothing useful afterwards.
  virtual void Step(at::Tensor& values, at::Tensor& gradients) = 0;
};

// SGD for an unset optimiser as well. Every number is taken as it stands; the learning rate times `rate_factor`.
std::unique_ptr<Optimizer> MakeOptimizer(const v1::Training& training, double rate_factor);

// Shortens `gradients` to at most this Euclidean norm (torch.nn.utils.clip_grad_norm_). A norm that is no number stays.
void ClipNorm(at::Tensor& gradients, double max_norm);

}  // namespace accord
