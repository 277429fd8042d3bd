// How long to wait before the next try at reaching the coordinator.
#pragma once

#include <functional>

#include "absl/time/time.h"

namespace accord {

// Exponential with jitter, so that a coordinator that comes back is not met by all its sites in the same instant.
//
// Delays grow by half each time (0.2 s, 0.3 s, ... 30 s) and not by the usual factor of two: the delay then stays at
// about a third of the outage so far, so a coordinator that was away for ten seconds is found within four.
// Pure; not thread-safe.
class Backoff {
 public:
  static constexpr absl::Duration kFirst = absl::Milliseconds(200);
  static constexpr absl::Duration kLongest = absl::Seconds(30);
  static constexpr double kGrowth = 1.5;
  static constexpr double kJitter = 0.2;  // each delay is within this share of its nominal length

  // `uniform` gives numbers in [0, 1).
  explicit Backoff(std::function<double()> uniform) : uniform_(std::move(uniform)) {}

  // The delay before the next try; never above kLongest.
  absl::Duration Next();
  // After a success: the next failure waits kFirst again.
  void Reset() { nominal_ = kFirst; }

 private:
  std::function<double()> uniform_;
  absl::Duration nominal_ = kFirst;
};

}  // namespace accord
