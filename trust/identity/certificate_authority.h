// The federation's certificate authority, kept by the coordinator: it certifies keys that were made elsewhere and never
// sees a private key of anybody but itself.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "trust/identity/key_pair.h"

namespace accord {

class CertificateAuthority {
 public:
  // A new self-signed CA (basicConstraints CA, pathlen 0, keyCertSign), valid ten years.
  static absl::StatusOr<CertificateAuthority> Create(absl::string_view name, absl::Time now);
  static absl::StatusOr<CertificateAuthority> FromPem(const std::string& certificate_pem, const SecretBytes& key_pem);

  const std::string& certificate_pem() const { return certificate_pem_; }
  absl::StatusOr<SecretBytes> KeyPem() const { return key_.ToPem(); }
  // SHA-256 of the certificate's DER: what an enrolment token pins.
  const Sha256Digest& Fingerprint() const { return fingerprint_; }

  // Client-authentication certificate with URI SAN "accord://" + identity ("site/ID" or "person/ID") over the request's
  // key. INVALID_ARGUMENT: not a PKCS#10 request, a bad signature, a key that is not P-256.
  absl::StatusOr<std::string> IssueIdentity(absl::string_view request_der, absl::string_view identity, absl::Time now,
                                            absl::Duration validity) const;
  // What this CA said in a certificate that somebody shows, whatever the time: it may have ended. INVALID_ARGUMENT:
  // none that it issued to a site or a person.
  struct Issued {
    std::string identity;
    std::string public_key_der;
    absl::Time not_before;
    absl::Time not_after;
  };
  absl::StatusOr<Issued> ReadIssued(const std::string& certificate_pem) const;
  // Server certificate with DNS and IP SANs for `hosts` and URI SAN "accord://coordinator".
  absl::StatusOr<std::string> IssueServer(absl::string_view request_der, const std::vector<std::string>& hosts,
                                          absl::Time now, absl::Duration validity) const;

 private:
  CertificateAuthority(std::string certificate_pem, const Sha256Digest& fingerprint, KeyPair key);
  std::string certificate_pem_;
  Sha256Digest fingerprint_;
  KeyPair key_;
};

// The URI SAN of the coordinator's certificate.
inline constexpr char kCoordinatorUri[] = "accord://coordinator";

// "site/ID", "person/ID"; ID of lower-case letters, digits and hyphens, 1 to 63, not beginning with a hyphen.
bool IsValidIdentity(absl::string_view identity);

}  // namespace accord
