// The one connection of a site to its coordinator.
#pragma once

#include <memory>
#include <string>

#include "grpcpp/channel.h"
#include "grpcpp/security/credentials.h"

namespace accord {

// Largest message that either side sends: a chunk of 1 MiB, or a plan with 64 KiB of model and as much of a job in it.
inline constexpr int kMaxMessageBytes = 2 << 20;

// A channel with a connection of its own: when it goes, the connection goes with whatever it still had to send.
// `target`: "host:port". `proxy`: "http://host:port" for an HTTP CONNECT proxy; empty: none, whatever the environment
// says, so that the config file alone decides where bytes go. Dead links are noticed within half a minute by pings.
std::shared_ptr<grpc::Channel> MakeCoordinatorChannel(const std::string& target, const std::string& proxy,
                                                      const std::shared_ptr<grpc::ChannelCredentials>& credentials);

}  // namespace accord
