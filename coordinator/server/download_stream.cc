#include "coordinator/server/download_stream.h"

#include <memory>
#include <utility>

#include "coordinator/server/caller.h"

namespace accord {
namespace {

class DownloadStream final : public DownloadReactor {
 public:
  DownloadStream(SharedChunks& chunks, uint64_t offset) : chunks_(chunks), offset_(offset) {}

  // Once: begins to send, or ends the call with the status.
  void Start(absl::StatusOr<std::shared_ptr<const ObjectReader>> object) {
    if (!object.ok()) return Finish(ToGrpc(object.status()));
    object_ = *std::move(object);
    SendNext();
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the connection was lost"));
    SendNext();
  }

  void OnDone() override { delete this; }

 private:
  void SendNext() {
    if (offset_ == object_->size()) return Finish(grpc::Status::OK);
    const absl::StatusOr<SharedChunks::Piece> piece = chunks_.Get(object_, offset_);
    if (!piece.ok()) return Finish(ToGrpc(piece.status()));
    offset_ += piece->num_bytes;
    message_ = piece->message;
    StartWrite(&message_);
  }

  SharedChunks& chunks_;
  uint64_t offset_;
  std::shared_ptr<const ObjectReader> object_;
  grpc::ByteBuffer message_;
};

}  // namespace

DownloadReactor* NewDownloadStream(const std::string& site, const v1::DownloadRequest& request, Engine& engine,
                                   SharedChunks& chunks) {
  auto* stream = new DownloadStream(chunks, request.offset());
  // The call lasts at least until Start, so the answer finds the stream alive.
  engine.OpenObject(site, request.name(), [stream](absl::StatusOr<std::shared_ptr<const ObjectReader>> object) {
    stream->Start(std::move(object));
  });
  return stream;
}

}  // namespace accord
