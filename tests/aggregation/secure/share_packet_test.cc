#include "aggregation/secure/share_packet.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "base/seeded_entropy.h"
#include "gtest/gtest.h"
#include "tests/aggregation/secure/fixed_entropy.h"

namespace accord {
namespace {

using absl::StatusCode;

class SharePacket : public ::testing::Test {
 protected:
  static PacketAddress Address() {
    PacketAddress address{.from = "basel", .to = "zurich", .position = 3};
    address.transcript.fill(1);
    return address;
  }
  std::string Seal() { return SealShare(key_, Address(), share_, entropy_).value(); }
  void ExpectRefused(const PacketAddress& address, absl::string_view packet) {
    EXPECT_EQ(OpenShare(key_, address, packet).status().code(), StatusCode::kInvalidArgument);
  }

  const SecretBytes key_{std::vector<uint8_t>(32, 5)};
  const SecretBytes share_{std::vector<uint8_t>(32, 6)};
  SeededEntropy entropy_{11};
};

TEST_F(SharePacket, OpensToTheShareThatWasSealed) {
  const std::string packet = Seal();
  EXPECT_EQ(packet.size(), 60u);
  const auto opened = OpenShare(key_, Address(), packet);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_TRUE(opened->EqualsConstantTime(share_.Reveal()));
}

// Computed with Python's `cryptography` (AESGCM) from the format in the header.
TEST_F(SharePacket, NeverChangesBetweenVersions) {
  FixedEntropy nonce = FixedEntropy::FromHex("000102030405060708090a0b");
  const std::string packet = SealShare(key_, Address(), share_, nonce).value();
  EXPECT_EQ(absl::BytesToHexString(packet),
            "000102030405060708090a0bdca880af48416a9684a537f1d191d47404d346315098a4897f8139692989e18c17936d71615bf2a4f4"
            "bcd3b56b799898");
}

TEST_F(SharePacket, IsBoundToItsTranscript) {
  PacketAddress other = Address();
  other.transcript.back() = 2;
  ExpectRefused(other, Seal());
}

TEST_F(SharePacket, IsBoundToItsMaker) {
  PacketAddress other = Address();
  other.from = "bern";
  ExpectRefused(other, Seal());
}

TEST_F(SharePacket, IsBoundToItsReceiver) {
  PacketAddress other = Address();
  other.to = "bern";
  ExpectRefused(other, Seal());
}

TEST_F(SharePacket, IsBoundToItsPosition) {
  PacketAddress other = Address();
  other.position = 4;
  ExpectRefused(other, Seal());
}

TEST_F(SharePacket, NamesCannotBeCutElsewhere) {
  PacketAddress other = Address();
  other.from = "baselz";
  other.to = "urich";
  ExpectRefused(other, Seal());
}

TEST_F(SharePacket, OpensUnderItsKeyOnly) {
  const SecretBytes other(std::vector<uint8_t>(32, 7));
  EXPECT_EQ(OpenShare(other, Address(), Seal()).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(SharePacket, EveryFlippedBitIsFound) {
  const std::string packet = Seal();
  for (size_t bit = 0; bit < 8 * packet.size(); ++bit) {
    std::string flipped = packet;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    ExpectRefused(Address(), flipped);
  }
}

TEST_F(SharePacket, OfAnotherLengthIsRefused) {
  const std::string packet = Seal();
  for (const std::string& wrong : {std::string(), packet.substr(0, 28), packet.substr(0, 59), packet + '\0'}) {
    ExpectRefused(Address(), wrong);
  }
}

TEST_F(SharePacket, TwoPacketsOfOneShareHaveNothingInCommon) {
  const std::string a = Seal(), b = Seal();
  EXPECT_NE(a.substr(0, 12), b.substr(0, 12)) << "the nonce is fresh";
  EXPECT_NE(a.substr(12, 32), b.substr(12, 32));
}

TEST_F(SharePacket, RefusesKeysSharesAndPositionsThatCannotBe) {
  const SecretBytes short_one(std::vector<uint8_t>(31, 5));
  PacketAddress nowhere = Address();
  nowhere.position = 0;
  EXPECT_EQ(SealShare(short_one, Address(), share_, entropy_).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(SealShare(key_, Address(), short_one, entropy_).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(SealShare(key_, nowhere, share_, entropy_).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(OpenShare(short_one, Address(), Seal()).status().code(), StatusCode::kInvalidArgument);
  ExpectRefused(nowhere, Seal());
}

TEST_F(SharePacket, WithoutANonceNothingIsSealed) {
  FixedEntropy nothing("");
  EXPECT_EQ(SealShare(key_, Address(), share_, nothing).status().code(), StatusCode::kInternal);
}

}  // namespace
}  // namespace accord
