#include "aggregation/secure/key_agreement.h"

#include <openssl/err.h>

#include <algorithm>
#include <utility>

#include "base/openssl.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kKeySize = 32;  // private, public and shared

// 2^255 - 19, little-endian.
constexpr PublicKey FieldPrime() {
  PublicKey prime{};
  prime.fill(0xff);
  prime.front() = 0xed;
  prime.back() = 0x7f;
  return prime;
}
constexpr PublicKey kFieldPrime = FieldPrime();

bool IsZero(absl::Span<const uint8_t> secret) {
  uint8_t any = 0;
  for (const uint8_t byte : secret) any |= byte;  // looks at every byte, whatever they are
  return any == 0;
}

absl::Status BadPeer() {
  return absl::InvalidArgumentError("the peer's X25519 key is a point of small order: a bad peer");
}

// OpenSSL itself fails when the result is all zero; the caller looks again.
absl::Status Derive(EVP_PKEY_CTX* context, absl::Span<uint8_t> shared) {
  size_t size = shared.size();
  if (EVP_PKEY_derive(context, shared.data(), &size) != 1 || size != shared.size()) {
    ERR_clear_error();
    return BadPeer();
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckPublicKey(const PublicKey& key) {
  if (std::lexicographical_compare(key.rbegin(), key.rend(), kFieldPrime.rbegin(), kFieldPrime.rend())) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("an X25519 key that is not below 2^255 - 19: a bad peer");
}

void EpochKeyPair::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

absl::StatusOr<EpochKeyPair> EpochKeyPair::Generate(EntropySource& entropy) {
  ACCORD_ASSIGN_OR_RETURN(const SecretBytes secret, entropy.Secret(kKeySize));
  Handle key(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, secret.Reveal().data(), secret.size()));
  PublicKey public_key;
  size_t size = public_key.size();
  if (key == nullptr || EVP_PKEY_get_raw_public_key(key.get(), public_key.data(), &size) != 1 || size != kKeySize) {
    return OpenSslError("make an X25519 key pair");
  }
  return EpochKeyPair(std::move(key), public_key);
}

absl::StatusOr<SecretBytes> EpochKeyPair::Agree(const PublicKey& peer) const {
  ACCORD_RETURN_IF_ERROR(CheckPublicKey(peer));
  if (peer == public_key_) return absl::InvalidArgumentError("the peer's X25519 key is this site's own: a bad peer");
  const KeyHandle peer_key(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, peer.data(), peer.size()));
  const KeyContextHandle context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  if (peer_key == nullptr || context == nullptr || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), peer_key.get()) != 1) {
    return OpenSslError("agree on a key");
  }
  ACCORD_ASSIGN_OR_RETURN(SecretBytes shared, SecretBytes::Written(kKeySize, [&](absl::Span<uint8_t> bytes) {
                            return Derive(context.get(), bytes);
                          }));
  if (IsZero(shared.Reveal())) return BadPeer();
  return shared;
}

}  // namespace accord
