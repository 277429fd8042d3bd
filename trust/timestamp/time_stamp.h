// Time stamps of RFC 3161: an authority's signed word that it was shown a digest at a time.
//
// A token is a CMS SignedData in DER, and is stored and handed on as the exact bytes that came. What it proves is worth
// what the authority is worth that a reader names (stamp_authority.h).
//
// Adversary: whoever hands over a token. It may have any length and content.
// Source: RFC 3161; RFC 5816 (certificate hashes other than SHA-1).
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"

namespace accord {

// Tokens with a chain of certificates have 3 to 8 KiB.
inline constexpr size_t kMaxStampTokenBytes = size_t{64} << 10;

struct TimeStamp {
  absl::Time time;                         // to the second
  std::optional<absl::Duration> accuracy;  // nullopt: it does not say
  std::string policy;                      // OID, dotted
  std::string serial;                      // hexadecimal
  std::string authority;                   // the signer's name, as its certificate has it; printable
  Sha256Digest imprint = {};               // what was stamped
};

// What a token says, on nobody's word. INVALID_ARGUMENT: it is none, or of another digest than SHA-256.
absl::StatusOr<TimeStamp> ReadTimeStamp(absl::string_view token);

// "2026-11-26 20:15:03 UTC by CN=Stamps,O=Example".
std::string StampInWords(const TimeStamp& stamp);

}  // namespace accord
