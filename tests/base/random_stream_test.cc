#include "base/random_stream.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace accord {
namespace {

const StreamPurpose kPurpose = {.job_seed = 7, .site = "north", .round = 3, .use = "batch-order"};

std::vector<uint32_t> First(const StreamPurpose& purpose, size_t count) {
  RandomStream stream(purpose);
  std::vector<uint32_t> values(count);
  for (uint32_t& value : values) value = stream.NextUint32();
  return values;
}

TEST(RandomStream, RepeatsForTheSamePurpose) { EXPECT_EQ(First(kPurpose, 1000), First(kPurpose, 1000)); }

// Computed with `openssl enc -aes-256-ctr` under SHA-256 of the purpose. A changed stream changes every trained model.
TEST(RandomStream, NeverChangesBetweenVersions) {
  const std::vector<uint32_t> first = First(kPurpose, 2);
  EXPECT_EQ(first, (std::vector<uint32_t>{297701215u, 1029114287u}));
}

TEST(RandomStream, DiffersInEachPartOfThePurpose) {
  StreamPurpose seed = kPurpose, site = kPurpose, round = kPurpose, use = kPurpose, shifted = kPurpose;
  seed.job_seed = 8;
  site.site = "south";
  round.round = 4;
  use.use = "rounding";
  shifted.site = "northbatch";  // the same letters, cut elsewhere
  shifted.use = "-order";
  std::set<std::vector<uint32_t>> streams;
  for (const StreamPurpose& purpose : {kPurpose, seed, site, round, use, shifted}) streams.insert(First(purpose, 4));
  EXPECT_EQ(streams.size(), 6u);
}

TEST(RandomStream, FillAndSingleNumbersAreOneStream) {
  const std::vector<uint32_t> expected = First(kPurpose, 2000);
  RandomStream stream(kPurpose);
  std::vector<uint32_t> values;
  for (const size_t piece : {1, 3, 255, 256, 257, 1000, 0, 100}) {
    std::vector<uint32_t> filled(piece);
    stream.Fill(absl::MakeSpan(filled));
    values.insert(values.end(), filled.begin(), filled.end());
    values.push_back(stream.NextUint32());
  }
  ASSERT_LE(values.size(), expected.size());
  EXPECT_TRUE(std::equal(values.begin(), values.end(), expected.begin()));
}

TEST(RandomStream, GoesOnAfterAMove) {
  const std::vector<uint32_t> expected = First(kPurpose, 10);
  RandomStream first(kPurpose);
  for (int i = 0; i < 5; ++i) first.NextUint32();
  RandomStream second = std::move(first);
  EXPECT_EQ(second.NextUint32(), expected[5]);
}

// Pearson's chi-squared with 9 degrees of freedom exceeds 33.7 with probability 1e-4; the seed is fixed.
TEST(RandomStream, NextBelowIsUniform) {
  RandomStream stream(kPurpose);
  constexpr int kDraws = 100'000;
  std::array<int, 10> counts{};
  for (int i = 0; i < kDraws; ++i) ++counts.at(stream.NextBelow(10));
  double chi_squared = 0;
  for (const int count : counts) chi_squared += std::pow(count - kDraws / 10.0, 2) / (kDraws / 10.0);
  EXPECT_LT(chi_squared, 33.7);
  EXPECT_GT(chi_squared, 0.5) << "too even to be random";
}

// With a bound of 2/3 of the range, taking the remainder alone would give the lower half twice as often.
TEST(RandomStream, NextBelowHasNoBiasForLargeBounds) {
  RandomStream stream(kPurpose);
  constexpr uint64_t kBound = UINT64_MAX / 3 * 2;
  constexpr int kDraws = 10'000;
  int low = 0;
  for (int i = 0; i < kDraws; ++i) {
    const uint64_t value = stream.NextBelow(kBound);
    ASSERT_LT(value, kBound);
    if (value < kBound / 2) ++low;
  }
  EXPECT_NEAR(low, kDraws / 2, 4 * std::sqrt(kDraws / 4.0));  // four standard deviations
}

TEST(RandomStream, NextBelowOneIsZero) {
  RandomStream stream(kPurpose);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(stream.NextBelow(1), 0u);
}

TEST(RandomStream, RealNumbersLieInTheUnitIntervalWithTheRightMeanAndSpread) {
  RandomStream stream(kPurpose);
  constexpr int kDraws = 100'000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = i % 2 == 0 ? stream.NextDouble() : stream.NextFloat();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
    squares += value * value;
  }
  const double mean = sum / kDraws;
  EXPECT_NEAR(mean, 0.5, 4 * std::sqrt(1.0 / 12 / kDraws));
  EXPECT_NEAR(squares / kDraws - mean * mean, 1.0 / 12, 0.002);
}

TEST(DeriveSeed, RepeatsAndDiffersByPurpose) {
  StreamPurpose other = kPurpose;
  other.use = "dropout";
  EXPECT_EQ(DeriveSeed(kPurpose), DeriveSeed(kPurpose));
  EXPECT_NE(DeriveSeed(kPurpose), DeriveSeed(other));
}

}  // namespace
}  // namespace accord
