#include "cli/local_federation/stop_requests.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace accord {
namespace {

// What the handler may touch. -1 while no StopRequests lives.
std::atomic<int> first_fd = -1;
std::atomic<int> second_fd = -1;
std::atomic<int> first_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler must not wait for a lock");

void TakeNote(int signal) {
  const int saved_errno = errno;
  int none = 0;
  const bool is_first = first_signal.compare_exchange_strong(none, signal);
  const uint64_t one = 1;
  // A full eventfd is readable already: nothing is lost with a write that fails.
  [[maybe_unused]] const ssize_t written = write(is_first ? first_fd.load() : second_fd.load(), &one, sizeof(one));
  errno = saved_errno;
}

}  // namespace

absl::StatusOr<std::unique_ptr<StopRequests>> StopRequests::Take() {
  if (first_fd.load() >= 0) return absl::FailedPreconditionError("requests to stop are taken already");
  UniqueFd first(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  UniqueFd second(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!first.valid() || !second.valid()) return ErrnoError("make", "an eventfd");
  return std::unique_ptr<StopRequests>(new StopRequests(std::move(first), std::move(second)));
}

StopRequests::StopRequests(UniqueFd first, UniqueFd second) : first_(std::move(first)), second_(std::move(second)) {
  first_fd = first_.get();
  second_fd = second_.get();
  first_signal = 0;
  struct sigaction action = {};
  action.sa_handler = TakeNote;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < before_.size(); ++i) {
    sigaction(kSignals[i], nullptr, &before_[i]);
    if (kSignals[i] == SIGHUP && before_[i].sa_handler == SIG_IGN) continue;
    sigaction(kSignals[i], &action, nullptr);
  }
}

StopRequests::~StopRequests() {
  for (size_t i = 0; i < before_.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  first_fd = -1;
  second_fd = -1;
}

absl::Status StopRequests::status() const {
  const int signal = first_signal.load();
  if (signal == 0) return absl::OkStatus();
  switch (signal) {
    case SIGINT:
      return absl::CancelledError("stopped by Ctrl-C (SIGINT)");
    case SIGHUP:
      return absl::CancelledError("stopped because the terminal is gone (SIGHUP)");
    case SIGPIPE:
      return absl::CancelledError("stopped because nobody reads the output any more (SIGPIPE)");
    default:
      return absl::CancelledError("stopped by SIGTERM");
  }
}

}  // namespace accord
