#include "aggregation/programs/local_steps.h"

#include <gtest/gtest.h>

#include "tests/aggregation/example_jobs.h"

namespace accord {
namespace {

v1::Training TrainingWith(const std::string& text) {
  return testing_jobs::Parse("training { " + text + " }").training();
}

TEST(LocalSteps, AreTheBatchesOfAllEpochsOrWhatTheJobSays) {
  EXPECT_EQ(LocalSteps(TrainingWith("local_epochs: 3 batch_size: 4"), 10), 9u);
  EXPECT_EQ(LocalSteps(TrainingWith("local_epochs: 3 batch_size: 4"), 3), 3u) << "one batch, smaller than asked";
  EXPECT_EQ(LocalSteps(TrainingWith("local_epochs: 5"), 1000), 5u) << "all rows are one batch";
  EXPECT_EQ(LocalSteps(TrainingWith("local_steps: 100 batch_size: 4"), 7), 100u);
}

// A gradient of step k of s goes on moving the model in the steps after it: 1 + rho + ... + rho^(s - 1 - k).
double SumOfWeights(int steps, double momentum) {
  double sum = 0;
  for (int k = 0; k < steps; ++k) {
    double power = 1;
    for (int later = k; later < steps; ++later, power *= momentum) sum += power;
  }
  return sum;
}

TEST(LocalSteps, WithMomentumCountWhatEachGradientMovesInTheEnd) {
  EXPECT_EQ(EffectiveSteps(TrainingWith("local_steps: 17 sgd { learning_rate: 1 }"), 5), 17);
  for (const int steps : {1, 2, 7, 300}) {
    const auto training = TrainingWith("local_steps: " + std::to_string(steps) + " sgd { momentum: 0.9 }");
    EXPECT_NEAR(EffectiveSteps(training, 5), SumOfWeights(steps, 0.9), 1e-9 * SumOfWeights(steps, 0.9)) << steps;
  }
}

}  // namespace
}  // namespace accord
