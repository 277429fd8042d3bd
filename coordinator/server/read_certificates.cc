#include "coordinator/server/read_certificates.h"

#include "base/status.h"
#include "trust/identity/granted_identity.h"
#include "trust/identity/signing.h"

namespace accord {

absl::StatusOr<CertificateTerm> ReadCertificates::Read(const std::string& pem) {
  {
    const absl::MutexLock lock(&mutex_);
    const auto found = read_.find(pem);
    if (found != read_.end()) return found->second;
  }
  CertificateTerm term;
  ACCORD_ASSIGN_OR_RETURN(const CertificateFacts facts, ReadCertificate(pem));
  ACCORD_ASSIGN_OR_RETURN(term.public_key_der, CertificatePublicKeyDer(pem));
  term.good_until = facts.not_after;
  const absl::MutexLock lock(&mutex_);
  // All at once: those that are still shown are read again, once.
  if (read_.size() >= kMostReadCertificates) read_.clear();
  read_.emplace(pem, term);
  return term;
}

size_t ReadCertificates::size() const {
  const absl::MutexLock lock(&mutex_);
  return read_.size();
}

}  // namespace accord
