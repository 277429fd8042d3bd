#include "cli/rehearsal/trainer_watch.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "cli/local_federation/process_memory.h"

namespace accord {
namespace {

// How the coordinator says so of each such site, in what a job waits for.
constexpr absl::string_view kRefusesForGood = " does not take part: ";

uint64_t CountOf(absl::string_view what, absl::string_view text) {
  uint64_t count = 0;
  for (size_t at = text.find(what); at != text.npos; at = text.find(what, at + what.size())) ++count;
  return count;
}

}  // namespace

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
  // Every site has a trainer that holds LibTorch and does nothing else: the processes of jobs are forked from it. While
  // one still loads it the difference is too large; the last look tells.
  memory_.training_bytes = peak_address_bytes_ - least;
}

TrainerMemory TrainerWatch::memory() const {
  const absl::MutexLock lock(&mutex_);
  return memory_;
}

void SimulationWatch::Look() {
  const auto own = [](pid_t pid) -> uint64_t {
    const auto memory = MemoryOf(pid);
    return memory.ok() ? memory->own_bytes : 0;  // has just ended
  };
  const uint64_t coordinator = own(coordinator_), sites = own(sites_);
  uint64_t trainers = 0;
  for (const pid_t pid : Descendants(sites_, "accord-trainer")) trainers += own(pid);
  const absl::MutexLock lock(&mutex_);
  memory_.coordinator_bytes = std::max(memory_.coordinator_bytes, coordinator);
  memory_.sites_bytes = std::max(memory_.sites_bytes, sites);
  memory_.trainers_bytes = std::max(memory_.trainers_bytes, trainers);
  memory_.total_bytes = std::max(memory_.total_bytes, coordinator + sites + trainers);
}

SimulationMemory SimulationWatch::memory() const {
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
  const uint64_t refuse = CountOf(kRefusesForGood, waits_for_);
  hopeless_ = waits && sites_.needed > 0 && refuse > 0 && sites_.all < sites_.needed + refuse;
}

bool StallWatch::stalled() const {
  const absl::MutexLock lock(&mutex_);
  return waits_ && (hopeless_ || clock_.Monotonic() - since_ > patience_);
}

}  // namespace accord
