// What the log says of jobs: the drafts of its entries.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/store/job_store.h"
#include "coordinator/store/log_store.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// INVALID_ARGUMENT: a model's name is no digest.
absl::StatusOr<std::vector<LogDraft>> DraftsOfJob(const JobRecord& job);
// `report`: the bytes of its report.
absl::StatusOr<std::vector<LogDraft>> DraftsOfRound(const RoundClose& close, absl::string_view report, bool made_model);
LogDraft DraftOfAbandoned(const std::string& job_id, absl::string_view report);
LogDraft DraftOfEnd(const std::string& job_id, v1::JobState state, uint32_t kept_round);

}  // namespace accord
