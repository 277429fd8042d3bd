#include "coordinator/server/submit_stream.h"

#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include "base/status.h"
#include "coordinator/server/submission.h"

namespace accord {
namespace {

class SubmitStream final : public grpc::ServerReadReactor<v1::SubmitMessage> {
 public:
  SubmitStream(Caller person, v1::SubmitResponse* response, const SubmitParts& parts)
      : person_(std::move(person)), response_(response), parts_(parts) {
    StartRead(&message_);
  }

  void OnReadDone(bool ok) override {
    if (cancelled_.load()) return Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the connection was lost"));
    if (const absl::Status good = parts_.callers.StillGood(person_); !good.ok()) return Finish(ToGrpc(good));
    const absl::Status taken = ok ? Take() : Conclude();
    if (!taken.ok() || !ok || answered_) return Finish(ToGrpc(taken));
    StartRead(&message_);
  }

  void OnCancel() override { cancelled_.store(true); }
  void OnDone() override { delete this; }

 private:
  absl::Status Take() {
    if (submission_ == nullptr) {
      if (!message_.has_open()) return absl::InvalidArgumentError("the first message of a submission must open it");
      ACCORD_RETURN_IF_ERROR(AnswerIfRepeated(message_.open().request_id()));
      if (answered_) return absl::OkStatus();
      ACCORD_ASSIGN_OR_RETURN(submission_, Submission::Open(message_.open(), person_.id,
                                                            {parts_.max_upload_bytes, parts_.store, parts_.clock,
                                                             parts_.engine.charters()}));
      request_id_ = message_.open().request_id();
      return absl::OkStatus();
    }
    if (!message_.has_artifact())
      return absl::InvalidArgumentError("a submission is opened once; expected an artifact's bytes");
    return submission_->Append(message_.artifact());
  }

  absl::Status AnswerIfRepeated(const std::string& request_id) {
    ACCORD_ASSIGN_OR_RETURN(const std::optional<std::string> job_id,
                            parts_.store.jobs().FindRequest(person_.id, request_id));
    if (job_id.has_value()) {
      response_->set_job_id(*job_id);
      answered_ = true;
    }
    return absl::OkStatus();
  }

  absl::Status Conclude() {
    if (submission_ == nullptr) return absl::InvalidArgumentError("the submission ended before it began");
    absl::StatusOr<JobRecord> record = submission_->Finish();
    if (!record.ok()) {
      // Two copies of one request at once: the other one won.
      ACCORD_RETURN_IF_ERROR(AnswerIfRepeated(request_id_));
      return answered_ ? absl::OkStatus() : record.status();
    }
    response_->set_job_id(record->id);
    parts_.engine.StartJob(*std::move(record));
    return absl::OkStatus();
  }

  const Caller person_;
  v1::SubmitResponse* const response_;
  const SubmitParts parts_;
  v1::SubmitMessage message_;
  std::unique_ptr<Submission> submission_;
  std::string request_id_;
  bool answered_ = false;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace

grpc::ServerReadReactor<v1::SubmitMessage>* NewSubmitStream(Caller person, v1::SubmitResponse* response,
                                                            const SubmitParts& parts) {
  return new SubmitStream(std::move(person), response, parts);
}

}  // namespace accord
