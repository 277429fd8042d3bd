#include "aggregation/secure/round/unmask.h"

#include <gtest/gtest.h>

#include "base/seeded_entropy.h"

namespace accord::secure {
namespace {

std::vector<SignedMaskSeed> Seeds(size_t count, bool inverse) {
  SeededEntropy entropy(7);
  std::vector<SignedMaskSeed> seeds;
  for (size_t i = 0; i < count; ++i) {
    const bool plus = (i % 3 == 0) != inverse;
    seeds.push_back({*entropy.Secret(32), plus ? MaskSign::kPlus : MaskSign::kMinus});
  }
  return seeds;
}

template <typename Element>
void ExpectRemoved(size_t num_seeds, size_t num_elements, int num_threads) {
  std::vector<Element> plain(num_elements);
  for (size_t i = 0; i < num_elements; ++i) plain[i] = static_cast<Element>(i * 0x9E3779B97F4A7C15u);
  std::vector<Element> sum = plain;
  ASSERT_TRUE(RemoveMasks(Seeds(num_seeds, true), absl::MakeSpan(sum), 1).ok());
  EXPECT_EQ(sum == plain, num_seeds == 0);
  ASSERT_TRUE(RemoveMasks(Seeds(num_seeds, false), absl::MakeSpan(sum), num_threads).ok());
  EXPECT_EQ(sum, plain);
}

TEST(RemoveMasks, TakesOffWhatWasPutOnWhateverTheNumberOfSeedsAndThreads) {
  for (const size_t num_seeds : {0u, 1u, 511u, 512u, 513u, 1200u}) {
    for (const int num_threads : {1, 2, 3}) ExpectRemoved<uint32_t>(num_seeds, 3001, num_threads);
  }
  ExpectRemoved<uint64_t>(700, 2500, 2);
}

TEST(RemoveMasks, RefusesASeedOfAnotherLength) {
  std::vector<SignedMaskSeed> seeds = Seeds(600, false);
  seeds[555].seed = SecretBytes(std::vector<uint8_t>(31, 1));
  std::vector<uint32_t> sum(10);
  EXPECT_EQ(RemoveMasks(seeds, absl::MakeSpan(sum), 2).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace accord::secure
