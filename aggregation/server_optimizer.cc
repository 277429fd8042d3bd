#include "aggregation/server_optimizer.h"

#include <algorithm>
#include <cmath>

#include "base/hot_loop.h"

namespace accord {
namespace {

// ---- rules without memory ----

ACCORD_HOT_LOOP void Move(const float* old_model, const double* mean, double rate, size_t size, float* new_model) {
#if !defined(__clang__)
#pragma GCC ivdep  // `new_model` may be `old_model`, but never overlaps it otherwise
#endif
  for (size_t i = 0; i < size; ++i) new_model[i] = static_cast<float>(old_model[i] + rate * mean[i]);
}

class MeanStep : public ServerOptimizer {
 public:
  explicit MeanStep(double learning_rate) : learning_rate_(learning_rate) {}

  void StepTile(absl::Span<const float> old_model, absl::Span<const double> mean_update, absl::Span<float>,
                absl::Span<float> new_model) override {
    Move(old_model.data(), mean_update.data(), learning_rate_, old_model.size(), new_model.data());
  }

 private:
  const double learning_rate_;
};

// ---- momentum ----

class MomentumStep : public ServerOptimizer {
 public:
  MomentumStep(double learning_rate, double momentum) : learning_rate_(learning_rate), momentum_(momentum) {}

  size_t state_values() const override { return 1; }

  void StepTile(absl::Span<const float> old_model, absl::Span<const double> mean_update, absl::Span<float> state,
                absl::Span<float> new_model) override {
    for (size_t i = 0; i < old_model.size(); ++i) {
      const double velocity = momentum_ * state[i] + mean_update[i];
      state[i] = static_cast<float>(velocity);
      new_model[i] = static_cast<float>(old_model[i] + learning_rate_ * velocity);
    }
  }

 private:
  const double learning_rate_, momentum_;
};

// ---- adaptive rules ----

struct Adaptive {
  double learning_rate = 0;
  double beta1 = 0;
  double beta2 = 0;
  double tau = 0;
};

// v of the next round, from this round's and the squared mean update.
struct AdamSquare {
  static double Next(const Adaptive& rule, double v, double square) {
    return rule.beta2 * v + (1 - rule.beta2) * square;
  }
};
struct YogiSquare {
  static double Next(const Adaptive& rule, double v, double square) {
    const double sign = v > square ? 1 : v < square ? -1 : 0;
    return v - (1 - rule.beta2) * square * sign;
  }
};
struct AdagradSquare {
  static double Next(const Adaptive&, double v, double square) { return v + square; }
};

// State of a parameter: m, v.
template <typename Square>
class AdaptiveStep : public ServerOptimizer {
 public:
  explicit AdaptiveStep(const Adaptive& rule) : rule_(rule) {}

  size_t state_values() const override { return 2; }

  void InitialState(absl::Span<float> state) const override {
    for (size_t i = 0; i < state.size(); i += 2) {
      state[i] = 0;
      state[i + 1] = static_cast<float>(rule_.tau * rule_.tau);
    }
  }

  void StepTile(absl::Span<const float> old_model, absl::Span<const double> mean_update, absl::Span<float> state,
                absl::Span<float> new_model) override {
    for (size_t i = 0; i < old_model.size(); ++i) {
      const double update = mean_update[i];
      const double m = rule_.beta1 * state[2 * i] + (1 - rule_.beta1) * update;
      const double v = Square::Next(rule_, state[2 * i + 1], update * update);
      state[2 * i] = static_cast<float>(m);
      state[2 * i + 1] = static_cast<float>(v);
      new_model[i] = static_cast<float>(old_model[i] + rule_.learning_rate * m / (std::sqrt(v) + rule_.tau));
    }
  }

 private:
  const Adaptive rule_;
};

double OneIfUnset(double rate) { return rate == 0 ? 1 : rate; }  // the default of job.proto

}  // namespace

void ServerOptimizer::InitialState(absl::Span<float> state) const { std::fill(state.begin(), state.end(), 0.0f); }

absl::StatusOr<std::unique_ptr<ServerOptimizer>> MakeServerOptimizer(const v1::JobSpec& spec) {
  const v1::Aggregation& aggregation = spec.aggregation();
  switch (aggregation.strategy_case()) {
    case v1::Aggregation::kFedavg:
      return std::make_unique<MeanStep>(OneIfUnset(aggregation.fedavg().server_learning_rate()));
    case v1::Aggregation::kFedprox:
      return std::make_unique<MeanStep>(OneIfUnset(aggregation.fedprox().server_learning_rate()));
    case v1::Aggregation::kFednova:
      return std::make_unique<MeanStep>(OneIfUnset(aggregation.fednova().server_learning_rate()));
    case v1::Aggregation::kScaffold:
      return std::make_unique<MeanStep>(OneIfUnset(aggregation.scaffold().server_learning_rate()));
    case v1::Aggregation::kFedbn:
      return std::make_unique<MeanStep>(OneIfUnset(aggregation.fedbn().server_learning_rate()));
    case v1::Aggregation::kFedper:
      return std::make_unique<MeanStep>(OneIfUnset(aggregation.fedper().server_learning_rate()));
    case v1::Aggregation::kFedrep:
      return std::make_unique<MeanStep>(OneIfUnset(aggregation.fedrep().server_learning_rate()));
    case v1::Aggregation::kCyclic:
      return std::make_unique<MeanStep>(1);  // the mean of one site's change
    case v1::Aggregation::kFedbuff:
      return std::make_unique<MeanStep>(OneIfUnset(aggregation.fedbuff().server_learning_rate()));
    case v1::Aggregation::kDitto:
      return std::make_unique<MeanStep>(OneIfUnset(aggregation.ditto().server_learning_rate()));
    case v1::Aggregation::kFedavgm:
      return std::make_unique<MomentumStep>(OneIfUnset(aggregation.fedavgm().server_learning_rate()),
                                            aggregation.fedavgm().momentum());
    case v1::Aggregation::kFedadam: {
      const v1::FedAdam& rule = aggregation.fedadam();
      return std::make_unique<AdaptiveStep<AdamSquare>>(
          Adaptive{rule.server_learning_rate(), rule.beta1(), rule.beta2(), rule.tau()});
    }
    case v1::Aggregation::kFedyogi: {
      const v1::FedYogi& rule = aggregation.fedyogi();
      return std::make_unique<AdaptiveStep<YogiSquare>>(
          Adaptive{rule.server_learning_rate(), rule.beta1(), rule.beta2(), rule.tau()});
    }
    case v1::Aggregation::kFedadagrad: {
      const v1::FedAdagrad& rule = aggregation.fedadagrad();
      return std::make_unique<AdaptiveStep<AdagradSquare>>(
          Adaptive{rule.server_learning_rate(), rule.beta1(), /*beta2=*/0, rule.tau()});
    }
    case v1::Aggregation::kNewton:
      return absl::InvalidArgumentError(
          "newton steps coefficients by the sum of their score and information; there is no mean update to step by");
    case v1::Aggregation::STRATEGY_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("the job's aggregation names no strategy; write for example 'fedavg: {}'");
}

}  // namespace accord
