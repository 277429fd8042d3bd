#include "aggregation/ring/accumulator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random_stream.h"

namespace accord {
namespace {

std::vector<uint32_t> RandomVector(size_t size, uint64_t seed) {
  std::vector<uint32_t> vector(size);
  RandomStream({seed, "", 0, "test-vector"}).Fill(absl::MakeSpan(vector));
  return vector;
}

std::vector<uint32_t> Report(Accumulator accumulator) {
  const RingVector sum = std::move(accumulator).Report().value();
  return {sum.elements().begin(), sum.elements().end()};
}

TEST(Accumulator, SumsWrapAroundModuloTwoToThe32) {
  Accumulator accumulator = Accumulator::Create(2).value();
  ASSERT_TRUE(accumulator.Add(0, std::vector<uint32_t>{0xFFFFFFFFu, 5}).ok());
  ASSERT_TRUE(accumulator.Add(0, std::vector<uint32_t>{2, 0xFFFFFFFFu}).ok());
  EXPECT_EQ(Report(std::move(accumulator)), (std::vector<uint32_t>{1, 4}));
}

TEST(Accumulator, ChunksInAnyOrderGiveTheSameBits) {
  constexpr size_t kSize = 1000;
  struct Chunk {
    size_t vector, offset, size;
  };
  std::vector<std::vector<uint32_t>> vectors;
  std::vector<Chunk> chunks;
  for (size_t v = 0; v < 5; ++v) {
    vectors.push_back(RandomVector(kSize, v));
    for (size_t offset = 0; offset < kSize; offset += 64 + v) {
      chunks.push_back({v, offset, std::min<size_t>(64 + v, kSize - offset)});
    }
  }
  std::vector<uint32_t> expected(kSize);
  for (const auto& vector : vectors) {
    for (size_t i = 0; i < kSize; ++i) expected[i] += vector[i];
  }
  RandomStream random({7, "", 0, "shuffle"});
  for (int repeat = 0; repeat < 20; ++repeat) {
    for (size_t i = chunks.size(); i > 1; --i) std::swap(chunks[i - 1], chunks[random.NextBelow(i)]);
    Accumulator accumulator = Accumulator::Create(kSize).value();
    for (const Chunk& chunk : chunks) {
      const auto part = absl::MakeConstSpan(vectors[chunk.vector]).subspan(chunk.offset, chunk.size);
      ASSERT_TRUE(accumulator.Add(chunk.offset, part).ok());
    }
    EXPECT_EQ(accumulator.num_vectors(), 5u);
    ASSERT_EQ(Report(std::move(accumulator)), expected);
  }
}

TEST(Accumulator, ChunkOverTheEndIsRefusedAndChangesNothing) {
  Accumulator accumulator = Accumulator::Create(4).value();
  for (const uint64_t offset : {uint64_t{3}, uint64_t{4}, uint64_t{5}, UINT64_MAX, UINT64_MAX - 1}) {
    EXPECT_EQ(accumulator.Add(offset, std::vector<uint32_t>{1, 1}).code(), absl::StatusCode::kOutOfRange) << offset;
  }
  EXPECT_EQ(Report(std::move(accumulator)), (std::vector<uint32_t>(4)));
}

TEST(Accumulator, ReportsWholeVectorsOnly) {
  Accumulator accumulator = Accumulator::Create(4).value();
  ASSERT_TRUE(accumulator.Add(0, std::vector<uint32_t>{1, 2, 3}).ok());
  EXPECT_FALSE(accumulator.CanReport());
  EXPECT_EQ(std::move(accumulator).Report().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(Accumulator, MovedFromOneRefusesEverything) {
  Accumulator accumulator = Accumulator::Create(4).value();
  const Accumulator taken = std::move(accumulator);
  EXPECT_FALSE(accumulator.CanReport());
  EXPECT_EQ(accumulator.num_vectors(), 0u);
  EXPECT_FALSE(accumulator.Add(0, std::vector<uint32_t>{1}).ok());
}

TEST(Accumulator, RefusesElementsOfAnotherRing) {
  Accumulator accumulator = Accumulator::Create(2).value();
  EXPECT_EQ(accumulator.Add(0, std::vector<uint64_t>{1, 2}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(accumulator.Subtract(0, std::vector<uint64_t>{1, 2}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(accumulator.num_vectors(), 0u);
}

TEST(Accumulator, ImpossibleLengthsAreErrors) {
  EXPECT_EQ(Accumulator::Create(0).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Accumulator::Create(UINT64_MAX).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Accumulator, BeginsAtZeroInMemoryThatServedBefore) {
  Accumulator first = Accumulator::Create(3).value();
  ASSERT_TRUE(first.Add(0, std::vector<uint32_t>{1, 2, 3}).ok());
  RingVector served = std::move(first).Report().value();
  const uint32_t* memory = served.elements().data();
  Accumulator second = Accumulator::CreateIn(std::move(served));
  EXPECT_EQ(second.num_vectors(), 0u);
  ASSERT_TRUE(second.Add(0, std::vector<uint32_t>{5, 5, 5}).ok());
  const RingVector sum = std::move(second).Report().value();
  EXPECT_EQ(std::vector<uint32_t>(sum.elements().begin(), sum.elements().end()), (std::vector<uint32_t>{5, 5, 5}));
  EXPECT_EQ(sum.elements().data(), memory);
}

}  // namespace
}  // namespace accord
