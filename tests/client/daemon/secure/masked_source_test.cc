#include "client/daemon/secure/masked_source.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "aggregation/secure/site/mask_set.h"
#include "base/content_digest.h"
#include "base/hash.h"
#include "base/secret.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

constexpr size_t kElements = 50'000;  // several tiles, and a part of one

SecretBytes Seed(uint8_t fill) { return SecretBytes(std::vector<uint8_t>(32, fill)); }

std::shared_ptr<const secure::MaskSet> Masks() {
  auto masks = std::make_shared<secure::MaskSet>();
  EXPECT_TRUE(masks->Add(Seed(1), MaskSign::kPlus).ok());
  EXPECT_TRUE(masks->Add(Seed(2), MaskSign::kMinus).ok());
  return masks;
}

// The vector as bytes, and what all masks at once make of its words; of 24 bits by taking bytes away.
class MaskedSourceTest : public ::testing::TestWithParam<RingWidth> {
 protected:
  MaskedSourceTest() {
    GetParam() == RingWidth::k64 ? Fill<uint64_t>() : Fill<uint32_t>();
    digest_of_masked_ =
        HexDigest(ContentDigest(absl::string_view(reinterpret_cast<const char*>(expected_.data()), expected_.size())));
  }

  template <typename Word>
  void Fill() {
    std::vector<Word> words(kElements);
    for (size_t i = 0; i < kElements; ++i) words[i] = static_cast<Word>(i * 0x9E3779B97F4A7C15u);
    bytes_ = ElementsOf(words);
    EXPECT_TRUE(Masks()->Apply(0, absl::MakeSpan(words)).ok());
    expected_ = ElementsOf(words);
  }
  template <typename Word>
  static std::vector<uint8_t> ElementsOf(const std::vector<Word>& words) {
    std::vector<uint8_t> bytes;
    for (const Word word : words) {
      for (size_t i = 0; i < ElementBytes(GetParam()); ++i) bytes.push_back(static_cast<uint8_t>(word >> (8 * i)));
    }
    return bytes;
  }

  MaskedSource Source() const { return MaskedSource(ConstRingBytes(GetParam(), bytes_), Masks()); }
  // Asks for [offset, offset + size) and compares it with the vector masked at once.
  void ExpectMasked(MaskedSource& source, uint64_t offset, size_t size) {
    std::vector<uint8_t> out(size);
    ASSERT_TRUE(source.Fill(offset, absl::MakeSpan(out)).ok());
    EXPECT_EQ(std::memcmp(out.data(), expected_.data() + offset, size), 0) << offset << " " << size;
  }

  std::vector<uint8_t> bytes_;
  std::vector<uint8_t> expected_;
  std::string digest_of_masked_;
};

INSTANTIATE_TEST_SUITE_P(Rings, MaskedSourceTest, ::testing::Values(RingWidth::k24, RingWidth::k32, RingWidth::k64),
                         [](const auto& info) { return "Of" + std::to_string(BitsOf(info.param)) + "Bits"; });

TEST_P(MaskedSourceTest, GivesTheMaskedVectorPieceByPieceAndNamesItsHashAtTheEnd) {
  MaskedSource source = Source();
  ASSERT_EQ(source.num_bytes(), kElements * ElementBytes(GetParam()));
  for (uint64_t offset = 0; offset < source.num_bytes(); offset += 40'000) {
    EXPECT_EQ(source.payload_digest(), "");
    ExpectMasked(source, offset, std::min<uint64_t>(40'000, source.num_bytes() - offset));
  }
  EXPECT_EQ(source.payload_digest(), digest_of_masked_);
}

TEST_P(MaskedSourceTest, APieceThatIsAskedForAgainIsTheSameAndCountsOnce) {
  MaskedSource source = Source();
  ExpectMasked(source, 0, 100'000);
  ExpectMasked(source, 0, 100'000);
  ExpectMasked(source, 40'000, 100'000);  // overlaps what is known and goes on from there
  ExpectMasked(source, 140'000, source.num_bytes() - 140'000);
  EXPECT_EQ(source.payload_digest(), digest_of_masked_);
  ExpectMasked(source, 8, 16);
  EXPECT_EQ(source.payload_digest(), digest_of_masked_);
}

// An upload that goes on after its first source is gone.
TEST_P(MaskedSourceTest, HashesWhatItWasNotAskedForToo) {
  MaskedSource source = Source();
  const uint64_t last = source.num_bytes() - 4;
  ExpectMasked(source, 100'000, last - 100'000);
  EXPECT_EQ(source.payload_digest(), "");
  ExpectMasked(source, last, 4);
  EXPECT_EQ(source.payload_digest(), digest_of_masked_);
}

// Pieces of an upload are 1 MiB, which is no whole number of elements of three bytes.
TEST_P(MaskedSourceTest, APieceMayBeginAndEndWithinAnElement) {
  MaskedSource source = Source();
  for (uint64_t offset = 0; offset < 12; ++offset) {
    for (const size_t size : {1, 2, 3, 7, 65'535, 65'536, 65'537, 70'001}) ExpectMasked(source, offset, size);
  }
  for (uint64_t offset = 0; offset < source.num_bytes(); offset += 1021) {
    ExpectMasked(source, offset, std::min<uint64_t>(1021, source.num_bytes() - offset));
  }
  EXPECT_EQ(source.payload_digest(), digest_of_masked_);
}

TEST_P(MaskedSourceTest, GivesNothingBeyondTheEnd) {
  MaskedSource source = Source();
  std::vector<uint8_t> out(8);
  for (const uint64_t offset : {source.num_bytes() - 4, source.num_bytes() + 4, ~uint64_t{3}}) {
    EXPECT_EQ(source.Fill(offset, absl::MakeSpan(out)).code(), absl::StatusCode::kOutOfRange) << offset;
  }
  EXPECT_EQ(source.payload_digest(), "");
}

}  // namespace
}  // namespace accord
