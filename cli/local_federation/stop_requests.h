// Ctrl-C and its like as something that a wait can end by, so that what was started is stopped in order.
#pragma once

#include <signal.h>

#include <array>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/file.h"

namespace accord {

// While one lives, SIGINT, SIGTERM, SIGHUP and SIGPIPE (nobody reads the output any more) do not end the process but
// are counted here; a SIGHUP that was ignored (nohup) stays so. At most one lives at a time. All but Take and the
// destructor are thread-safe.
//
// By handlers and not by a signal mask: libraries have threads before main begins, and a signal that all of them but
// one block kills the process through that one.
class StopRequests {
 public:
  // FAILED_PRECONDITION when there is one already.
  static absl::StatusOr<std::unique_ptr<StopRequests>> Take();
  // Signals do again what they did before.
  ~StopRequests();
  StopRequests(const StopRequests&) = delete;
  StopRequests& operator=(const StopRequests&) = delete;

  // Readable from the first request on.
  int fd() const { return first_.get(); }
  // Readable from the second one on: whoever asks again does not want to wait for an orderly end.
  int again_fd() const { return second_.get(); }
  // OK, or CANCELLED with the signal's name once there was a request.
  absl::Status status() const;

 private:
  static constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
  StopRequests(UniqueFd first, UniqueFd second);

  const UniqueFd first_, second_;  // eventfds
  std::array<struct sigaction, 4> before_ = {};
};

}  // namespace accord
