// How many entries of the federation's log this site had taken how long ago, so that nobody is answered from a log that
// is older than what this site has known for a while: a keeper with two stories could otherwise name an old head that
// is the beginning of both, for ever.
//
// Kept in memory, by the monotonic clock: after a start everything counts as taken now. At most 2 * kSteps + 3 moments
// are kept however often the log grows, so an answer may be about an earlier moment than was asked for, by up to a
// kSteps-th of the longest time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "absl/time/time.h"
#include "base/clock.h"

namespace accord {

// Not thread-safe.
class LogHistory {
 public:
  static constexpr int kSteps = 32;

  // `longest`: nobody asks for more. `clock` outlives it.
  LogHistory(absl::Duration longest, Clock& clock) : longest_(longest), clock_(clock) {}

  // The site has taken a head of so many entries. Fewer than before change nothing.
  void Took(uint64_t entries);
  // Another log counts from here on.
  void StartAgain() { moments_.clear(); }
  // The most entries that it had taken by `age` ago; 0: none.
  uint64_t EntriesBefore(absl::Duration age) const;

 private:
  struct Moment {
    absl::Duration at;
    uint64_t entries;
  };

  const absl::Duration longest_;
  Clock& clock_;
  std::deque<Moment> moments_;  // ascending in both
};

}  // namespace accord
