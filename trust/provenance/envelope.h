// Signed statements about models as other people's tools know them: DSSE envelopes, JSON.
//
//   {"payload": BASE64, "payloadType": "application/vnd.in-toto+json", "signatures": [{"keyid": HEX, "sig": BASE64}]}
//
// One signature, ECDSA P-256 with SHA-256 in DER over the envelope's pre-authentication encoding
// (trust/identity/signing.h). keyid: SHA-256 of the public key in DER.
// Source: https://github.com/secure-systems-lab/dsse, version 1.0; in-toto attestation framework, version 1.
//
// Adversary: whoever made the text. It has one spelling; all else is refused.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trust/identity/signing.h"

namespace accord {

inline constexpr absl::string_view kStatementPayloadType = "application/vnd.in-toto+json";

struct Envelope {
  std::string payload;    // the statement's exact bytes
  std::string key_id;     // 64 hexadecimal digits
  std::string signature;  // DER

  static absl::StatusOr<Envelope> Sign(std::string payload, const KeyPairSigner& signer);
  // INVALID_ARGUMENT: another key's, by its keyid; UNAUTHENTICATED: not signed by it.
  absl::Status Check(absl::string_view public_key_der) const;

  nlohmann::json ToJson() const;
  // INVALID_ARGUMENT: not of this form. The caller compares spellings.
  static absl::StatusOr<Envelope> FromJson(const nlohmann::json& json);

  friend bool operator==(const Envelope&, const Envelope&) = default;
};

// The one spelling of JSON in these files: keys ascending, two blanks of indentation, an LF at the end.
std::string WriteJson(const nlohmann::json& json);
// INVALID_ARGUMENT: no JSON, one that is nested deeper than any statement, or one that is spelled otherwise.
absl::StatusOr<nlohmann::json> ReadJson(absl::string_view text, absl::string_view what);

}  // namespace accord
