#include "client/trainer/demonstrate/score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace accord {
namespace {

TEST(ExactAuc, IsTheShareOfPairsInTheRightOrderWithTiesCountingHalf) {
  EXPECT_EQ(ExactAuc({0.8, 0.9}, {0.1, 0.2}), 1.0);
  EXPECT_EQ(ExactAuc({0.1, 0.2}, {0.8, 0.9}), 0.0);
  EXPECT_EQ(ExactAuc({0.5}, {0.5}), 0.5);
  EXPECT_EQ(ExactAuc({0.3, 0.7, 0.7}, {0.1, 0.7}), (1 + 1.5 + 1.5) / 6);
}

TEST(ExactAuc, IsNotDefinedForOneClass) {
  EXPECT_FALSE(ExactAuc({0.3}, {}).has_value());
  EXPECT_FALSE(ExactAuc({}, {0.3}).has_value());
}

TEST(WeightedMean, LeavesOutWhatIsNotDefined) {
  const std::vector<Score> scores = {{0.5, std::nullopt, {}}, {1.0, 0.25, {}}};
  const Score mean = WeightedMean(scores, std::vector<uint64_t>{3, 1});
  EXPECT_DOUBLE_EQ(*mean.accuracy, 0.625);
  EXPECT_DOUBLE_EQ(*mean.auc, 0.25);
  EXPECT_FALSE(mean.mse.has_value());
}

}  // namespace
}  // namespace accord
