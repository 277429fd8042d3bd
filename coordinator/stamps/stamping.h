// The coordinator's time stamps at work: what coordinator.yaml says of them, and the thread that asks.
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "coordinator/stamps/stamp_board.h"
#include "coordinator/stamps/stamp_keeper.h"
#include "coordinator/stamps/stamp_transport.h"
#include "coordinator/store/federation_log.h"
#include "proto/accord/v1/coordinator_config.pb.h"

namespace accord {

class Stamping {
 public:
  // Reads the authority's roots and the last stored stamp; asks nobody yet. `log` and `clock` outlive it.
  // INVALID_ARGUMENT, NOT_FOUND: a file that the configuration names, and what was expected in it.
  static absl::StatusOr<std::unique_ptr<Stamping>> Prepare(const v1::TimeStamps& config, FederationLog& log,
                                                           Clock& clock = Clock::System());
  ~Stamping() { End(); }

  const StampBoard& board() const { return board_; }
  // Starts the thread. `changed` is called on it, after each try.
  void Begin(std::function<void()> changed);
  // Gives up a request that is under way, and waits for the thread. Idempotent.
  void End();

 private:
  Stamping(const v1::TimeStamps& config, StampAuthority authority, std::unique_ptr<StampTransport> transport,
           FederationLog& log, Clock& clock);
  void Run();

  StampBoard board_;
  const std::unique_ptr<StampTransport> transport_;
  std::function<void()> changed_ = [] {};
  StampKeeper keeper_;
  absl::Mutex mutex_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace accord
