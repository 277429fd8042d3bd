// Collecting: the cohort has its plan; uploads arrive and are folded. Ends when everybody's upload is there, when
// enough are and nobody else moves any more, or when enough cannot come.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/quorum.h"
#include "coordinator/jobs/job_machine_impl.h"

namespace accord {

void JobMachine::Impl::EnterCollecting(const std::vector<std::string>& cohort, absl::Duration now, Actions& actions) {
  phase = Phase::kCollecting;
  members.clear();
  for (const std::string& site : cohort) members[site].last_moved = now;
  const auto encoding_sites = static_cast<uint32_t>(cohort.size());
  actions.push_back(BeginAttempt{plan, cohort, bound.has_value() ? bound->encoding_sites : encoding_sites});
  for (const std::string& site : cohort) actions.push_back(SendPlan{site, plan});
  Tell(v1::JOB_RUNNING, "", "", actions);
}

bool JobMachine::Impl::IsCurrent(const v1::PlanId& id) const {
  const bool running = phase == Phase::kKeying || phase == Phase::kCollecting || phase == Phase::kOpening ||
                       phase == Phase::kSeeking || phase == Phase::kClosing;
  return running && id.job_id() == job_id && id.step() == plan.step() && id.attempt() == plan.attempt();
}

size_t JobMachine::Impl::EnoughSites() const {
  if (bound.has_value()) return bound->sites.size();
  if (!secure) return limits.min_sites;
  return std::max<size_t>(limits.min_sites, secure::RequiredSignatures(static_cast<uint32_t>(members.size())));
}

void JobMachine::Impl::OnReadyWhileCollecting(const std::string& site, absl::Duration now, Actions& actions) {
  const auto member = members.find(site);
  if (member == members.end()) {
    if (!MayTakePart(site) || !turn_of.empty()) return;
    actions.push_back(
        SendPlanEnd{site, plan, v1::PlanEnd::LEFT_OUT,
                    absl::StrCat(program.Describe(step), " began without this site; it joins the next one")});
    return;
  }
  if (member->second.status == Member::Status::kVerified || member->second.refused) return;
  if (HasForgotten(site)) {
    return LeaveOut(site, "it was restarted and has forgotten the keys of this attempt");
  }
  // Working, or back after it had been withdrawn.
  member->second.status = Member::Status::kWorking;
  member->second.last_moved = now;
  actions.push_back(SendPlan{site, plan});
}

void JobMachine::Impl::OnMoved(const SiteMoved& event, absl::Duration now) {
  if (Flight* flight = FlightOf(event.site, event.plan)) flight->last_moved = now;
  const auto member = members.find(event.site);
  if (!IsCurrent(event.plan) || member == members.end()) return;
  member->second.last_moved = now;
}

void JobMachine::Impl::OnUpload(const UploadArrived& event, absl::Duration now, Actions& actions) {
  OnChange(event, now);
  const auto member = members.find(event.site);
  if (phase != Phase::kCollecting || !IsCurrent(event.plan) || member == members.end()) return;
  if (member->second.status != Member::Status::kWorking) return;
  member->second.status = Member::Status::kVerified;
  member->second.last_moved = now;
  EndPause(event.site);
  actions.push_back(FoldUpload{event.site, plan});
}

void JobMachine::Impl::LeaveOut(const std::string& site, const std::string& reason) {
  Member& member = members[site];
  member.status = Member::Status::kOut;
  member.reason = reason;
}

bool JobMachine::Impl::IsSilent(const Member& member, absl::Duration now) const {
  return now - member.last_moved >= limits.silence;
}

std::string JobMachine::Impl::WhyStillOut(const std::string& site, const Member& member, absl::Duration now) const {
  if (!IsSilent(member, now)) {
    return absl::StrCat("not done within the round's deadline of ", absl::FormatDuration(limits.deadline));
  }
  const auto why = absent.find(site);
  return absl::StrCat("no progress for ", absl::FormatDuration(limits.silence),
                      why == absent.end() ? "" : absl::StrCat(" (", why->second, ")"));
}

size_t JobMachine::Impl::MovingSites(absl::Duration now) const {
  if (now >= attempt_ends) return 0;
  return static_cast<size_t>(std::count_if(members.begin(), members.end(), [&](const auto& member) {
    return member.second.status == Member::Status::kWorking && !IsSilent(member.second, now);
  }));
}

void JobMachine::Impl::LeaveOutWhoeverStandsStill(absl::Duration now) {
  for (const std::string& site : SitesThatAre(Member::Status::kWorking)) {
    const bool still_moves = now < attempt_ends && !IsSilent(members[site], now);
    if (!still_moves) LeaveOut(site, WhyStillOut(site, members[site], now));
  }
}

void JobMachine::Impl::ConsiderClosing(absl::Duration now, Actions& actions) {
  checked_at = now;
  const size_t enough = EnoughSites();
  const size_t verified = SitesThatAre(Member::Status::kVerified).size();
  const size_t moving = MovingSites(now);
  // While somebody still moves, the round waits for him anyway, and a silent site may yet come back.
  if (moving > 0 && verified + moving >= enough) return TellWhoIsMissing(enough, actions);
  LeaveOutWhoeverStandsStill(now);
  if (verified >= enough) return secure ? EnterOpening(now, actions) : EnterClosing(actions);
  std::string reason = absl::StrCat("only ", verified + moving, " of the ", enough, " sites needed are left");
  if (secure) absl::StrAppend(&reason, WhySoMany());
  for (const v1::SiteAbsence& absence : Absences()) {
    absl::StrAppend(&reason, "; ", absence.site(), ": ", absence.reason());
  }
  if (verified + moving + NumWaitingMembers() >= enough) return Postpone(reason, now, actions);
  if (turn_of.empty()) return Abandon(reason, now, actions);
  EndAttempt(reason, actions);
  SkipTurn(members[turn_of].reason, now, actions);
}

std::string JobMachine::Impl::WhySoMany() const {
  const size_t n = members.size();
  const size_t enough = EnoughSites();
  return absl::StrCat(". With ", n, " sites ", enough == n ? "all" : absl::StrCat("at least ", enough),
                      " must answer, else sums would expose single sites. Nothing has been opened");
}

// A secure round that hangs on a site out of reach says so, and why it does not go on without it.
void JobMachine::Impl::TellWhoIsMissing(size_t enough, Actions& actions) {
  std::string missing;
  for (const auto& [site, member] : members) {
    const auto why = absent.find(site);
    if (member.status != Member::Status::kWorking || why == absent.end()) continue;
    absl::StrAppend(&missing, missing.empty() ? "" : ", ", site, " (", why->second, ")");
  }
  const bool hangs = secure && !missing.empty() && SitesThatAre(Member::Status::kVerified).size() < enough;
  Tell(v1::JOB_RUNNING, "",
       hangs ? absl::StrCat(program.Describe(step), " waits for ", missing, WhySoMany()) : std::string(), actions);
}

absl::Duration JobMachine::Impl::CollectingWakeup() const {
  absl::Duration wakeup = attempt_ends;
  // A site that was already silent at the last look and changed nothing then is waited for without a date of its own.
  for (const auto& [site, member] : members) {
    if (member.status != Member::Status::kWorking) continue;
    const absl::Duration falls_silent = member.last_moved + limits.silence;
    if (falls_silent > checked_at) wakeup = std::min(wakeup, falls_silent);
  }
  return wakeup;
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

void JobMachine::Impl::TellMembers(Member::Status status, v1::PlanEnd::Outcome outcome, Actions& actions,
                                   const std::string& reason) {
  for (const auto& [site, member] : members) {
    if (member.status != status || member.refused || !ready.contains(site)) continue;
    actions.push_back(SendPlanEnd{site, plan, outcome, reason.empty() ? member.reason : reason});
  }
}

std::vector<std::string> JobMachine::Impl::SitesThatAre(Member::Status status) const {
  std::vector<std::string> sites;
  for (const auto& [site, member] : members) {
    if (member.status == status) sites.push_back(site);
  }
  return sites;
}

}  // namespace accord
