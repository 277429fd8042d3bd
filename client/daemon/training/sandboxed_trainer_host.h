// TrainerHost over real processes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "client/daemon/training/trainer_host.h"
#include "client/daemon/training/warm_trainer.h"

namespace accord {

class SandboxedTrainerHost : public TrainerHost {
 public:
  // `mappings`: by data set, with absolute paths. `sink` gets what the trainers print.
  SandboxedTrainerHost(TrainerHostOptions options, std::map<std::string, v1::DatasetMapping> mappings, LineSink sink);
  ~SandboxedTrainerHost() override;

  absl::Status Warm() override;
  absl::StatusOr<ComputeResult> Compute(const ComputeRequest& request, const TrainingProgress& progress) override;
  void EndJob(absl::string_view job_id) override;
  void EndAll() override;
  absl::StatusOr<v1::DataReport> CheckData(absl::string_view dataset, const v1::DataSchema* schema) override;

 private:
  // A job's process and the channel to it.
  struct Job {
    explicit Job(std::string id) : process_id(std::move(id)) {}
    const std::string process_id;  // of one process of the job, never used twice
    absl::Mutex mutex;
    bool ended ABSL_GUARDED_BY(mutex) = false;
    std::shared_ptr<WarmTrainer> warm ABSL_GUARDED_BY(mutex);    // null until it is forked
    std::shared_ptr<IpcChannel> channel ABSL_GUARDED_BY(mutex);  // shared: End shuts it down while Compute waits on it
  };
  // The place of a data set's warm trainer.
  struct Slot {
    absl::Mutex mutex;
    std::shared_ptr<WarmTrainer> warm ABSL_GUARDED_BY(mutex);
  };

  absl::StatusOr<std::shared_ptr<WarmTrainer>> StartTrainer(const std::string& dataset);
  absl::StatusOr<std::shared_ptr<WarmTrainer>> WarmFor(const std::string& dataset);
  // Of the files as they are now.
  std::string VersionOf(const std::string& dataset) const;
  std::shared_ptr<Job> FindOrAdd(const std::string& job_id) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status CheckLimits(const v1::JobSpec& spec) const;
  absl::Status StartJob(const ComputeRequest& request, Job& job, const TrainingProgress& progress);
  absl::StatusOr<v1::TrainerMessage> Ask(Job& job, const v1::DaemonMessage& message, absl::Span<const int> descriptors,
                                         const TrainingProgress& progress);
  absl::StatusOr<v1::TrainerMessage> AskToCompute(const ComputeRequest& request, Job& job,
                                                  const TrainingProgress& progress);
  // Ends the process and returns how it ended.
  std::string End(Job& job);
  void Forget(const std::string& job_id, const std::shared_ptr<Job>& job) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Duration silence() const;

  const TrainerHostOptions options_;
  const std::map<std::string, v1::DatasetMapping> mappings_;
  ProcessKeeper keeper_;
  std::map<std::string, Slot> slots_;  // by data set, "" for drills; fixed after construction
  absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<Job>> jobs_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<WarmTrainer>> started_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_process_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace accord
