// X25519 between the members of an epoch: from it comes every secret that two sites share.
//
// A pair lives as long as its epoch, in memory only. The private part is wiped when the object goes and never leaves
// it.
//
// Adversary: the coordinator and other members choose the public keys that Agree is given. A point of small order would
// make the "shared" secret a constant that everybody knows, and an own key sent back a secret with nobody: both are
// refused, and so is a second way to write the same point, so that equal keys have equal bytes.
// Thread-safe: Agree may be called by several threads at once.
// Source: RFC 7748, sections 5 and 6.1.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/entropy.h"
#include "base/secret.h"

struct evp_pkey_st;

namespace accord {

// The u-coordinate, little-endian.
using PublicKey = std::array<uint8_t, 32>;

// INVALID_ARGUMENT unless `key` is below the field's prime 2^255 - 19 with its highest bit clear, as every honestly
// made key is, and no point of small order, with which every secret would be zero. (RFC 7748 lets a receiver accept
// more; here a key must have one form, because an epoch may not hold it twice.) So whoever has no key of its own, as
// the coordinator, finds a bad key before it spoils an epoch for all.
absl::Status CheckPublicKey(const PublicKey& key);

// Move-only.
class EpochKeyPair {
 public:
  // Errors of `entropy`; INTERNAL with OpenSSL's reason.
  static absl::StatusOr<EpochKeyPair> Generate(EntropySource& entropy);

  const PublicKey& public_key() const { return public_key_; }

  // The 32 bytes that only this pair and the owner of `peer` can compute. Not uniform: input for a key derivation
  // (key_schedule.h), never a key. INVALID_ARGUMENT: `peer` is a bad peer's key (one's own, a point of small order, not
  // in its one form). INTERNAL with OpenSSL's reason.
  absl::StatusOr<SecretBytes> Agree(const PublicKey& peer) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  using Handle = std::unique_ptr<evp_pkey_st, Free>;

  EpochKeyPair(Handle key, const PublicKey& public_key) : key_(std::move(key)), public_key_(public_key) {}

  Handle key_;
  PublicKey public_key_;
};

}  // namespace accord
