#include "models/optimizer.h"

#include <cmath>

namespace accord {
namespace {

class SgdOptimizer : public Optimizer {
 public:
  SgdOptimizer(const v1::Sgd& spec, double rate_factor)
      : spec_(spec), learning_rate_(spec.learning_rate() * rate_factor) {}

  void Step(at::Tensor& values, at::Tensor& gradients) override {
    if (spec_.weight_decay() != 0) gradients.add_(values, spec_.weight_decay());
    if (spec_.momentum() == 0) {
      values.add_(gradients, -learning_rate_);
      return;
    }
    if (!velocity_.defined()) velocity_ = at::zeros_like(gradients);
    velocity_.mul_(spec_.momentum()).add_(gradients);
    values.add_(velocity_, -learning_rate_);
  }

 private:
  const v1::Sgd spec_;
  const double learning_rate_;
  at::Tensor velocity_;
};

// Source: Kingma and Ba, ICLR 2015, algorithm 1, with the bias corrections moved into step size and denominator.
class AdamOptimizer : public Optimizer {
 public:
  AdamOptimizer(const v1::Adam& spec, double rate_factor)
      : learning_rate_(spec.learning_rate() * rate_factor),
        beta1_(spec.beta1()),
        beta2_(spec.beta2()),
        epsilon_(spec.epsilon()),
        weight_decay_(spec.weight_decay()) {}

  void Step(at::Tensor& values, at::Tensor& gradients) override {
    if (!mean_.defined()) {
      mean_ = at::zeros_like(gradients);
      square_ = at::zeros_like(gradients);
    }
    if (weight_decay_ != 0) gradients.add_(values, weight_decay_);
    ++step_;
    mean_.mul_(beta1_).add_(gradients, 1 - beta1_);
    square_.mul_(beta2_).addcmul_(gradients, gradients, 1 - beta2_);
    const double mean_correction = 1 - std::pow(beta1_, step_);
    const double square_correction = 1 - std::pow(beta2_, step_);
    at::Tensor& denominator = at::sqrt_out(gradients, square_);
    denominator.div_(std::sqrt(square_correction)).add_(epsilon_);
    values.addcdiv_(mean_, denominator, -learning_rate_ / mean_correction);
  }

 private:
  const double learning_rate_, beta1_, beta2_, epsilon_, weight_decay_;
  int64_t step_ = 0;
  at::Tensor mean_, square_;  // m, v of the paper
};

}  // namespace

std::unique_ptr<Optimizer> MakeOptimizer(const v1::Training& training, double rate_factor) {
  if (training.has_adam()) return std::make_unique<AdamOptimizer>(training.adam(), rate_factor);
  return std::make_unique<SgdOptimizer>(training.sgd(), rate_factor);
}

void ClipNorm(at::Tensor& gradients, double max_norm) {
  const double norm = gradients.norm().item<double>();
  if (norm > max_norm) gradients.mul_(max_norm / (norm + 1e-6));
}

}  // namespace accord
