// What a rehearsal looks at while it waits for its job: the trainers' memory, and whether the job begins at all.
#pragma once

#include <sys/types.h>

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

// Of a simulation: its processes at their highest, by the same looks. Thread-safe.
class SimulationWatch {
 public:
  SimulationWatch(pid_t coordinator, pid_t sites) : coordinator_(coordinator), sites_(sites) {}
  void Look() ABSL_LOCKS_EXCLUDED(mutex_);
  SimulationMemory memory() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const pid_t coordinator_, sites_;
  mutable absl::Mutex mutex_;
  SimulationMemory memory_ ABSL_GUARDED_BY(mutex_);
};

struct RehearsedSites {
  uint64_t all = 0;
  uint64_t needed = 0;  // in a round
};

// A job of which all sites are on this machine has nothing to wait for: one that still waits for the same thing after
// `patience` would wait in vain, and one in which too many sites refuse to take part for good waits for nothing at all.
// Thread-safe.
class StallWatch {
 public:
  StallWatch(Clock& clock, absl::Duration patience, RehearsedSites sites = {})
      : clock_(clock), patience_(patience), sites_(sites), since_(clock.Monotonic()) {}
  void Take(const v1::JobReport& report) ABSL_LOCKS_EXCLUDED(mutex_);
  bool stalled() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  Clock& clock_;
  const absl::Duration patience_;
  const RehearsedSites sites_;
  mutable absl::Mutex mutex_;
  bool waits_ ABSL_GUARDED_BY(mutex_) = true;
  bool hopeless_ ABSL_GUARDED_BY(mutex_) = false;
  std::string waits_for_ ABSL_GUARDED_BY(mutex_);
  absl::Duration since_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace accord
