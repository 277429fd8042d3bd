#include "client/daemon/enrol/renewal.h"

#include <chrono>
#include <utility>

#include "base/file.h"
#include "base/private_file.h"
#include "base/status.h"
#include "client/daemon/enrol/refusal_words.h"
#include "client/daemon/session/channel.h"
#include "proto/accord/v1/wire.grpc.pb.h"
#include "trust/identity/key_pair.h"

namespace accord {
namespace {

constexpr std::chrono::seconds kRenewalPatience(30);
constexpr size_t kMaxRenewedPemBytes = size_t{1} << 16;

absl::StatusOr<KeyPair> ReadKey(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(const PrivateFile key, ReadPrivateFile(path, kMaxRenewedPemBytes));
  auto pair = KeyPair::FromPem(key.content);
  return pair.ok() ? std::move(pair) : Annotate(pair.status(), path);
}

}  // namespace

absl::Time RenewalTime(const CertificateFacts& certificate) {
  return certificate.not_after - (certificate.not_after - certificate.not_before) / 3;
}

absl::Status RenewCertificate(const std::string& coordinator, const std::string& proxy, const TlsFiles& files,
                              const BeforeRenewal& before) {
  ACCORD_ASSIGN_OR_RETURN(const KeyPair key, ReadKey(files.key));
  ACCORD_ASSIGN_OR_RETURN(const std::string ca_pem, ReadFile(files.ca, kMaxRenewedPemBytes));
  ACCORD_ASSIGN_OR_RETURN(const Sha256Digest ca_fingerprint, PemFingerprint(ca_pem));
  v1::RenewRequest request;
  ACCORD_ASSIGN_OR_RETURN(*request.mutable_certificate_pem(), ReadFile(files.certificate, kMaxRenewedPemBytes));
  ACCORD_ASSIGN_OR_RETURN(const CertificateFacts last, ReadCertificate(request.certificate_pem()));
  ACCORD_ASSIGN_OR_RETURN(*request.mutable_csr_der(), key.MakeRequest("accord renewal"));

  if (before) ACCORD_RETURN_IF_ERROR(before(request));
  // Without a client certificate: an old one may have ended. The CA is known, so the coordinator is.
  const auto channel = MakeCoordinatorChannel(coordinator, proxy, MakeEnrolmentCredentials(ca_fingerprint));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kRenewalPatience);
  v1::RenewResponse response;
  const grpc::Status status = v1::Enrollment::NewStub(channel)->Renew(&context, request, &response);
  if (!status.ok()) return InWords(status, coordinator, "renew the certificate");
  if (response.certificate_pem().size() > kMaxRenewedPemBytes || response.ca_pem().size() > kMaxRenewedPemBytes) {
    return absl::InternalError("the coordinator's answer to the renewal is not valid");
  }
  ACCORD_RETURN_IF_ERROR(
      CheckGrantedIdentity({response.certificate_pem(), response.ca_pem(), ca_fingerprint, last.identity}, key));
  return WriteFileAtomically(files.certificate, response.certificate_pem());
}

absl::StatusOr<bool> RenewCertificateIfDue(const std::string& coordinator, const std::string& proxy,
                                           const TlsFiles& files, absl::Time now, const BeforeRenewal& before) {
  ACCORD_ASSIGN_OR_RETURN(const std::string pem, ReadFile(files.certificate, kMaxRenewedPemBytes));
  ACCORD_ASSIGN_OR_RETURN(const CertificateFacts facts, ReadCertificate(pem));
  if (now < RenewalTime(facts)) return false;
  ACCORD_RETURN_IF_ERROR(RenewCertificate(coordinator, proxy, files, before));
  return true;
}

}  // namespace accord
