// What a signature (trust/identity/signing.h) is made of, for keys that this process cannot use itself: a token is
// given the digest and gives r || s and a point.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"

namespace accord {

// SubjectPublicKeyInfo {id-ecPublicKey, prime256v1, BIT STRING of 66 bytes: no unused bits, an uncompressed point}; the
// coordinates x and y follow, 32 bytes each (RFC 5480, section 2).
inline constexpr absl::string_view kPublicKeyPrefix(
    "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04", 27);

// SHA-256(domain || 0x00 || message), the number that ECDSA signs; no copy of a long message is made. INVALID_ARGUMENT:
// an empty domain or one with a NUL.
absl::StatusOr<Sha256Digest> StatementDigest(absl::string_view domain, absl::string_view message);

// The DER form of the public key with this point: 0x04 || x || y (SEC 1, section 2.3.3), from whoever. INVALID_ARGUMENT
// for other lengths and forms, and for a point that is not on P-256.
absl::StatusOr<std::string> PublicKeyDerOfPoint(absl::string_view uncompressed_point);

}  // namespace accord
