#include "coordinator/server/enrollment_service.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "coordinator/server/caller.h"
#include "spdlog/spdlog.h"
#include "trust/identity/enrolment_token.h"
#include "trust/identity/signing.h"
#include "trust/identity/signing_key_proof.h"

namespace accord {
namespace {

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

// Somebody typed the other program's command: the key that it made is kept by nobody who could use it.
absl::Status CheckKind(const v1::EnrollRequest& request, const std::string& identity) {
  const bool of_site = absl::StartsWith(identity, "site/");
  switch (request.kind()) {
    case v1::EnrollRequest::ANY:
      return absl::OkStatus();
    case v1::EnrollRequest::SITE:
      if (of_site) return absl::OkStatus();
      break;
    case v1::EnrollRequest::PERSON:
      if (!of_site) return absl::OkStatus();
      break;
    default:
      return absl::InvalidArgumentError(
          "it asks for an identity of a kind that this coordinator does not know; have it upgraded. The token was not "
          "used");
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "the token is for ", identity,
      of_site ? ", a site, which enrols with `accord-client enroll`" : ", a person, who logs in with `accord login`",
      "; it was not used and stays good"));
}

absl::Status CheckSigningKey(const v1::EnrollRequest& request, const std::string& identity) {
  if (request.signing_key_der().empty() && request.signing_key_proof().empty()) return absl::OkStatus();
  if (!absl::StartsWith(identity, "site/")) {
    return absl::InvalidArgumentError("only a site has a signing key apart from its certificate's");
  }
  return CheckSigningKeyProof(request.signing_key_der(), request.csr_der(), request.signing_key_proof());
}

template <typename Response>
grpc::ServerUnaryReactor* Answered(grpc::CallbackServerContext* context, const char* what, const char* done,
                                   const absl::StatusOr<std::string>& identity, Response* response) {
  if (identity.ok()) {
    spdlog::info("{} {}", *identity, done);
  } else {
    response->Clear();
    spdlog::warn("{} from {} failed: {}", what, context->peer(), std::string(identity.status().message()));
  }
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpc(identity.status()));
  return reactor;
}

}  // namespace

absl::StatusOr<std::string> EnrollmentServiceImpl::Redeem(const v1::EnrollRequest& request,
                                                          v1::EnrollResponse& response) {
  ACCORD_RETURN_IF_ERROR(CheckSizes(request));
  ACCORD_ASSIGN_OR_RETURN(const EnrolmentToken token, EnrolmentToken::Parse(request.token()));
  const absl::Time now = parts_.clock.Now();
  // A request that cannot be certified does not use the token up.
  auto issue = [&](const std::string& identity) -> absl::StatusOr<CertifiedKeys> {
    ACCORD_RETURN_IF_ERROR(CheckKind(request, identity));
    ACCORD_RETURN_IF_ERROR(CheckSigningKey(request, identity));
    ACCORD_ASSIGN_OR_RETURN(*response.mutable_certificate_pem(),
                            parts_.authority.IssueIdentity(request.csr_der(), identity, now, parts_.life.validity));
    response.set_signing_key_der(request.signing_key_der());
    ACCORD_ASSIGN_OR_RETURN(std::string key, CertificatePublicKeyDer(response.certificate_pem()));
    return request.signing_key_der().empty() ? CertifiedKeys(std::move(key))
                                             : CertifiedKeys(request.signing_key_der(), std::move(key));
  };
  ACCORD_ASSIGN_OR_RETURN(*response.mutable_identity(),
                          parts_.store.members().RedeemToken(token.SecretHash(), now, issue));
  response.set_ca_pem(parts_.authority.certificate_pem());
  // The token is spent, and whoever gets no certificate for it needs another: the next look finds the key too.
  if (const absl::Status read = parts_.store.member_keys().Refresh(); !read.ok()) {
    spdlog::error("{} is enrolled, and its key is not looked at yet: {}", response.identity(),
                  std::string(read.message()));
  }
  return response.identity();
}

absl::StatusOr<std::string> EnrollmentServiceImpl::RenewOne(const v1::RenewRequest& request,
                                                            v1::RenewResponse& response) {
  if (request.certificate_pem().size() > kMaxRequestBytes || request.csr_der().size() > kMaxRequestBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a certificate or a request has more than ", kMaxRequestBytes, " bytes"));
  }
  ACCORD_ASSIGN_OR_RETURN(const CertificateAuthority::Issued last,
                          parts_.authority.ReadIssued(request.certificate_pem()));
  ACCORD_RETURN_IF_ERROR(
      parts_.store.member_keys().CheckNow(last.identity, last.public_key_der, parts_.clock.Monotonic()));
  const absl::Time now = parts_.clock.Now();
  if (now > last.not_after + parts_.life.renewable) {
    return absl::PermissionDeniedError(
        absl::StrCat("this certificate ended on ", absl::FormatTime("%Y-%m-%d", last.not_after, absl::UTCTimeZone()),
                     ", too long ago to be renewed; ask the coordinator's operator for a new token and enrol again"));
  }
  ACCORD_ASSIGN_OR_RETURN(*response.mutable_certificate_pem(),
                          parts_.authority.IssueIdentity(request.csr_der(), last.identity, now, parts_.life.validity));
  ACCORD_ASSIGN_OR_RETURN(const std::string key, CertificatePublicKeyDer(response.certificate_pem()));
  if (key != last.public_key_der) {
    return absl::InvalidArgumentError("the request is for another key than the certificate's; a new key needs a token");
  }
  ACCORD_RETURN_IF_ERROR(parts_.store.member_keys().Adopt(last.identity, key, last.not_before));
  response.set_ca_pem(parts_.authority.certificate_pem());
  return last.identity;
}

grpc::ServerUnaryReactor* EnrollmentServiceImpl::Enroll(grpc::CallbackServerContext* context,
                                                        const v1::EnrollRequest* request,
                                                        v1::EnrollResponse* response) {
  const absl::StatusOr<std::string> enrolled = Redeem(*request, *response);
  if (enrolled.ok()) parts_.enrolled();
  return Answered(context, "an enrolment", "is enrolled", enrolled, response);
}

grpc::ServerUnaryReactor* EnrollmentServiceImpl::Renew(grpc::CallbackServerContext* context,
                                                       const v1::RenewRequest* request, v1::RenewResponse* response) {
  return Answered(context, "a renewal", "has a new certificate", RenewOne(*request, *response), response);
}

}  // namespace accord
