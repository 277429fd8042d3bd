// Sends an object in chunks, each when the one before is on its way.
#pragma once

#include <memory>
#include <utility>

#include "coordinator/server/caller.h"
#include "coordinator/store/object_store.h"
#include "coordinator/transfer/chunk.h"
#include "grpcpp/support/server_callback.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

// The reactor of a call that answers with chunks. `Reply` is the stream's message, `ChunkOf` gets its chunk:
// v1::Chunk& (Reply&). Memory: one chunk. Deletes itself when the call is done.
template <typename Reply, typename ChunkOf>
class ObjectStream : public grpc::ServerWriteReactor<Reply> {
 public:
  explicit ObjectStream(ChunkOf chunk_of) : chunk_of_(std::move(chunk_of)) {}

  // Begins to send from `offset` on, or ends the call with the status. Once.
  void Start(absl::StatusOr<std::shared_ptr<const ObjectReader>> object, uint64_t offset) {
    if (!object.ok()) return this->Finish(ToGrpc(object.status()));
    object_ = *std::move(object);
    offset_ = offset;
    SendNext();
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return this->Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the connection was lost"));
    SendNext();
  }

  void OnDone() override { delete this; }

 private:
  void SendNext() {
    if (offset_ == object_->size()) return this->Finish(grpc::Status::OK);
    v1::Chunk& chunk = chunk_of_(reply_);
    if (absl::Status filled = FillChunk(*object_, offset_, chunk); !filled.ok()) return this->Finish(ToGrpc(filled));
    offset_ += chunk.data().size();
    this->StartWrite(&reply_);
  }

  ChunkOf chunk_of_;
  std::shared_ptr<const ObjectReader> object_;
  uint64_t offset_ = 0;
  Reply reply_;
};

}  // namespace accord
