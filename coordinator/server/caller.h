// Who calls, and how statuses travel.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "coordinator/engine/certificate_term.h"
#include "coordinator/server/read_certificates.h"
#include "coordinator/store/member_keys.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "trust/tls/credentials.h"

namespace accord {

struct Caller {
  std::string id;
  CertificateTerm term;
};

// Looks at a caller's certificate at each call: a connection outlives the moment at which TLS looked at it, and maybe
// the certificate. Thread-safe.
class Callers {
 public:
  // Both must outlive it.
  Callers(MemberKeys& keys, Clock& clock) : keys_(keys), clock_(clock) {}

  // UNAUTHENTICATED: no certificate of the federation, or one that has ended; PERMISSION_DENIED: one of another role,
  // or whose key does not stand for the member any more; UNAVAILABLE: whether it stands cannot be read.
  absl::StatusOr<Caller> Require(const grpc::ServerContextBase& context, PeerIdentity::Role role) const;
  // The same of whoever Require let in, later: streams outlive the moment at which they were opened.
  absl::Status StillGood(const Caller& caller) const;

 private:
  MemberKeys& keys_;
  Clock& clock_;
  mutable ReadCertificates certificates_;
};

grpc::Status ToGrpc(const absl::Status& status);
// Ends a unary call whose response is filled.
grpc::ServerUnaryReactor* Answered(grpc::CallbackServerContext& context, const absl::Status& status);

// A stream that ends at once with a status. `Reactor`: one of gRPC's server reactors.
template <typename Reactor>
class RefusedStream final : public Reactor {
 public:
  explicit RefusedStream(const absl::Status& status) { this->Finish(ToGrpc(status)); }
  void OnDone() override { delete this; }
};

}  // namespace accord
