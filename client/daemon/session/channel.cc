#include "client/daemon/session/channel.h"

#include "grpcpp/create_channel.h"
#include "grpcpp/support/channel_arguments.h"

namespace accord {
namespace {

// The coordinator's server permits pings at this rate (GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS).
constexpr int kPingEveryMs = 20'000;
constexpr int kPingTimeoutMs = 10'000;
constexpr int kSmallReadBytes = 32 << 10;

}  // namespace

std::shared_ptr<grpc::Channel> MakeCoordinatorChannel(const std::string& target, const std::string& proxy,
                                                      const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                                                      ChannelBuffers buffers) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kPingEveryMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetMaxReceiveMessageSize(kMaxReceivedBytes);
  arguments.SetMaxSendMessageSize(kMaxSentBytes);
  if (buffers == ChannelBuffers::kSmall) {
    arguments.SetInt(GRPC_ARG_TCP_MIN_READ_CHUNK_SIZE, kSmallReadBytes / 4);
    arguments.SetInt(GRPC_ARG_TCP_READ_CHUNK_SIZE, kSmallReadBytes / 4);
    arguments.SetInt(GRPC_ARG_TCP_MAX_READ_CHUNK_SIZE, kSmallReadBytes);
  }
  if (proxy.empty()) {
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  } else {
    arguments.SetString(GRPC_ARG_HTTP_PROXY, proxy);
  }
  return grpc::CreateCustomChannel(target, credentials, arguments);
}

}  // namespace accord
