#include "base/process_tuning.h"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include "absl/synchronization/mutex.h"

namespace accord {

void TuneProcess() {
  // Setting the first also keeps glibc from adapting it. Refusals cost speed only.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  // An arena for each processor instead of eight: every arena keeps what was once in flight in it, so that a process of
  // many threads goes on growing for as long as another arena has not had its largest moment yet.
  mallopt(M_ARENA_MAX, std::max(2, static_cast<int>(std::thread::hardware_concurrency())));
#ifdef NDEBUG
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
#endif
}

void RaiseOpenFileLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace accord
