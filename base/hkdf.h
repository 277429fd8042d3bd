// HKDF with SHA-256: secret bytes that are not uniform, such as a Diffie-Hellman result, become keys, one for each use.
// Source: RFC 5869, through OpenSSL's EVP_KDF.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/secret.h"

namespace accord {

// Section 2.2: the 32-byte pseudo-random key of `input`. INTERNAL with OpenSSL's reason.
absl::StatusOr<SecretBytes> HkdfExtract(absl::Span<const uint8_t> salt, const SecretBytes& input);

// Section 2.3: `size` bytes, 1 to 8160, for the use that `info` names. `key`: what HkdfExtract gave. INVALID_ARGUMENT
// for any other size; INTERNAL with OpenSSL's reason.
absl::StatusOr<SecretBytes> HkdfExpand(const SecretBytes& key, absl::string_view info, size_t size);

}  // namespace accord
