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

class MaskedSourceTest : public ::testing::Test {
 protected:
  MaskedSourceTest() {
    for (size_t i = 0; i < kElements; ++i) vector_.push_back(static_cast<uint32_t>(i * 2654435761u));
    expected_ = vector_;
    EXPECT_TRUE(Masks()->Apply(0, absl::MakeSpan(expected_)).ok());
  }

  absl::Span<const uint8_t> Bytes(const std::vector<uint32_t>& elements) const {
    return {reinterpret_cast<const uint8_t*>(elements.data()), elements.size() * sizeof(uint32_t)};
  }
  std::string HashOfMasked() const {
    const absl::Span<const uint8_t> bytes = Bytes(expected_);
    return HexDigest(ContentDigest(absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())));
  }
  // Asks for [offset, offset + size) and compares it with the vector masked at once.
  void ExpectMasked(MaskedSource& source, uint64_t offset, size_t size) {
    std::vector<uint8_t> out(size);
    ASSERT_TRUE(source.Fill(offset, absl::MakeSpan(out)).ok());
    EXPECT_EQ(std::memcmp(out.data(), Bytes(expected_).data() + offset, size), 0) << offset << " " << size;
  }

  std::vector<uint32_t> vector_;
  std::vector<uint32_t> expected_;
};

TEST_F(MaskedSourceTest, GivesTheMaskedVectorPieceByPieceAndNamesItsHashAtTheEnd) {
  MaskedSource source(Bytes(vector_), Masks());
  ASSERT_EQ(source.num_bytes(), kElements * sizeof(uint32_t));
  for (uint64_t offset = 0; offset < source.num_bytes(); offset += 40'000) {
    EXPECT_EQ(source.payload_digest(), "");
    ExpectMasked(source, offset, std::min<uint64_t>(40'000, source.num_bytes() - offset));
  }
  EXPECT_EQ(source.payload_digest(), HashOfMasked());
}

TEST_F(MaskedSourceTest, APieceThatIsAskedForAgainIsTheSameAndCountsOnce) {
  MaskedSource source(Bytes(vector_), Masks());
  ExpectMasked(source, 0, 100'000);
  ExpectMasked(source, 0, 100'000);
  ExpectMasked(source, 40'000, 100'000);  // overlaps what is known and goes on from there
  ExpectMasked(source, 140'000, 60'000);
  EXPECT_EQ(source.payload_digest(), HashOfMasked());
  ExpectMasked(source, 8, 16);
  EXPECT_EQ(source.payload_digest(), HashOfMasked());
}

// An upload that goes on after its first source is gone.
TEST_F(MaskedSourceTest, HashesWhatItWasNotAskedForToo) {
  MaskedSource source(Bytes(vector_), Masks());
  ExpectMasked(source, 100'000, 99'996);
  EXPECT_EQ(source.payload_digest(), "");
  ExpectMasked(source, 199'996, 4);
  EXPECT_EQ(source.payload_digest(), HashOfMasked());
}

TEST_F(MaskedSourceTest, MasksNoPartOfANumber) {
  MaskedSource source(Bytes(vector_), Masks());
  std::vector<uint8_t> out(8);
  EXPECT_EQ(source.Fill(2, absl::MakeSpan(out)).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(source.Fill(0, absl::MakeSpan(out).first(7)).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(MaskedSourceTest, GivesNothingBeyondTheEnd) {
  MaskedSource source(Bytes(vector_), Masks());
  std::vector<uint8_t> out(8);
  for (const uint64_t offset : {source.num_bytes() - 4, source.num_bytes() + 4, ~uint64_t{3}}) {
    EXPECT_EQ(source.Fill(offset, absl::MakeSpan(out)).code(), absl::StatusCode::kOutOfRange) << offset;
  }
  EXPECT_EQ(source.payload_digest(), "");
}

}  // namespace
}  // namespace accord
