// A few threads for work whose time grows with a model's size, so that the event loop never waits for it.
#pragma once

#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace accord {

// Thread-safe. The destructor finishes what was scheduled.
class WorkerPool {
 public:
  explicit WorkerPool(int num_threads);
  ~WorkerPool();

  void Schedule(absl::AnyInvocable<void()> task);
  int num_threads() const { return static_cast<int>(threads_.size()); }

 private:
  void Work();
  absl::Mutex mutex_;
  std::deque<absl::AnyInvocable<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

// Tasks of one job, one after another in order, on the pool's threads. Thread-safe. The pool must outlive it; tasks
// that were given to it run even after it is gone.
class Strand {
 public:
  explicit Strand(WorkerPool& pool) : state_(std::make_shared<State>(pool)) {}
  void Run(absl::AnyInvocable<void()> task);

 private:
  struct State {
    explicit State(WorkerPool& p) : pool(p) {}
    WorkerPool& pool;
    absl::Mutex mutex;
    std::deque<absl::AnyInvocable<void()>> tasks ABSL_GUARDED_BY(mutex);
    bool running ABSL_GUARDED_BY(mutex) = false;
  };
  static void RunNext(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;  // shared with the tasks on their way
};

}  // namespace accord
