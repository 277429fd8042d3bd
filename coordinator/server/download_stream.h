// One download by a site: an object in chunks, each when the one before is on its way.
#pragma once

#include <string>

#include "coordinator/engine/engine.h"
#include "coordinator/transfer/shared_chunks.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

// v1::Chunk messages, serialised already.
using DownloadReactor = grpc::ServerWriteReactor<grpc::ByteBuffer>;

// A stream that manages its own life. `site` is authenticated; `engine` and `chunks` outlive the stream.
DownloadReactor* NewDownloadStream(const std::string& site, const v1::DownloadRequest& request, Engine& engine,
                                   SharedChunks& chunks);

}  // namespace accord
