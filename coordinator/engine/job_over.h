// The word that a job is over, which makes sites delete what they keep of it: said only where the store says so.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "coordinator/store/job_store.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

// Finished, failed or cancelled.
bool IsFinalState(v1::JobState state);

// To `site`, which asks about a job that does not run here: nullopt for one that is stored as unfinished, for it may be
// taken up yet. Of a job that is not stored at all nobody knows what counted. Errors of the store: say nothing.
absl::StatusOr<std::optional<v1::PlanEnd>> WordOfJobsEnd(JobStore& jobs, const std::string& site,
                                                         const std::string& job_id);

}  // namespace accord
