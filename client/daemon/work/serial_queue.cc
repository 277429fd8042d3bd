#include "client/daemon/work/serial_queue.h"

#include <utility>

#include "absl/synchronization/notification.h"
#include "base/clock.h"

namespace accord {

SerialQueue::SerialQueue(absl::Duration every, std::function<void()> now_and_then)
    : every_(every),
      now_and_then_(std::move(now_and_then)),
      due_(Clock::System().Monotonic() + every),
      thread_([this] { Run(); }) {}

SerialQueue::~SerialQueue() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void SerialQueue::Post(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (!stopping_) tasks_.push_back(std::move(task));
}

void SerialQueue::RunAndWait(std::function<void()> task) {
  absl::Notification done;
  Post([&] {
    task();
    done.Notify();
  });
  done.WaitForNotification();
}

void SerialQueue::Run() {
  while (const std::function<void()> task = Next()) task();
}

std::function<void()> SerialQueue::Next() {
  const auto has_work = [this] {
    mutex_.AssertReaderHeld();
    return stopping_ || !tasks_.empty();
  };
  absl::MutexLock lock(&mutex_);
  while (true) {
    mutex_.AwaitWithTimeout(absl::Condition(&has_work), due_ - Clock::System().Monotonic());
    if (!stopping_ && Clock::System().Monotonic() >= due_) {
      due_ = Clock::System().Monotonic() + every_;
      return now_and_then_;
    }
    if (!tasks_.empty()) {
      std::function<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      return task;
    }
    if (stopping_) return {};
  }
}

}  // namespace accord
