#include "coordinator/server/upload_stream.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/status.h"
#include "coordinator/transfer/possible_vector.h"
#include "proto/transfer/chunk_bytes.h"

namespace accord {
namespace {

// Acknowledged (for flow control, and as a sign of life of the site) every so many bytes.
constexpr uint64_t kAcknowledgeBytes = 2 << 20;

class UploadStream final : public UploadReactor {
 public:
  UploadStream(Caller site, Engine& engine, const Callers& callers)
      : caller_(std::move(site)), engine_(engine), callers_(callers) {
    StartRead(&message_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return End({});
    if (absl::Status good = callers_.StillGood(caller_); !good.ok()) return Break(std::move(good));
    const absl::StatusOr<UploadMessageView> message = ReadUploadMessage(message_);
    if (!message.ok()) return Refuse(std::string(message.status().message()));
    if (ticket_.upload == nullptr) {
      if (!message->other.has_open()) return Refuse("the first message of an upload must open it");
      return Open(message->other.open());
    }
    if (message->other.has_close() && ticket_.upload->vector_name().empty()) return Close(message->other.close());
    if (!message->is_chunk) return Refuse("an upload is opened once; expected a chunk");
    Take(message->chunk);
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (!ok && !last_.has_value()) last_.emplace();
    Pump();
  }

  void OnDone() override {
    // Whoever called Finish may still be about to leave the lock.
    { absl::MutexLock lock(&mutex_); }
    delete this;
  }

 private:
  void Take(const ChunkView& chunk) {
    const absl::StatusOr<uint64_t> received = ticket_.upload->Append(ticket_.attachment.stream, chunk);
    if (!received.ok()) return Refuse(std::string(received.status().message()));
    const bool whole = *received == ticket_.upload->num_bytes();
    if (whole && !ticket_.upload->vector_name().empty()) return Accept();
    if (whole || *received >= acknowledged_ + kAcknowledgeBytes) {
      engine_.UploadMoved(caller_.id, plan_);
      Acknowledge(*received);
    }
    StartRead(&message_);
  }

  void Open(const v1::UploadOpen& open) {
    plan_ = open.plan();
    Await();
    engine_.OpenUpload(caller_.id, open, [this](absl::StatusOr<UploadTicket> ticket) {
      if (!ticket.ok()) return Answered(RefusedReply(std::string(ticket.status().message())));
      ticket_ = *std::move(ticket);
      if (ticket_.attachment.verified) return Answered(VerifiedReply());
      acknowledged_ = ticket_.attachment.received;
      // Before the answer: afterwards the stream may be gone.
      Acknowledge(acknowledged_);
      StartRead(&message_);
      Answered(std::nullopt);
    });
  }

  // All bytes of a plain upload are here: does the round take them?
  void Accept() {
    if (ticket_.bounds != nullptr) {
      // Here and not on the event loop: it takes a pass over the vector.
      if (const absl::Status within = CheckWithinBounds(*ticket_.bounds, *ticket_.upload); !within.ok()) {
        ticket_.upload->Refuse(std::string(within.message()));
        return Refuse(std::string(within.message()));
      }
    }
    Await();
    engine_.AcceptUpload(caller_.id, plan_, [this](absl::Status accepted) {
      Answered(accepted.ok() ? VerifiedReply() : RefusedReply(std::string(accepted.message())));
    });
  }

  // The bytes of a masked upload, and now who signs for them.
  void Close(const v1::UploadClose& close) {
    Await();
    engine_.CloseUpload(caller_.id, plan_, close, [this](absl::Status accepted) {
      Answered(accepted.ok() ? VerifiedReply() : RefusedReply(std::string(accepted.message())));
    });
  }

  static v1::UploadReply VerifiedReply() {
    v1::UploadReply reply;
    reply.mutable_verified();
    return reply;
  }
  static v1::UploadReply RefusedReply(std::string reason) {
    v1::UploadReply reply;
    reply.set_refused(std::move(reason));
    return reply;
  }

  void Refuse(std::string reason) { End(RefusedReply(std::move(reason))); }

  void Acknowledge(uint64_t received) {
    absl::MutexLock lock(&mutex_);
    acknowledged_ = received;
    acknowledgement_due_ = true;
    Pump();
  }

  // The last reply (none if the site has gone), then the end.
  void End(v1::UploadReply reply) {
    absl::MutexLock lock(&mutex_);
    if (!last_.has_value()) last_ = std::move(reply);
    Pump();
  }

  // The end without a word on the upload: what is here stays, and the site may come back for it.
  void Break(absl::Status why) {
    absl::MutexLock lock(&mutex_);
    if (!last_.has_value()) {
      last_.emplace();
      broken_ = std::move(why);
    }
    Pump();
  }

  // The engine is asked something: the stream lives at least until it has answered.
  void Await() {
    absl::MutexLock lock(&mutex_);
    ++awaiting_;
  }
  void Answered(std::optional<v1::UploadReply> last) {
    absl::MutexLock lock(&mutex_);
    --awaiting_;
    if (last.has_value() && !last_.has_value()) last_ = std::move(last);
    Pump();
  }

  void Pump() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || finished_) return;
    if (last_.has_value()) {
      if (awaiting_ > 0) return;
      finished_ = true;
      if (last_->kind_case() == v1::UploadReply::KIND_NOT_SET) return Finish(ToGrpc(broken_));
      reply_ = Serialise(*last_);
      return StartWriteAndFinish(&reply_, grpc::WriteOptions(), grpc::Status::OK);
    }
    if (!acknowledgement_due_) return;
    acknowledgement_due_ = false;
    writing_ = true;
    v1::UploadReply acknowledgement;
    acknowledgement.set_received(acknowledged_);
    reply_ = Serialise(acknowledgement);
    StartWrite(&reply_);
  }

  const Caller caller_;
  Engine& engine_;
  const Callers& callers_;
  // Of the reading side: one callback at a time.
  grpc::ByteBuffer message_;
  v1::PlanId plan_;
  UploadTicket ticket_;

  absl::Mutex mutex_;
  uint64_t acknowledged_ = 0;  // written by the reading side under the lock
  bool acknowledgement_due_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ByteBuffer reply_ ABSL_GUARDED_BY(mutex_);
  std::optional<v1::UploadReply> last_ ABSL_GUARDED_BY(mutex_);
  absl::Status broken_ ABSL_GUARDED_BY(mutex_);  // how the stream ends where there is no last reply
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  int awaiting_ ABSL_GUARDED_BY(mutex_) = 0;  // answers of the engine
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

UploadReactor* NewUploadStream(Caller site, Engine& engine, const Callers& callers) {
  return new UploadStream(std::move(site), engine, callers);
}

}  // namespace accord
