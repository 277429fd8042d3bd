// Keying: the sites of the coming attempt are asked for new epoch keys (secure sums only). Ends when every site has
// answered or no longer moves; those that have answered are the cohort. Passed through at once while the last epoch has
// exactly the cohort's sites, none of them has forgotten its key since, and the roster is the same.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "coordinator/jobs/job_machine_impl.h"

namespace accord {

void JobMachine::Impl::NumberAttempt(const std::vector<std::string>& cohort, absl::Duration now) {
  plan.set_job_id(job_id);
  plan.set_step(step);
  plan.set_attempt(next_attempt++);
  attempt_ends = now + limits.deadline;
  members.clear();
  for (const std::string& site : cohort) members[site].last_moved = now;
  asked.insert(cohort.begin(), cohort.end());
}

bool JobMachine::Impl::EpochFits(const std::vector<std::string>& cohort) const {
  if (!epoch.has_value() || epoch_outdated || epoch->members.size() != cohort.size()) return false;
  return std::all_of(cohort.begin(), cohort.end(), [this](const std::string& site) {
    const auto member = epoch->members.find(site);
    const auto instance = instances.find(site);
    return member != epoch->members.end() && instance != instances.end() && member->second == instance->second;
  });
}

void JobMachine::Impl::EnterKeying(const std::vector<std::string>& cohort, absl::Duration now, Actions& actions) {
  phase = Phase::kKeying;
  epoch.reset();
  epoch_formed = false;
  epoch_outdated = false;
  NumberAttempt(cohort, now);
  actions.push_back(BeginEpoch{plan, cohort});
  for (const std::string& site : cohort) actions.push_back(RequestKey{site, plan});
  Tell(v1::JOB_RUNNING, "", "", actions);
}

// A site that has come anew has lost what it was asked or what it answered: within one epoch a site has one key.
void JobMachine::Impl::OnReadyWhileKeying(const std::string& site, absl::Duration now, Actions& actions) {
  const auto member = members.find(site);
  if (member == members.end() || member->second.status == Member::Status::kOut) return;
  const bool forgot = member->second.status == Member::Status::kVerified && member->second.instance != instances[site];
  if (forgot || (epoch_formed && HasForgotten(site))) return LeaveOut(site, "it was restarted while keys were made");
  if (member->second.status == Member::Status::kVerified) return;
  member->second.last_moved = now;
  if (!epoch_formed) actions.push_back(RequestKey{site, plan});
}

void JobMachine::Impl::OnKeyOrNonce(const std::string& site, const v1::PlanId& id, bool nonce, absl::Duration now) {
  const auto member = members.find(site);
  if (phase != Phase::kKeying || !IsCurrent(id) || nonce != epoch_formed || member == members.end()) return;
  if (member->second.status != Member::Status::kWorking) return;
  member->second.status = Member::Status::kVerified;
  member->second.instance = instances[site];
  member->second.last_moved = now;
}

void JobMachine::Impl::ConsiderKeyed(absl::Duration now, Actions& actions) {
  checked_at = now;
  if (MovingSites(now) > 0) return;
  LeaveOutWhoeverStandsStill(now);
  const std::vector<std::string> keyed = SitesThatAre(Member::Status::kVerified);
  const size_t needed = bound.has_value() ? bound->sites.size() : limits.min_sites;
  if (keyed.size() < needed) {
    std::string reason =
        absl::StrCat("only ", keyed.size(), keyed.size() == 1 ? " site" : " sites", " gave an epoch key");
    for (const v1::SiteAbsence& absence : Absences()) {
      absl::StrAppend(&reason, "; ", absence.site(), ": ", absence.reason());
    }
    if (keyed.size() + NumWaitingMembers() >= needed) return Postpone(reason, now, actions);
    return Abandon(reason, now, actions);
  }
  if (epoch_outdated) return EnterKeying(keyed, now, actions);  // while they were made
  if (epoch_formed) {
    // The graph was drawn over all members: without one of them it must be drawn anew.
    if (keyed.size() < epoch->members.size()) return EnterKeying(keyed, now, actions);
    return EnterCollecting(keyed, now, actions);
  }
  epoch.emplace();
  for (const std::string& site : keyed) epoch->members[site] = members[site].instance;
  actions.push_back(FormEpoch{plan, keyed});
  if (!sparse_graph) return EnterCollecting(keyed, now, actions);
  epoch_formed = true;
  std::erase_if(members, [](const auto& member) { return member.second.status != Member::Status::kVerified; });
  for (auto& [site, member] : members) member = Member{.last_moved = now, .reason = "", .instance = ""};
}

}  // namespace accord
