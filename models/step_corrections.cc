#include "models/step_corrections.h"

#include <algorithm>
#include <utility>

namespace accord {

at::Tensor ViewOfFirst(absl::Span<const float> numbers, const at::Tensor& values) {
  return torch::from_blob(const_cast<float*>(numbers.data()), {values.numel()}, at::kFloat)  // only ever read
      .to(values.device());
}

void ProximalTerm::AddTo(const at::Tensor& values, at::Tensor& gradients) const {
  if (weight_ != 0) gradients.add_(values - centre_, weight_);
}

GradientCorrection::GradientCorrection(const ControlVariates* controls, double weight_decay, const at::Tensor& values)
    : controls_(controls), weight_decay_(weight_decay) {
  if (controls == nullptr) return;
  if (!controls->common.empty()) common_ = ViewOfFirst(controls->common, values);
  if (!controls->own.empty()) own_ = ViewOfFirst(controls->own, values);
  sum_ = at::zeros({values.numel()}, values.options().dtype(at::kDouble));
}

void GradientCorrection::Correct(const at::Tensor& values, at::Tensor& gradients) {
  if (controls_ == nullptr) return;
  sum_.add_(gradients);
  if (weight_decay_ != 0) sum_.add_(values, weight_decay_);
  if (own_.defined()) gradients.sub_(own_);
  if (common_.defined()) gradients.add_(common_);
}

void GradientCorrection::Finish(uint64_t steps) {
  if (controls_ == nullptr || controls_->mean_gradient == nullptr) return;
  sum_.div_(static_cast<double>(steps));
  sum_ = sum_.cpu();
  const double* sum = sum_.data_ptr<double>();
  std::vector<float>& mean = *controls_->mean_gradient;
  mean.resize(static_cast<size_t>(sum_.numel()));
  std::transform(sum, sum + sum_.numel(), mean.begin(), [](double value) { return static_cast<float>(value); });
}

HeldElements::HeldElements(const std::vector<ElementRange>& ranges, const at::Tensor& values) {
  for (const ElementRange& range : ranges) {
    const int64_t end = std::min<int64_t>(static_cast<int64_t>(range.first + range.size), values.numel());
    const auto first = static_cast<int64_t>(range.first);
    if (first < end) parts_.push_back({first, values.narrow(0, first, end - first).detach().clone()});
  }
}

void HeldElements::Restore(at::Tensor& values) const {
  for (const Part& part : parts_) values.narrow(0, part.first, part.values.numel()).copy_(part.values);
}

}  // namespace accord
