#include "aggregation/secure/key_schedule.h"

#include <set>
#include <string>
#include <vector>

#include "base/seeded_entropy.h"
#include "gtest/gtest.h"
#include "tests/aggregation/secure/fixed_entropy.h"

namespace accord {
namespace {

using absl::StatusCode;

Sha256Digest DigestOfBytes(uint8_t byte) {
  Sha256Digest digest;
  digest.fill(byte);
  return digest;
}

const SecretBytes kPairKey(std::vector<uint8_t>(32, 7));

MaskSeedInfo ExampleInfo() {
  MaskSeedInfo info{.transcript = DigestOfBytes(1), .lower_id = "basel", .higher_id = "zurich"};
  info.lower_key.fill(2);
  info.higher_key.fill(3);
  return info;
}

std::string MaskSeed(const MaskSeedInfo& info) { return RevealHex(DeriveMaskSeed(kPairKey, info).value()); }
std::string PacketKey(const PacketInfo& info) { return RevealHex(DerivePacketKey(kPairKey, info).value()); }

// Computed with Python's hmac and hashlib from the formulas in the header. Sites of different versions must agree.
TEST(KeySchedule, NeverChangesBetweenVersions) {
  const SecretBytes shared(std::vector<uint8_t>(32, 9));
  EXPECT_EQ(RevealHex(DerivePairKey(DigestOfBytes(4), shared).value()),
            "1670e3b139a4d9a2e8c36884d27d0689a48f3700dd6bcb9d76118cf1409b99e8");
  EXPECT_EQ(MaskSeed(ExampleInfo()), "7421c43c3f91889c45611a13c2a22e47a46f771b3f25646ede3d749463c301e3");
  EXPECT_EQ(PacketKey({DigestOfBytes(1), "basel", "zurich"}),
            "afd8a6c13402e5c9a4a811ee3014543b24609b6136bcd57dcf91e5fe4afaf5b4");
}

TEST(KeySchedule, BothEndsDeriveTheSameSeedAndPacketKeys) {
  SeededEntropy entropy(1);
  const EpochKeyPair low = EpochKeyPair::Generate(entropy).value();
  const EpochKeyPair high = EpochKeyPair::Generate(entropy).value();
  const SecretBytes at_low = DerivePairKey(DigestOfBytes(4), low.Agree(high.public_key()).value()).value();
  const SecretBytes at_high = DerivePairKey(DigestOfBytes(4), high.Agree(low.public_key()).value()).value();
  const MaskSeedInfo info{DigestOfBytes(1), "basel", "zurich", low.public_key(), high.public_key()};
  EXPECT_TRUE(DeriveMaskSeed(at_low, info)->EqualsConstantTime(DeriveMaskSeed(at_high, info)->Reveal()));
  const PacketInfo packet{DigestOfBytes(1), "basel", "zurich"};
  EXPECT_TRUE(DerivePacketKey(at_low, packet)->EqualsConstantTime(DerivePacketKey(at_high, packet)->Reveal()));
}

TEST(KeySchedule, APairKeyIsGoodForOneEpoch) {
  const SecretBytes shared(std::vector<uint8_t>(32, 9));
  EXPECT_NE(RevealHex(DerivePairKey(DigestOfBytes(4), shared).value()),
            RevealHex(DerivePairKey(DigestOfBytes(5), shared).value()));
}

TEST(KeySchedule, AMaskSeedDiffersInEachOfItsParts) {
  std::vector<MaskSeedInfo> infos(6, ExampleInfo());
  infos[1].transcript = DigestOfBytes(9);
  infos[2].lower_id = "basek";
  infos[3].higher_id = "zurici";
  infos[4].lower_key.back() = 9;
  infos[5].higher_key.front() = 9;
  std::set<std::string> seeds;
  for (const MaskSeedInfo& info : infos) seeds.insert(MaskSeed(info));
  seeds.insert(RevealHex(DeriveMaskSeed(SecretBytes(std::vector<uint8_t>(32, 8)), ExampleInfo()).value()));
  EXPECT_EQ(seeds.size(), 7u);
}

TEST(KeySchedule, FieldsCannotBeCutElsewhere) {
  MaskSeedInfo other = ExampleInfo();
  other.lower_id = "base";
  other.higher_id = "lzurich";
  EXPECT_NE(MaskSeed(other), MaskSeed(ExampleInfo()));
  EXPECT_NE(PacketKey({DigestOfBytes(1), "ab", "c"}), PacketKey({DigestOfBytes(1), "a", "bc"}));
}

TEST(KeySchedule, APacketKeyDiffersInTranscriptAndDirectionAndIsNoMaskSeed) {
  std::set<std::string> keys;
  keys.insert(PacketKey({DigestOfBytes(1), "basel", "zurich"}));
  keys.insert(PacketKey({DigestOfBytes(2), "basel", "zurich"}));
  keys.insert(PacketKey({DigestOfBytes(1), "zurich", "basel"}));
  keys.insert(MaskSeed(ExampleInfo()));
  EXPECT_EQ(keys.size(), 4u);
}

TEST(KeySchedule, RefusesSitesInTheWrongOrderOrAlone) {
  MaskSeedInfo swapped = ExampleInfo();
  std::swap(swapped.lower_id, swapped.higher_id);
  EXPECT_EQ(DeriveMaskSeed(kPairKey, swapped).status().code(), StatusCode::kInvalidArgument);
  swapped.lower_id = swapped.higher_id;
  EXPECT_EQ(DeriveMaskSeed(kPairKey, swapped).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(DerivePacketKey(kPairKey, {DigestOfBytes(1), "a", "a"}).status().code(), StatusCode::kInvalidArgument);
}

TEST(KeySchedule, RefusesAPairKeyOfTheWrongLength) {
  for (const size_t size : {0, 16, 31, 33}) {
    const SecretBytes key(std::vector<uint8_t>(size, 7));
    EXPECT_EQ(DeriveMaskSeed(key, ExampleInfo()).status().code(), StatusCode::kInvalidArgument) << size;
    EXPECT_EQ(DerivePacketKey(key, {DigestOfBytes(1), "a", "b"}).status().code(), StatusCode::kInvalidArgument) << size;
  }
}

}  // namespace
}  // namespace accord
