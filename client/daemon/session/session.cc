#include "client/daemon/session/session.h"

#include <deque>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "proto/accord/v1/wire.grpc.pb.h"

namespace accord {
namespace {

constexpr uint32_t kProtocolVersion = 1;
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

// One connection. Deletes itself after its last callback.
class Session::Stream : public grpc::ClientBidiReactor<v1::SiteMessage, v1::CoordinatorMessage> {
 public:
  Stream(Session& session, std::shared_ptr<grpc::Channel> channel)
      : session_(session), channel_(std::move(channel)), stub_(v1::SiteService::NewStub(channel_)) {}

  void Begin(const v1::Hello& hello) {
    stub_->async()->Session(&context_, this);
    // Write() comes from outside the callbacks: the hold keeps the call alive until reading has ended.
    AddHold();
    StartRead(&incoming_);
    v1::SiteMessage first;
    *first.mutable_hello() = hello;
    Write(std::move(first));
    StartCall();
  }

  void Write(v1::SiteMessage message) {
    absl::MutexLock lock(&mutex_);
    if (ended_ || (queue_.size() >= kMaxQueued && message.has_progress())) return;
    queue_.push_back(std::move(message));
    if (queue_.size() == 1) StartWrite(&queue_.front());
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
    if (!ended_ && !queue_.empty()) StartWrite(&queue_.front());
  }

  void OnDone(const grpc::Status& status) override {
    const absl::Duration lasted = welcomed_ ? Clock::System().Monotonic() - welcomed_at_ : absl::ZeroDuration();
    session_.HandleEnd(fault_.empty() ? InWords(status) : fault_, lasted);
    delete this;
  }

 private:
  // Only ever on the thread that reads.
  void Take(const v1::CoordinatorMessage& message) {
    if (!fault_.empty()) return;
    if (welcomed_) return session_.listener_.OnMessage(message);
    if (!message.has_welcome() || message.welcome().protocol_version() != kProtocolVersion) {
      fault_ = absl::StrCat("the coordinator speaks another protocol; this site speaks version ", kProtocolVersion,
                            ": install the same release on both sides");
      return Cancel();
    }
    welcomed_ = true;
    welcomed_at_ = Clock::System().Monotonic();
    session_.listener_.OnConnected(channel_, message.welcome());
  }

  Session& session_;
  const std::shared_ptr<grpc::Channel> channel_;  // shared with the bulk streams of the same connection
  const std::unique_ptr<v1::SiteService::Stub> stub_;
  grpc::ClientContext context_;
  v1::CoordinatorMessage incoming_;
  bool welcomed_ = false;
  absl::Duration welcomed_at_;
  std::string fault_;
  absl::Mutex mutex_;
  std::deque<v1::SiteMessage> queue_ ABSL_GUARDED_BY(mutex_);  // the first one is being written
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

Session::Session(Options options, SessionListener& listener)
    : options_(std::move(options)), listener_(listener), backoff_(options_.uniform) {}

Session::~Session() {
  const auto is_quiet = [this] {
    mutex_.AssertReaderHeld();
    return pending_callbacks_ == 0;
  };
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
  if (stream_ != nullptr) stream_->Cancel();
  if (alarm_ != nullptr) alarm_->Cancel();
  mutex_.Await(absl::Condition(&is_quiet));
}

void Session::Start(v1::Hello hello) {
  absl::MutexLock lock(&mutex_);
  hello_ = std::move(hello);
  Connect();
}

void Session::SetHello(v1::Hello hello) {
  absl::MutexLock lock(&mutex_);
  hello_ = std::move(hello);
}

void Session::Send(v1::SiteMessage message) {
  absl::MutexLock lock(&mutex_);
  if (stream_ != nullptr) stream_->Write(std::move(message));
}

void Session::Reconnect() {
  absl::MutexLock lock(&mutex_);
  reconnect_now_ = true;
  if (stream_ == nullptr) {
    if (alarm_ != nullptr) alarm_->Cancel();
    return;
  }
  const uint64_t old = generation_;
  stream_->Cancel();
  const auto is_gone = [this, old] {
    mutex_.AssertReaderHeld();
    return stream_ == nullptr || generation_ != old;
  };
  mutex_.Await(absl::Condition(&is_gone));
}

void Session::Connect() {
  reconnect_now_ = false;
  ++pending_callbacks_;
  ++generation_;
  stream_ = new Stream(*this, options_.make_channel());
  stream_->Begin(hello_);
}

void Session::ConnectAfter(absl::Duration delay) {
  ++pending_callbacks_;
  alarm_ = std::make_unique<grpc::Alarm>();
  alarm_->Set(absl::ToChronoTime(absl::Now() + delay), [this](bool) {
    absl::MutexLock lock(&mutex_);
    --pending_callbacks_;
    if (!stopping_) Connect();
  });
}

void Session::HandleEnd(const std::string& reason, absl::Duration lasted) {
  absl::Duration delay;
  bool stopping = false;
  {
    absl::MutexLock lock(&mutex_);
    if (lasted >= kStable) backoff_.Reset();
    delay = reconnect_now_ ? absl::ZeroDuration() : backoff_.Next();
    stopping = stopping_;
  }
  if (!stopping) listener_.OnDisconnected(reason, delay);
  absl::MutexLock lock(&mutex_);
  stream_ = nullptr;
  --pending_callbacks_;
  if (!stopping_) ConnectAfter(delay);
}

}  // namespace accord
