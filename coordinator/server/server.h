// The coordinator's one port: enrolment, sites and people over mutual TLS.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "coordinator/engine/engine.h"
#include "coordinator/server/enrollment_service.h"
#include "coordinator/server/operations_service.h"
#include "coordinator/server/site_service.h"
#include "coordinator/store/store.h"
#include "grpcpp/server.h"
#include "trust/identity/certificate_authority.h"
#include "trust/tls/credentials.h"

namespace accord {

struct ServerOptions {
  std::string listen;  // "address:port"; port 0 takes a free one
  uint64_t max_upload_bytes = 0;
  TlsFiles tls;
  CertificateLife certificates = {};
  std::function<void()> enrolled = [] {};  // after each enrolment, on a thread of gRPC's
};

// Everything that a server works with; must outlive it.
struct ServerParts {
  Store& store;
  Engine& engine;
  const CertificateAuthority& authority;
  Clock& clock;
};

class Server {
 public:
  // UNAVAILABLE when the port cannot be had.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options, const ServerParts& parts);
  // Shuts down.
  ~Server();

  int port() const { return port_; }
  // Ends all calls and waits for them; the engine must still run. Idempotent.
  void Shutdown();

 private:
  Server(const ServerOptions& options, const ServerParts& parts);

  SiteServiceImpl sites_;
  EnrollmentServiceImpl enrollment_;
  OperationsServiceImpl operations_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace accord
