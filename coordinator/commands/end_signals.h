// Signals that end a program which serves until it is told to stop.
#pragma once

#include <signal.h>

#include "absl/time/time.h"
#include "spdlog/spdlog.h"

namespace accord {

// Taken by WaitFor() instead of by a handler. Before any thread starts: threads inherit it.
class EndSignals {
 public:
  EndSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  // True when one has come, false when none has for so long.
  bool WaitFor(absl::Duration patience) {
    const timespec limit = absl::ToTimespec(patience);
    const int signal = sigtimedwait(&signals_, nullptr, &limit);
    if (signal > 0) spdlog::info("{}: ending", signal == SIGTERM ? "SIGTERM" : "SIGINT");
    return signal > 0;
  }

 private:
  sigset_t signals_;
};

}  // namespace accord
