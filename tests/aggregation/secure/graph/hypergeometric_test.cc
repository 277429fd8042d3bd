#include "aggregation/secure/graph/hypergeometric.h"

#include <gtest/gtest.h>

#include <bit>
#include <vector>

#include "absl/numeric/int128.h"

namespace accord::secure {
namespace {

// That value >= numerator / denominator, and above it by less than one part in 2^50; exactly, in 128 bits.
void ExpectJustAbove(const RoundedUp& value, uint64_t numerator, uint64_t denominator) {
  if (numerator == 0) {
    EXPECT_TRUE(value.IsZero());
    return;
  }
  const absl::uint128 truth = absl::uint128(numerator) << static_cast<int>(-value.exponent());
  const absl::uint128 here = absl::uint128(value.mantissa()) * denominator;
  EXPECT_GE(here, truth);
  EXPECT_LE(here - truth, truth >> 50);
}

// How many of all draws of `drawn` out of `population` have each number of hits; the marked are the first ones.
std::vector<uint64_t> CountDraws(const Urn& urn) {
  std::vector<uint64_t> count(urn.drawn + 2);
  const uint32_t marked = (1u << urn.marked) - 1;
  for (uint32_t draw = 0; draw < 1u << urn.population; ++draw) {
    if (std::popcount(draw) == static_cast<int>(urn.drawn)) ++count[std::popcount(draw & marked)];
  }
  return count;
}

TEST(Hypergeometric, AgreesWithTheCountOfAllDraws) {
  for (uint32_t population : {1u, 2u, 5u, 9u, 12u}) {
    for (uint32_t marked = 0; marked <= population; ++marked) {
      for (uint32_t drawn = 0; drawn <= population; ++drawn) {
        SCOPED_TRACE(testing::Message() << drawn << " of " << population << ", " << marked << " marked");
        const Urn urn{population, marked, drawn};
        const std::vector<uint64_t> count = CountDraws(urn);
        uint64_t all = 0, at_least = 0;
        for (uint64_t some : count) all += some;
        for (int hits = static_cast<int>(drawn) + 1; hits >= 0; --hits) {
          at_least += count[hits];
          ExpectJustAbove(ChanceOf(urn, hits), count[hits], all);
          ExpectJustAbove(ChanceOfAtLeast(urn, hits), at_least, all);
        }
      }
    }
  }
}

TEST(Hypergeometric, CertaintyIsExactlyOneAndTheImpossibleExactlyZero) {
  const RoundedUp certain = ChanceOfAtLeast({1000, 990, 50}, 40);
  EXPECT_EQ(certain.Log2(), 0);
  EXPECT_EQ(certain.mantissa(), uint64_t{1} << 63);
  EXPECT_EQ(ChanceOfAtLeast({1000, 990, 50}, 0).Log2(), 0);
  EXPECT_TRUE(ChanceOfAtLeast({1000, 5, 50}, 6).IsZero());
  EXPECT_TRUE(ChanceOfAtLeast({1000, 500, 50}, 51).IsZero());
  EXPECT_TRUE(ChanceOf({1000, 990, 50}, 39).IsZero());
}

// The chances of all outcomes add up to one, each rounded up: so to just above it.
TEST(Hypergeometric, AllOutcomesTogetherAreOne) {
  const Urn urns[] = {{999, 50, 54}, {16383, 5406, 254}, {1000000, 330000, 250}};
  for (const Urn& urn : urns) {
    RoundedUp sum;
    for (uint32_t hits = 0; hits <= urn.drawn; ++hits) sum = sum + ChanceOf(urn, hits);
    EXPECT_FALSE(sum < RoundedUp::Integer(1));
    EXPECT_LT(sum.Log2(), 0x1p-50);
  }
}

// Expected values from exact fractions of a separate implementation (Python's integers).
TEST(Hypergeometric, FarTailsAgreeWithExactFractions) {
  struct {
    Urn urn;
    uint32_t hits;
    double log2;
  } const cases[] = {
      {{999, 50, 54}, 39, -155.835833101688},    {{999, 50, 54}, 16, -30.423715671438},
      {{999, 330, 140}, 116, -129.273836869509}, {{16383, 819, 70}, 50, -162.400747405000},
      {{99, 33, 36}, 31, -57.888655532735},      {{299, 99, 68}, 54, -62.229357046547},
  };
  for (const auto& expected : cases) {
    EXPECT_NEAR(ChanceOfAtLeast(expected.urn, expected.hits).Log2(), expected.log2, 1e-10);
  }
}

}  // namespace
}  // namespace accord::secure
