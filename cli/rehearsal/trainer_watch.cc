#include "cli/rehearsal/trainer_watch.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "cli/local_federation/process_memory.h"

namespace accord {

void TrainerWatch::Look() {
  uint64_t resident = 0, most = 0, least = UINT64_MAX;
  for (const pid_t pid : Descendants(getpid(), "accord-trainer")) {
    const auto memory = MemoryOf(pid);
    if (!memory.ok()) continue;  // has just ended
    resident = std::max(resident, memory->peak_resident_bytes);
    most = std::max(most, memory->peak_address_bytes);
    least = std::min(least, memory->peak_address_bytes);
  }
  if (most == 0) return;
  const absl::MutexLock lock(&mutex_);
  memory_.peak_resident_bytes = std::max(memory_.peak_resident_bytes, resident);
  peak_address_bytes_ = std::max(peak_address_bytes_, most);
  // Every site has a trainer that holds LibTorch and does nothing else (for drills). While one still loads it the
  // difference is too large; the last look tells.
  memory_.training_bytes = peak_address_bytes_ - least;
}

TrainerMemory TrainerWatch::memory() const {
  const absl::MutexLock lock(&mutex_);
  return memory_;
}

void StallWatch::Take(const v1::JobReport& report) {
  const absl::MutexLock lock(&mutex_);
  const bool waits = report.state() == v1::JOB_WAITING;
  if (waits == waits_ && report.waiting_for() == waits_for_) return;
  waits_ = waits;
  waits_for_ = report.waiting_for();
  since_ = clock_.Monotonic();
}

bool StallWatch::stalled() const {
  const absl::MutexLock lock(&mutex_);
  return waits_ && clock_.Monotonic() - since_ > patience_;
}

}  // namespace accord
