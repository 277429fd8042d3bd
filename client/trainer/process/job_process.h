// A job's own process, forked from the warm one: holds the job's rows and model between rounds and computes its steps.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/file.h"
#include "client/ipc/channel.h"
#include "client/trainer/data/job_data.h"
#include "client/trainer/process/progress_reporter.h"
#include "client/trainer/process/step_memory.h"
#include "client/trainer/programs/own_comparison.h"
#include "client/trainer/programs/step_vector.h"
#include "models/model.h"
#include "proto/accord/v1/trainer.pb.h"

namespace accord {

// Not thread-safe. Whatever the daemon sends is checked: a wrong message gets a Failed answer, never an abort.
class JobProcess {
 public:
  // `prepare`: the data set that is bound; its mapping is empty for drills.
  JobProcess(IpcChannel channel, v1::Prepare prepare);

  // Serves until the daemon closes its end. Returns the process's exit code.
  int Run();

 private:
  absl::Status Serve(const v1::DaemonMessage& message, std::vector<UniqueFd> descriptors);
  absl::Status Load(const v1::LoadJob& job, std::vector<UniqueFd> descriptors);
  absl::Status TakeDescriptors(const v1::LoadJob& job, std::vector<UniqueFd> descriptors);
  absl::Status RememberFirstWeights();
  absl::Status LoadRows();
  // Rows as they were read again, after they had been standardised.
  absl::Status MakeRowsRaw();
  absl::Status CheckModelOnOneRow();
  absl::Status CheckRowsOfRegression() const;
  absl::Status CheckFewestRows(const v1::ComputeStep& step) const;
  uint64_t NumTrainRows() const;
  absl::Status Compute(const v1::ComputeStep& step, const std::vector<UniqueFd>& descriptors);
  absl::StatusOr<v1::Computed> Fill(const v1::ComputeStep& step, const StepMemory& memory, StepVector& vector);
  absl::Status FillBlocks(const v1::ComputeStep& step, const StepMemory& memory, StepVector& vector,
                          v1::Computed& computed);
  absl::Status FillTrain(const v1::ComputeStep& step, const StepMemory& memory, StepVector& vector,
                         v1::Computed& computed);
  // How the common model after `round` rounds (0: the last one) does here; for the daemon's log, which stays here.
  void TellOperator(const EvaluationSums& common, uint32_t round) const;
  absl::Status StandardiseRows(const v1::ColumnStatistics& statistics);
  absl::Status SendFailure(const absl::Status& status);

  IpcChannel channel_;
  ProgressReporter progress_;
  const v1::Prepare prepare_;
  std::string site_;
  v1::JobSpec spec_;
  bool loaded_ = false;
  std::unique_ptr<Model> model_;  // none for drills and regressions by newton
  std::vector<float> first_weights_;  // local_gain: with which a model trained alone begins; empty: nobody knows here
  StepMappings memory_;
  UniqueFd scratch_;  // for rows that do not fit in memory
  uint64_t scratch_bytes_ = 0;
  UniqueFd rows_;  // where a database's rows come from, until they are read
  JobData data_;
  OwnComparison comparison_;
  bool rows_are_raw_ = false;
  bool rows_are_lost_ = false;      // reading them again failed, and the former ones are gone
  std::string applied_statistics_;  // serialised; with which data_ is standardised when it is not raw
};

}  // namespace accord
