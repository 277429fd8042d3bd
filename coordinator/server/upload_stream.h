// One upload: open, chunks, acknowledgements.
#pragma once

#include <string>

#include "coordinator/engine/engine.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"

namespace accord {

// v1::UploadMessage and v1::UploadReply as bytes, so that chunks are taken from where they were received.
using UploadReactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

// A stream that manages its own life. `site` is authenticated; `engine` outlives the stream and answers every question.
UploadReactor* NewUploadStream(std::string site, Engine& engine);

}  // namespace accord
