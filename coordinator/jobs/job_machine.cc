#include "coordinator/jobs/job_machine.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/step_schema.h"
#include "coordinator/jobs/job_machine_impl.h"

namespace accord {
namespace {

using Impl = JobMachine::Impl;

absl::Duration SecondsOr(uint32_t seconds, uint32_t fallback) {
  return absl::Seconds(seconds > 0 ? seconds : fallback);
}

// The defaults are those that job.proto documents.
Impl::Limits LimitsOf(const v1::Rounds& rounds) {
  Impl::Limits limits;
  limits.min_sites = std::max(1u, rounds.min_sites());
  limits.target_sites = std::max(limits.min_sites, rounds.target_sites());
  limits.gather = SecondsOr(rounds.gather_s(), 10);
  limits.silence = SecondsOr(rounds.silence_s(), 60);
  limits.deadline = SecondsOr(rounds.deadline_s(), 3600);
  limits.max_attempts = rounds.max_attempts() > 0 ? rounds.max_attempts() : 5;
  limits.patience = SecondsOr(rounds.patience_s(), 86400);
  return limits;
}

}  // namespace

bool JobMachine::Impl::MayTakePart(const std::string& site) const {
  return (invited.empty() || invited.contains(site)) && !excluded.contains(site);
}

std::vector<std::string> JobMachine::Impl::Candidates() const {
  std::vector<std::string> sites;
  for (const std::string& site : ready) {
    if (MayTakePart(site)) sites.push_back(site);
  }
  return sites;
}

void JobMachine::Impl::Tell(v1::JobState state, const std::string& reason, const std::string& waiting_for,
                            Actions& actions) {
  if (told && state == job_state && reason == told_reason && waiting_for == told_waiting_for) return;
  told = true;
  job_state = state;
  told_reason = reason;
  told_waiting_for = waiting_for;
  actions.push_back(StateChanged{state, reason, waiting_for});
}

void JobMachine::Impl::Finish(v1::JobState state, const std::string& reason, Actions& actions) {
  phase = Phase::kFinal;
  for (const std::string& site : planned) {
    if (!ready.contains(site)) continue;
    v1::PlanId id = plan;
    id.set_job_id(job_id);
    actions.push_back(SendPlanEnd{site, id, v1::PlanEnd::JOB_OVER, reason});
  }
  members.clear();
  Tell(state, reason, "", actions);
}

bool JobMachine::Impl::FailIfHopeless(Actions& actions) {
  if (invited.empty()) return false;
  const auto possible = static_cast<uint32_t>(
      std::count_if(invited.begin(), invited.end(), [&](const std::string& site) { return MayTakePart(site); }));
  if (possible >= limits.min_sites) return false;
  std::string reason = absl::StrCat("the job needs ", limits.min_sites, " sites, and only ", possible, " of the ",
                                    invited.size(), " it names can take part");
  for (const auto& [site, why] : excluded) absl::StrAppend(&reason, "; ", site, ": ", why);
  Finish(v1::JOB_FAILED, reason, actions);
  return true;
}

void JobMachine::Impl::OnSiteReady(const SiteReady& event, absl::Duration now, Actions& actions) {
  ready.insert(event.site);
  absent.erase(event.site);
  if (phase == Phase::kWaiting || phase == Phase::kGathering) return ConsiderStarting(now, actions);
  if (phase == Phase::kCollecting) OnMemberBack(event.site, now, actions);
}

void JobMachine::Impl::OnSiteGone(const SiteGone& event, absl::Duration now, Actions& actions) {
  if (ready.erase(event.site) == 0) return;
  absent[event.site] = event.reason;
  // A member that goes keeps its place: it may come back and resume until it has been silent for too long.
  if (phase == Phase::kWaiting || phase == Phase::kGathering) ConsiderStarting(now, actions);
}

void JobMachine::Impl::OnCancel(const CancelRequested& event, Actions& actions) {
  if (phase == Phase::kClosing) {
    cancel_reason = event.reason;  // the sum is being made durable: the answer decides what the sites are told
    return;
  }
  if (phase == Phase::kCollecting) {
    actions.push_back(AbandonAttempt{plan, absl::StrCat("the job was cancelled: ", event.reason), Absences()});
  }
  Finish(v1::JOB_CANCELLED, event.reason, actions);
}

JobMachine::JobMachine(std::string job_id, const v1::JobSpec& spec, const JobProgress& progress, absl::Duration now)
    : impl_(std::make_unique<Impl>()) {
  impl_->job_id = std::move(job_id);
  impl_->limits = LimitsOf(spec.rounds());
  impl_->invited.insert(spec.rounds().sites().begin(), spec.rounds().sites().end());
  impl_->num_steps = static_cast<uint32_t>(StepsOf(spec).size());
  impl_->step = progress.step;
  impl_->next_attempt = progress.next_attempt;
  impl_->not_before = now;
  impl_->patience_ends = now + impl_->limits.patience;
}

JobMachine::~JobMachine() = default;

std::vector<JobAction> JobMachine::Handle(const JobEvent& event, absl::Duration now) {
  Impl::Actions actions;
  Impl& impl = *impl_;
  if (impl.phase == Impl::Phase::kFinal) return actions;
  struct Dispatch {
    Impl& impl;
    absl::Duration now;
    Impl::Actions& actions;
    void operator()(const SiteReady& e) { impl.OnSiteReady(e, now, actions); }
    void operator()(const SiteGone& e) { impl.OnSiteGone(e, now, actions); }
    void operator()(const SiteMoved& e) { impl.OnMoved(e, now); }
    void operator()(const UploadArrived& e) { impl.OnUpload(e, now, actions); }
    void operator()(const SiteRefused& e) { impl.OnRefused(e, now, actions); }
    void operator()(const RoundCommitted& e) { impl.OnCommitted(e, now, actions); }
    void operator()(const RoundFailed& e) { impl.OnRoundFailed(e, now, actions); }
    void operator()(const CancelRequested& e) { impl.OnCancel(e, actions); }
    void operator()(const Tick&) {}
  };
  std::visit(Dispatch{impl, now, actions}, event);
  // Whatever happened, time has passed too.
  if (impl.phase == Impl::Phase::kWaiting || impl.phase == Impl::Phase::kGathering) impl.ConsiderStarting(now, actions);
  if (impl.phase == Impl::Phase::kCollecting) impl.CollectingTick(now, actions);
  return actions;
}

std::optional<absl::Duration> JobMachine::NextWakeup() const {
  const Impl& impl = *impl_;
  switch (impl.phase) {
    case Impl::Phase::kWaiting:
      return impl.patience_ends;
    case Impl::Phase::kGathering:
      return std::min(impl.patience_ends, std::max(impl.gather_ends, impl.not_before));
    case Impl::Phase::kCollecting: {
      absl::Duration wakeup = impl.attempt_ends;
      for (const auto& [site, member] : impl.members) {
        if (member.status == Impl::Member::Status::kWorking) {
          wakeup = std::min(wakeup, member.last_moved + impl.limits.silence);
        }
      }
      return wakeup;
    }
    case Impl::Phase::kClosing:
    case Impl::Phase::kFinal:
      return std::nullopt;
  }
  return std::nullopt;
}

bool JobMachine::final() const { return impl_->phase == Impl::Phase::kFinal; }

v1::JobState JobMachine::state() const { return impl_->job_state; }

std::string JobMachine::WhyNotAccept(const std::string& site, const v1::PlanId& plan) const {
  const Impl& impl = *impl_;
  if (impl.phase == Impl::Phase::kFinal) return "the job is over";
  if (!impl.IsCurrent(plan)) return "this attempt is over; the site joins the next one";
  const auto member = impl.members.find(site);
  if (member == impl.members.end()) return "the site is not in this attempt's cohort";
  if (member->second.status == Impl::Member::Status::kOut) {
    return absl::StrCat("the site was left out of this attempt: ", member->second.reason);
  }
  if (member->second.status == Impl::Member::Status::kVerified) return "the site's upload is already in the sum";
  if (impl.phase != Impl::Phase::kCollecting) return "the round is closing without this upload";
  return "";
}

}  // namespace accord
