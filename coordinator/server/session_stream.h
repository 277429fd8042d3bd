// The control stream of one site: messages up go to the engine one at a time, messages down are queued in order.
#pragma once

#include "coordinator/engine/engine.h"
#include "coordinator/server/caller.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

using SessionReactor = grpc::ServerBidiReactor<v1::SiteMessage, v1::CoordinatorMessage>;

// A stream that manages its own life. `site` is authenticated; `engine` outlives the stream.
SessionReactor* NewSessionStream(Caller site, Engine& engine);

}  // namespace accord
