#include "base/content_digest.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/sha256_batch.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

constexpr size_t kPiece = kContentPieceBytes;

std::string Content(size_t size) {
  std::string content(size, '\0');
  uint32_t state = 1;
  for (char& c : content) c = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
  return content;
}

std::string AsText(const Sha256Digest& digest) { return std::string(digest.begin(), digest.end()); }

// The definition, piece by piece.
Sha256Digest Reference(const std::string& content) {
  std::string list("accord/v1/content\0", 18);
  for (size_t at = 0; at < content.size(); at += kPiece) list += AsText(Sha256(content.substr(at, kPiece)));
  for (size_t i = 0; i < 8; ++i) list += static_cast<char>(static_cast<uint64_t>(content.size()) >> (8 * i));
  return Sha256(list);
}

std::string Hex(const std::string& content) { return HexDigest(ContentDigest(content)); }

// Computed with Python's hashlib from the definition in content_digest.h.
TEST(ContentDigest, MatchesValuesOfAnotherImplementation) {
  EXPECT_EQ(Hex(""), "997d017625330529c4ed50fa15bc2ec1c87dfeb650f7c6a9bad836be3f0f39a2");
  EXPECT_EQ(Hex("abc"), "638222f595011b942eae1cd9ee1069d44c45ab5b8461a931a4e84ce3fcb6fe44");
  EXPECT_EQ(Hex(std::string(1'000'000, 'a')), "a0afbb673c4800d25e37845343196b407f3f0b2efdeb5d6b0d3920950c4021a0");
}

TEST(ContentDigest, FollowsTheDefinitionAtEverySizeAroundPiecesAndBatches) {
  for (const size_t pieces : {0, 1, 2, 3, 7, 8, 9, 16, 63, 64, 65, 130}) {
    for (const size_t more : {size_t{0}, size_t{1}, kPiece - 1}) {
      const std::string content = Content(pieces * kPiece + more);
      EXPECT_EQ(ContentDigest(content), Reference(content)) << pieces << " pieces and " << more;
    }
  }
}

TEST(ContentDigest, IsTheSameInWhateverPortionsTheBytesArrive) {
  const std::string content = Content(70 * kPiece + 5);
  const Sha256Digest expected = Reference(content);
  for (uint32_t seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    ContentHasher hasher;
    for (size_t at = 0; at < content.size();) {
      const size_t longest = size_t{1} << std::uniform_int_distribution<int>(0, 20)(random);
      const size_t size = std::min(content.size() - at, std::uniform_int_distribution<size_t>(0, longest)(random));
      hasher.Update(absl::string_view(content).substr(at, size));
      at += size;
    }
    EXPECT_EQ(hasher.Finish(), expected) << "seed " << seed;
  }
}

TEST(ContentDigest, HasherStartsAnewAfterFinishAndCanBeMoved) {
  ContentHasher first;
  first.Update("something");
  first.Finish();
  first.Update(absl::string_view("ab"));
  ContentHasher second = std::move(first);
  second.Update(absl::string_view("c"));
  EXPECT_EQ(second.Finish(), Reference("abc"));
}

// Content made to look like the list of another content's pieces.
TEST(ContentDigest, OfAListOfPiecesIsNotThatOfThePieces) {
  const std::string content = Content(2 * kPiece);
  std::string list("accord/v1/content\0", 18);
  for (size_t at = 0; at < content.size(); at += kPiece) list += AsText(Sha256(content.substr(at, kPiece)));
  list += std::string("\0\x80\0\0\0\0\0\0", 8);
  ASSERT_EQ(Sha256(list), ContentDigest(content));
  EXPECT_NE(ContentDigest(list), ContentDigest(content));
}

TEST(ContentDigest, DistinguishesZerosAtTheEndByTheirNumber) {
  EXPECT_NE(Hex(std::string(kPiece, '\0')), Hex(std::string(kPiece + 1, '\0')));
  EXPECT_NE(Hex(std::string()), Hex(std::string(1, '\0')));
}

TEST(Sha256Batch, HashesEachMessage) {
  for (const size_t bytes : {size_t{1}, size_t{55}, size_t{56}, size_t{64}, size_t{1000}, kMaxBatchMessageBytes}) {
    for (const size_t count : {size_t{0}, size_t{1}, size_t{2}, size_t{17}, size_t{40}}) {
      const std::string messages = Content(bytes * count);
      std::vector<Sha256Digest> digests(count);
      Sha256Batch(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(messages.data()), messages.size()), bytes,
                  absl::MakeSpan(digests));
      for (size_t i = 0; i < count; ++i) {
        EXPECT_EQ(digests[i], Sha256(messages.substr(i * bytes, bytes))) << i << " of " << count << " x " << bytes;
      }
    }
  }
}

}  // namespace
}  // namespace accord
