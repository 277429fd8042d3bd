// Looks at a certificate that a coordinator granted, or that lies on disk, from its holder's side.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "trust/identity/key_pair.h"

namespace accord {

struct GrantedIdentity {
  std::string certificate_pem;
  std::string ca_pem;
  Sha256Digest ca_fingerprint;  // as the token names it
  std::string identity;         // "site/ID" or "person/ID"
};

// OK when the CA is the one with the fingerprint, and the certificate is signed by it, is over `key`, and carries the
// identity. INVALID_ARGUMENT says what is not so: a coordinator that answers so is broken or lies.
absl::Status CheckGrantedIdentity(const GrantedIdentity& granted, const KeyPair& key);

// SHA-256 of the DER of the first certificate in a PEM text: what enrolment tokens name of a CA. INVALID_ARGUMENT when
// it cannot be read.
absl::StatusOr<Sha256Digest> PemFingerprint(const std::string& pem);

struct CertificateFacts {
  std::string identity;  // of its URI SAN, without "accord://"; empty where there is none
  absl::Time not_before;
  absl::Time not_after;
};
// Of the first certificate in a PEM text. INVALID_ARGUMENT when it cannot be read.
absl::StatusOr<CertificateFacts> ReadCertificate(const std::string& certificate_pem);

}  // namespace accord
