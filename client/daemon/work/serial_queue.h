// One thread that runs what others hand it, one after another: the daemon's decisions are made here and need no locks.
#pragma once

#include <deque>
#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace accord {

// Thread-safe.
class SerialQueue {
 public:
  SerialQueue() : SerialQueue(absl::InfiniteDuration(), [] {}) {}
  // Runs `now_and_then` besides, between two of the tasks, about once in `every`.
  SerialQueue(absl::Duration every, std::function<void()> now_and_then);
  // Runs what is queued, then joins the thread. What is posted later is dropped.
  ~SerialQueue();
  SerialQueue(const SerialQueue&) = delete;
  SerialQueue& operator=(const SerialQueue&) = delete;

  void Post(std::function<void()> task);
  // Posts and waits until it has run. Not from the queue's own thread.
  void RunAndWait(std::function<void()> task);

 private:
  void Run();
  // The next to run; empty: the queue is stopping.
  std::function<void()> Next();

  const absl::Duration every_;
  const std::function<void()> now_and_then_;
  absl::Duration due_;  // of the thread: on the clock that never goes backwards
  absl::Mutex mutex_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace accord
