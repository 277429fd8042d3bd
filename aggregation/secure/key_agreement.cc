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

// u of the points of order 1, 2, 4 and 8 on the curve and its twist below 2^255 - 19, little-endian (RFC 7748, section
// 6.1, says only that they exist; the list is that of Wycheproof's x25519 tests): 0, 1, two of order 8, and -1.
constexpr std::array<PublicKey, 5> kSmallOrder = {{
    {},
    {1},
    {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
     0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
    {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
     0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
}};

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
  if (!std::lexicographical_compare(key.rbegin(), key.rend(), kFieldPrime.rbegin(), kFieldPrime.rend())) {
    return absl::InvalidArgumentError("an X25519 key that is not below 2^255 - 19: a bad peer");
  }
  return std::find(kSmallOrder.begin(), kSmallOrder.end(), key) == kSmallOrder.end() ? absl::OkStatus() : BadPeer();
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
