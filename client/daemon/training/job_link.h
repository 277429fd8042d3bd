// One job's process, forked from a warm trainer, and the channel to it.
#pragma once

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "client/daemon/training/trainer_host.h"
#include "client/daemon/training/warm_trainer.h"
#include "client/ipc/channel.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/trainer.pb.h"

namespace accord {

// What these fields mean where they are not set.
uint32_t MemoryMibOf(const v1::Sandbox& sandbox);
uint64_t MaxDataBytesOf(const v1::Sandbox& sandbox);
absl::Duration SilenceOf(const v1::Sandbox& sandbox);
bool IsSandboxed(const v1::Sandbox& sandbox);

// Has a job's process load the request's job for `site`. INVALID_ARGUMENT: its bytes are no job; FAILED_PRECONDITION:
// it wants more memory or threads than the site allows.
absl::StatusOr<v1::DaemonMessage> LoadMessage(const ComputeRequest& request, const std::string& site,
                                              const v1::Sandbox& sandbox);

// Thread-safe: one Start or Compute at a time, the others from any thread meanwhile.
class JobLink {
 public:
  // `process_id`: of one process, never used twice. `silence`: a process that makes no progress for so long is killed.
  JobLink(std::string process_id, absl::Duration silence) : process_id_(std::move(process_id)), silence_(silence) {}

  bool started() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Forks the process and waits until it has loaded the job and its rows. `descriptors`: those that go with `load`.
  // `data`: as WarmTrainer::Fork. Errors as those of TrainerHost::Compute; the process is of no use after one.
  absl::Status Start(const std::shared_ptr<WarmTrainer>& warm, const v1::DaemonMessage& load,
                     absl::Span<const int> descriptors, const v1::Prepare* data, const TrainingProgress& progress);
  // As TrainerHost::Compute, once it is started.
  absl::StatusOr<ComputeResult> Compute(const ComputeRequest& request, const TrainingProgress& progress);
  // Ends the process and returns how it ended.
  std::string End() ABSL_LOCKS_EXCLUDED(mutex_);
  // A running Compute fails, and the failure is nobody's but the caller's: ended() says so. The process goes with End
  // or with its warm trainer.
  void Abandon() ABSL_LOCKS_EXCLUDED(mutex_);
  bool ended() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::StatusOr<v1::TrainerMessage> Ask(const v1::DaemonMessage& message, absl::Span<const int> descriptors,
                                         const TrainingProgress& progress) ABSL_LOCKS_EXCLUDED(mutex_);

  const std::string process_id_;
  const absl::Duration silence_;
  mutable absl::Mutex mutex_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<WarmTrainer> warm_ ABSL_GUARDED_BY(mutex_);    // null until it is forked
  std::shared_ptr<IpcChannel> channel_ ABSL_GUARDED_BY(mutex_);  // shared: End shuts it down while Compute waits on it
};

}  // namespace accord
