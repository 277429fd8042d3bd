#include "coordinator/server/caller.h"

namespace accord {

absl::StatusOr<std::string> RequireRole(const grpc::ServerContextBase& context, PeerIdentity::Role role) {
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
  return peer.id;
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  // The codes of both have the same numbers and meanings.
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

}  // namespace accord
