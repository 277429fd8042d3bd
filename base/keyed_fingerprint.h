// A name for long bytes that only who holds the key can make. Equal bytes have equal names, also after a restart; it
// costs a seventh of a hash, and says nothing about the bytes to those who do not hold the key.
//
// A universal hash, then a pseudo-random function: Poly1305 (RFC 8439, section 2.5) under a key that is used for this
// alone, and HMAC-SHA256 over its tag, which is never shown. Two byte strings of L bytes that somebody without the key
// chose, whatever names he has seen, collide with a chance of at most 8 ceil(L / 16) / 2^106 (Bernstein, The
// Poly1305-AES message-authentication code, theorem 3.3): 2^-73 for a gigabyte. Where somebody else must be able to
// check, use base/hash.h.
#pragma once

#include <cstddef>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/hash.h"
#include "base/openssl.h"
#include "base/secret.h"

namespace accord {

// Movable. Not thread-safe.
class KeyedFingerprint {
 public:
  static constexpr size_t kKeyBytes = 32;

  // Of no bytes yet. INVALID_ARGUMENT for a key of another length; INTERNAL with OpenSSL's reason, here and below.
  static absl::StatusOr<KeyedFingerprint> Start(const SecretBytes& key);

  absl::Status Update(const void* data, size_t size);
  absl::StatusOr<Sha256Digest> Finish() &&;

 private:
  KeyedFingerprint(MacContextHandle hash, SecretBytes name_key)
      : hash_(std::move(hash)), name_key_(std::move(name_key)) {}

  MacContextHandle hash_;
  SecretBytes name_key_;
};

}  // namespace accord
