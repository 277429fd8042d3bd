#include "aggregation/ring/codec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "aggregation/ring/accumulator.h"
#include "base/hash.h"

namespace accord {
namespace {

using Kind = VectorBlock::Kind;

VectorSchema OneBlock(Kind kind, uint64_t size, double bound, uint32_t num_sites) {
  return VectorSchema::Create({{"block", kind, size, bound}}, num_sites).value();
}

RandomStream Stream(uint64_t seed) { return RandomStream({seed, "", 0, "rounding"}); }

// Encodes with a stream of its own; `outcome` may be null.
template <typename Real>
std::vector<uint32_t> Encoded(const VectorSchema& schema, const std::vector<Real>& values, uint64_t seed,
                              EncodeOutcome* outcome = nullptr) {
  std::vector<uint32_t> out(values.size());
  RandomStream stream = Stream(seed);
  const auto result = Encode(schema.blocks()[0], absl::MakeConstSpan(values), stream, absl::MakeSpan(out));
  EXPECT_TRUE(result.ok()) << result.status();
  if (outcome != nullptr) *outcome = result.value();
  return out;
}

std::vector<double> Decoded(const VectorSchema& schema, const std::vector<uint32_t>& sums) {
  std::vector<double> out(sums.size());
  EXPECT_TRUE(Decode(schema.blocks()[0], sums, absl::MakeSpan(out)).ok());
  return out;
}

TEST(Codec, DecodedValuesAreWithinOneUnitOfTheEncodedOnes) {
  const VectorSchema schema = OneBlock(Kind::kReal, 5000, 2.5, 4);
  std::vector<float> values(5000);
  RandomStream random = Stream(1);
  for (float& value : values) value = 5 * random.NextFloat() - 2.5f;
  const std::vector<double> decoded = Decoded(schema, Encoded(schema, values, 2));
  const double unit = 1 / schema.blocks()[0].scale;
  for (size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(decoded[i], values[i], unit * 1.0001) << i;
}

TEST(Codec, ValuesOnTheGridAreExact) {
  // A bound equal to the largest encoded value makes the scale 1.
  const VectorSchema schema = OneBlock(Kind::kReal, 7, std::floor((0x1.0p31 - 1) / 4), 4);
  const std::vector<double> values = {0, 1, -1, 1234567, -1234567, 536870911, -536870911};
  EXPECT_EQ(Decoded(schema, Encoded(schema, values, 3)), values);
}

TEST(Codec, RoundingIsUnbiased) {
  // The mean of n roundings of a value between two grid points has the standard deviation sqrt(p (1 - p) / n) units;
  // five of them are exceeded by chance once in 1.7 million times, and the seed is fixed.
  const size_t n = 200000;
  const VectorSchema schema = OneBlock(Kind::kReal, n, std::floor((0x1.0p31 - 1) / 4), 4);  // scale 1
  for (const double value : {0.5, 0.25, 0.001, 0.9, -0.3, 1234.75, -99999.125}) {
    const std::vector<uint32_t> encoded = Encoded(schema, std::vector<double>(n, value), 4);
    double sum = 0;
    for (const uint32_t element : encoded) sum += static_cast<int32_t>(element) - value;
    const double p = value - std::floor(value);
    EXPECT_NEAR(sum / n, 0, 5 * std::sqrt(p * (1 - p) / n)) << value;
  }
}

TEST(Codec, RoundingGoesToTheTwoNeighboursOnly) {
  const VectorSchema schema = OneBlock(Kind::kReal, 10000, 1000, 1 << 20);
  const double scale = schema.blocks()[0].scale;
  for (const double value : {0.7, -0.7, 123.4, -123.4, 999.99}) {
    for (const uint32_t element : Encoded(schema, std::vector<double>(10000, value), 5)) {
      const double error = static_cast<int32_t>(element) - value * scale;
      ASSERT_LE(std::fabs(error), 1 + 1e-6) << value;
    }
  }
}

TEST(Codec, SumsOfEveryoneAtTheBoundDoNotWrap) {
  for (const uint32_t num_sites : {1u, 2u, 3u, 5u, 64u, 1000u}) {
    for (const float value : {1.0f, -1.0f}) {
      const VectorSchema schema = OneBlock(Kind::kReal, 3, 1, num_sites);
      Accumulator accumulator = Accumulator::Create(3).value();
      for (uint32_t site = 0; site < num_sites; ++site) {
        ASSERT_TRUE(accumulator.Add(0, Encoded(schema, std::vector<float>(3, value), site)).ok());
      }
      const RingVector sum = std::move(accumulator).Report().value();
      std::vector<double> decoded(3);
      ASSERT_TRUE(Decode(schema.blocks()[0], sum.elements(), absl::MakeSpan(decoded)).ok());
      for (const double total : decoded) EXPECT_NEAR(total, value * num_sites, 1e-9 * num_sites) << num_sites;
    }
  }
}

TEST(Codec, NegativeSumsDecodeAsNegative) {
  const VectorSchema schema = OneBlock(Kind::kCount, 3, 100, 2);
  EXPECT_EQ(Decoded(schema, {0xFFFFFFFFu, 0x80000001u, 7}), (std::vector<double>{-1, -2147483647, 7}));
}

TEST(Codec, WhatIsOutsideTheBoundIsClippedToItAndCounted) {
  const VectorSchema schema = OneBlock(Kind::kReal, 6, 1, 2);
  EncodeOutcome outcome;
  const auto encoded = Encoded(schema, std::vector<float>{1, -1, 1.001f, -50, 3e38f, 0.5f}, 6, &outcome);
  EXPECT_EQ(outcome.num_clipped, 3u);
  EXPECT_EQ(outcome.num_not_finite, 0u);
  const int32_t most = schema.blocks()[0].max_encoded;
  EXPECT_EQ(static_cast<int32_t>(encoded[0]), most);
  EXPECT_EQ(static_cast<int32_t>(encoded[1]), -most);
  EXPECT_EQ(static_cast<int32_t>(encoded[2]), most);
  EXPECT_EQ(static_cast<int32_t>(encoded[3]), -most);
  EXPECT_EQ(static_cast<int32_t>(encoded[4]), most);
}

TEST(Codec, WhatIsNotANumberIsEncodedAsZeroAndCounted) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const VectorSchema schema = OneBlock(Kind::kReal, 5, 1, 2);
  EncodeOutcome outcome;
  const auto encoded = Encoded(schema, std::vector<float>{nan, infinity, -infinity, -nan, 0}, 7, &outcome);
  EXPECT_EQ(encoded, std::vector<uint32_t>(5, 0));
  EXPECT_EQ(outcome.num_not_finite, 4u);
  EXPECT_EQ(outcome.num_clipped, 4u);
}

TEST(Codec, DenormalAndExtremeDoublesAreHarmless) {
  const VectorSchema schema = OneBlock(Kind::kReal, 4, 1, 2);
  EncodeOutcome outcome;
  const auto encoded = Encoded(schema, std::vector<double>{5e-324, -5e-324, 1.7e308, -1.7e308}, 8, &outcome);
  EXPECT_EQ(outcome.num_clipped, 2u);
  EXPECT_LE(std::abs(static_cast<int32_t>(encoded[0])), 1);
  EXPECT_LE(std::abs(static_cast<int32_t>(encoded[1])), 1);
}

TEST(Codec, CountsAreRoundedToTheNearestAndDrawNothing) {
  const VectorSchema schema = OneBlock(Kind::kCount, 4, 1000, 2);
  RandomStream stream = Stream(9);
  std::vector<uint32_t> out(4);
  const std::vector<double> values = {7, 7.4, 7.6, 1001};
  const auto outcome = Encode(schema.blocks()[0], values, stream, absl::MakeSpan(out));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(out, (std::vector<uint32_t>{7, 7, 8, 1000}));
  EXPECT_EQ(outcome->num_clipped, 1u);
  EXPECT_EQ(stream.NextUint32(), Stream(9).NextUint32());
}

TEST(Codec, TilesInOrderEqualOnePass) {
  const VectorSchema schema = OneBlock(Kind::kReal, 10000, 1, 3);
  std::vector<float> values(10000);
  RandomStream random = Stream(10);
  for (float& value : values) value = 2 * random.NextFloat() - 1;
  const std::vector<uint32_t> whole = Encoded(schema, values, 11);
  std::vector<uint32_t> tiled(values.size());
  RandomStream stream = Stream(11);
  size_t first = 0;
  for (const size_t size : {1, 7, 2048, 2049, 100, 5795}) {
    ASSERT_TRUE(Encode(schema.blocks()[0], absl::MakeConstSpan(values).subspan(first, size), stream,
                       absl::MakeSpan(tiled).subspan(first, size))
                    .ok());
    first += size;
  }
  ASSERT_EQ(first, values.size());
  EXPECT_EQ(tiled, whole);
}

TEST(Codec, TheEncodingHasTheSameBitsOnEveryProcessor) {
  const VectorSchema schema = OneBlock(Kind::kReal, 10'001, 0.7, 3);
  std::vector<float> values(10'001);
  RandomStream random = Stream(1);
  for (float& value : values) value = 2 * random.NextFloat() - 1;
  values[5000] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<uint32_t> encoded = Encoded(schema, values, 2);
  EXPECT_EQ(Sha256Hex({reinterpret_cast<const char*>(encoded.data()), encoded.size() * sizeof(uint32_t)}),
            "06dbe76eecc40ef583ac99605a233f482d2e680904a454a4ce6356c6c714ad9f");
}

TEST(Codec, FloatsAndDoublesOfTheSameValueEncodeAlike) {
  const VectorSchema schema = OneBlock(Kind::kReal, 100, 1, 3);
  std::vector<float> floats(100);
  RandomStream random = Stream(12);
  for (float& value : floats) value = 2 * random.NextFloat() - 1;
  EXPECT_EQ(Encoded(schema, floats, 13), Encoded(schema, std::vector<double>(floats.begin(), floats.end()), 13));
}

TEST(Codec, SizesThatDoNotFitAreRefused) {
  const VectorSchema schema = OneBlock(Kind::kReal, 4, 1, 2);
  RandomStream stream = Stream(14);
  std::vector<uint32_t> out(5);
  const std::vector<float> values(5);
  EXPECT_FALSE(Encode(schema.blocks()[0], absl::MakeConstSpan(values), stream, absl::MakeSpan(out)).ok());
  EXPECT_FALSE(
      Encode(schema.blocks()[0], absl::MakeConstSpan(values).first(3), stream, absl::MakeSpan(out).first(4)).ok());
  std::vector<double> decoded(3);
  EXPECT_FALSE(Decode(schema.blocks()[0], out, absl::MakeSpan(decoded)).ok());
}

TEST(Codec, VectorIsWithinBoundsUpToTheLastUnit) {
  const VectorSchema schema = VectorSchema::Create({{"n", Kind::kCount, 1, 10}, {"r", Kind::kReal, 2, 1}}, 4).value();
  const auto most = static_cast<uint32_t>(schema.Find("r")->max_encoded);
  const std::vector<uint32_t> largest = {10, most, 0 - most};
  EXPECT_TRUE(WithinBounds(schema, largest));
  for (const auto& [index, value] : std::vector<std::pair<size_t, uint32_t>>{
           {0, 11}, {0, 0u - 11}, {1, most + 1}, {2, 0u - most - 1}, {2, 0x80000000u}}) {
    std::vector<uint32_t> vector = largest;
    vector[index] = value;
    EXPECT_FALSE(WithinBounds(schema, vector)) << index << " " << value;
  }
  EXPECT_FALSE(WithinBounds(schema, absl::MakeConstSpan(largest).first(2)));
}

TEST(Codec, OneSiteMayUseTheWholeRing) {
  const VectorSchema schema = OneBlock(Kind::kReal, 2, 1, 1);
  EXPECT_TRUE(WithinBounds(schema, std::vector<uint32_t>{0x7FFFFFFFu, 0x80000001u}));
  EXPECT_FALSE(WithinBounds(schema, std::vector<uint32_t>{0x80000000u, 0}));
}

}  // namespace
}  // namespace accord
