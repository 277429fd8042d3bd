// TrainerHost over real processes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "client/daemon/training/job_link.h"
#include "client/daemon/training/query_reader.h"
#include "client/daemon/training/scratch_file.h"
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
  absl::StatusOr<std::vector<DataPart>> HashData(absl::string_view dataset) override;

 private:
  // The place of a data set's warm trainer.
  struct Slot {
    absl::Mutex mutex;
    std::shared_ptr<WarmTrainer> warm ABSL_GUARDED_BY(mutex);
  };

  absl::StatusOr<std::shared_ptr<WarmTrainer>> StartTrainer(const std::string& dataset);
  absl::StatusOr<std::shared_ptr<WarmTrainer>> WarmFor(const std::string& dataset);
  // Where a database server holds the data set: who asks it. Else null.
  absl::StatusOr<std::unique_ptr<QueryReader>> StartReader(const std::string& dataset);
  // Of the files as they are now.
  std::string VersionOf(const std::string& dataset) const;
  std::shared_ptr<JobLink> FindOrAdd(const std::string& job_id) ABSL_LOCKS_EXCLUDED(mutex_);
  ScratchFile ScratchFor(const ComputeRequest& request, const std::shared_ptr<JobLink>& job)
      ABSL_LOCKS_EXCLUDED(scratch_mutex_);
  absl::StatusOr<ComputeResult> StartAndCompute(const ComputeRequest& request, const std::shared_ptr<JobLink>& job,
                                                const TrainingProgress& progress);
  void Forget(const std::string& job_id, const std::shared_ptr<JobLink>& job) ABSL_LOCKS_EXCLUDED(mutex_);

  const TrainerHostOptions options_;
  const std::map<std::string, v1::DatasetMapping> mappings_;
  ProcessKeeper keeper_;
  std::map<std::string, Slot> slots_;  // by data set, "" for drills; fixed after construction
  absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<JobLink>> jobs_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<WarmTrainer>> started_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_process_ ABSL_GUARDED_BY(mutex_) = 0;
  // What each job's process may write at most, as long as there is a process: how much it has written is not asked.
  absl::Mutex scratch_mutex_;
  std::vector<std::pair<std::weak_ptr<JobLink>, uint64_t>> granted_ ABSL_GUARDED_BY(scratch_mutex_);
};

}  // namespace accord
