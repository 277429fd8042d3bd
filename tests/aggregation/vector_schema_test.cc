#include "aggregation/ring/vector_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace accord {
namespace {

using Kind = VectorBlock::Kind;

TEST(VectorSchema, BlocksFollowEachOtherWithoutGaps) {
  const auto schema = VectorSchema::Create({{"a", Kind::kCount, 3, 10}, {"b", Kind::kReal, 5, 1}}, 4);
  ASSERT_TRUE(schema.ok()) << schema.status();
  EXPECT_EQ(schema->num_elements(), 8u);
  EXPECT_EQ(schema->num_bytes(), 32u);
  EXPECT_EQ(schema->Find("a")->offset, 0u);
  EXPECT_EQ(schema->Find("b")->offset, 3u);
  EXPECT_EQ(schema->Find("c"), nullptr);
}

TEST(VectorSchema, SumOfTheLargestEntriesOfAllSitesFitsForEveryNumberOfSites) {
  for (const uint32_t num_sites : {1u, 2u, 3u, 4u, 7u, 100u, 1000u, 65535u, 1u << 20}) {
    const auto schema = VectorSchema::Create({{"r", Kind::kReal, 1, 0.3}}, num_sites);
    ASSERT_TRUE(schema.ok()) << num_sites;
    const VectorSchema::PlacedBlock& block = schema->blocks()[0];
    const int64_t sum = block.max_encoded * num_sites;
    EXPECT_LE(sum, (int64_t{1} << 31) - 1) << num_sites;
    EXPECT_GT(sum, (int64_t{1} << 31) - 1 - int64_t{num_sites}) << "precision is given away with " << num_sites;
    EXPECT_DOUBLE_EQ(block.scale * 0.3, block.max_encoded);
  }
}

TEST(VectorSchema, CountsAreExactAndMayFillTheRingButNotMore) {
  const double most = std::floor((0x1.0p31 - 1) / 3);
  const auto full = VectorSchema::Create({{"n", Kind::kCount, 1, most}}, 3);
  ASSERT_TRUE(full.ok()) << full.status();
  EXPECT_EQ(full->blocks()[0].scale, 1);
  EXPECT_EQ(full->blocks()[0].max_encoded, most);
  EXPECT_EQ(VectorSchema::Create({{"n", Kind::kCount, 1, most + 1}}, 3).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(VectorSchema, EveryWidthIsUsedAsFarAsItsSumsFit) {
  for (const RingWidth ring : {RingWidth::k24, RingWidth::k32, RingWidth::k64}) {
    for (const uint32_t num_sites : {1u, 2u, 3u, 7u, 1000u, 4096u}) {
      const auto schema = VectorSchema::Create({{"r", Kind::kReal, 5, 0.3}}, num_sites, ring);
      ASSERT_TRUE(schema.ok()) << schema.status();
      EXPECT_EQ(schema->num_bytes(), 5 * BitsOf(ring) / 8);
      const VectorSchema::PlacedBlock& block = schema->blocks()[0];
      const auto sum = static_cast<__int128>(block.max_encoded) * num_sites;
      const __int128 room = LargestSum(ring) - sum;
      EXPECT_GE(static_cast<int64_t>(room), 0) << BitsOf(ring) << " " << num_sites;
      // Less than one step of each site; in the widest ring, of what a double tells apart.
      EXPECT_LT(static_cast<int64_t>(room), int64_t{num_sites} << (ring == RingWidth::k64 ? 10 : 0)) << BitsOf(ring);
      EXPECT_EQ(static_cast<int64_t>(static_cast<double>(block.max_encoded)), block.max_encoded) << BitsOf(ring);
      EXPECT_DOUBLE_EQ(block.scale * 0.3, static_cast<double>(block.max_encoded));
    }
  }
}

TEST(VectorSchema, ANarrowRingHasRoomForFewerSitesAndSmallerCounts) {
  EXPECT_TRUE(VectorSchema::Create({{"r", Kind::kReal, 1, 1}}, 4096, RingWidth::k24).ok());
  EXPECT_FALSE(VectorSchema::Create({{"r", Kind::kReal, 1, 1}}, 4097, RingWidth::k24).ok());
  EXPECT_TRUE(VectorSchema::Create({{"n", Kind::kCount, 1, 2796202}}, 3, RingWidth::k24).ok());
  EXPECT_FALSE(VectorSchema::Create({{"n", Kind::kCount, 1, 2796203}}, 3, RingWidth::k24).ok());
  EXPECT_TRUE(VectorSchema::Create({{"n", Kind::kCount, 1, 1e15}}, 3, RingWidth::k64).ok());
}

TEST(VectorSchema, RefusesWhatCannotBeAVector) {
  struct Case {
    const char* why;
    std::vector<VectorBlock> blocks;
    uint32_t num_sites;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<Case> cases = {
      {"no blocks", {}, 2},
      {"a name twice", {{"a", Kind::kReal, 1, 1}, {"a", Kind::kReal, 1, 1}}, 2},
      {"an empty block", {{"a", Kind::kReal, 0, 1}}, 2},
      {"bound 0", {{"a", Kind::kReal, 1, 0}}, 2},
      {"negative bound", {{"a", Kind::kReal, 1, -1}}, 2},
      {"bound not a number", {{"a", Kind::kReal, 1, nan}}, 2},
      {"infinite bound", {{"a", Kind::kReal, 1, infinity}}, 2},
      {"bound too small for a scale", {{"a", Kind::kReal, 1, 1e-305}}, 2},
      {"half a count", {{"a", Kind::kCount, 1, 0.5}}, 2},
      {"no sites", {{"a", Kind::kReal, 1, 1}}, 0},
      {"too many sites", {{"a", Kind::kReal, 1, 1}}, (1u << 20) + 1},
      {"too long", {{"a", Kind::kReal, (uint64_t{1} << 40) + 1, 1}}, 2},
      {"too long together", {{"a", Kind::kReal, uint64_t{1} << 40, 1}, {"b", Kind::kReal, UINT64_MAX, 1}}, 2},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(VectorSchema::Create(c.blocks, c.num_sites).status().code(), absl::StatusCode::kInvalidArgument) << c.why;
  }
}

TEST(VectorSchema, ErrorNamesTheBlock) {
  EXPECT_THAT(std::string(VectorSchema::Create({{"update", Kind::kReal, 0, 1}}, 2).status().message()),
              testing::HasSubstr("'update'"));
}

}  // namespace
}  // namespace accord
