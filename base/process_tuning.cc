#include "base/process_tuning.h"

#include <malloc.h>

#include "absl/synchronization/mutex.h"

namespace accord {

void TuneProcess() {
  // Setting the first also keeps glibc from adapting it. Refusals cost speed only.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
#ifdef NDEBUG
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
#endif
}

}  // namespace accord
