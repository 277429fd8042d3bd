// Public keys and signatures of others. The first byte of the input: 's' a key in DER, a signature and the message,
// each framed; 'x' an X25519 key.
#include <algorithm>
#include <string>
#include <vector>

#include "aggregation/secure/key_agreement.h"
#include "base/seeded_entropy.h"
#include "tests/fuzz/support/fixed_keys.h"
#include "tests/fuzz/support/frames.h"
#include "tests/fuzz/support/fuzz_target.h"
#include "trust/identity/signing.h"

namespace accord::fuzz::key {
namespace {

constexpr char kDomain[] = "accord/v1/fuzz";

bool TakeSigned(absl::string_view bytes) {
  const auto key_der = NextFrame(bytes);
  const auto signature = NextFrame(bytes);
  if (!key_der.has_value() || !signature.has_value()) return false;
  const absl::StatusOr<VerifyingKey> key = VerifyingKey::FromDer(*key_der);
  const absl::Status status = VerifySignature(*key_der, kDomain, bytes, *signature);
  Require(key.ok() || !status.ok(), "what a bad key signed does not count");
  if (!key.ok()) return false;
  Require(key_der->size() == 91, "a key has one form");
  Require(key->Verify(kDomain, bytes, *signature).ok() == status.ok(), "a key that was parsed before verifies as well");
  if (!status.ok()) return false;
  Require(!key->Verify("accord/v1/other", bytes, *signature).ok(), "a signature counts in its domain alone");
  return true;
}

bool TakeAgreement(absl::string_view bytes) {
  static SeededEntropy entropy(1);
  static const auto* own = new EpochKeyPair(EpochKeyPair::Generate(entropy).value());
  PublicKey key;
  if (bytes.size() != key.size()) return false;
  std::copy(bytes.begin(), bytes.end(), key.begin());
  const bool good = CheckPublicKey(key).ok();
  Require(own->Agree(key).ok() == (good && key != own->public_key()), "a key that passes the check agrees on a secret");
  return good;
}

}  // namespace

std::vector<std::string> Seeds() {
  const KeyPairSigner signer = KeyPairSigner::Create(FixedKey()).value();
  SeededEntropy entropy(2);
  const PublicKey agreed = EpochKeyPair::Generate(entropy)->public_key();
  return {"s" + Frame(signer.public_key_der()) + Frame(signer.Sign(kDomain, "hello").value()) + "hello",
          "x" + std::string(agreed.begin(), agreed.end())};
}

bool Take(absl::string_view bytes) {
  switch (TakeSelector(bytes)) {
    case 's':
      return TakeSigned(bytes);
    case 'x':
      return TakeAgreement(bytes);
    default:
      return false;
  }
}

const FuzzTarget kTarget("key", &Seeds, &Take);

}  // namespace accord::fuzz::key
