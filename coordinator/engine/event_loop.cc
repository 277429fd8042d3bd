#include "coordinator/engine/event_loop.h"

#include <algorithm>
#include <utility>

namespace accord {

EventLoop::EventLoop(Clock& clock, absl::AnyInvocable<std::optional<absl::Duration>()> settle)
    : clock_(clock), settle_(std::move(settle)) {}

EventLoop::~EventLoop() { Stop(); }

void EventLoop::Start() {
  thread_ = std::thread([this] { Run(); });
}

void EventLoop::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void EventLoop::Post(absl::AnyInvocable<void()> event) {
  absl::MutexLock lock(&mutex_);
  if (!stopping_) events_.push_back(std::move(event));
}

void EventLoop::Run() {
  std::optional<absl::Duration> wakeup = settle_();
  std::deque<absl::AnyInvocable<void()>> events;
  while (Wait(wakeup, events)) {
    for (auto& event : events) event();
    events.clear();
    wakeup = settle_();
  }
}

bool EventLoop::Wait(std::optional<absl::Duration> wakeup, std::deque<absl::AnyInvocable<void()>>& events) {
  const absl::Duration timeout = wakeup.has_value() ? *wakeup - clock_.Monotonic() : absl::InfiniteDuration();
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(
      absl::Condition(
          +[](EventLoop* loop) ABSL_NO_THREAD_SAFETY_ANALYSIS { return loop->stopping_ || !loop->events_.empty(); },
          this),
      std::max(timeout, absl::ZeroDuration()));
  std::swap(events, events_);
  return !events.empty() || !stopping_;
}

}  // namespace accord
