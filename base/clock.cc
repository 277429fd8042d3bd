#include "base/clock.h"

#include <chrono>

namespace accord {
namespace {

class SystemClock : public Clock {
 public:
  absl::Time Now() override { return absl::Now(); }
  absl::Duration Monotonic() override { return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()); }
};

}  // namespace

Clock& Clock::System() {
  static SystemClock* const clock = new SystemClock;  // never destroyed: threads may outlive main's statics
  return *clock;
}

}  // namespace accord
