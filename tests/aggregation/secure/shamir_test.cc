#include "aggregation/secure/shamir.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "aggregation/secure/gf256.h"
#include "base/random_stream.h"
#include "base/seeded_entropy.h"
#include "gtest/gtest.h"
#include "tests/aggregation/secure/fixed_entropy.h"

namespace accord {
namespace {

using absl::StatusCode;

// Polynomials over GF(2) multiplied and divided as one learns it.
uint8_t SchoolbookProduct(uint8_t a, uint8_t b) {
  unsigned product = 0;
  for (int i = 0; i < 8; ++i) {
    if (b >> i & 1) product ^= static_cast<unsigned>(a) << i;
  }
  for (int degree = 14; degree >= 8; --degree) {
    if (product >> degree & 1) product ^= 0x11bu << (degree - 8);
  }
  return static_cast<uint8_t>(product);
}

TEST(Gf256, MultipliesAsTheSchoolbookDoesInEveryByteOfAWord) {
  for (unsigned a = 0; a < 256; ++a) {
    for (unsigned b = 0; b < 256; ++b) {
      // Different neighbours, so that a carry into the next byte would be seen.
      const uint64_t word = uint64_t{a} | uint64_t{255 - a} << 8 | uint64_t{b} << 24 | uint64_t{0xff} << 56;
      uint64_t expected = 0;
      for (int i = 0; i < 8; ++i) {
        expected |= uint64_t{SchoolbookProduct(static_cast<uint8_t>(word >> 8 * i), static_cast<uint8_t>(b))} << 8 * i;
      }
      ASSERT_EQ(Gf256Multiply(word, static_cast<uint8_t>(b)), expected) << a << " times " << b;
    }
  }
}

TEST(Gf256, MatchesTheExampleOfFips197) { EXPECT_EQ(Gf256Multiply(0x57, 0x13), 0xfeu); }

TEST(Gf256, EveryElementButZeroHasAnInverse) {
  for (unsigned a = 1; a < 256; ++a) {
    EXPECT_EQ(SchoolbookProduct(static_cast<uint8_t>(a), Gf256Inverse(static_cast<uint8_t>(a))), 1) << a;
  }
  EXPECT_EQ(Gf256Inverse(0), 0);
}

SecretBytes ExampleSecret() {
  std::vector<uint8_t> bytes(32);
  std::iota(bytes.begin(), bytes.end(), uint8_t{200});
  return SecretBytes(bytes);
}

std::vector<SharePoint> PointsOf(const std::vector<SecretBytes>& shares, const std::vector<size_t>& chosen) {
  std::vector<SharePoint> points;
  for (const size_t i : chosen) points.push_back({static_cast<uint8_t>(i + 1), &shares[i]});
  return points;
}

// Every subset of {0..n-1}, as bits.
std::vector<size_t> Members(unsigned subset) {
  std::vector<size_t> members;
  for (size_t i = 0; i < 32; ++i) {
    if (subset >> i & 1) members.push_back(i);
  }
  return members;
}

TEST(Shamir, AnyThresholdOfTheSharesRebuildTheSecretAndFewerDoNot) {
  SeededEntropy entropy(1);
  const SecretBytes secret = ExampleSecret();
  for (uint32_t num_shares = 2; num_shares <= 7; ++num_shares) {
    for (uint32_t threshold = 2; threshold <= num_shares; ++threshold) {
      const auto shares = SplitSecret(secret, threshold, num_shares, entropy);
      ASSERT_TRUE(shares.ok()) << shares.status();
      ASSERT_EQ(shares->size(), num_shares);
      for (unsigned subset = 1; subset < 1u << num_shares; ++subset) {
        const std::vector<size_t> members = Members(subset);
        const auto rebuilt = RebuildSecret(PointsOf(*shares, members));
        ASSERT_TRUE(rebuilt.ok()) << rebuilt.status();
        EXPECT_EQ(rebuilt->EqualsConstantTime(secret.Reveal()), members.size() >= threshold)
            << threshold << " of " << num_shares << ", subset " << subset;
      }
    }
  }
}

TEST(Shamir, LargeSharingsRebuildFromAnyChoice) {
  SeededEntropy entropy(2);
  RandomStream random({.job_seed = 2, .site = "", .round = 0, .use = "choice"});
  const SecretBytes secret = ExampleSecret();
  for (const auto& [threshold, num_shares] :
       {std::pair<uint32_t, uint32_t>{67, 100}, {2, 255}, {128, 255}, {255, 255}}) {
    const auto shares = SplitSecret(secret, threshold, num_shares, entropy);
    ASSERT_TRUE(shares.ok()) << shares.status();
    for (int repeat = 0; repeat < 5; ++repeat) {
      std::vector<size_t> order(num_shares);
      std::iota(order.begin(), order.end(), size_t{0});
      for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.NextBelow(i)]);
      order.resize(threshold);
      EXPECT_TRUE(RebuildSecret(PointsOf(*shares, order))->EqualsConstantTime(secret.Reveal()));
      order.pop_back();
      EXPECT_FALSE(RebuildSecret(PointsOf(*shares, order))->EqualsConstantTime(secret.Reveal()));
    }
  }
}

// Perfect secrecy, counted out: over all 256 first coefficients, the one share of a holder takes every value once,
// whatever the secret byte is. So a share says nothing about it.
TEST(Shamir, OneShareOfTwoFitsEverySecretByteEquallyOften) {
  for (unsigned secret_byte = 0; secret_byte < 256; ++secret_byte) {
    const SecretBytes secret(std::vector<uint8_t>(32, static_cast<uint8_t>(secret_byte)));
    std::array<std::array<int, 256>, 2> counts{};
    for (unsigned coefficient = 0; coefficient < 256; ++coefficient) {
      FixedEntropy entropy(std::string(32, static_cast<char>(coefficient)));
      const auto shares = SplitSecret(secret, 2, 2, entropy);
      ASSERT_TRUE(shares.ok());
      for (size_t i = 0; i < 2; ++i) ++counts[i][(*shares)[i].Reveal()[0]];
    }
    for (const auto& of_share : counts) {
      EXPECT_EQ(std::count(of_share.begin(), of_share.end(), 1), 256) << "secret byte " << secret_byte;
    }
  }
}

// The same for two shares of three: given both, each of the 256 values of a secret byte completes to exactly one
// polynomial, so all are equally likely.
TEST(Shamir, TwoSharesOfThreeFitEverySecretByteEquallyOften) {
  SeededEntropy entropy(3);
  const auto shares = SplitSecret(ExampleSecret(), 3, 5, entropy);
  ASSERT_TRUE(shares.ok());
  const std::vector<SharePoint> known = PointsOf(*shares, {1, 4});
  std::array<int, 256> secrets{};
  for (unsigned third = 0; third < 256; ++third) {
    const SecretBytes guess(std::vector<uint8_t>(32, static_cast<uint8_t>(third)));
    const SecretBytes rebuilt = RebuildSecret({known[0], known[1], {3, &guess}}).value();
    ++secrets[rebuilt.Reveal()[7]];
  }
  EXPECT_EQ(std::count(secrets.begin(), secrets.end(), 1), 256);
}

// Worked out by hand with FIPS 197's example {57} x {13} = {fe}: f(x) = 0x0d + 0x57 x.
TEST(Shamir, SharesAreThePolynomialAtOneTwoAndSoOn) {
  FixedEntropy entropy(std::string(32, '\x57'));
  const auto shares = SplitSecret(SecretBytes(std::vector<uint8_t>(32, 0x0d)), 2, 0x13, entropy);
  ASSERT_TRUE(shares.ok());
  EXPECT_EQ((*shares)[0].Reveal()[0], 0x0d ^ 0x57);
  EXPECT_EQ((*shares)[1].Reveal()[31], 0x0d ^ 0xae);
  EXPECT_EQ((*shares)[0x12].Reveal()[5], 0x0d ^ 0xfe);
}

TEST(Shamir, SharesOfOneSecretAreFreshEachTime) {
  SeededEntropy entropy(4);
  const SecretBytes secret = ExampleSecret();
  const auto a = SplitSecret(secret, 2, 3, entropy), b = SplitSecret(secret, 2, 3, entropy);
  for (size_t i = 0; i < 3; ++i) EXPECT_FALSE((*a)[i].EqualsConstantTime((*b)[i].Reveal()));
}

TEST(Shamir, ImpossibleSharingsAreRefused) {
  SeededEntropy entropy(5);
  for (const auto& [threshold, num_shares] :
       {std::pair<uint32_t, uint32_t>{0, 3}, {1, 3}, {4, 3}, {2, 256}, {2, UINT32_MAX}, {2, 0}}) {
    EXPECT_EQ(SplitSecret(ExampleSecret(), threshold, num_shares, entropy).status().code(),
              StatusCode::kInvalidArgument)
        << threshold << " of " << num_shares;
  }
  for (const size_t size : {0, 31, 33}) {
    const SecretBytes secret(std::vector<uint8_t>(size, 1));
    EXPECT_EQ(SplitSecret(secret, 2, 3, entropy).status().code(), StatusCode::kInvalidArgument) << size;
  }
  FixedEntropy nothing("");
  EXPECT_EQ(SplitSecret(ExampleSecret(), 2, 3, nothing).status().code(), StatusCode::kInternal);
}

TEST(Shamir, PointsThatCannotBeAreRefused) {
  const SecretBytes share = ExampleSecret(), other = ExampleSecret();
  const SecretBytes short_one(std::vector<uint8_t>(31, 1)), long_one(std::vector<uint8_t>(33, 1));
  for (const std::vector<SharePoint>& points : std::vector<std::vector<SharePoint>>{
           {},
           {{0, &share}},
           {{1, &share}, {0, &other}},
           {{7, &share}, {8, &other}, {7, &other}},
           {{1, &share}, {2, nullptr}},
           {{1, &share}, {2, &short_one}},
           {{1, &long_one}, {2, &share}},
       }) {
    EXPECT_EQ(RebuildSecret(points).status().code(), StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace accord
