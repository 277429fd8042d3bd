#include "coordinator/engine/earlier_sum.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/attempt_terms.h"
#include "base/status.h"
#include "coordinator/engine/job_report.h"
#include "spdlog/spdlog.h"

namespace accord {
namespace {

bool IsOver(const v1::RoundReport& round, absl::Span<const std::string> sites) {
  return round.kind() == v1::STEP_STANDARDISE && round.outcome() == v1::ROUND_FINISHED &&
         std::equal(round.sites().begin(), round.sites().end(), sites.begin(), sites.end());
}

}  // namespace

absl::StatusOr<std::optional<EarlierSum>> FindEarlierSum(JobStore& jobs, const v1::JobSpec& spec,
                                                         absl::Span<const std::string> sites) {
  // Made by this program in one way: equal descriptions have equal bytes.
  const std::string wanted = spec.data().SerializeAsString();
  if (sites.size() < ColludingOrganisationsOf(spec) + 2) return std::nullopt;
  int num_damaged = 0;
  ACCORD_ASSIGN_OR_RETURN(std::vector<JobRecord> standardised, jobs.ListStandardised(kMaxJobsSearched, num_damaged));
  std::optional<EarlierSum> earlier_sum;
  for (JobRecord& record : standardised) {
    v1::JobSpec earlier;
    if (!earlier.ParseFromString(record.spec_bytes)) {
      ++num_damaged;
      continue;
    }
    if (earlier.data().SerializeAsString() != wanted) continue;
    if (!HasSecureSum(earlier)) continue;
    if (earlier.aggregation().max_rows_per_site() != spec.aggregation().max_rows_per_site()) continue;
    auto rounds = jobs.Rounds(record.id, kMaxReportedRounds);
    if (absl::IsDataLoss(rounds.status())) {
      ++num_damaged;
      continue;
    }
    ACCORD_RETURN_IF_ERROR(rounds.status());
    const auto found = std::find_if(rounds->begin(), rounds->end(),
                                    [sites](const v1::RoundReport& round) { return IsOver(round, sites); });
    if (found == rounds->end()) continue;
    earlier_sum = EarlierSum{record.id, std::move(*found), *std::move(record.statistics)};
    break;
  }
  if (num_damaged > 0) {
    spdlog::error(
        "{} stored jobs are damaged and were passed over where an earlier sum was looked for; restore state_dir from a "
        "backup",
        num_damaged);
  }
  return earlier_sum;
}

v1::RoundReport ReportOfReuse(v1::RoundReport round, const EarlierSum& earlier) {
  *round.mutable_sites() = earlier.round.sites();
  *round.mutable_postures() = earlier.round.postures();
  *round.mutable_metrics() = earlier.round.metrics();
  round.set_sum_of_job(earlier.round.sum_of_job().empty() ? earlier.job_id : earlier.round.sum_of_job());
  round.set_protection(absl::StrCat("no site uploaded anything: a sum that was opened before serves again (",
                                    earlier.round.protection(), ")"));
  return round;
}

}  // namespace accord
