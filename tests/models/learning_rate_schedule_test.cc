#include "models/learning_rate_schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace accord {
namespace {

v1::JobSpec Rounds(uint32_t count) {
  v1::JobSpec spec;
  spec.mutable_rounds()->set_count(count);
  return spec;
}

TEST(LearningRateFactor, IsOneWithoutASchedule) {
  EXPECT_EQ(LearningRateFactor(Rounds(10), 1), 1);
  EXPECT_EQ(LearningRateFactor(Rounds(10), 10), 1);
}

TEST(LearningRateFactor, CosineGoesFromOneToTheFinalFactor) {
  v1::JobSpec spec = Rounds(5);
  spec.mutable_training()->mutable_schedule()->mutable_cosine()->set_final_factor(0.2);
  EXPECT_DOUBLE_EQ(LearningRateFactor(spec, 1), 1);
  EXPECT_DOUBLE_EQ(LearningRateFactor(spec, 2), 0.2 + 0.8 * (1 + std::sqrt(0.5)) / 2);
  EXPECT_DOUBLE_EQ(LearningRateFactor(spec, 3), 0.6);
  EXPECT_DOUBLE_EQ(LearningRateFactor(spec, 5), 0.2);
  spec.mutable_rounds()->set_count(1);
  EXPECT_EQ(LearningRateFactor(spec, 1), 1) << "of one round";
}

TEST(LearningRateFactor, StepsAndExponentialsCountRoundsThatAreOver) {
  v1::JobSpec spec = Rounds(7);
  spec.mutable_training()->mutable_schedule()->mutable_step()->set_every_rounds(3);
  spec.mutable_training()->mutable_schedule()->mutable_step()->set_factor(0.5);
  EXPECT_EQ(LearningRateFactor(spec, 3), 1);
  EXPECT_EQ(LearningRateFactor(spec, 4), 0.5);
  EXPECT_EQ(LearningRateFactor(spec, 7), 0.25);
  spec.mutable_training()->mutable_schedule()->mutable_exponential()->set_factor(0.9);
  EXPECT_EQ(LearningRateFactor(spec, 1), 1);
  EXPECT_DOUBLE_EQ(LearningRateFactor(spec, 3), 0.81);
}

TEST(LearningRateFactor, WarmUpComesBeforeTheDecay) {
  v1::JobSpec spec = Rounds(6);
  v1::Schedule& schedule = *spec.mutable_training()->mutable_schedule();
  schedule.mutable_exponential()->set_factor(0.5);
  schedule.set_warmup_rounds(3);
  EXPECT_EQ(LearningRateFactor(spec, 1), 0.25);
  EXPECT_EQ(LearningRateFactor(spec, 3), 0.75);
  EXPECT_EQ(LearningRateFactor(spec, 4), 1);
  EXPECT_EQ(LearningRateFactor(spec, 6), 0.25);
  schedule.mutable_constant();
  EXPECT_EQ(LearningRateFactor(spec, 6), 1);
}

}  // namespace
}  // namespace accord
