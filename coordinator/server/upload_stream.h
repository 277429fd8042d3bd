// One upload: open, chunks, acknowledgements.
#pragma once

#include <string>

#include "coordinator/engine/engine.h"
#include "grpcpp/support/server_callback.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

using UploadReactor = grpc::ServerBidiReactor<v1::UploadMessage, v1::UploadReply>;

// A stream that manages its own life. `site` is authenticated; `engine` outlives the stream and answers every question.
UploadReactor* NewUploadStream(std::string site, Engine& engine);

}  // namespace accord
