// Opening: the verified sites sign who they are and reveal what removes their masks (secure sums only). What is shown
// to whom is decided by SecureRound (aggregation/secure/round), which the engine drives; here it is told who is lost,
// and given up on after the attempt's deadline. Nobody joins any more, and an upload that comes now is never used.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "coordinator/jobs/job_machine_impl.h"

namespace accord {
namespace {

constexpr char kForgotten[] = "it was restarted and has forgotten its keys";

}  // namespace

bool JobMachine::Impl::HasForgotten(const std::string& site) const {
  if (!secure || !epoch.has_value()) return false;
  const auto member = epoch->members.find(site);
  const auto instance = instances.find(site);
  return member == epoch->members.end() || instance == instances.end() || member->second != instance->second;
}

void JobMachine::Impl::EnterOpening(absl::Duration now, Actions& actions) {
  phase = Phase::kOpening;
  attempt_ends = now + limits.deadline;  // of the opening: whoever has signed should not have signed in vain
  // Who is missing is not told yet that it is left out: its pair seeds may be asked for.
  for (auto& [site, member] : members) {
    member.last_moved = now;
    const bool forgot = HasForgotten(site);
    const auto why = absent.find(site);
    if (forgot) LoseMember(site, kForgotten, /*for_good=*/true, actions);
    if (!forgot && !ready.contains(site)) {
      LoseMember(site, why == absent.end() ? "it is not connected" : why->second, /*for_good=*/false, actions);
    }
  }
  actions.push_back(OpenSum{plan, SitesThatAre(Member::Status::kVerified)});
}

void JobMachine::Impl::OnReadyWhileOpening(const std::string& site, absl::Duration now, Actions& actions) {
  const auto member = members.find(site);
  if (member == members.end()) {
    if (!MayTakePart(site)) return;
    actions.push_back(
        SendPlanEnd{site, plan, v1::PlanEnd::LEFT_OUT,
                    absl::StrCat(program.Describe(step), " goes on without this site; it joins the next one")});
    return;
  }
  if (HasForgotten(site)) return LoseMember(site, kForgotten, /*for_good=*/true, actions);
  member->second.last_moved = now;
  member->second.lost = false;
  actions.push_back(MemberBack{site, plan});
}

void JobMachine::Impl::OnAwaited(const SurvivorsAwaited& event, absl::Duration now) {
  if (phase != Phase::kOpening || !IsCurrent(event.plan)) return;
  for (auto& [site, member] : members) {
    const bool awaited = std::find(event.sites.begin(), event.sites.end(), site) != event.sites.end();
    if (awaited && !member.awaited) member.last_moved = now;
    member.awaited = awaited;
  }
}

void JobMachine::Impl::LoseMember(const std::string& site, const std::string& reason, bool for_good, Actions& actions) {
  members[site].lost = true;
  actions.push_back(MemberLost{site, plan, reason, for_good});
}

void JobMachine::Impl::ConsiderOpened(absl::Duration now, Actions& actions) {
  checked_at = now;
  for (auto& [site, member] : members) {
    if (!member.awaited || member.lost || !IsSilent(member, now)) continue;
    LoseMember(site, WhyStillOut(site, member, now), /*for_good=*/false, actions);
  }
  if (now < attempt_ends) return;
  attempt_ends = absl::InfiniteDuration();  // said once
  actions.push_back(GiveUpOpening{
      plan, absl::StrCat("not opened within the round's deadline of ", absl::FormatDuration(limits.deadline))});
}

absl::Duration JobMachine::Impl::OpeningWakeup() const {
  absl::Duration wakeup = attempt_ends;
  for (const auto& [site, member] : members) {
    if (!member.awaited || member.lost) continue;
    wakeup = std::min(wakeup, member.last_moved + limits.silence);
  }
  return wakeup;
}

void JobMachine::Impl::OnSumOpened(const SumOpened& event, Actions& actions) {
  if (phase != Phase::kOpening || !IsCurrent(event.plan)) return;
  for (const v1::SiteAbsence& absence : event.absences) LeaveOut(absence.site(), absence.reason());
  EnterClosing(actions);
}

void JobMachine::Impl::OnSumLost(const SumLost& event, absl::Duration now, Actions& actions) {
  if (phase != Phase::kOpening || !IsCurrent(event.plan)) return;
  if (cancel.has_value()) {
    actions.push_back(AbandonAttempt{plan, WhyAbandoned(*cancel), Absences()});
    return FinishAsAsked(*cancel, actions);
  }
  // Nobody failed where a survivor's people let it help no further. Who waits since before the sum had no part in it.
  const bool waits = std::any_of(members.begin(), members.end(), [](const auto& member) {
    return member.second.waits && member.second.status == Member::Status::kVerified;
  });
  if (waits) {
    Postpone(event.reason, now, actions);
  } else {
    Abandon(event.reason, now, actions);
  }
  if (event.bound.has_value() && phase != Phase::kFinal) HoldTo(*event.bound, now, actions);
}

void JobMachine::Impl::OnSurvivorRefused(const SiteRefused& event, Actions& actions) {
  Member& member = members[event.site];
  // An upload that came too late: its pair seeds may still be asked for.
  const bool late = member.status == Member::Status::kOut && !event.permanent;
  if (member.lost || late) return;
  member.waits = event.waits && !event.permanent;
  LoseMember(event.site, event.reason, /*for_good=*/true, actions);
}

bool JobMachine::Impl::SpeaksOfThisStep(const SiteRefused& event) const {
  return asked.contains(event.site) && event.plan.step() == step && event.plan.attempt() < next_attempt;
}

void JobMachine::Impl::OnRefusedBecauseBound(const SiteRefused& event, absl::Duration now, Actions& actions) {
  if (phase == Phase::kClosing) return;
  const auto member = IsCurrent(event.plan) ? members.find(event.site) : members.end();
  if (member != members.end()) {
    if (phase == Phase::kOpening) return OnSurvivorRefused(event, actions);
    if (member->second.status == Member::Status::kWorking) LeaveOut(event.site, event.reason);
    member->second.refused = true;
  } else if (phase == Phase::kOpening) {
    return;  // whoever opens is bound anew, and by more than a word
  }
  claims[event.organisation.empty() ? event.site : event.organisation] = *event.bound;
  // One organisation's word holds nobody: as many as may lie together, and one more, must say the same.
  const auto agreeing =
      std::count_if(claims.begin(), claims.end(), [&event](const auto& claim) { return claim.second == *event.bound; });
  if (static_cast<uint64_t>(agreeing) <= colluders) return;
  const Bound held = *event.bound;
  if (member == members.end() && bound == held) return;  // it is known, and acted on
  if (phase == Phase::kWaiting || phase == Phase::kGathering) {
    phase = Phase::kWaiting;
    return HoldTo(held, now, actions);
  }
  if (phase == Phase::kSeeking) return;  // the answer comes, and whoever is asked again says it again
  const std::string reason = absl::StrCat(event.site, " refuses: ", event.reason);
  // Nobody failed where a sum is there already: it is looked for before the attempt counts.
  if (SeeksFor(held)) {
    EndAttempt(reason, actions);
    return EnterSeeking(held, now, actions);
  }
  Abandon(reason, now, actions);
  if (phase != Phase::kFinal) HoldTo(held, now, actions);
}

// In an attempt it comes too late: the sites' own refusals say the same.
void JobMachine::Impl::OnStepBound(const StepBound& event, absl::Duration now, Actions& actions) {
  if (phase != Phase::kWaiting && phase != Phase::kGathering) return;
  if (bound.has_value()) return;  // known already, or the sites' own word
  phase = Phase::kWaiting;
  recorded = event.bound;
  if (now < not_before) return Bind(event.bound, actions);  // an attempt has just failed, perhaps the search itself
  HoldTo(event.bound, now, actions);
}

void JobMachine::Impl::OnBoundReleased() {
  claims.clear();  // of before: whoever is still bound says it again
  bound.reset();
  sought.reset();
  recorded.reset();
  unmet.clear();
}

void JobMachine::Impl::HoldTo(const Bound& held, absl::Duration now, Actions& actions) {
  if (bound == held) return;
  if (SeeksFor(held)) return EnterSeeking(held, now, actions);
  Bind(held, actions);
}

}  // namespace accord
