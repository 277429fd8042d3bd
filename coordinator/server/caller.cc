#include "coordinator/server/caller.h"

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "grpc/grpc_security_constants.h"

namespace accord {
absl::StatusOr<Caller> Callers::Require(const grpc::ServerContextBase& context, PeerIdentity::Role role) const {
  const PeerIdentity peer = IdentifyPeer(*context.auth_context());
  if (peer.role == PeerIdentity::Role::kNone) {
    return absl::UnauthenticatedError(
        "this call needs a certificate of the federation; enrol first with a token of the coordinator's operator");
  }
  if (peer.role != role) {
    return absl::PermissionDeniedError(role == PeerIdentity::Role::kSite
                                           ? "this call is for sites; the certificate is a person's"
                                           : "this call is for persons; the certificate is a site's");
  }
  Caller caller{peer.id, {}};
  const auto pems = context.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (pems.size() != 1) return absl::UnauthenticatedError("the connection shows no certificate");
  ACCORD_ASSIGN_OR_RETURN(caller.term, certificates_.Read(std::string(pems.front().data(), pems.front().size())));
  caller.term.identity = absl::StrCat(role == PeerIdentity::Role::kSite ? "site/" : "person/", peer.id);
  ACCORD_RETURN_IF_ERROR(StillGood(caller));
  return caller;
}

absl::Status Callers::StillGood(const Caller& caller) const {
  const CertificateTerm& term = caller.term;
  if (term.good_until <= clock_.Now()) {
    return absl::UnauthenticatedError("the certificate that this connection was made under has ended; connect anew");
  }
  return keys_.CheckNow(term.identity, term.public_key_der, clock_.Monotonic());
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  // The codes of both have the same numbers and meanings.
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

grpc::ServerUnaryReactor* Answered(grpc::CallbackServerContext& context, const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context.DefaultReactor();
  reactor->Finish(ToGrpc(status));
  return reactor;
}

}  // namespace accord
