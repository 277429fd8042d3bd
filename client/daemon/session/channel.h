// The one connection of a site to its coordinator.
#pragma once

#include <memory>
#include <string>

#include "grpcpp/channel.h"
#include "grpcpp/security/credentials.h"

namespace accord {

// Largest message that a site sends: a chunk of 1 MiB, or its part of a secure sum.
inline constexpr int kMaxSentBytes = 2 << 20;
// Largest that it takes: the federation's roster with its signatures (trust/roster), or the keys of an epoch, comes
// whole.
inline constexpr int kMaxReceivedBytes = 64 << 20;

// A channel with a connection of its own: when it goes, the connection goes with whatever it still had to send.
// `target`: "host:port". `proxy`: "http://host:port" for an HTTP CONNECT proxy; empty: none, whatever the environment
// says, so that the config file alone decides where bytes go. Dead links are noticed within half a minute by pings.
// `buffers`: a fast connection keeps some MiB to read into once it has been busy, which hundreds in a process would not
// have room for.
enum class ChannelBuffers { kFast, kSmall };
std::shared_ptr<grpc::Channel> MakeCoordinatorChannel(const std::string& target, const std::string& proxy,
                                                      const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                                                      ChannelBuffers buffers = ChannelBuffers::kFast);

}  // namespace accord
