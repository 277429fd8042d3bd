#include "coordinator/engine/worker_pool.h"

#include <utility>

namespace accord {

WorkerPool::WorkerPool(int num_threads) {
  for (int i = 0; i < num_threads; ++i) threads_.emplace_back([this] { Work(); });
}

WorkerPool::~WorkerPool() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::Schedule(absl::AnyInvocable<void()> task) {
  absl::MutexLock lock(&mutex_);
  tasks_.push_back(std::move(task));
}

void WorkerPool::Work() {
  while (true) {
    absl::AnyInvocable<void()> task;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](WorkerPool* pool) ABSL_NO_THREAD_SAFETY_ANALYSIS { return pool->stopping_ || !pool->tasks_.empty(); },
          this));
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

void Strand::Run(absl::AnyInvocable<void()> task) {
  {
    absl::MutexLock lock(&state_->mutex);
    state_->tasks.push_back(std::move(task));
    if (state_->running) return;
    state_->running = true;
  }
  state_->pool.Schedule([state = state_] { RunNext(state); });
}

// One task a turn, so that jobs share the pool's threads fairly.
void Strand::RunNext(std::shared_ptr<State> state) {
  absl::AnyInvocable<void()> task;
  {
    absl::MutexLock lock(&state->mutex);
    task = std::move(state->tasks.front());
    state->tasks.pop_front();
  }
  task();
  {
    absl::MutexLock lock(&state->mutex);
    if (state->tasks.empty()) {
      state->running = false;
      return;
    }
  }
  WorkerPool& pool = state->pool;
  pool.Schedule([state = std::move(state)] { RunNext(state); });
}

}  // namespace accord
