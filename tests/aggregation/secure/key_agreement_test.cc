#include "aggregation/secure/key_agreement.h"

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/escaping.h"
#include "base/hex.h"
#include "base/seeded_entropy.h"
#include "gtest/gtest.h"
#include "tests/aggregation/secure/fixed_entropy.h"

namespace accord {
namespace {

using absl::StatusCode;

static_assert(!std::is_copy_constructible_v<EpochKeyPair>);
static_assert(std::is_nothrow_move_constructible_v<EpochKeyPair>);

PublicKey KeyFromHex(absl::string_view hex) {
  PublicKey key{};
  const std::string bytes = ParseHex(hex).value();
  EXPECT_EQ(bytes.size(), key.size());
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

EpochKeyPair PairFromHex(absl::string_view private_key) {
  FixedEntropy entropy = FixedEntropy::FromHex(private_key);
  return EpochKeyPair::Generate(entropy).value();
}

std::string Hex(const PublicKey& key) {
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(key.data()), key.size()));
}

TEST(KeyAgreement, MatchesTheVectorsOfRfc7748) {
  const EpochKeyPair first = PairFromHex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
  const auto shared = first.Agree(KeyFromHex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"));
  ASSERT_TRUE(shared.ok()) << shared.status();
  EXPECT_EQ(RevealHex(*shared), "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
  // The second vector has the unused highest bit set; here it is clear, which RFC 7748 calls the same point.
  const EpochKeyPair second = PairFromHex("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d");
  const auto other = second.Agree(KeyFromHex("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a413"));
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_EQ(RevealHex(*other), "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
  EXPECT_EQ(
      second.Agree(KeyFromHex("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493")).status().code(),
      StatusCode::kInvalidArgument)
      << "with the bit set it is a second way to write the same key";
}

TEST(KeyAgreement, MatchesTheDiffieHellmanExampleOfRfc7748) {
  const EpochKeyPair alice = PairFromHex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const EpochKeyPair bob = PairFromHex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  EXPECT_EQ(Hex(alice.public_key()), "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  EXPECT_EQ(Hex(bob.public_key()), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const std::string shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
  EXPECT_EQ(RevealHex(alice.Agree(bob.public_key()).value()), shared);
  EXPECT_EQ(RevealHex(bob.Agree(alice.public_key()).value()), shared);
}

// Each result becomes the next private key, and each private key the next point.
TEST(KeyAgreement, MatchesTheThousandfoldIterationOfRfc7748) {
  std::string scalar = "0900000000000000000000000000000000000000000000000000000000000000";
  std::string point = scalar;
  for (int i = 1; i <= 1000; ++i) {
    const auto shared = PairFromHex(scalar).Agree(KeyFromHex(point));
    ASSERT_TRUE(shared.ok()) << i << ": " << shared.status();
    point = std::exchange(scalar, RevealHex(*shared));
    if (i == 1) {
      EXPECT_EQ(scalar, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    }
  }
  EXPECT_EQ(scalar, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

TEST(KeyAgreement, BothEndsComputeTheSameSecretAndOthersAnother) {
  SeededEntropy entropy(7);
  const EpochKeyPair a = EpochKeyPair::Generate(entropy).value();
  const EpochKeyPair b = EpochKeyPair::Generate(entropy).value();
  const EpochKeyPair c = EpochKeyPair::Generate(entropy).value();
  const SecretBytes ab = a.Agree(b.public_key()).value();
  EXPECT_TRUE(ab.EqualsConstantTime(b.Agree(a.public_key())->Reveal()));
  EXPECT_FALSE(ab.EqualsConstantTime(c.Agree(a.public_key())->Reveal()));
  EXPECT_FALSE(ab.EqualsConstantTime(c.Agree(b.public_key())->Reveal()));
}

// Points of order 1, 2, 4 and 8 on the curve and its twist, in their forms below and above the field's prime, with and
// without the unused highest bit (the list of Wycheproof's x25519 tests).
TEST(KeyAgreement, PointsOfSmallOrderAreABadPeer) {
  SeededEntropy entropy(8);
  const EpochKeyPair pair = EpochKeyPair::Generate(entropy).value();
  for (const char* point : {
           "0000000000000000000000000000000000000000000000000000000000000000",
           "0100000000000000000000000000000000000000000000000000000000000000",
           "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
           "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
           "cdeb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
           "4c9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",
           "d9ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
           "daffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
           "dbffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
       }) {
    EXPECT_EQ(pair.Agree(KeyFromHex(point)).status().code(), StatusCode::kInvalidArgument) << point;
    EXPECT_EQ(CheckPublicKey(KeyFromHex(point)).code(), StatusCode::kInvalidArgument) << point;
  }
}

TEST(KeyAgreement, OnesOwnKeyIsABadPeer) {
  SeededEntropy entropy(9);
  const EpochKeyPair pair = EpochKeyPair::Generate(entropy).value();
  EXPECT_EQ(pair.Agree(pair.public_key()).status().code(), StatusCode::kInvalidArgument);
  PublicKey disguised = pair.public_key();
  disguised.back() |= 0x80;
  EXPECT_EQ(pair.Agree(disguised).status().code(), StatusCode::kInvalidArgument);
}

TEST(KeyAgreement, AKeyHasOneForm) {
  EXPECT_TRUE(CheckPublicKey(PublicKey{9}).ok());
  EXPECT_TRUE(CheckPublicKey(KeyFromHex("ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")).ok());
  EXPECT_FALSE(CheckPublicKey(KeyFromHex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")).ok());
  PublicKey high{9};
  high.back() = 0x80;
  EXPECT_FALSE(CheckPublicKey(high).ok());
}

TEST(KeyAgreement, APairThatWasMovedStillAgrees) {
  SeededEntropy entropy(10);
  EpochKeyPair a = EpochKeyPair::Generate(entropy).value();
  const EpochKeyPair b = EpochKeyPair::Generate(entropy).value();
  const SecretBytes before = a.Agree(b.public_key()).value();
  const EpochKeyPair moved = std::move(a);
  EXPECT_TRUE(before.EqualsConstantTime(moved.Agree(b.public_key())->Reveal()));
}

TEST(KeyAgreement, WithoutEntropyThereIsNoPair) {
  FixedEntropy entropy("short");
  EXPECT_FALSE(EpochKeyPair::Generate(entropy).ok());
}

}  // namespace
}  // namespace accord
