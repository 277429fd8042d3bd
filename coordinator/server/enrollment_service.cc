#include "coordinator/server/enrollment_service.h"

#include "absl/strings/match.h"
#include "base/status.h"
#include "coordinator/server/caller.h"
#include "spdlog/spdlog.h"
#include "trust/identity/enrolment_token.h"
#include "trust/identity/signing.h"
#include "trust/identity/signing_key_proof.h"

namespace accord {
namespace {

constexpr absl::Duration kCertificateValidity = absl::Hours(24 * 730);
constexpr size_t kMaxTokenBytes = 256;
constexpr size_t kMaxRequestBytes = 16 << 10;

absl::Status CheckSizes(const v1::EnrollRequest& request) {
  if (request.token().empty() || request.token().size() > kMaxTokenBytes) {
    return absl::InvalidArgumentError("this is no enrolment token; ask the coordinator's operator for one");
  }
  if (request.csr_der().size() > kMaxRequestBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the certificate request has more than ", kMaxRequestBytes, " bytes"));
  }
  return absl::OkStatus();
}

absl::Status CheckSigningKey(const v1::EnrollRequest& request, const std::string& identity) {
  if (request.signing_key_der().empty() && request.signing_key_proof().empty()) return absl::OkStatus();
  if (!absl::StartsWith(identity, "site/")) {
    return absl::InvalidArgumentError("only a site has a signing key apart from its certificate's");
  }
  return CheckSigningKeyProof(request.signing_key_der(), request.csr_der(), request.signing_key_proof());
}

}  // namespace

grpc::ServerUnaryReactor* EnrollmentServiceImpl::Enroll(grpc::CallbackServerContext* context,
                                                        const v1::EnrollRequest* request,
                                                        v1::EnrollResponse* response) {
  auto enroll = [&]() -> absl::Status {
    ACCORD_RETURN_IF_ERROR(CheckSizes(*request));
    ACCORD_ASSIGN_OR_RETURN(const EnrolmentToken token, EnrolmentToken::Parse(request->token()));
    const absl::Time now = clock_.Now();
    // A request that cannot be certified does not use the token up.
    auto issue = [&](const std::string& identity) -> absl::StatusOr<std::string> {
      ACCORD_RETURN_IF_ERROR(CheckSigningKey(*request, identity));
      ACCORD_ASSIGN_OR_RETURN(*response->mutable_certificate_pem(),
                              authority_.IssueIdentity(request->csr_der(), identity, now, kCertificateValidity));
      response->set_signing_key_der(request->signing_key_der());
      return request->signing_key_der().empty() ? CertificatePublicKeyDer(response->certificate_pem())
                                                : request->signing_key_der();
    };
    ACCORD_ASSIGN_OR_RETURN(*response->mutable_identity(), members_.RedeemToken(token.SecretHash(), now, issue));
    response->set_ca_pem(authority_.certificate_pem());
    return absl::OkStatus();
  };
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::Status enrolled = enroll();
  if (enrolled.ok()) {
    spdlog::info("{} is enrolled", response->identity());
  } else {
    response->Clear();
    spdlog::warn("an enrolment from {} failed: {}", context->peer(), std::string(enrolled.message()));
  }
  reactor->Finish(ToGrpc(enrolled));
  return reactor;
}

}  // namespace accord
