#include "coordinator/engine/counted_steps.h"

#include <algorithm>
#include <limits>

#include "aggregation/programs/kept_state.h"
#include "base/status.h"

namespace accord {

absl::StatusOr<CountedSteps> CountedSteps::Load(const v1::JobSpec& spec, const std::string& job_id, JobStore& jobs) {
  CountedSteps counted;
  counted.counts_ = KeptBy(spec) != Kept::kNothing;
  if (!counted.counts_) return counted;
  ACCORD_ASSIGN_OR_RETURN(const std::vector<v1::RoundReport> rounds,
                          jobs.Rounds(job_id, std::numeric_limits<int>::max()));
  for (const v1::RoundReport& round : rounds) counted.Add(round);
  return counted;
}

void CountedSteps::Add(const v1::RoundReport& round) {
  if (!counts_ || round.kind() != v1::STEP_TRAIN || round.outcome() != v1::ROUND_FINISHED) return;
  for (const std::string& site : round.sites()) steps_[site] = round.step() + 1;
}

std::vector<uint32_t> CountedSteps::Of(absl::Span<const std::string> cohort) const {
  std::vector<uint32_t> steps;
  if (!counts_) return steps;
  std::vector<std::string> sites(cohort.begin(), cohort.end());
  std::sort(sites.begin(), sites.end());
  for (const std::string& site : sites) {
    const auto found = steps_.find(site);
    steps.push_back(found == steps_.end() ? 0 : found->second);
  }
  return steps;
}

}  // namespace accord
