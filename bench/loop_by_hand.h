// Training as somebody writes it with LibTorch and without Accord: all rows in one tensor, torch::nn,
// torch::optim::Adam. Only the order of the rows is Accord's, so that both train on the same batches; it is drawn
// beforehand. On a GPU everything lies there before the first step.
#pragma once

#include <torch/torch.h>

#include <cstddef>
#include <functional>
#include <vector>

#include "absl/types/span.h"
#include "models/device.h"
#include "models/examples.h"
#include "proto/accord/v1/job.pb.h"

namespace accord::bench {

using MakeNetwork = std::function<torch::nn::Sequential()>;  // answers each row with the log-odds of class 1

constexpr double kLearningRateByHand = 0.001;

class LoopByHand {
 public:
  // A round's batches are those of "site-1" in the job's first round.
  LoopByHand(MakeNetwork make_network, const v1::JobSpec& spec, const Examples& rows, Device device);

  size_t steps() const { return batches_.size(); }
  // One round from these weights; microseconds a step.
  double Run(absl::Span<const float> weights);
  // What Run has trained.
  std::vector<float> weights() const;

 private:
  void Finish() const;  // what the GPU was told to do

  MakeNetwork make_network_;
  at::Device device_;
  std::vector<at::Tensor> batches_;  // of row numbers
  at::Tensor inputs_, targets_;
  std::vector<at::Tensor> trained_;
};

}  // namespace accord::bench
