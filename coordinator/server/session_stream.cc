#include "coordinator/server/session_stream.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/status.h"
#include "coordinator/server/send_queue.h"
#include "proto/transfer/wiped_message.h"

namespace accord {
namespace {

// The stream as the engine knows it: it may outlive the stream.
class SessionLink final : public SiteLink {
 public:
  explicit SessionLink(SessionReactor* reactor) : reactor_(reactor) {}

  void Send(std::shared_ptr<const v1::CoordinatorMessage> message) override {
    absl::MutexLock lock(&mutex_);
    if (closing_) return;
    if (absl::Status taken = queue_.Push(std::move(message)); !taken.ok()) return StartClosing(std::move(taken));
    if (writing_ == nullptr) WriteNext();
  }

  void Close(absl::Status reason) override {
    absl::MutexLock lock(&mutex_);
    if (!closing_) StartClosing(std::move(reason));
  }

  void Read() {
    absl::MutexLock lock(&mutex_);
    if (reactor_ != nullptr && !finished_) reactor_->StartRead(&message_.get());
  }
  // What was read; until the next Read.
  WipedMessage& message() { return message_; }

  void Written(bool ok) {
    absl::MutexLock lock(&mutex_);
    writing_ = nullptr;
    if (closing_) return Finish();
    // After a failed write the stream is broken: the read side learns it too and closes.
    if (ok && !queue_.empty()) WriteNext();
  }

  void Done() {
    absl::MutexLock lock(&mutex_);
    reactor_ = nullptr;
  }

 private:
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    writing_ = queue_.Pop();
    reactor_->StartWrite(writing_.get());
  }

  void StartClosing(absl::Status reason) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    closing_ = true;
    reason_ = std::move(reason);
    queue_.Clear();
    // The message on its way stays until it is written.
    if (writing_ == nullptr) Finish();
  }

  void Finish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    finished_ = true;
    reactor_->Finish(ToGrpc(reason_));
  }

  WipedMessage message_;
  absl::Mutex mutex_;
  SessionReactor* reactor_ ABSL_GUARDED_BY(mutex_);  // nullptr once the stream is gone
  SendQueue queue_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const v1::CoordinatorMessage> writing_ ABSL_GUARDED_BY(mutex_);  // nullptr: nothing is on its way
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status reason_ ABSL_GUARDED_BY(mutex_);
};

class SessionStream final : public SessionReactor {
 public:
  SessionStream(Caller site, Engine& engine)
      : site_(std::move(site.id)),
        term_(std::move(site.term)),
        engine_(engine),
        link_(std::make_shared<SessionLink>(this)) {
    link_->Read();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Leave("the connection ended");
    if (!said_hello_) {
      if (!link_->message().get().has_hello()) {
        return link_->Close(absl::InvalidArgumentError("the first message of a session must be a hello"));
      }
      said_hello_ = true;
      engine_.Connect(site_, std::move(*link_->message().get().mutable_hello()), link_, term_);
      return link_->Read();
    }
    // The next message is read when this one is dealt with: a site cannot fill the engine's queue.
    engine_.Receive(site_, link_.get(), std::move(link_->message()), [link = link_](absl::Status status) {
      if (!status.ok()) return link->Close(std::move(status));
      link->Read();
    });
  }

  void OnWriteDone(bool ok) override { link_->Written(ok); }
  void OnCancel() override { Leave("the connection was lost"); }

  void OnDone() override {
    link_->Done();
    engine_.Disconnect(site_, link_.get(), "the session ended");
    delete this;
  }

 private:
  void Leave(const char* reason) {
    engine_.Disconnect(site_, link_.get(), reason);
    link_->Close(absl::CancelledError(reason));
  }

  const std::string site_;
  const CertificateTerm term_;
  Engine& engine_;
  const std::shared_ptr<SessionLink> link_;
  bool said_hello_ = false;
};

}  // namespace

SessionReactor* NewSessionStream(Caller site, Engine& engine) { return new SessionStream(std::move(site), engine); }

}  // namespace accord
