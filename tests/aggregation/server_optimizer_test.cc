#include "aggregation/server_optimizer.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

namespace accord {
namespace {

v1::JobSpec JobWith(const std::string& strategy) {
  v1::JobSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(strategy, spec.mutable_aggregation())) << strategy;
  return spec;
}

// The mean updates of three rounds, of two parameters: one that goes one way, one that turns.
constexpr std::array<std::array<double, 2>, 3> kUpdates = {{{0.5, -0.25}, {0.25, 0.125}, {0.125, 0.5}}};

// The two parameters after each round, from 1 and 2 on.
std::vector<std::array<float, 2>> Models(const v1::JobSpec& spec) {
  const auto rule = MakeServerOptimizer(spec).value();
  std::vector<float> state(2 * rule->state_values());
  rule->InitialState(absl::MakeSpan(state));
  std::array<float, 2> model = {1, 2};
  std::vector<std::array<float, 2>> models;
  for (const auto& update : kUpdates) {
    rule->StepTile(model, update, absl::MakeSpan(state), absl::MakeSpan(model));
    models.push_back(model);
  }
  return models;
}

void ExpectModels(const v1::JobSpec& spec, const std::array<std::array<double, 2>, 3>& expected) {
  const auto models = Models(spec);
  for (size_t round = 0; round < expected.size(); ++round) {
    for (size_t i = 0; i < 2; ++i) EXPECT_NEAR(models[round][i], expected[round][i], 2e-6) << round << " " << i;
  }
}

// By hand: v = 0.5, 0.7, 0.755 and -0.25, -0.1, 0.41; each time a tenth of it.
TEST(ServerOptimizer, FedAvgMKeepsAVelocity) {
  ExpectModels(JobWith("fedavgm { server_learning_rate: 0.1 momentum: 0.9 }"),
               {{{1.05, 1.975}, {1.12, 1.965}, {1.1955, 2.006}}});
}

TEST(ServerOptimizer, FedProxStepsAsFedAvgDoes) {
  EXPECT_EQ(Models(JobWith("fedprox { mu: 1 server_learning_rate: 0.5 }")),
            Models(JobWith("fedavg { server_learning_rate: 0.5 }")));
}

// Algorithm 2 of the paper, line by line, each parameter for itself and all in double.
std::array<std::array<double, 2>, 3> PaperSteps(double rate, double beta1, double tau,
                                                double (*next_v)(double v, double square)) {
  std::array<std::array<double, 2>, 3> models{};
  for (size_t i = 0; i < 2; ++i) {
    double x = i == 0 ? 1 : 2, m = 0, v = tau * tau;
    for (size_t t = 0; t < 3; ++t) {
      const double delta = kUpdates[t][i];
      m = beta1 * m + (1 - beta1) * delta;
      v = next_v(v, std::pow(delta, 2));
      x = x + rate * m / (std::sqrt(v) + tau);
      models[t][i] = x;
    }
  }
  return models;
}

TEST(ServerOptimizer, FedAdamTakesTheStepsOfThePaper) {
  ExpectModels(JobWith("fedadam { server_learning_rate: 0.1 beta1: 0.9 beta2: 0.99 tau: 0.001 }"),
               PaperSteps(0.1, 0.9, 1e-3, [](double v, double square) { return 0.99 * v + 0.01 * square; }));
  // By hand, where nothing is kept: m = d, v = d^2, so a step is the rate times d / (|d| + tau).
  ExpectModels(JobWith("fedadam { server_learning_rate: 0.1 beta1: 0 beta2: 0 tau: 0.25 }"),
               {{{1 + 0.1 * 2 / 3, 2 - 0.05},
                 {1 + 0.1 * 2 / 3 + 0.05, 2 - 0.05 + 0.1 / 3},
                 {1 + 0.1 * 2 / 3 + 0.05 + 0.1 / 3, 2 - 0.05 + 0.1 / 3 + 0.1 * 2 / 3}}});
}

TEST(ServerOptimizer, FedYogiTakesTheStepsOfThePaper) {
  ExpectModels(JobWith("fedyogi { server_learning_rate: 0.1 beta1: 0.9 beta2: 0.5 tau: 0.01 }"),
               PaperSteps(0.1, 0.9, 0.01, [](double v, double square) {
                 const double sign = v - square > 0 ? 1 : v - square < 0 ? -1 : 0;
                 return v - 0.5 * square * sign;
               }));
  // What tells it from FedAdam: a mean square that is too large goes down by the small square, not towards it.
  const auto yogi = Models(JobWith("fedyogi { server_learning_rate: 0.1 beta1: 0 beta2: 0.5 tau: 0.01 }"));
  const auto adam = Models(JobWith("fedadam { server_learning_rate: 0.1 beta1: 0 beta2: 0.5 tau: 0.01 }"));
  EXPECT_NE(yogi[2][0], adam[2][0]);
}

TEST(ServerOptimizer, FedAdagradTakesTheStepsOfThePaper) {
  ExpectModels(JobWith("fedadagrad { server_learning_rate: 0.1 beta1: 0 tau: 0.001 }"),
               PaperSteps(0.1, 0, 1e-3, [](double v, double square) { return v + square; }));
  ExpectModels(JobWith("fedadagrad { server_learning_rate: 0.1 beta1: 0.9 tau: 0.001 }"),
               PaperSteps(0.1, 0.9, 1e-3, [](double v, double square) { return v + square; }));
}

TEST(ServerOptimizer, StateBelongsToItsParameterHoweverTheModelIsCut) {
  const v1::JobSpec spec = JobWith("fedyogi { server_learning_rate: 0.1 beta1: 0.9 beta2: 0.9 tau: 0.001 }");
  const auto rule = MakeServerOptimizer(spec).value();
  ASSERT_EQ(rule->state_values(), 2u);
  const auto whole = Models(spec);
  std::vector<float> state(4);
  rule->InitialState(absl::MakeSpan(state));
  std::array<float, 2> model = {1, 2};
  for (const auto& update : kUpdates) {
    for (size_t i = 0; i < 2; ++i) {
      rule->StepTile(absl::MakeConstSpan(model).subspan(i, 1), absl::MakeConstSpan(update).subspan(i, 1),
                     absl::MakeSpan(state).subspan(2 * i, 2), absl::MakeSpan(model).subspan(i, 1));
    }
  }
  EXPECT_EQ(model, whole.back());
}

TEST(ServerOptimizer, RulesWithoutMemoryKeepNothing) {
  EXPECT_EQ(MakeServerOptimizer(JobWith("fedavg {}")).value()->state_values(), 0u);
  EXPECT_EQ(MakeServerOptimizer(JobWith("fedprox { mu: 1 }")).value()->state_values(), 0u);
  EXPECT_EQ(MakeServerOptimizer(JobWith("fedavgm {}")).value()->state_values(), 1u);
}

TEST(ServerOptimizer, NewtonHasNoMeanToStepBy) {
  const absl::Status refusal = MakeServerOptimizer(JobWith("newton {}")).status();
  EXPECT_EQ(refusal.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(refusal.message().find("newton"), absl::string_view::npos) << refusal;
}

}  // namespace
}  // namespace accord
