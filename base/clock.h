// Time as an injected dependency, so that tests move it by hand.
#pragma once

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace accord {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall time, for records that people read.
  virtual absl::Time Now() = 0;
  // Never goes backwards, for deadlines and durations; its zero means nothing.
  virtual absl::Duration Monotonic() = 0;

  // The machine's clock.
  static Clock& System();
};

// A clock that stands still until it is told to move. Not thread-safe.
class ManualClock : public Clock {
 public:
  explicit ManualClock(absl::Time start = absl::FromUnixSeconds(1700000000)) : start_(start) {}
  absl::Time Now() override { return start_ + elapsed_; }
  absl::Duration Monotonic() override { return elapsed_; }
  void Advance(absl::Duration by) { elapsed_ += by; }

 private:
  absl::Time start_;
  absl::Duration elapsed_ = absl::ZeroDuration();
};

}  // namespace accord
