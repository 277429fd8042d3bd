// A clock for whole coordinators in tests: real time goes on, and a test sets it forward.
#pragma once

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "base/clock.h"

namespace accord {

// The machine's clock, set forward by a test.
class SetClock final : public Clock {
 public:
  absl::Time Now() override { return System().Now() + Ahead(); }
  absl::Duration Monotonic() override { return System().Monotonic() + Ahead(); }
  void Advance(absl::Duration by) { ahead_ms_ += absl::ToInt64Milliseconds(by); }

 private:
  absl::Duration Ahead() const { return absl::Milliseconds(ahead_ms_.load()); }
  std::atomic<int64_t> ahead_ms_ = 0;
};

}  // namespace accord
