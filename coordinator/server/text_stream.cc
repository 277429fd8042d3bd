#include "coordinator/server/text_stream.h"

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "coordinator/server/caller.h"
#include "coordinator/store/object_store.h"
#include "coordinator/transfer/chunk.h"

namespace accord {
namespace {

// Lives until OnDone, which comes only behind Finish: whoever was asked always answers.
class TextStream final : public grpc::ServerWriteReactor<v1::Chunk> {
 public:
  explicit TextStream(AskForText ask) {
    ask([this] { return !is_cancelled_.load(); }, [this](absl::StatusOr<std::string> text) { Begin(std::move(text)); });
  }

  void OnCancel() override { is_cancelled_.store(true); }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the connection was lost"));
    SendNext();
  }
  void OnDone() override { delete this; }

 private:
  void Begin(absl::StatusOr<std::string> text) {
    if (!text.ok()) return Finish(ToGrpc(text.status()));
    bytes_ = std::make_unique<ObjectReader>(*std::move(text));
    SendNext();
  }
  void SendNext() {
    if (offset_ == bytes_->size()) return Finish(grpc::Status::OK);
    if (absl::Status filled = FillChunk(*bytes_, offset_, chunk_); !filled.ok()) return Finish(ToGrpc(filled));
    offset_ += chunk_.data().size();
    StartWrite(&chunk_);
  }

  std::atomic<bool> is_cancelled_ = false;
  std::unique_ptr<ObjectReader> bytes_;
  uint64_t offset_ = 0;
  v1::Chunk chunk_;
};

}  // namespace

grpc::ServerWriteReactor<v1::Chunk>* NewTextStream(AskForText ask) { return new TextStream(std::move(ask)); }

}  // namespace accord
