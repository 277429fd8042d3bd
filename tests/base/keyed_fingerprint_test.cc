#include "base/keyed_fingerprint.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace accord {
namespace {

SecretBytes Key(uint8_t fill, size_t size = KeyedFingerprint::kKeyBytes) {
  return SecretBytes(std::vector<uint8_t>(size, fill));
}

// The name of the pieces, one behind the other.
std::string NameOf(const SecretBytes& key, const std::vector<std::string>& pieces) {
  auto fingerprint = KeyedFingerprint::Start(key);
  EXPECT_TRUE(fingerprint.ok()) << fingerprint.status();
  for (const std::string& piece : pieces) EXPECT_TRUE(fingerprint->Update(piece.data(), piece.size()).ok());
  const auto name = (*std::move(fingerprint)).Finish();
  EXPECT_TRUE(name.ok()) << name.status();
  return HexDigest(*name);
}

TEST(KeyedFingerprintTest, NamesTheSameBytesAlikeHoweverTheyCome) {
  const std::string bytes(1000, 'b');
  const std::string whole = NameOf(Key(1), {bytes});
  for (const size_t cut : {size_t{0}, size_t{1}, size_t{15}, size_t{16}, size_t{999}}) {
    EXPECT_EQ(NameOf(Key(1), {bytes.substr(0, cut), bytes.substr(cut)}), whole) << cut;
  }
}

TEST(KeyedFingerprintTest, NamesOtherBytesDifferently) {
  const std::string bytes(100, '\0');
  std::string changed = bytes;
  changed[99] = 1;
  const std::vector<std::string> all = {"", std::string(99, '\0'), bytes, changed, std::string(101, '\0')};
  for (size_t i = 0; i < all.size(); ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_NE(NameOf(Key(1), {all[i]}), NameOf(Key(1), {all[j]})) << i << " " << j;
  }
}

TEST(KeyedFingerprintTest, AnotherKeyGivesOtherNames) { EXPECT_NE(NameOf(Key(1), {"x"}), NameOf(Key(2), {"x"})); }

// Names lie in files: they must not change with a version. The value comes from RFC 8439's formulas in
// Python and its hmac module.
TEST(KeyedFingerprintTest, NamesStayWhatTheyWere) {
  EXPECT_EQ(NameOf(Key(7), {"the same bytes"}), "e4fb11f2db24ed2825129aa7f4c951cfb0d54f67521ab4ada7413e74bae82a64");
}

TEST(KeyedFingerprintTest, RefusesAKeyOfAnotherLength) {
  EXPECT_EQ(KeyedFingerprint::Start(Key(1, 31)).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(KeyedFingerprint::Start(SecretBytes()).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace accord
