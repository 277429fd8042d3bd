#include "trust/identity/granted_identity.h"

#include <openssl/err.h>

#include <ctime>

#include "absl/strings/strip.h"
#include "base/status.h"
#include "trust/identity/openssl_handles.h"

namespace accord {
namespace {

absl::StatusOr<absl::Time> ReadTime(const ASN1_TIME* time) {
  std::tm parts = {};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return absl::InvalidArgumentError("the certificate's validity is no time");
  return absl::FromTM(parts, absl::UTCTimeZone());
}

std::string IdentityOf(const X509* certificate) {
  for (const std::string& uri : UriNames(certificate)) {
    absl::string_view identity = uri;
    if (absl::ConsumePrefix(&identity, "accord://")) return std::string(identity);
  }
  return "";
}

}  // namespace

absl::Status CheckGrantedIdentity(const GrantedIdentity& granted, const KeyPair& key) {
  auto authorities = ParseCertificates(granted.ca_pem);
  auto certificates = ParseCertificates(granted.certificate_pem);
  if (!authorities.ok() || !certificates.ok()) {
    return absl::InvalidArgumentError("the coordinator did not answer with certificates");
  }
  X509* const authority = sk_X509_value(authorities->get(), 0);
  X509* const certificate = sk_X509_value(certificates->get(), 0);
  ACCORD_ASSIGN_OR_RETURN(const Sha256Digest fingerprint, CertificateFingerprint(authority));
  const char* fault = nullptr;
  if (fingerprint != granted.ca_fingerprint) fault = "the CA is not the one that the token names";
  if (fault == nullptr && X509_verify(certificate, X509_get0_pubkey(authority)) != 1) fault = "the CA did not sign it";
  if (fault == nullptr && X509_check_private_key(certificate, key.get()) != 1) fault = "it is for another key";
  if (fault == nullptr && IdentityOf(certificate) != granted.identity) fault = "it is for another identity";
  ERR_clear_error();
  if (fault == nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the certificate that the coordinator granted is not valid: ", fault));
}

absl::StatusOr<Sha256Digest> PemFingerprint(const std::string& pem) {
  ACCORD_ASSIGN_OR_RETURN(const CertificateStackHandle certificates, ParseCertificates(pem));
  return CertificateFingerprint(sk_X509_value(certificates.get(), 0));
}

absl::StatusOr<CertificateFacts> ReadCertificate(const std::string& certificate_pem) {
  ACCORD_ASSIGN_OR_RETURN(CertificateStackHandle certificates, ParseCertificates(certificate_pem));
  const X509* certificate = sk_X509_value(certificates.get(), 0);
  CertificateFacts facts;
  facts.identity = IdentityOf(certificate);
  ACCORD_ASSIGN_OR_RETURN(facts.not_before, ReadTime(X509_get0_notBefore(certificate)));
  ACCORD_ASSIGN_OR_RETURN(facts.not_after, ReadTime(X509_get0_notAfter(certificate)));
  return facts;
}

}  // namespace accord
