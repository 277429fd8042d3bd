// What a rehearsal looks at while it waits for its job: the trainers' memory, and whether the job begins at all.
#pragma once

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "cli/rehearsal/rehearsal.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// Thread-safe.
class TrainerWatch {
 public:
  // All trainers among this process's descendants, a few times a second.
  void Look() ABSL_LOCKS_EXCLUDED(mutex_);
  TrainerMemory memory() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable absl::Mutex mutex_;
  TrainerMemory memory_ ABSL_GUARDED_BY(mutex_);
  uint64_t peak_address_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

// A job of which all sites are on this machine has nothing to wait for: one that still waits for the same thing after
// `patience` would wait in vain. Thread-safe.
class StallWatch {
 public:
  StallWatch(Clock& clock, absl::Duration patience) : clock_(clock), patience_(patience), since_(clock.Monotonic()) {}
  void Take(const v1::JobReport& report) ABSL_LOCKS_EXCLUDED(mutex_);
  bool stalled() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  Clock& clock_;
  const absl::Duration patience_;
  mutable absl::Mutex mutex_;
  bool waits_ ABSL_GUARDED_BY(mutex_) = true;
  std::string waits_for_ ABSL_GUARDED_BY(mutex_);
  absl::Duration since_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace accord
