#include "coordinator/server/watch_stream.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/server/caller.h"
#include "coordinator/server/sight.h"

namespace accord {
namespace {

using WatchReactor = grpc::ServerWriteReactor<v1::JobReport>;

// The stream as the engine knows it: it may outlive the stream.
class StreamWatcher final : public JobWatcher {
 public:
  StreamWatcher(WatchReactor* reactor, std::string why_status_only)
      : why_status_only_(std::move(why_status_only)), reactor_(reactor) {}

  void Changed(std::shared_ptr<const v1::JobReport> report) override {
    if (!why_status_only_.empty()) report = std::make_shared<v1::JobReport>(StatusOf(*report, why_status_only_));
    absl::MutexLock lock(&mutex_);
    next_ = std::move(report);
    Pump();
  }
  void Ended(absl::Status status) override {
    absl::MutexLock lock(&mutex_);
    if (!end_.has_value()) end_ = std::move(status);
    Pump();
  }
  bool gone() const override {
    absl::MutexLock lock(&mutex_);
    return finished_;
  }

  void Written(bool ok) {
    absl::MutexLock lock(&mutex_);
    writing_ = nullptr;
    if (!ok) next_ = nullptr;
    if (!ok && !end_.has_value()) end_ = absl::CancelledError("the connection was lost");
    Pump();
  }
  void Done() {
    absl::MutexLock lock(&mutex_);
    reactor_ = nullptr;
  }

 private:
  void Pump() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ != nullptr || finished_) return;
    if (next_ != nullptr && !(end_.has_value() && !end_->ok())) {
      writing_ = std::exchange(next_, nullptr);
      return reactor_->StartWrite(writing_.get());
    }
    if (!end_.has_value()) return;
    finished_ = true;
    reactor_->Finish(ToGrpc(*end_));
  }

  const std::string why_status_only_;
  mutable absl::Mutex mutex_;
  WatchReactor* reactor_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const v1::JobReport> writing_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const v1::JobReport> next_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

class WatchStream final : public WatchReactor {
 public:
  WatchStream(const std::string& job_id, CertificateTerm term, std::string why_status_only, Engine& engine)
      : watcher_(std::make_shared<StreamWatcher>(this, std::move(why_status_only))) {
    engine.Watch(job_id, watcher_, std::move(term));
  }
  void OnWriteDone(bool ok) override { watcher_->Written(ok); }
  void OnCancel() override { watcher_->Ended(absl::CancelledError("the connection was lost")); }
  void OnDone() override {
    watcher_->Done();
    delete this;
  }

 private:
  const std::shared_ptr<StreamWatcher> watcher_;
};

}  // namespace

WatchReactor* NewWatchStream(const std::string& job_id, CertificateTerm term, std::string why_status_only,
                             Engine& engine) {
  return new WatchStream(job_id, std::move(term), std::move(why_status_only), engine);
}

}  // namespace accord
