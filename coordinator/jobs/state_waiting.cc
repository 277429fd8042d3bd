// Waiting and Gathering: nobody has a plan. Waiting until min_sites are ready; then Gathering, for at most gather_s,
// until target_sites are.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "coordinator/jobs/job_machine_impl.h"

namespace accord {

void JobMachine::Impl::EnterWaiting(absl::Duration now, Actions& actions) {
  phase = Phase::kWaiting;
  members.clear();
  patience_ends = now + limits.patience;
  if (FailIfHopeless(actions)) return;
  ConsiderStarting(now, actions);
}

void JobMachine::Impl::ConsiderStarting(absl::Duration now, Actions& actions) {
  const std::vector<std::string> cohort = Candidates();
  if (cohort.size() < limits.min_sites) {
    phase = Phase::kWaiting;
    const std::string words = WaitingWords();
    if (now >= patience_ends) {
      return Finish(v1::JOB_FAILED, absl::StrCat("gave up after ", absl::FormatDuration(limits.patience), ": ", words),
                    actions);
    }
    return Tell(v1::JOB_WAITING, "", words, actions);
  }
  if (phase == Phase::kWaiting) {
    phase = Phase::kGathering;
    gather_ends = now + limits.gather;
  }
  const bool enough = cohort.size() >= limits.target_sites || now >= gather_ends || now >= patience_ends;
  if (enough && now >= not_before) return EnterCollecting(cohort, now, actions);
  // With the target reached there is nothing more to gather: only the back-off holds the round up.
  if (enough) gather_ends = std::min(gather_ends, now);
  Tell(v1::JOB_WAITING, "", WaitingWords(), actions);
}

std::string JobMachine::Impl::WaitingWords() const {
  const std::vector<std::string> here = Candidates();
  std::string words;
  if (here.size() < limits.min_sites) {
    const size_t lacking = limits.min_sites - here.size();
    words = absl::StrCat("waits for ", lacking, lacking == 1 ? " more site" : " more sites");
  } else if (here.size() < limits.target_sites) {
    words = absl::StrCat("enough sites are ready, waits up to ", absl::FormatDuration(limits.gather), " for ",
                         limits.target_sites);
  } else {
    words = "tries again shortly";
  }
  absl::StrAppend(&words, " (needed: ", limits.min_sites,
                  "; ready: ", here.empty() ? "none" : absl::StrJoin(here, ", "));
  for (const std::string& site : invited) {
    if (!ready.contains(site) && !absent.contains(site) && !excluded.contains(site)) {
      absl::StrAppend(&words, "; ", site, ": not connected");
    }
  }
  for (const auto& [site, why] : absent) {
    if (MayTakePart(site)) absl::StrAppend(&words, "; ", site, ": ", why);
  }
  for (const auto& [site, why] : excluded) absl::StrAppend(&words, "; ", site, " does not take part: ", why);
  return absl::StrCat(words, ")");
}

}  // namespace accord
