// One running trainer that has LibTorch loaded and one data set bound, and the processes forked from it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/daemon/training/process_keeper.h"
#include "client/daemon/training/sandbox.h"
#include "client/ipc/channel.h"
#include "proto/accord/v1/trainer.pb.h"
#include "trust/charter/data_version.h"

namespace accord {

using TrainingProgress = std::function<void(uint64_t done, uint64_t total)>;

// Waits for an answer other than progress, as long as each `silence` brings some progress. DEADLINE_EXCEEDED: it
// brought none; UNAVAILABLE: the other end is gone; INVALID_ARGUMENT: it sent what is no message.
absl::StatusOr<v1::TrainerMessage> AwaitAnswer(IpcChannel& channel, absl::Duration silence,
                                               const TrainingProgress& progress);

// Thread-safe. Killed with everything forked from it when it is destroyed.
class WarmTrainer {
 public:
  struct Options {
    SandboxPlan plan;  // without channel
    v1::Prepare prepare;
    std::string files_version;
    absl::Duration silence;
  };
  // Starts the program; Prepare must follow. `keeper` must outlive it.
  static absl::StatusOr<std::shared_ptr<WarmTrainer>> Start(ProcessKeeper& keeper, Options options);
  ~WarmTrainer();

  // Waits until LibTorch is loaded. UNAVAILABLE with the trainer's last words when it ends or hangs instead.
  absl::Status Prepare();
  // A process for the job `process_id`, at the other end of `channel`. `data`: the data set that it is for; null: the
  // one that this trainer was prepared for. UNAVAILABLE when this trainer is dead.
  absl::Status Fork(const std::string& process_id, const IpcChannel& channel, const v1::Prepare* data = nullptr);
  // Kills the job's process if it still runs, and says how it ended, in words. Never fails: a warm process that cannot
  // answer is killed as a whole.
  std::string EndJob(const std::string& process_id);
  // Reads the data whole. Only for a trainer that is kept for nothing else. `rows_fd`: where a reader's rows come from;
  // negative: there is none.
  absl::StatusOr<v1::DataReport> CheckData(const v1::DataSchema* schema, int rows_fd, const TrainingProgress& progress);
  // What the data set is made of, as hashes. Only for a trainer that is kept for nothing else.
  absl::StatusOr<std::vector<DataPart>> HashData(const TrainingProgress& progress);
  // At once, from any thread, also while another call waits.
  void Kill();

  bool alive() const;
  const std::string& files_version() const { return options_.files_version; }

 private:
  WarmTrainer(Options options, IpcChannel channel, std::shared_ptr<KeptProcess> process);
  absl::StatusOr<v1::TrainerMessage> Exchange(const v1::DaemonMessage& message, absl::Span<const int> descriptors,
                                              absl::Duration silence, const TrainingProgress& progress)
      ABSL_LOCKS_EXCLUDED(exchange_mutex_);
  absl::Status Dead(const absl::Status& why);

  const Options options_;
  const std::shared_ptr<KeptProcess> process_;
  absl::Mutex exchange_mutex_;  // one question and its answer at a time
  IpcChannel channel_;          // Kill shuts it down from any thread
  mutable absl::Mutex mutex_;
  bool alive_ ABSL_GUARDED_BY(mutex_) = true;
};

}  // namespace accord
