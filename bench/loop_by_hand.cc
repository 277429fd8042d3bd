#include "bench/loop_by_hand.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

#include "base/random_stream.h"
#include "models/batches.h"

namespace accord::bench {
namespace {

// The batches of a round, as the trainer draws them.
std::vector<at::Tensor> BatchesOf(const v1::JobSpec& spec, const Examples& rows) {
  BatchOrder order(rows.rows(), spec.training().batch_size(), RandomStream({spec.seed(), "site-1", 1, "batch-order"}));
  std::vector<at::Tensor> batches;
  const uint64_t steps = order.steps_per_epoch() * spec.training().local_epochs();
  for (uint64_t step = 0; step < steps; ++step) {
    const absl::Span<const uint32_t> batch = order.Next();
    const std::vector<int64_t> indices(batch.begin(), batch.end());
    batches.push_back(at::tensor(indices, at::kLong));
  }
  return batches;
}

// All rows as the model sees them.
at::Tensor InputsOf(const Examples& rows) {
  std::vector<int64_t> shape = rows.input_shape;
  shape.insert(shape.begin(), static_cast<int64_t>(rows.rows()));
  at::Tensor inputs = at::empty(shape, at::kFloat);
  std::vector<uint32_t> all(rows.rows());
  std::iota(all.begin(), all.end(), 0u);
  GatherInputs(rows, static_cast<size_t>(inputs[0].numel()), all, inputs.data_ptr<float>());
  return inputs;
}

void SetParameters(absl::Span<const float> weights, torch::nn::Sequential& network) {
  torch::NoGradGuard no_grad;
  const float* next = weights.data();
  for (at::Tensor& parameter : network->parameters()) {
    std::copy_n(next, parameter.numel(), parameter.data_ptr<float>());
    next += parameter.numel();
  }
}

}  // namespace

LoopByHand::LoopByHand(MakeNetwork make_network, const v1::JobSpec& spec, const Examples& rows, Device device)
    : make_network_(std::move(make_network)),
      device_(device == Device::kCuda ? at::kCUDA : at::kCPU),
      batches_(BatchesOf(spec, rows)),
      inputs_(InputsOf(rows).to(device_)),
      targets_(at::tensor(rows.targets).to(device_)) {
  for (at::Tensor& batch : batches_) batch = batch.to(device_);
}

void LoopByHand::Finish() const {
  if (device_.is_cuda()) torch::cuda::synchronize();
}

double LoopByHand::Run(absl::Span<const float> weights) {
  torch::nn::Sequential network = make_network_();
  SetParameters(weights, network);
  network->to(device_);
  Finish();
  torch::optim::Adam optimizer(network->parameters(), kLearningRateByHand);
  network->train();
  const auto start = std::chrono::steady_clock::now();
  for (const at::Tensor& batch : batches_) {
    optimizer.zero_grad();
    const at::Tensor output = network->forward(inputs_.index_select(0, batch)).flatten();
    at::binary_cross_entropy_with_logits(output, targets_.index_select(0, batch)).backward();
    optimizer.step();
  }
  Finish();
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
  trained_.clear();
  for (const at::Tensor& parameter : network->parameters()) trained_.push_back(parameter.detach().cpu().flatten());
  return took.count() / static_cast<double>(steps());
}

std::vector<float> LoopByHand::weights() const {
  const at::Tensor flat = at::cat(trained_);
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

}  // namespace accord::bench
