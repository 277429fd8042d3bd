#include "client/daemon/session/session.h"

#include <deque>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/clock.h"
#include "proto/accord/v1/wire.grpc.pb.h"
#include "proto/protocol_version.h"
#include "proto/transfer/wiped_message.h"

namespace accord {
namespace {

// A connection that lasted so long was a success; one that was ended sooner (two daemons that share an identity push
// each other out) does not shorten the next wait.
constexpr absl::Duration kStable = absl::Seconds(5);
// Messages waiting for a link that has stalled. More than this many are only progress, which repeats itself.
constexpr size_t kMaxQueued = 1024;

std::string InWords(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
      return "the coordinator ended the session";
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED:
      return absl::StrCat("the coordinator does not accept this site: ", status.error_message());
    default:
      return status.error_message().empty() ? "the connection was lost" : status.error_message();
  }
}

}  // namespace

// One connection.
class Session::Stream : public grpc::ClientBidiReactor<v1::SiteMessage, v1::CoordinatorMessage> {
 public:
  Stream(const Options& options, SessionListener& listener)
      : options_(options),
        listener_(listener),
        channel_(options.make_channel()),
        stub_(v1::SiteService::NewStub(channel_)) {}

  void Begin(const v1::Hello& hello) {
    stub_->async()->Session(&context_, this);
    // Write() comes from outside the callbacks: the hold keeps the call alive until reading has ended.
    AddHold();
    StartRead(&incoming_);
    v1::SiteMessage first;
    *first.mutable_hello() = hello;
    Write(WipedMessage(std::move(first)));
    StartCall();
  }

  void Write(WipedMessage message) {
    absl::MutexLock lock(&mutex_);
    if (ended_ || (queue_.size() >= kMaxQueued && message.get().has_progress())) return;
    if (options_.before_send) {
      if (const absl::Status permitted = options_.before_send(message.get()); !permitted.ok()) {
        ended_ = true;
        not_sent_ = std::string(permitted.message());
        return context_.TryCancel();
      }
    }
    queue_.push_back(std::move(message));
    if (queue_.size() == 1) StartWrite(&queue_.front().get());
  }

  void Cancel() { context_.TryCancel(); }

  void OnReadDone(bool ok) override {
    if (!ok) {
      {
        absl::MutexLock lock(&mutex_);
        ended_ = true;
      }
      RemoveHold();
      return;
    }
    Take(incoming_);
    StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    queue_.pop_front();
    if (!ok) ended_ = true;
    if (!ended_ && !queue_.empty()) StartWrite(&queue_.front().get());
  }

  void OnDone(const grpc::Status& status) override {
    {
      absl::MutexLock lock(&mutex_);
      if (fault_.empty()) fault_ = not_sent_;
    }
    if (fault_.empty()) fault_ = InWords(status);
    if (welcomed_) lasted_ = Clock::System().Monotonic() - welcomed_at_;
    finished_.Notify();
  }

  // Waits for the last callback; the other two are valid afterwards.
  void AwaitEnd() { finished_.WaitForNotification(); }
  const std::string& reason() const { return fault_; }
  absl::Duration lasted() const { return lasted_; }

 private:
  // Only ever on the thread that reads.
  void Take(const v1::CoordinatorMessage& message) {
    if (!fault_.empty()) return;
    if (welcomed_) return listener_.OnMessage(message);
    if (!message.has_welcome() || message.welcome().protocol_version() != kProtocolVersion) {
      fault_ = absl::StrCat("the coordinator speaks another protocol; this site speaks version ", kProtocolVersion,
                            ": install the same release on both sides");
      return Cancel();
    }
    welcomed_ = true;
    welcomed_at_ = Clock::System().Monotonic();
    listener_.OnConnected(channel_, message.welcome());
  }

  const Options& options_;  // the session's
  SessionListener& listener_;
  const std::shared_ptr<grpc::Channel> channel_;  // shared with the bulk streams of the same connection
  const std::unique_ptr<v1::SiteService::Stub> stub_;
  grpc::ClientContext context_;
  v1::CoordinatorMessage incoming_;
  bool welcomed_ = false;
  absl::Duration welcomed_at_;
  absl::Duration lasted_ = absl::ZeroDuration();
  std::string fault_;
  absl::Notification finished_;
  absl::Mutex mutex_;
  std::deque<WipedMessage> queue_ ABSL_GUARDED_BY(mutex_);  // the first one is being written
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::string not_sent_ ABSL_GUARDED_BY(mutex_);  // why a message was held back
};

Session::Session(Options options, SessionListener& listener)
    : options_(std::move(options)), listener_(listener), backoff_(options_.uniform) {}

Session::~Session() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    if (stream_ != nullptr) stream_->Cancel();
  }
  if (thread_.joinable()) thread_.join();
}

void Session::Start(v1::Hello hello) {
  SetHello(std::move(hello));
  thread_ = std::thread([this] { Run(); });
}

void Session::SetHello(v1::Hello hello) {
  absl::MutexLock lock(&mutex_);
  hello_ = std::move(hello);
}

void Session::Send(v1::SiteMessage message) {
  WipedMessage wiped(std::move(message));
  absl::MutexLock lock(&mutex_);
  if (stream_ != nullptr) stream_->Write(std::move(wiped));
}

void Session::Reconnect() {
  absl::MutexLock lock(&mutex_);
  reconnect_now_ = true;
  if (stream_ != nullptr) stream_->Cancel();
  const uint64_t latest = begun_;
  const auto is_gone = [this, latest] {
    mutex_.AssertReaderHeld();
    return ended_ >= latest;
  };
  mutex_.Await(absl::Condition(&is_gone));
}

void Session::Run() {
  while (RunConnection()) {
  }
}

bool Session::RunConnection() {
  auto stream = std::make_unique<Stream>(options_, listener_);
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return false;
    reconnect_now_ = false;
    ++begun_;
    stream_ = stream.get();
    stream->Begin(hello_);
  }
  stream->AwaitEnd();
  const std::string reason = stream->reason();
  if (stream->lasted() >= kStable) backoff_.Reset();
  const absl::Duration delay = backoff_.Next();
  {
    absl::MutexLock lock(&mutex_);
    stream_ = nullptr;
  }
  stream.reset();
  listener_.OnDisconnected(reason, delay);
  absl::MutexLock lock(&mutex_);
  ++ended_;
  const auto is_called = [this] {
    mutex_.AssertReaderHeld();
    return stopping_ || reconnect_now_;
  };
  mutex_.AwaitWithTimeout(absl::Condition(&is_called), delay);
  return !stopping_;
}

}  // namespace accord
