// One upload of one vector on one stream, from the offset that the coordinator names.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/types/span.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "proto/accord/v1/wire.grpc.pb.h"

namespace accord {

struct UploadResult {
  enum class Outcome {
    kVerified,  // whole at the coordinator, its hash checked; not durable yet
    kRefused,   // with the coordinator's reason
    kBroken,    // the stream ended before: open another one
  };
  Outcome outcome = Outcome::kBroken;
  std::string reason;
};

// Flow control: at most kWindowBytes are under way beyond what the coordinator has acknowledged, whatever buffers lie
// between. The coordinator's offsets are checked: one outside the vector, or that goes backwards, breaks the stream.
class Upload : private grpc::ClientBidiReactor<v1::UploadMessage, v1::UploadReply> {
 public:
  static constexpr uint64_t kChunkBytes = uint64_t{1} << 20;
  static constexpr uint64_t kWindowBytes = uint64_t{8} << 20;

  struct Callbacks {
    // Both from gRPC's threads; must not block.
    std::function<void(uint64_t received)> progress;
    std::function<void(const UploadResult&)> done;  // last, once
  };
  // Starts at once. `bytes` must stay as they are for as long as the upload lives.
  Upload(const std::shared_ptr<grpc::Channel>& channel, const v1::UploadOpen& open, absl::Span<const uint8_t> bytes,
         Callbacks callbacks);
  // Ends it and waits: afterwards nothing of `bytes` is handed to the network any more.
  ~Upload() override;

 private:
  void OnWriteDone(bool ok) override;
  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  // False ends the stream.
  bool TakeReply() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeOffset(uint64_t received) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const absl::Span<const uint8_t> bytes_;
  const Callbacks callbacks_;
  const std::unique_ptr<v1::SiteService::Stub> stub_;
  grpc::ClientContext context_;
  v1::UploadMessage outgoing_;
  v1::UploadReply incoming_;
  absl::Notification finished_;

  absl::Mutex mutex_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool started_ ABSL_GUARDED_BY(mutex_) = false;  // the first offset is here
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;    // no more writes
  uint64_t sent_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t received_ ABSL_GUARDED_BY(mutex_) = 0;
  UploadResult result_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace accord
