// What holds of sums in every ring: of 24, of 32 and of 64 bits.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "aggregation/ring/accumulator.h"
#include "aggregation/ring/codec.h"
#include "aggregation/secure/masking.h"
#include "aggregation/secure/round/unmask.h"
#include "base/hash.h"

namespace accord {
namespace {

using Kind = VectorBlock::Kind;
using Bytes = std::vector<uint8_t>;

constexpr size_t kSize = 5003;  // several tiles, and a part of one

RandomStream RoundingStream(uint64_t seed) { return RandomStream({seed, "", 0, "rounding"}); }

// An element read byte by byte, as the format says: an independent way.
int64_t Element(RingWidth ring, const Bytes& bytes, size_t i) {
  const size_t size = ElementBytes(ring);
  uint64_t value = 0;
  for (size_t b = 0; b < size; ++b) value |= uint64_t{bytes[i * size + b]} << (8 * b);
  const unsigned unused = 64 - BitsOf(ring);
  return static_cast<int64_t>(value << unused) >> unused;
}

class Rings : public ::testing::TestWithParam<RingWidth> {
 protected:
  static RingWidth ring() { return GetParam(); }
  static VectorSchema OneBlock(uint64_t size, double bound, uint32_t num_sites, Kind kind = Kind::kReal) {
    return VectorSchema::Create({{"block", kind, size, bound}}, num_sites, ring()).value();
  }
  template <typename Real>
  static Bytes Encoded(const VectorSchema& schema, const std::vector<Real>& values, uint64_t seed,
                       EncodeOutcome* outcome = nullptr) {
    Bytes out(values.size() * ElementBytes(ring()));
    RandomStream stream = RoundingStream(seed);
    const auto result =
        Encode(schema.blocks()[0], absl::MakeConstSpan(values), stream, RingBytes(ring(), absl::MakeSpan(out)));
    EXPECT_TRUE(result.ok()) << result.status();
    if (outcome != nullptr) *outcome = result.value();
    return out;
  }
  static ConstRingBytes View(const Bytes& bytes) { return ConstRingBytes(ring(), bytes); }
  static RingVector Sum(const std::vector<Bytes>& vectors) {
    Accumulator accumulator = Accumulator::Create(View(vectors[0]).size(), ring()).value();
    for (const Bytes& vector : vectors) EXPECT_TRUE(accumulator.Add(0, View(vector)).ok());
    return std::move(accumulator).Report().value();
  }
  static std::vector<double> RandomValues(size_t size, double bound, uint64_t seed) {
    RandomStream random = RoundingStream(seed);
    std::vector<double> values(size);
    for (double& value : values) value = bound * (2 * random.NextDouble() - 1);
    return values;
  }
};

INSTANTIATE_TEST_SUITE_P(Of, Rings, ::testing::Values(RingWidth::k24, RingWidth::k32, RingWidth::k64),
                         [](const auto& info) { return std::to_string(BitsOf(info.param)) + "Bits"; });

TEST_P(Rings, ASumIsThatOfTheEncodedNumbersWhateverTheOrder) {
  constexpr uint32_t kSites = 7;
  const VectorSchema schema = OneBlock(kSize, 2.5, kSites);
  std::vector<Bytes> vectors;
  for (uint32_t site = 0; site < kSites; ++site) {
    vectors.push_back(Encoded(schema, RandomValues(kSize, 2.5, site), 100 + site));
  }
  const RingVector sum = Sum(vectors);
  std::vector<double> decoded(kSize);
  ASSERT_TRUE(Decode(schema.blocks()[0], sum.sums(), absl::MakeSpan(decoded)).ok());
  for (size_t i = 0; i < kSize; ++i) {
    int64_t expected = 0;
    for (const Bytes& vector : vectors) expected += Element(ring(), vector, i);
    ASSERT_EQ(sum.sums()[i], expected) << i;
    ASSERT_DOUBLE_EQ(decoded[i], static_cast<double>(expected) / schema.blocks()[0].scale) << i;
  }
  const RingVector again = Sum({vectors.rbegin(), vectors.rend()});
  for (size_t i = 0; i < kSize; ++i) ASSERT_EQ(again.sums()[i], sum.sums()[i]) << i;
}

TEST_P(Rings, DecodedValuesAreWithinOneStepOfTheEncodedOnes) {
  const VectorSchema schema = OneBlock(kSize, 2.5, 4);
  const std::vector<double> values = RandomValues(kSize, 2.5, 1);
  const RingVector sum = Sum({Encoded(schema, values, 2)});
  std::vector<double> decoded(kSize);
  ASSERT_TRUE(Decode(schema.blocks()[0], sum.sums(), absl::MakeSpan(decoded)).ok());
  const double step = 1 / schema.blocks()[0].scale;
  for (size_t i = 0; i < kSize; ++i) {
    ASSERT_NEAR(decoded[i], values[i], step * 1.0001 + std::fabs(values[i]) * 0x1p-51) << i;
  }
}

TEST_P(Rings, EveryoneAtTheBoundDoesNotWrap) {
  for (const uint32_t num_sites : {1u, 2u, 3u, 5u, 64u, 1000u}) {
    for (const double value : {1.0, -1.0}) {
      const VectorSchema schema = OneBlock(3, 1, num_sites);
      const RingVector sum = Sum(std::vector<Bytes>(num_sites, Encoded(schema, std::vector<double>(3, value), 1)));
      std::vector<double> decoded(3);
      ASSERT_TRUE(Decode(schema.blocks()[0], sum.sums(), absl::MakeSpan(decoded)).ok());
      for (const double total : decoded) EXPECT_NEAR(total, value * num_sites, 1e-9 * num_sites) << num_sites;
    }
  }
}

TEST_P(Rings, RoundingIsUnbiasedAndGoesToTheTwoNeighboursOnly) {
  const size_t n = 200'000;
  const double largest = static_cast<double>(OneBlock(1, 1, 4).blocks()[0].max_encoded);
  const VectorSchema schema = OneBlock(n, largest, 4);  // scale 1
  ASSERT_EQ(schema.blocks()[0].scale, 1);
  for (const double value : {0.5, 0.25, 0.001, 0.9, -0.3, 1234.75, -99999.125}) {
    const Bytes encoded = Encoded(schema, std::vector<double>(n, value), 4);
    double sum = 0;
    for (size_t i = 0; i < n; ++i) {
      const double error = static_cast<double>(Element(ring(), encoded, i)) - value;
      ASSERT_LT(std::fabs(error), 1);
      sum += error;
    }
    // Five standard deviations of a mean of n: exceeded by chance once in 1.7 million times, and the seed is fixed.
    const double p = value - std::floor(value);
    EXPECT_NEAR(sum / n, 0, 5 * std::sqrt(p * (1 - p) / n)) << value;
  }
}

TEST_P(Rings, WhatIsOutsideTheBoundIsClippedToItAndCountedAndWhatIsNoNumberIsZero) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> values = {1, -1, 1.001, -50, 1.7e308, 0, nan, infinity, -infinity, 5e-324};
  const VectorSchema schema = OneBlock(values.size(), 1, 2);
  EncodeOutcome outcome;
  const Bytes encoded = Encoded(schema, values, 6, &outcome);
  EXPECT_EQ(outcome.num_clipped, 6u);
  EXPECT_EQ(outcome.num_not_finite, 3u);
  const int64_t most = schema.blocks()[0].max_encoded;
  const std::vector<int64_t> expected = {most, -most, most, -most, most, 0, 0, 0, 0};
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(Element(ring(), encoded, i), expected[i]) << i;
  EXPECT_LE(std::abs(Element(ring(), encoded, 9)), 1);
  EXPECT_TRUE(WithinBounds(schema, View(encoded)));
}

TEST_P(Rings, CountsAreRoundedToTheNearestAndDrawNothing) {
  const VectorSchema schema = OneBlock(5, 1000, 2, Kind::kCount);
  const std::vector<double> values = {7, 7.4, 7.6, 1001, 0.5};
  const Bytes encoded = Encoded(schema, values, 9);
  for (const auto& [i, expected] : std::vector<std::pair<size_t, int64_t>>{{0, 7}, {1, 7}, {2, 8}, {3, 1000}, {4, 1}}) {
    EXPECT_EQ(Element(ring(), encoded, i), expected) << values[i];
  }
  EXPECT_EQ(encoded, Encoded(schema, values, 10));
}

TEST_P(Rings, TilesInOrderEqualOnePassAndFloatsEqualTheirDoubles) {
  const VectorSchema schema = OneBlock(kSize, 1, 3);
  const std::vector<double> random = RandomValues(kSize, 1, 10);
  const std::vector<float> values(random.begin(), random.end());
  const Bytes whole = Encoded(schema, values, 11);
  EXPECT_EQ(Encoded(schema, std::vector<double>(values.begin(), values.end()), 11), whole);
  Bytes tiled(whole.size());
  RandomStream stream = RoundingStream(11);
  size_t first = 0;
  for (const size_t size : {size_t{1}, size_t{7}, size_t{2048}, size_t{2049}, kSize - 4105}) {
    ASSERT_TRUE(Encode(schema.blocks()[0], absl::MakeConstSpan(values).subspan(first, size), stream,
                       RingBytes(ring(), absl::MakeSpan(tiled)).subspan(first, size))
                    .ok());
    first += size;
  }
  ASSERT_EQ(first, kSize);
  EXPECT_EQ(tiled, whole);
}

TEST_P(Rings, AVectorIsWithinBoundsUpToTheLastStep) {
  const VectorSchema schema =
      VectorSchema::Create({{"n", Kind::kCount, 1, 10}, {"r", Kind::kReal, 2, 1}}, 4, ring()).value();
  const int64_t most = schema.Find("r")->max_encoded;
  const auto bytes = [](const std::vector<int64_t>& elements) {
    Bytes bytes;
    for (const int64_t element : elements) {
      for (size_t i = 0; i < ElementBytes(ring()); ++i) bytes.push_back(static_cast<uint8_t>(element >> (8 * i)));
    }
    return bytes;
  };
  const int64_t lowest = -LargestSum(ring()) - 1;
  EXPECT_TRUE(WithinBounds(schema, View(bytes({10, most, -most}))));
  EXPECT_TRUE(WithinBounds(schema, View(bytes({-10, -most, 0}))));
  for (const auto& outside : std::vector<std::vector<int64_t>>{
           {11, 0, 0}, {-11, 0, 0}, {0, most + 1, 0}, {0, 0, -most - 1}, {0, 0, lowest}, {0, LargestSum(ring()), 0}}) {
    EXPECT_FALSE(WithinBounds(schema, View(bytes(outside)))) << outside[0] << " " << outside[1] << " " << outside[2];
  }
  EXPECT_FALSE(WithinBounds(schema, View(bytes({10, most}))));
}

TEST_P(Rings, WhatIsOfAnotherRingIsRefused) {
  const VectorSchema schema = OneBlock(4, 1, 2);
  const RingWidth other = ring() == RingWidth::k32 ? RingWidth::k64 : RingWidth::k32;
  Bytes out(4 * ElementBytes(other));
  RandomStream stream = RoundingStream(1);
  EXPECT_FALSE(Encode(schema.blocks()[0], std::vector<double>(4), stream, RingBytes(other, absl::MakeSpan(out))).ok());
  EXPECT_FALSE(WithinBounds(schema, ConstRingBytes(other, out)));
  const RingVector sum = RingVector::Create(4, other).value();
  std::vector<double> decoded(4);
  EXPECT_FALSE(Decode(schema.blocks()[0], sum.sums(), absl::MakeSpan(decoded)).ok());
}

TEST_P(Rings, WhatIsTakenOutAgainLeavesNothing) {
  const VectorSchema schema = OneBlock(kSize, 1, 3);
  const Bytes kept = Encoded(schema, RandomValues(kSize, 1, 1), 1);
  const Bytes taken_out = Encoded(schema, RandomValues(kSize, 1, 2), 2);
  Accumulator accumulator = Accumulator::Create(kSize, ring()).value();
  for (const Bytes& vector : {taken_out, kept}) ASSERT_TRUE(accumulator.Add(0, View(vector)).ok());
  for (const auto& [first, size] : std::vector<std::pair<size_t, size_t>>{{4000, kSize - 4000}, {0, 4000}}) {
    ASSERT_TRUE(accumulator.Subtract(first, View(taken_out).subspan(first, size)).ok());
  }
  EXPECT_EQ(accumulator.num_vectors(), 1u);
  const RingVector sum = std::move(accumulator).Report().value();
  for (size_t i = 0; i < kSize; ++i) ASSERT_EQ(sum.sums()[i], Element(ring(), kept, i)) << i;
}

// ---- masks ----

SecretBytes SeedOf(uint32_t a, uint32_t b) {
  std::vector<uint8_t> seed(32, 77);
  seed[0] = static_cast<uint8_t>(a);
  seed[1] = static_cast<uint8_t>(b);
  return SecretBytes(std::move(seed));
}

// A site's vector under its self mask and a mask for each other site, as it is sent.
Bytes Masked(RingWidth ring, const Bytes& vector, uint32_t site, uint32_t num_sites) {
  std::vector<MaskStream> streams;
  std::vector<SignedMask> masks;
  streams.reserve(num_sites);
  for (uint32_t other = 0; other < num_sites; ++other) {
    streams.push_back(MaskStream::Create(SeedOf(std::min(site, other), std::max(site, other))).value());
    masks.push_back({&streams.back(), site <= other ? MaskSign::kPlus : MaskSign::kMinus});
  }
  Bytes masked = vector;
  const size_t size = vector.size() / ElementBytes(ring);
  if (ring == RingWidth::k24) {
    std::vector<uint32_t> words(size);
    Unpack24(vector.data(), size, words.data());
    EXPECT_TRUE(MaskWholeVector(masks, absl::MakeSpan(words), 1).ok());
    Pack24(words.data(), size, masked.data());
  } else if (ring == RingWidth::k32) {
    EXPECT_TRUE(MaskWholeVector(masks, {reinterpret_cast<uint32_t*>(masked.data()), size}, 1).ok());
  } else {
    EXPECT_TRUE(MaskWholeVector(masks, {reinterpret_cast<uint64_t*>(masked.data()), size}, 1).ok());
  }
  return masked;
}

// The last site masks with everybody and then sends nothing.
TEST_P(Rings, MasksOnAndMasksOffGiveTheBitIdenticalSum) {
  constexpr uint32_t kSites = 5;
  const VectorSchema schema = OneBlock(kSize, 1, kSites);
  std::vector<Bytes> plain, masked;
  std::vector<secure::SignedMaskSeed> seeds;
  for (uint32_t site = 0; site + 1 < kSites; ++site) {
    plain.push_back(Encoded(schema, RandomValues(kSize, 1, site), 50 + site));
    masked.push_back(Masked(ring(), plain.back(), site, kSites));
    seeds.push_back({SeedOf(site, site), MaskSign::kMinus});
    seeds.push_back({SeedOf(site, kSites - 1), MaskSign::kMinus});
    EXPECT_NE(masked.back(), plain.back());
  }
  const RingVector expected = Sum(plain);
  RingVector sum = Sum(masked);
  size_t differ = 0;
  for (size_t i = 0; i < kSize; ++i) differ += sum.sums()[i] != expected.sums()[i] ? 1 : 0;
  EXPECT_GT(differ, kSize - 10) << "the masked sum tells nothing";
  ASSERT_TRUE(secure::RemoveMasks(seeds, sum, 2).ok());
  for (size_t i = 0; i < kSize; ++i) ASSERT_EQ(sum.sums()[i], expected.sums()[i]) << i;
}

// Zeros under one mask are the mask: each bit of an element is 1 as often as 0, within five standard deviations.
TEST_P(Rings, MasksAreUniformInTheWholeRing) {
  constexpr size_t kMany = 100'000;
  const Bytes zeros(kMany * ElementBytes(ring()));
  const Bytes masked = Masked(ring(), zeros, 0, 1);
  std::vector<size_t> ones(BitsOf(ring()));
  for (size_t i = 0; i < kMany; ++i) {
    for (size_t bit = 0; bit < ones.size(); ++bit) {
      ones[bit] += masked[i * ElementBytes(ring()) + bit / 8] >> (bit % 8) & 1;
    }
  }
  for (size_t bit = 0; bit < ones.size(); ++bit) {
    EXPECT_NEAR(static_cast<double>(ones[bit]), kMany / 2.0, 5 * std::sqrt(kMany) / 2) << bit;
  }
}

// ---- 24 bits ----

TEST(PackedElements, AreTheLowThreeBytesOfEachWord) {
  for (size_t size = 0; size < 40; ++size) {
    std::vector<uint32_t> words(size);
    for (size_t i = 0; i < size; ++i) words[i] = 0xAB123456u + 0x01010101u * static_cast<uint32_t>(i);
    Bytes packed(3 * size + 1, 0xEE);
    Pack24(words.data(), size, packed.data());
    for (size_t i = 0; i < size; ++i) {
      for (size_t b = 0; b < 3; ++b) EXPECT_EQ(packed[3 * i + b], static_cast<uint8_t>(words[i] >> (8 * b))) << i;
    }
    EXPECT_EQ(packed.back(), 0xEE) << "a byte behind the last element was written";
    std::vector<uint32_t> unpacked(size + 1, 7);
    Unpack24(packed.data(), size, unpacked.data());
    for (size_t i = 0; i < size; ++i) EXPECT_EQ(unpacked[i], words[i] & 0xFFFFFF) << i;
    EXPECT_EQ(unpacked.back(), 7u);
  }
}

TEST(PackedElements, AMaskIsTheKeyStreamOfThirtyTwoBitsWithoutItsUpperEight) {
  // AES-256 of a zero block under a zero key: dc95c078 a2408989 ad48a214 92842087.
  const MaskStream stream = MaskStream::Create(SecretBytes(std::vector<uint8_t>(32, 0))).value();
  std::vector<uint32_t> words(4);
  ASSERT_TRUE(stream.Apply(MaskSign::kPlus, 0, absl::MakeSpan(words)).ok());
  Bytes packed(12);
  Pack24(words.data(), 4, packed.data());
  EXPECT_EQ(packed, (Bytes{0xdc, 0x95, 0xc0, 0xa2, 0x40, 0x89, 0xad, 0x48, 0xa2, 0x92, 0x84, 0x20}));
}

TEST(PackedElements, ASumIsReadWithoutWhatStandsAboveIt) {
  const std::vector<uint32_t> words = {0xAB000001, 0xCDFFFFFF, 0x12800000, 0xFF7FFFFF};
  const RingSums sums(RingWidth::k24, words);
  const std::vector<int64_t> expected = {1, -1, -8388608, 8388607};
  std::vector<double> halves(4), doubled(4);
  sums.Divided(2, absl::MakeSpan(halves));
  sums.Multiplied(2, absl::MakeSpan(doubled));
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(sums[i], expected[i]);
    EXPECT_EQ(halves[i], static_cast<double>(expected[i]) / 2);
    EXPECT_EQ(doubled[i], static_cast<double>(expected[i]) * 2);
  }
}

// ---- 64 bits ----

TEST(WideElements, CarryADoubleToItsLastDigits) {
  const VectorSchema schema = VectorSchema::Create({{"block", Kind::kReal, 1000, 1}}, 3, RingWidth::k64).value();
  RandomStream random = RoundingStream(1);
  std::vector<double> values(1000), decoded(1000);
  for (double& value : values) value = random.NextDouble() / 1024 - 0.0004;
  std::vector<uint64_t> elements(1000);
  RandomStream rounding = RoundingStream(2);
  ASSERT_TRUE(Encode(schema.blocks()[0], values, rounding, absl::MakeSpan(elements)).ok());
  ASSERT_TRUE(Decode(schema.blocks()[0], elements, absl::MakeSpan(decoded)).ok());
  for (size_t i = 0; i < values.size(); ++i) {
    // One step, and a rounding each of the product, the conversion and the quotient.
    ASSERT_NEAR(decoded[i], values[i], 0x1p-61 + std::fabs(values[i]) * 0x1p-51) << i;
  }
}

TEST(WideElements, CountsBeyondThirtyTwoBitsAreExact) {
  const double most = 1'000'000'000'000'000;
  const VectorSchema schema = VectorSchema::Create({{"n", Kind::kCount, 2, most}}, 5, RingWidth::k64).value();
  std::vector<uint64_t> elements(2);
  RandomStream rounding = RoundingStream(2);
  ASSERT_TRUE(Encode(schema.blocks()[0], std::vector<double>{most - 1, -7}, rounding, absl::MakeSpan(elements)).ok());
  EXPECT_EQ(elements, (std::vector<uint64_t>{999'999'999'999'999, ~uint64_t{6}}));
}

TEST(WideElements, TheEncodingHasTheSameBitsOnEveryProcessor) {
  const VectorSchema schema = VectorSchema::Create({{"block", Kind::kReal, 10'001, 0.7}}, 3, RingWidth::k64).value();
  RandomStream random = RoundingStream(1);
  std::vector<double> values(10'001);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = std::ldexp(2 * random.NextDouble() - 1, -static_cast<int>(i % 70));
  values[5000] = std::numeric_limits<double>::quiet_NaN();
  std::vector<uint64_t> elements(values.size());
  RandomStream rounding = RoundingStream(2);
  ASSERT_TRUE(Encode(schema.blocks()[0], values, rounding, absl::MakeSpan(elements)).ok());
  EXPECT_EQ(Sha256Hex({reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(uint64_t)}),
            "88fcf98ad3392bb76944d6edc77f0cdb72e3a1bef9ef27210fb7fd4f3ca0a0b1");
}

}  // namespace
}  // namespace accord
