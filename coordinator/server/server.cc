#include "coordinator/server/server.h"

#include <chrono>

#include "base/status.h"
#include "grpcpp/server_builder.h"

namespace accord {
namespace {

constexpr int kMaxMessageBytes = 4 << 20;

// A peer that is gone without a word is noticed after both together: 20 s. gRPC sets the TCP user timeout to the
// second.
constexpr int kPingEveryMs = 10'000;
constexpr int kPingTimeoutMs = 10'000;
// What may arrive of a call beyond the message that is being read. gRPC would otherwise guess it from the link's speed,
// and guesses megabytes where sites send faster than vectors are summed, so that memory grew for dozens of rounds. With
// a chunk of 1 MiB being read an upload fills 200 Mbit/s at a round trip of 50 ms.
constexpr int kReadAheadBytes = 256 << 10;
// Calls of one connection at a time: a session and a few transfers of each of many jobs.
constexpr int kMaxStreamsOfAConnection = 256;

void SetLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kPingEveryMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Sites ping too, as often as the coordinator.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kPingEveryMs / 2);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kReadAheadBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsOfAConnection);
  // Two coordinators on one port would share its connections.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

}  // namespace

Server::Server(const ServerOptions& options, const ServerParts& parts)
    : sites_(parts.engine, parts.store.member_keys(), parts.clock),
      enrollment_({parts.store, parts.authority, parts.clock, options.certificates, options.enrolled}),
      operations_({parts.store, parts.engine, parts.clock, options.max_upload_bytes}) {}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, const ServerParts& parts) {
  ACCORD_ASSIGN_OR_RETURN(const auto credentials, MakeServerCredentials(options.tls));
  auto server = std::unique_ptr<Server>(new Server(options, parts));
  grpc::ServerBuilder builder;
  SetLimits(builder);
  builder.AddListeningPort(options.listen, credentials, &server->port_);
  builder.RegisterService(&server->sites_);
  builder.RegisterService(&server->enrollment_);
  builder.RegisterService(&server->operations_);
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || server->port_ == 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", options.listen,
                     "; is the port taken by another program, or the address not this machine's?"));
  }
  return server;
}

Server::~Server() { Shutdown(); }

void Server::Shutdown() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  server_ = nullptr;
}

}  // namespace accord
