// Collecting: the cohort has its plan; uploads arrive and are folded. Ends when nobody is left who could still arrive.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "coordinator/jobs/job_machine_impl.h"

namespace accord {
namespace {

// Pause before another attempt at the same step: 1 s, doubled each time, at most 30 s, so that sites that refuse at
// once do not use up every attempt within a blink.
absl::Duration BackOff(uint32_t failed_attempts) {
  return absl::Seconds(std::min(30, 1 << std::min(failed_attempts - 1, 5u)));
}

}  // namespace

void JobMachine::Impl::EnterCollecting(const std::vector<std::string>& cohort, absl::Duration now, Actions& actions) {
  phase = Phase::kCollecting;
  plan.set_job_id(job_id);
  plan.set_step(step);
  plan.set_attempt(next_attempt++);
  attempt_ends = now + limits.deadline;
  members.clear();
  for (const std::string& site : cohort) members[site].last_moved = now;
  actions.push_back(BeginAttempt{plan, cohort});
  for (const std::string& site : cohort) {
    planned.insert(site);
    actions.push_back(SendPlan{site, plan});
  }
  Tell(v1::JOB_RUNNING, "", "", actions);
}

bool JobMachine::Impl::IsCurrent(const v1::PlanId& id) const {
  return (phase == Phase::kCollecting || phase == Phase::kClosing) && id.job_id() == job_id &&
         id.step() == plan.step() && id.attempt() == plan.attempt();
}

void JobMachine::Impl::OnMemberBack(const std::string& site, absl::Duration now, Actions& actions) {
  const auto member = members.find(site);
  if (member == members.end() || member->second.status != Member::Status::kWorking) return;
  member->second.last_moved = now;
  actions.push_back(SendPlan{site, plan});
}

void JobMachine::Impl::OnMoved(const SiteMoved& event, absl::Duration now) {
  const auto member = members.find(event.site);
  if (!IsCurrent(event.plan) || member == members.end()) return;
  member->second.last_moved = now;
}

void JobMachine::Impl::OnUpload(const UploadArrived& event, absl::Duration now, Actions& actions) {
  const auto member = members.find(event.site);
  if (phase != Phase::kCollecting || !IsCurrent(event.plan) || member == members.end()) return;
  if (member->second.status != Member::Status::kWorking) return;
  member->second.status = Member::Status::kVerified;
  actions.push_back(FoldUpload{event.site, plan});
  ConsiderClosing(now, actions);
}

void JobMachine::Impl::OnRefused(const SiteRefused& event, absl::Duration now, Actions& actions) {
  if (event.plan.job_id() == job_id && event.permanent) excluded[event.site] = event.reason;
  const auto member = members.find(event.site);
  if (phase != Phase::kCollecting || !IsCurrent(event.plan) || member == members.end()) return;
  if (member->second.status != Member::Status::kWorking) return;
  member->second.status = Member::Status::kOut;
  member->second.reason = event.reason;
  ConsiderClosing(now, actions);
}

void JobMachine::Impl::LeaveOut(const std::string& site, const std::string& reason, Actions& actions) {
  Member& member = members[site];
  member.status = Member::Status::kOut;
  member.reason = reason;
  if (ready.contains(site)) {
    actions.push_back(SendPlanEnd{site, plan, v1::PlanEnd::LEFT_OUT, reason});
  }
}

void JobMachine::Impl::CollectingTick(absl::Duration now, Actions& actions) {
  for (const std::string& site : SitesThatAre(Member::Status::kWorking)) {
    const absl::Duration silent_for = now - members[site].last_moved;
    if (silent_for >= limits.silence) {
      const auto why = absent.find(site);
      LeaveOut(site,
               absl::StrCat("no progress for ", absl::FormatDuration(silent_for),
                            why == absent.end() ? "" : absl::StrCat(" (", why->second, ")")),
               actions);
    } else if (now >= attempt_ends) {
      LeaveOut(site, absl::StrCat("not done within the round's deadline of ", absl::FormatDuration(limits.deadline)),
               actions);
    }
  }
  ConsiderClosing(now, actions);
}

void JobMachine::Impl::ConsiderClosing(absl::Duration now, Actions& actions) {
  const size_t verified = SitesThatAre(Member::Status::kVerified).size();
  const size_t working = SitesThatAre(Member::Status::kWorking).size();
  if (verified + working < limits.min_sites) {
    std::string reason =
        absl::StrCat("only ", verified + working, " of the ", limits.min_sites, " sites needed are left");
    for (const v1::SiteAbsence& absence : Absences())
      absl::StrAppend(&reason, "; ", absence.site(), ": ", absence.reason());
    return Abandon(reason, now, actions);
  }
  if (working == 0) EnterClosing(actions);
}

void JobMachine::Impl::Abandon(const std::string& reason, absl::Duration now, Actions& actions) {
  for (const auto& [site, member] : members) {
    if (member.status != Member::Status::kOut && ready.contains(site)) {
      actions.push_back(SendPlanEnd{site, plan, v1::PlanEnd::ABANDONED, reason});
    }
  }
  actions.push_back(AbandonAttempt{plan, reason, Absences()});
  ++failed_attempts;
  if (failed_attempts >= limits.max_attempts) {
    return Finish(v1::JOB_FAILED,
                  absl::StrCat("step ", step, " was tried ", failed_attempts, " times without a sum; last: ", reason),
                  actions);
  }
  not_before = now + BackOff(failed_attempts);
  EnterWaiting(now, actions);
}

std::vector<v1::SiteAbsence> JobMachine::Impl::Absences() const {
  std::vector<v1::SiteAbsence> absences;
  for (const auto& [site, member] : members) {
    if (member.status != Member::Status::kOut) continue;
    absences.emplace_back();
    absences.back().set_site(site);
    absences.back().set_reason(member.reason);
  }
  return absences;
}

std::vector<std::string> JobMachine::Impl::SitesThatAre(Member::Status status) const {
  std::vector<std::string> sites;
  for (const auto& [site, member] : members) {
    if (member.status == status) sites.push_back(site);
  }
  return sites;
}

}  // namespace accord
