// The one thread on which all of the coordinator's decisions are made: events come from anywhere, run one at a time, in
// order.
#pragma once

#include <deque>
#include <optional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace accord {

// Thread-safe.
class EventLoop {
 public:
  // After every batch of events, and when the moment that it named last has come, `settle` runs on the loop's thread;
  // it returns the next moment (Clock::Monotonic) at which it wants to run without an event. `clock` must outlive the
  // loop.
  EventLoop(Clock& clock, absl::AnyInvocable<std::optional<absl::Duration>()> settle);
  // Runs what was posted and ends the thread.
  ~EventLoop();

  // Starts the thread; before it, posted events wait.
  void Start();
  // Events posted afterwards are dropped. Waits for the thread. Idempotent.
  void Stop();

  // Never blocks. `event` runs on the loop's thread and must not block for long.
  void Post(absl::AnyInvocable<void()> event);

 private:
  void Run();
  // Waits for events or the wakeup; false when it is time to end.
  bool Wait(std::optional<absl::Duration> wakeup, std::deque<absl::AnyInvocable<void()>>& events);

  Clock& clock_;
  absl::AnyInvocable<std::optional<absl::Duration>()> settle_;
  absl::Mutex mutex_;
  std::deque<absl::AnyInvocable<void()>> events_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace accord
