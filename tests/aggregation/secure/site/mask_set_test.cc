#include "aggregation/secure/site/mask_set.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/seeded_entropy.h"

namespace accord::secure {
namespace {

MaskSet MakeSet(int num_masks) {
  SeededEntropy entropy(11);
  MaskSet set;
  for (int i = 0; i < num_masks; ++i) {
    const MaskSign sign = i % 2 == 0 ? MaskSign::kPlus : MaskSign::kMinus;
    EXPECT_TRUE(set.Add(entropy.Secret(32).value(), sign).ok());
  }
  return set;
}

template <typename Element>
std::vector<Element> Whole(const MaskSet& set, size_t size) {
  std::vector<Element> vector(size, Element{5});
  EXPECT_TRUE(set.Apply(0, absl::MakeSpan(vector)).ok());
  return vector;
}

template <typename Element>
void ExpectTilesEqualOnePass() {
  const MaskSet set = MakeSet(9);
  const std::vector<Element> whole = Whole<Element>(set, 10'000);
  std::vector<Element> tiled(10'000, Element{5});
  std::vector<std::thread> threads;
  for (const size_t begin : {7'001, 0, 333}) {
    const size_t end = begin == 0 ? 333 : begin == 333 ? 7'001 : 10'000;
    threads.emplace_back([&tiled, &set, begin, end] {
      EXPECT_TRUE(set.Apply(begin, absl::MakeSpan(tiled).subspan(begin, end - begin)).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(tiled, whole);
}

TEST(MaskSet, TilesByDifferentThreadsInAnyOrderEqualOnePass) {
  ExpectTilesEqualOnePass<uint32_t>();
  ExpectTilesEqualOnePass<uint64_t>();
}

TEST(MaskSet, IsTheSumOfItsMasksWithTheirSigns) {
  SeededEntropy entropy(11);
  std::vector<uint32_t> expected(100, 5);
  for (int i = 0; i < 3; ++i) {
    const MaskStream stream = MaskStream::Create(entropy.Secret(32).value()).value();
    ASSERT_TRUE(stream.Apply(i % 2 == 0 ? MaskSign::kPlus : MaskSign::kMinus, 0, absl::MakeSpan(expected)).ok());
  }
  EXPECT_EQ(Whole<uint32_t>(MakeSet(3), 100), expected);
}

TEST(MaskSet, StaysWholeWhenItIsMoved) {
  MaskSet set = MakeSet(600);
  const std::vector<uint32_t> before = Whole<uint32_t>(set, 50);
  const MaskSet moved = std::move(set);
  EXPECT_EQ(moved.num_masks(), 600u);
  EXPECT_EQ(Whole<uint32_t>(moved, 50), before);
}

TEST(MaskSet, RefusesASeedOfAnotherLength) {
  MaskSet set;
  EXPECT_FALSE(set.Add(SecretBytes(std::vector<uint8_t>(31)), MaskSign::kPlus).ok());
  EXPECT_EQ(set.num_masks(), 0u);
}

}  // namespace
}  // namespace accord::secure
