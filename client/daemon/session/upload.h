// One upload of one vector on one stream, from the offset that the coordinator names.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/types/span.h"
#include "client/daemon/session/upload_source.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/generic_stub.h"
#include "proto/accord/v1/wire.grpc.pb.h"

namespace accord {

struct UploadResult {
  enum class Outcome {
    kVerified,  // whole at the coordinator and, if masked, like the hash that this site signed; not durable yet
    kRefused,   // with the coordinator's reason
    kBroken,    // the stream ended before: open another one
  };
  Outcome outcome = Outcome::kBroken;
  std::string reason;
  uint64_t bytes_sent = 0;  // of the vector, handed to the network on this stream
};

// Flow control: at most kWindowBytes are under way beyond what the coordinator has acknowledged, whatever buffers lie
// between. The coordinator's offsets are checked: one outside the vector, or that goes backwards, breaks the stream.
// Messages are made as bytes around the source's, which are not copied through protobuf.
class Upload : private grpc::ClientBidiReactor<grpc::ByteBuffer, v1::UploadReply> {
 public:
  static constexpr uint64_t kChunkBytes = uint64_t{1} << 20;
  static constexpr uint64_t kWindowBytes = uint64_t{8} << 20;

  struct Callbacks {
    // Both from gRPC's threads; must not block.
    std::function<void(uint64_t received)> progress;
    // Every byte has been taken from the source, of an upload that waits for Close. Once.
    std::function<void()> produced;
    std::function<void(const UploadResult&)> done;  // last, once
  };
  // Starts at once. `source` outlives the upload. Without open.vector_name the bytes are followed by a last message,
  // given by Close.
  Upload(const std::shared_ptr<grpc::Channel>& channel, const v1::UploadOpen& open, UploadSource& source,
         Callbacks callbacks);
  // Ends it and waits: afterwards nothing of the source is handed to the network any more.
  ~Upload() override;

  // Thread-safe; once. Sent as soon as the last byte is.
  void Close(v1::UploadClose close);

 private:
  void OnWriteDone(bool ok) override;
  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  // False ends the stream.
  bool TakeReply() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeOffset(uint64_t received) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WriteClose() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // True once, when the source has given its last byte.
  bool TakeProduced() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  UploadSource& source_;
  const bool has_close_;
  const Callbacks callbacks_;
  grpc::TemplatedGenericStub<grpc::ByteBuffer, v1::UploadReply> stub_;
  grpc::ClientContext context_;
  grpc::ByteBuffer outgoing_;
  v1::UploadReply incoming_;
  absl::Notification finished_;

  absl::Mutex mutex_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool started_ ABSL_GUARDED_BY(mutex_) = false;  // the first offset is here
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;    // no more writes
  bool produced_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<v1::UploadClose> close_ ABSL_GUARDED_BY(mutex_);  // until it is written
  uint64_t sent_ ABSL_GUARDED_BY(mutex_) = 0;                     // offset in the vector
  uint64_t begun_ ABSL_GUARDED_BY(mutex_) = 0;                    // likewise, where this stream began
  uint64_t received_ ABSL_GUARDED_BY(mutex_) = 0;
  UploadResult result_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace accord
