// One-time enrolment tokens: "accord1-" + base64url(fingerprint of the CA (32 bytes) + secret (32 bytes)).
//
// The fingerprint lets the newcomer recognise the coordinator before it has any certificate; the secret proves that the
// coordinator's operator gave it out. The coordinator keeps the secret's SHA-256 only.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"
#include "base/secret.h"

namespace accord {

struct EnrolmentToken {
  Sha256Digest ca_fingerprint;
  SecretBytes secret;

  static absl::StatusOr<EnrolmentToken> Make(const Sha256Digest& ca_fingerprint);
  // INVALID_ARGUMENT for anything that Make and Text did not produce; the message never contains the text.
  static absl::StatusOr<EnrolmentToken> Parse(absl::string_view text);
  SecretBytes Text() const;
  Sha256Digest SecretHash() const;
};

}  // namespace accord
