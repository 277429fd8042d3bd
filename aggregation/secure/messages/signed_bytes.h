// A message together with its signature: the exact bytes that were signed, which travel and are stored unchanged and
// are never serialised again from their parsed form.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace accord {
class Signer;
class VerifyingKey;
}  // namespace accord

namespace accord::secure {

struct SignedBytes {
  std::string bytes;
  std::string signature;  // 64 bytes, r || s

  friend bool operator==(const SignedBytes&, const SignedBytes&) = default;
};

// The identity key of a site as the roster has it; nullptr for a site that is not in the roster.
using SiteKeys = absl::FunctionRef<const VerifyingKey*(absl::string_view site)>;

// Signs domain || 0x00 || bytes.
absl::StatusOr<SignedBytes> SignBytes(std::string bytes, absl::string_view domain, const Signer& signer);

// UNAUTHENTICATED: "NAME of SITE: ..." when the roster does not know the site or the signature is not its own over
// these bytes; INVALID_ARGUMENT for a signature that is not 64 bytes. Anybody can make such bytes: they convict nobody.
absl::Status VerifyBytes(const SignedBytes& message, absl::string_view domain, absl::string_view site, SiteKeys keys);

}  // namespace accord::secure
