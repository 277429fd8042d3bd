// Sums that an earlier job has left and that serve again. Columns are summed without regard to any model, and a site
// that has signed such a sum over certain sites sums its data set with no others
// (aggregation/secure/site/another_attempt.h): where one of these has left, the sum that there is must do.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "coordinator/store/job_store.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

struct EarlierSum {
  std::string job_id;
  v1::RoundReport round;
  v1::ColumnStatistics statistics;
};

// The latest standardisation over exactly `sites` (ascending) of a job whose data are described as those of `spec`, to
// the bit, whose sites counted as many rows at most and whose sums were secure; nullopt where there is none among the
// latest kMaxJobsSearched that were standardised, or fewer sites than the job's sums must have: those that may collude
// and two more. A job of more than kMaxReportedRounds rounds is not found,
// and one whose record is damaged is passed over, with a line in the log.
absl::StatusOr<std::optional<EarlierSum>> FindEarlierSum(JobStore& jobs, const v1::JobSpec& spec,
                                                         absl::Span<const std::string> sites);
inline constexpr int kMaxJobsSearched = 1000;

// `round` as the report of a step for which `earlier` served again.
v1::RoundReport ReportOfReuse(v1::RoundReport round, const EarlierSum& earlier);

}  // namespace accord
