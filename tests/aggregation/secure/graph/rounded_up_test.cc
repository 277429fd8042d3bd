#include "aggregation/secure/graph/rounded_up.h"

#include <gtest/gtest.h>

#include <cmath>

#include "absl/numeric/int128.h"
#include "base/random_stream.h"

namespace accord::secure {
namespace {

bool Equal(const RoundedUp& one, const RoundedUp& other) {
  return one.mantissa() == other.mantissa() && (one.IsZero() || one.exponent() == other.exponent());
}

TEST(RoundedUp, IntegersAndPowersOfTwoAreExact) {
  for (uint64_t value : {uint64_t{1}, uint64_t{2}, uint64_t{3}, uint64_t{1} << 40, UINT64_MAX}) {
    const RoundedUp number = RoundedUp::Integer(value);
    EXPECT_GE(number.mantissa(), uint64_t{1} << 63);
    const int shift = static_cast<int>(-number.exponent());
    EXPECT_EQ(number.mantissa() >> shift, value);
    EXPECT_EQ(number.mantissa() >> shift << shift, number.mantissa());
  }
  EXPECT_TRUE(Equal(RoundedUp::PowerOfTwo(0), RoundedUp::Integer(1)));
  EXPECT_TRUE(Equal(RoundedUp::PowerOfTwo(10), RoundedUp::Integer(1024)));
  EXPECT_TRUE(Equal(RoundedUp::PowerOfTwo(-40), RoundedUp::Integer(1).TimesRatio(1, uint64_t{1} << 40)));
  EXPECT_EQ(RoundedUp::PowerOfTwo(-40).Log2(), -40);
  EXPECT_TRUE(RoundedUp::Integer(0).IsZero());
}

TEST(RoundedUp, ExactQuotientsStayExactAndOthersGoUpByTheLastBit) {
  EXPECT_TRUE(Equal(RoundedUp::Integer(7).TimesRatio(3, 21), RoundedUp::Integer(1)));
  const RoundedUp third = RoundedUp::Integer(1).TimesRatio(1, 3);
  // 1/3 = .010101...: 64 bits from the first one on are 1010...10 10 with more to come, so the last goes up.
  EXPECT_EQ(third.mantissa(), 0xAAAAAAAAAAAAAAABu);
  EXPECT_EQ(third.exponent(), -65);
  EXPECT_TRUE(RoundedUp::Integer(1) < third + third + third);
}

TEST(RoundedUp, ASumGoesUpHoweverSmallTheAddend) {
  const RoundedUp one = RoundedUp::Integer(1);
  for (int exponent : {-63, -64, -100, -126, -127, -128, -129, -200, -100000}) {
    const RoundedUp sum = one + RoundedUp::PowerOfTwo(exponent);
    EXPECT_EQ(sum.mantissa(), (uint64_t{1} << 63) + 1) << exponent;
    EXPECT_TRUE(Equal(sum, RoundedUp::PowerOfTwo(exponent) + one)) << exponent;
  }
  EXPECT_TRUE(Equal(one + one, RoundedUp::Integer(2)));
  EXPECT_TRUE(Equal(one + RoundedUp(), one));
  EXPECT_TRUE(Equal(RoundedUp() + one, one));
  const RoundedUp all_ones = RoundedUp::Integer(UINT64_MAX);
  EXPECT_TRUE(Equal(all_ones + RoundedUp::PowerOfTwo(-5), RoundedUp::PowerOfTwo(64)));
}

TEST(RoundedUp, ZeroSwallowsProductsAndIsBelowEverything) {
  const RoundedUp zero, tiny = RoundedUp::PowerOfTwo(-1000000);
  EXPECT_TRUE((zero * tiny).IsZero());
  EXPECT_TRUE(tiny.TimesRatio(0, 5).IsZero());
  EXPECT_TRUE(zero.TimesRatio(5, 1).IsZero());
  EXPECT_TRUE(zero < tiny);
  EXPECT_FALSE(tiny < zero);
  EXPECT_FALSE(zero < zero);
  EXPECT_FALSE(tiny < tiny);
  EXPECT_TRUE(tiny < RoundedUp::PowerOfTwo(-999999));
  EXPECT_EQ(zero.Log2(), -INFINITY);
}

// Integers of 30 bits multiply and add exactly in 64 bits, so the truth is at hand.
TEST(RoundedUp, AgreesWithIntegersWhereTheyAreExact) {
  RandomStream random({7, "", 0, "rounded-up-test"});
  for (int i = 0; i < 1000; ++i) {
    const uint64_t a = 1 + random.NextBelow(1u << 30), b = 1 + random.NextBelow(1u << 30);
    EXPECT_TRUE(Equal(RoundedUp::Integer(a) * RoundedUp::Integer(b), RoundedUp::Integer(a * b)));
    EXPECT_TRUE(Equal(RoundedUp::Integer(a) + RoundedUp::Integer(b), RoundedUp::Integer(a + b)));
    EXPECT_TRUE(Equal(RoundedUp::Integer(a).TimesRatio(b, a), RoundedUp::Integer(b)));
    EXPECT_EQ(RoundedUp::Integer(a) < RoundedUp::Integer(b), a < b);
  }
}

// mantissa * 2^exponent against numerator / denominator by cross multiplication in 128 bits.
TEST(RoundedUp, ARatioIsNeverBelowTheTruthAndAtMostOneBitAbove) {
  RandomStream random({8, "", 0, "rounded-up-test"});
  for (int i = 0; i < 1000; ++i) {
    const uint64_t numerator = 1 + random.NextBelow(1u << 20), denominator = numerator + random.NextBelow(1u << 20);
    const RoundedUp ratio = RoundedUp::Integer(1).TimesRatio(numerator, denominator);
    const absl::uint128 truth = absl::uint128(numerator) << static_cast<int>(-ratio.exponent());
    const absl::uint128 here = absl::uint128(ratio.mantissa()) * denominator;
    ASSERT_GE(here, truth);
    ASSERT_LT(here - truth, denominator);
  }
}

// Large denominators: the quotient has hardly more bits than are kept, so a lost remainder shows.
TEST(RoundedUp, ARemainderIsNeverLost) {
  RandomStream random({9, "", 0, "rounded-up-test"});
  for (int i = 0; i < 1000; ++i) {
    const uint64_t denominator = (random.NextUint64() >> 1) | uint64_t{1} << 61;
    const RoundedUp ratio = RoundedUp::Integer(1).TimesRatio(1, denominator);
    const absl::uint128 truth = absl::uint128(1) << static_cast<int>(-ratio.exponent());
    const absl::uint128 here = absl::uint128(ratio.mantissa()) * denominator;
    ASSERT_GE(here, truth) << denominator;
    ASSERT_LT(here - truth, 2 * absl::uint128(denominator)) << denominator;
  }
}

}  // namespace
}  // namespace accord::secure
