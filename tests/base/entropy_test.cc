#include "base/entropy.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/seeded_entropy.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

std::vector<uint8_t> Draw(EntropySource& source, size_t size) {
  std::vector<uint8_t> bytes(size);
  EXPECT_TRUE(source.Fill(absl::MakeSpan(bytes)).ok());
  return bytes;
}

class EmptyEntropy : public EntropySource {
 public:
  absl::Status Fill(absl::Span<uint8_t>) override { return absl::InternalError("nothing left"); }
};

TEST(SystemEntropy, GivesFreshBytesEveryTime) {
  EXPECT_NE(Draw(EntropySource::System(), 32), Draw(EntropySource::System(), 32));
}

TEST(SystemEntropy, FillsEveryByte) {
  // A byte that is never written stays zero in all 64 draws; a written one does so with probability 2^-512.
  std::vector<uint8_t> seen(1000);
  for (int i = 0; i < 64; ++i) {
    const std::vector<uint8_t> bytes = Draw(EntropySource::System(), seen.size());
    for (size_t j = 0; j < seen.size(); ++j) seen[j] |= bytes[j];
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 0), 0);
}

TEST(SystemEntropy, OfNoBytesIsNoError) {
  EXPECT_TRUE(Draw(EntropySource::System(), 0).empty());
  EXPECT_TRUE(EntropySource::System().Secret(0)->empty());
}

TEST(SeededEntropy, RepeatsForTheSameSeedAndDiffersForAnother) {
  SeededEntropy a(1), again(1), other(2);
  const std::vector<uint8_t> bytes = Draw(a, 100);
  EXPECT_EQ(bytes, Draw(again, 100));
  EXPECT_NE(bytes, Draw(other, 100));
  EXPECT_NE(bytes, Draw(a, 100)) << "it goes on, it does not begin again";
}

TEST(SeededEntropy, FillsSizesThatAreNoWholeWords) {
  for (size_t size = 0; size < 12; ++size) {
    std::vector<uint8_t> seen(size + 1);
    SeededEntropy source(size);
    for (int i = 0; i < 64; ++i) {
      ASSERT_TRUE(source.Fill(absl::MakeSpan(seen).subspan(0, size)).ok());
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end() - 1, 0), 0);
    EXPECT_EQ(seen.back(), 0) << "nothing is written behind the span";
  }
}

TEST(EntropySource, GivesSecretsOfItsOwnBytes) {
  SeededEntropy a(3), b(3);
  EXPECT_TRUE(a.Secret(32)->EqualsConstantTime(Draw(b, 32)));
}

TEST(EntropySource, ThatFailsGivesNoSecret) {
  EmptyEntropy source;
  EXPECT_EQ(source.Secret(32).status().code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace accord
