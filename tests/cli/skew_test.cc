#include "cli/synthetic/skew.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace accord {
namespace {

using ::testing::Each;
using ::testing::Ge;
using ::testing::HasSubstr;

RandomStream Stream(const std::string& use) {
  return RandomStream({.job_seed = 7, .site = "", .round = 0, .use = use});
}

TEST(ParseSkew, TakesAnAmountForAllOrKindsByName) {
  const Skew none = ParseSkew("none").value();
  EXPECT_EQ(none.feature, 0);
  EXPECT_EQ(none.prevalence, 0);
  const Skew overall = ParseSkew("0.5").value();
  EXPECT_DOUBLE_EQ(overall.feature, Skew().feature);
  EXPECT_DOUBLE_EQ(overall.prevalence, Skew().prevalence);
  const Skew kinds = ParseSkew("label=0.3,quantity=2").value();
  EXPECT_EQ(kinds.label_alpha, 0.3);
  EXPECT_EQ(kinds.quantity_alpha, 2);
  EXPECT_EQ(kinds.feature, 0);  // not named
  EXPECT_EQ(SkewInWords(kinds), "label Dirichlet(0.3), quantity Dirichlet(2)");
}

TEST(ParseSkew, RefusesWhatItDoesNotKnowAndSaysWhatItExpects) {
  for (const char* text :
       {"", "4", "-1", "nan", "labels=1", "label", "label=", "label=x", "label=1=2", "label=1,label=2", "label=0.001",
        "quantity=-1", "feature=11", "prevalence=nan", "label=1,"}) {
    const auto skew = ParseSkew(text);
    EXPECT_EQ(skew.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(skew.status().message()), HasSubstr("--skew")) << text;
  }
}

// Mean 1/K and variance (1/K)(1 - 1/K) / (K alpha + 1) of each share (Johnson and Kotz 1972, chapter 40). The bounds
// are more than five standard errors wide; the stream is fixed.
TEST(Dirichlet, SharesHaveTheDistributionsMomentsForEveryConcentration) {
  constexpr int kDraws = 20000;
  constexpr size_t kClasses = 4;
  for (const double alpha : {0.05, 0.3, 1.0, 10.0}) {
    RandomStream stream = Stream(absl::StrCat("moments-", alpha));
    std::vector<double> sum(kClasses), squares(kClasses);
    for (int draw = 0; draw < kDraws; ++draw) {
      const auto shares = DrawDirichlet(std::vector<double>(kClasses, alpha), stream);
      ASSERT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1, 1e-12);
      for (size_t i = 0; i < kClasses; ++i) {
        sum[i] += shares[i];
        squares[i] += shares[i] * shares[i];
      }
    }
    const double mean = 1.0 / kClasses;
    const double variance = mean * (1 - mean) / (kClasses * alpha + 1);
    for (size_t i = 0; i < kClasses; ++i) {
      EXPECT_NEAR(sum[i] / kDraws, mean, 6 * std::sqrt(variance / kDraws)) << alpha;
      const double found = squares[i] / kDraws - sum[i] / kDraws * (sum[i] / kDraws);
      EXPECT_NEAR(found, variance, 0.08 * variance) << alpha;
    }
  }
}

TEST(Dirichlet, UnequalConcentrationsGiveSharesInTheirProportion) {
  RandomStream stream = Stream("unequal");
  double first = 0;
  for (int draw = 0; draw < 20000; ++draw) first += DrawDirichlet({3, 1}, stream)[0];
  EXPECT_NEAR(first / 20000, 0.75, 0.01);
}

TEST(Dirichlet, TheSmallestConcentrationsStillGiveNumbers) {
  RandomStream stream = Stream("smallest");
  for (int draw = 0; draw < 200; ++draw) {
    for (const double share : DrawDirichlet({0.001, 0.001, 0.001}, stream)) EXPECT_TRUE(share >= 0 && share <= 1);
  }
}

TEST(RowsOfSites, AreAlikeWithoutSkewAndAddUpToTheSameWithIt) {
  EXPECT_THAT(DrawRowsOfSites(5, 100, 0, 1), Each(100u));
  for (const double alpha : {0.05, 0.5, 5.0}) {
    const auto rows = DrawRowsOfSites(20, 100, alpha, 3);
    EXPECT_EQ(std::accumulate(rows.begin(), rows.end(), uint64_t{0}), 2000u) << alpha;
    EXPECT_THAT(rows, Each(Ge(10u))) << alpha;
  }
}

TEST(RowsOfSites, TheSmallerTheConcentrationTheLargerTheLargest) {
  const auto largest = [](double alpha) {
    double sum = 0;
    for (uint64_t seed = 0; seed < 50; ++seed) {
      const auto rows = DrawRowsOfSites(10, 100, alpha, seed);
      sum += static_cast<double>(*std::max_element(rows.begin(), rows.end()));
    }
    return sum / 50;
  };
  EXPECT_GT(largest(0.1), 500);
  EXPECT_LT(largest(100), 130);
}

TEST(RowsOfSites, FewerThanTenStayAsTheyAre) { EXPECT_THAT(DrawRowsOfSites(3, 4, 0.1, 1), Each(4u)); }

}  // namespace
}  // namespace accord
