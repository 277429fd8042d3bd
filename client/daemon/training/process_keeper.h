// Starts trainers, and the signer of a site with a token, hands what they print to the log, and ends them.
//
// One thread does all the starting and lives as long as the keeper: a process that asked to die with its parent
// (prctl PR_SET_PDEATHSIG) dies with the thread that started it, so that must not be a thread that comes and goes.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/file.h"
#include "client/daemon/training/line_log.h"

namespace accord {

struct SpawnRequest {
  std::string name;                      // in the log
  std::vector<std::string> arguments;    // arguments[0]: path of the program
  std::vector<std::string> environment;  // all of it, "NAME=value"
  int channel_fd = -1;                   // becomes descriptor kChannelFd; nothing else is passed but standard error
};

inline constexpr int kChannelFd = 3;

// A running program. Killed and reaped when the last owner lets go: several threads may wait for one trainer.
// Thread-safe.
class KeptProcess {
 public:
  ~KeptProcess();
  // At once, whatever it does.
  void Kill();
  // Waits at most `timeout` for its end (its standard error is closed) and returns the last line it printed, "" if
  // none.
  std::string LastWords(absl::Duration timeout);

 private:
  friend class ProcessKeeper;
  KeptProcess(std::string name, LineSink sink) : log_(std::move(name), std::move(sink)) {}
  LineLog log_;  // used by the keeper's thread only, until ended_
  absl::Notification ended_;
  pid_t pid_ = -1;
  UniqueFd pidfd_;
  UniqueFd stderr_;
};

// Thread-safe.
class ProcessKeeper {
 public:
  // `sink` gets every line that a process prints, from the keeper's thread.
  explicit ProcessKeeper(LineSink sink);
  // Processes that are still held by others lose their log, not their life.
  ~ProcessKeeper();

  // NOT_FOUND or the like when the program cannot be started.
  absl::StatusOr<std::shared_ptr<KeptProcess>> Spawn(const SpawnRequest& request);

 private:
  struct Order {
    const SpawnRequest* request;
    absl::StatusOr<std::shared_ptr<KeptProcess>> result;
    absl::Notification done;
  };
  void Run();
  void TakeOrders();
  void ReadFrom(int fd);
  absl::StatusOr<std::shared_ptr<KeptProcess>> Start(const SpawnRequest& request);

  LineSink sink_;
  UniqueFd wake_;
  absl::Mutex mutex_;
  std::vector<Order*> orders_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // By standard error; the thread's own. An entry stays until that end is closed, so the log is read to its end.
  std::map<int, std::shared_ptr<KeptProcess>> reading_;
  std::thread thread_;
};

}  // namespace accord
