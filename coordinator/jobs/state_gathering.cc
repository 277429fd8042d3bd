// Gathering: min_sites are ready, target_sites not yet; or an attempt has just failed and the next one holds back. Ends
// when the target is reached, all that there are have come or gather_s are over, or back in Waiting when too many leave
// or another job's turn comes.
#include <algorithm>

#include "coordinator/jobs/job_machine_impl.h"

namespace accord {

void JobMachine::Impl::ConsiderCollecting(absl::Duration now, Actions& actions) {
  const std::vector<std::string> cohort = Candidates();
  if (!SufficeToStart(cohort) || !WhyNotNow().empty()) {
    phase = Phase::kWaiting;
    return ConsiderGathering(now, actions);
  }
  if (now >= GatheringWakeup()) return StartAttempt(cohort, now, actions);
  Tell(v1::JOB_WAITING, "", WaitingWords(), actions);
}

void JobMachine::Impl::StartAttempt(const std::vector<std::string>& cohort, absl::Duration now, Actions& actions) {
  if (secure && !EpochFits(cohort)) return EnterKeying(cohort, now, actions);
  NumberAttempt(cohort, now);
  EnterCollecting(cohort, now, actions);
}

absl::Duration JobMachine::Impl::GatheringWakeup() const {
  if (bound.has_value() || !turn_of.empty() || Candidates().size() >= limits.target_sites || EverybodyIsReady())
    return not_before;
  return std::max(gather_ends, not_before);
}

// Who is connected and has not approved the job's order yet may still come, as may who is not connected. Who waits for
// its people may need hours: no round of the others is held up for that.
bool JobMachine::Impl::EverybodyIsReady() const {
  if (known.empty()) return false;
  const std::set<std::string>& all = invited.empty() ? known : invited;
  return std::all_of(all.begin(), all.end(), [&](const std::string& site) {
    return (ready.contains(site) && HasApproved(site)) || !MayTakePart(site);  // one that is deferred is ready
  });
}

}  // namespace accord
