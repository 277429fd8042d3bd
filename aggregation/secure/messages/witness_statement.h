// "This is the newest that I have seen of your record", or "I have seen none": one site's answer to another that has
// just started, so that a site which was put back from an older copy learns it from the others.
//
// The nonce is the asking daemon's own, new at each of its starts: no answer of yesterday can be shown again. What was
// seen is in it as the asking site itself signed it once; the witness cannot make it up.
//
//   domain accord/v1/witness
//   u8 version = 1 | string witness | string site | nonce[32] | flag seen
//   | u8 kind (1 upload header, 2 survivor statement), string bytes, signature[64] if seen
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "aggregation/secure/messages/record_position.h"
#include "aggregation/secure/messages/signed_bytes.h"
#include "base/hash.h"

namespace accord::secure {

using WitnessNonce = Sha256Digest;  // 32 random bytes

struct WitnessStatement {
  std::string witness;  // who answers
  std::string site;     // who asked, and whose record this is about
  WitnessNonce nonce{};
  std::optional<SignedPosition> seen;

  friend bool operator==(const WitnessStatement&, const WitnessStatement&) = default;
};

std::string Serialize(const WitnessStatement& statement);
// INVALID_ARGUMENT: not exactly one statement of version 1, by the asking site about itself, or one that shows a
// message which is none of its kind or not of the asking site. Says nothing about either signature.
absl::StatusOr<WitnessStatement> ParseWitnessStatement(absl::string_view bytes);
absl::StatusOr<SignedBytes> Sign(const WitnessStatement& statement, const Signer& signer);
// Parses, then checks the signature of the witness; that of the message which it shows is for the asking site to check.
absl::StatusOr<WitnessStatement> VerifyWitnessStatement(const SignedBytes& message, SiteKeys keys);

}  // namespace accord::secure
