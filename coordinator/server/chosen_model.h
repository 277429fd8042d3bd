// Which of a job's models somebody asks for.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "coordinator/store/store.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

struct ChosenModel {
  std::string name;    // of the object
  uint32_t round = 0;  // that made it; 0: none, the job began with it
};
// Of the job `record` with this spec; `round` 0: the latest. NOT_FOUND: a round that is not done.
absl::StatusOr<ChosenModel> ChooseModel(const JobRecord& record, const v1::JobSpec& spec, uint32_t round, Store& store);

// Whether somebody can ask for the model of this round of the job at all. NOT_FOUND: it is not done.
absl::Status CheckRoundIsDone(const std::string& job_id, uint32_t round, Store& store);

}  // namespace accord
