// Who calls, and how statuses travel.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "trust/tls/credentials.h"

namespace accord {

// The caller's id, if the verified certificate says that it has this role. UNAUTHENTICATED: no certificate of the
// federation; PERMISSION_DENIED: one of another role.
absl::StatusOr<std::string> RequireRole(const grpc::ServerContextBase& context, PeerIdentity::Role role);

grpc::Status ToGrpc(const absl::Status& status);

// A stream that ends at once with a status. `Reactor`: one of gRPC's server reactors.
template <typename Reactor>
class RefusedStream final : public Reactor {
 public:
  explicit RefusedStream(const absl::Status& status) { this->Finish(ToGrpc(status)); }
  void OnDone() override { delete this; }
};

}  // namespace accord
