// The trainers of a simulation: one warm trainer, whose sandbox shows all sites' rows, and at most so many processes
// forked from it as may run at a time. A process computes for one site and job; it stays for the next step of the same
// ones until another needs its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "client/daemon/training/job_link.h"
#include "client/daemon/training/process_keeper.h"
#include "client/daemon/training/trainer_host.h"
#include "client/daemon/training/warm_trainer.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/trainer.pb.h"

namespace accord {

// Thread-safe.
class TrainerPool {
 public:
  struct Options {
    std::string trainer_path;
    v1::Sandbox sandbox;    // of every site
    std::string rows = {};  // absolute path of the folder with all sites' data files; empty: there are none (drills)
    size_t processes = 1;   // at least 1
  };
  // NOT_FOUND: no bwrap, no trainer.
  static absl::StatusOr<std::unique_ptr<TrainerPool>> Create(Options options, LineSink sink);
  // All sites' hosts must be gone.
  ~TrainerPool();

  // `mapping`, with absolute paths below `rows`, as the trainer's process is told of it. INVALID_ARGUMENT: a file is
  // somewhere else.
  absl::StatusOr<v1::Prepare> DataOf(const std::string& dataset, const v1::DatasetMapping& mapping) const;

  // Starts the warm trainer if it does not run.
  absl::Status Warm();
  // As TrainerHost::Compute; waits for a place, and reports that as progress. `data` may be null.
  absl::StatusOr<ComputeResult> Compute(const std::string& site, const v1::Prepare* data, const ComputeRequest& request,
                                        const TrainingProgress& progress) ABSL_LOCKS_EXCLUDED(mutex_);
  // As TrainerHost::EndJob and EndAll, of this site alone.
  void EndJob(const std::string& site, const std::string& job_id) ABSL_LOCKS_EXCLUDED(mutex_);
  void EndSite(const std::string& site) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Key = std::pair<std::string, std::string>;  // site and job
  using Link = std::shared_ptr<JobLink>;            // shared: ended from one thread while another computes

  TrainerPool(Options options, LineSink sink);
  absl::StatusOr<std::shared_ptr<WarmTrainer>> RunningTrainer() ABSL_LOCKS_EXCLUDED(warm_mutex_);
  // A process of this key, new or not, that nobody else uses until LeavePlace. Null: its job was ended meanwhile.
  Link TakePlace(const Key& key, const TrainingProgress& progress) ABSL_LOCKS_EXCLUDED(mutex_);
  // Ends the process unless `ok` and nobody has ended its job meanwhile. Whether it stays.
  bool LeavePlace(const Key& key, const Link& link, bool ok) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<ComputeResult> StartAndCompute(const std::string& site, const v1::Prepare* data,
                                                const ComputeRequest& request, JobLink& link,
                                                const TrainingProgress& progress);

  const Options options_;
  ProcessKeeper keeper_;
  absl::Mutex warm_mutex_;
  std::shared_ptr<WarmTrainer> warm_ ABSL_GUARDED_BY(warm_mutex_);
  absl::Mutex mutex_;
  uint64_t next_process_ ABSL_GUARDED_BY(mutex_) = 0;
  std::multimap<Key, Link> waiting_ ABSL_GUARDED_BY(mutex_);  // for a place; ended ones leave by themselves
  std::map<Key, Link> busy_ ABSL_GUARDED_BY(mutex_);
  std::list<std::pair<Key, Link>> idle_ ABSL_GUARDED_BY(mutex_);  // the one that was used last is the last one
};

// What one site of the simulation sees of the pool.
class PooledTrainerHost : public TrainerHost {
 public:
  // `data`: by data set. `pool` outlives it.
  PooledTrainerHost(TrainerPool& pool, std::string site, std::map<std::string, v1::Prepare> data)
      : pool_(pool), site_(std::move(site)), data_(std::move(data)) {}
  ~PooledTrainerHost() override { pool_.EndSite(site_); }

  absl::Status Warm() override { return pool_.Warm(); }
  absl::StatusOr<ComputeResult> Compute(const ComputeRequest& request, const TrainingProgress& progress) override;
  void EndJob(absl::string_view job_id) override { pool_.EndJob(site_, std::string(job_id)); }
  void EndAll() override { pool_.EndSite(site_); }
  absl::StatusOr<v1::DataReport> CheckData(absl::string_view dataset, const v1::DataSchema* schema) override;

 private:
  TrainerPool& pool_;
  const std::string site_;
  const std::map<std::string, v1::Prepare> data_;
};

}  // namespace accord
