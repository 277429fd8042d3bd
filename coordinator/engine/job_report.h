// The report of a job from what the store holds of it.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/store/job_store.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// Reports carry at most so many rounds, the latest ones: a report must fit into a message.
inline constexpr int kMaxReportedRounds = 5000;

// What a list of jobs shows: everything but rounds, sites, notes and spec. DATA_LOSS when the stored job is not one.
absl::StatusOr<v1::JobReport> SummariseJob(JobStore& jobs, const JobRecord& record);
// With rounds, sites and spec; notes are not written yet.
absl::StatusOr<v1::JobReport> LoadReport(JobStore& jobs, const JobRecord& record);
// Adds a round and what follows from it for the job as a whole.
void AddRound(const v1::RoundReport& round, v1::JobReport& report);
// The report as people get it: with its notes.
v1::JobReport WithNotes(v1::JobReport report);

// A peer's words, made fit for reports, logs and terminals: no control characters, at most `max_bytes`.
std::string PlainWords(absl::string_view text, size_t max_bytes = 500);

}  // namespace accord
