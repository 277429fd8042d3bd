// One upload: open, chunks, acknowledgements.
#pragma once

#include "coordinator/engine/engine.h"
#include "coordinator/server/caller.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"

namespace accord {

// v1::UploadMessage and v1::UploadReply as bytes, so that chunks are taken from where they were received.
using UploadReactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

// A stream that manages its own life. `site` is authenticated, and looked at anew with every message: it ends with the
// status of Callers::StillGood. `engine` and `callers` outlive the stream; `engine` answers every question.
UploadReactor* NewUploadStream(Caller site, Engine& engine, const Callers& callers);

}  // namespace accord
