#include "base/hash.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace accord {
namespace {

// FIPS 180-4 through NIST's example values for SHA-256.
TEST(Sha256, MatchesTheFips1804Vectors) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256Hex(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfPiecesIsThatOfTheWhole) {
  const std::string text = "the same bytes, in pieces of every size";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    Sha256Hasher hasher;
    hasher.Update(text.substr(0, cut));
    hasher.Update(text.data() + cut, text.size() - cut);
    EXPECT_EQ(HexDigest(hasher.Finish()), Sha256Hex(text));
  }
}

TEST(Sha256, HasherStartsAnewAfterFinishAndCanBeMoved) {
  Sha256Hasher first;
  first.Update("something");
  first.Finish();
  Sha256Hasher second = std::move(first);
  second.Update("abc");
  EXPECT_EQ(second.Finish(), Sha256("abc"));
}

TEST(IsHexDigest, TakesExactly64LowerCaseDigits) {
  EXPECT_TRUE(IsHexDigest(Sha256Hex("x")));
  EXPECT_FALSE(IsHexDigest(std::string(63, 'a')));
  EXPECT_FALSE(IsHexDigest(std::string(65, 'a')));
  EXPECT_FALSE(IsHexDigest(std::string(64, 'A')));
  EXPECT_FALSE(IsHexDigest(std::string(64, 'g')));
  EXPECT_FALSE(IsHexDigest("../../../../../../../../../../../../../../../../../../../etc/passwd"));
  EXPECT_FALSE(IsHexDigest(""));
}

// The check value of the catalogue of parametrised CRC algorithms (CRC-32/ISCSI), and RFC 3720, appendix B.4.
TEST(Crc32c, MatchesThePublishedValues) {
  EXPECT_EQ(Crc32c(0, "123456789", 9), 0xE3069283u);
  EXPECT_EQ(Crc32c(0, std::string(32, '\0').data(), 32), 0x8A9136AAu);
  EXPECT_EQ(Crc32c(0, std::string(32, '\xff').data(), 32), 0x62A8AB43u);
  std::string ascending;
  for (char c = 0; c < 32; ++c) ascending += c;
  EXPECT_EQ(Crc32c(0, ascending.data(), 32), 0x46DD794Eu);
  EXPECT_EQ(Crc32c(0, nullptr, 0), 0u);
}

TEST(Crc32c, ContinuesOverPieces) {
  const std::string text = "123456789";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(Crc32c(Crc32c(0, text.data(), cut), text.data() + cut, text.size() - cut), 0xE3069283u);
  }
}

TEST(Crc32c, SeesEveryFlippedBit) {
  std::string text(100, 'x');
  const uint32_t whole = Crc32c(0, text.data(), text.size());
  for (size_t bit = 0; bit < 8 * text.size(); ++bit) {
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(Crc32c(0, text.data(), text.size()), whole);
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
  }
}

}  // namespace
}  // namespace accord
