// Weights that a zoo model begins with. Without LibTorch.
#pragma once

#include <cstdint>

#include "absl/types/span.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// PyTorch's rule for linear, convolution and recurrent layers, weights and biases alike: uniform in +-1/sqrt(fan_in),
// where a bias has the fan-in of the weight before it (kaiming_uniform_ with a = sqrt(5): He et al. 2015), and a
// recurrent layer's parameters all have that of its hidden units. An embedding is drawn by its width. A weight of one
// dimension is a normalisation's: 1, and its bias 0. From (job seed, use "initial-weights"), in the layout's order.
void DrawInitialWeights(const v1::ParameterLayout& layout, uint64_t job_seed, absl::Span<float> values);

}  // namespace accord
