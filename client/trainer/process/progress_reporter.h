// Tells the daemon that work goes on, not more often than it helps.
#pragma once

#include <cstdint>

#include "absl/time/time.h"
#include "client/ipc/channel.h"

namespace accord {

// Called from the work itself, never from a timer: a stuck computation must look stuck. Not thread-safe.
class ProgressReporter {
 public:
  explicit ProgressReporter(IpcChannel& channel) : channel_(channel) {}
  // Sends at most ten messages a second, but always the last one of a piece of work (done == total).
  void Report(uint64_t done, uint64_t total);

 private:
  IpcChannel& channel_;
  absl::Time last_sent_ = absl::InfinitePast();
};

}  // namespace accord
