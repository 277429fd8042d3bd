#include "coordinator/jobs/job_machine.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/attempt_terms.h"
#include "aggregation/programs/step_schema.h"
#include "coordinator/jobs/job_machine_impl.h"

namespace accord {
namespace {

using Impl = JobMachine::Impl;

// A job is completed at submission: a zero here is one that somebody wrote.
Impl::Limits LimitsOf(const v1::JobSpec& spec) {
  const v1::Rounds& rounds = spec.rounds();
  Impl::Limits limits;
  limits.min_sites = std::max(1u, rounds.min_sites());
  limits.most_sites = MaxCohortSize(spec);
  limits.target_sites =
      std::clamp(rounds.target_sites(), limits.min_sites, std::max(limits.min_sites, limits.most_sites));
  limits.gather = absl::Seconds(rounds.gather_s());
  limits.silence = absl::Seconds(rounds.silence_s());
  limits.deadline = absl::Seconds(rounds.deadline_s());
  limits.max_attempts = rounds.max_attempts();
  limits.patience = absl::Seconds(rounds.patience_s());
  limits.turn_wait = absl::Seconds(spec.aggregation().cyclic().wait_s());
  return limits;
}

}  // namespace

std::string WhyAbandoned(const CancelRequested& asked) {
  return absl::StrCat(asked.mandate_lost ? "the job ends: " : "the job was cancelled: ", asked.reason);
}

JobMachine::Impl::Impl(std::string id, const v1::JobSpec& spec, const JobProgress& progress, absl::Duration now)
    : job_id(std::move(id)),
      limits(LimitsOf(spec)),
      secure(!spec.aggregation().plain_sum()),
      colluders(ColludingOrganisationsOf(spec)),
      sparse_graph(spec.aggregation().secure_sum().graph() == v1::SecureSum::SPARSE),
      invited(spec.rounds().sites().begin(), spec.rounds().sites().end()),
      buffer(spec.aggregation().fedbuff().buffer()),
      max_staleness(spec.aggregation().fedbuff().max_staleness()),
      program(spec),
      next_attempt(progress.next_attempt),
      patience_ends(now + limits.patience),
      not_before(now) {
  BeginStep(progress.step, now);
}

bool JobMachine::Impl::MayTakePart(const std::string& site) const {
  return (invited.empty() || invited.contains(site)) && !excluded.contains(site);
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

void JobMachine::Impl::OnSiteReady(const SiteReady& event, absl::Duration now, Actions& actions) {
  ready.insert(event.site);
  absent.erase(event.site);
  instances[event.site] = event.instance;
  WakeDeferred(event.site, now);
  if (phase == Phase::kKeying) OnReadyWhileKeying(event.site, now, actions);
  if (phase == Phase::kCollecting) OnReadyWhileCollecting(event.site, now, actions);
  if (phase == Phase::kOpening) OnReadyWhileOpening(event.site, now, actions);
  OnReadyWhileBuffering(event.site, now, actions);
}

void JobMachine::Impl::OnSiteGone(const SiteGone& event, Actions& actions) {
  const bool was_ready = ready.erase(event.site) > 0;
  if (was_ready || event.says_why) absent[event.site] = event.reason;
  if (!was_ready) return;
  const auto flight = flights.find(event.site);
  if (event.withdrawn && flight != flights.end() && flight->second.status == Flight::Status::kWorking) {
    Ground(event.site, event.reason, actions);
  }
  const auto member = members.find(event.site);
  if (member == members.end()) return;
  const bool working = member->second.status == Member::Status::kWorking;
  if (phase == Phase::kKeying && working) return LeaveOut(event.site, event.reason);
  // A member out of reach keeps its place: it may come back and resume until it has been silent for too long.
  if (!event.withdrawn) return;
  if (phase == Phase::kCollecting && working) return LeaveOut(event.site, event.reason);
  if (phase == Phase::kOpening && !member->second.lost)
    LoseMember(event.site, event.reason, /*for_good=*/true, actions);
}

void JobMachine::Impl::OnRefused(const SiteRefused& event, absl::Duration now, Actions& actions) {
  if (event.plan.job_id() != job_id) return;
  if (event.permanent) excluded[event.site] = event.reason;
  if (secure && event.bound.has_value() && SpeaksOfThisStep(event)) return OnRefusedBecauseBound(event, now, actions);
  const bool of_flight = FlightOf(event.site, event.plan) != nullptr;
  const bool of_last_attempt = SpeaksOfThisStep(event) && event.plan.attempt() + 1 == next_attempt;
  if (event.waits && !event.permanent && (of_flight || of_last_attempt)) Defer(event, now);
  OnFlightRefused(event, actions);
  const bool between = phase == Phase::kWaiting || phase == Phase::kGathering || phase == Phase::kSeeking;
  if (between || phase == Phase::kBuffering) {
    if (event.permanent) FailIfHopeless(actions);
    return;
  }
  const auto member = members.find(event.site);
  const bool collects = phase == Phase::kCollecting || phase == Phase::kKeying;
  if (!IsCurrent(event.plan) || member == members.end()) return;
  if (phase == Phase::kOpening) return OnSurvivorRefused(event, actions);
  if (!collects || member->second.status != Member::Status::kWorking) return;
  LeaveOut(event.site, event.reason);
  member->second.refused = true;
  member->second.waits = event.waits && !event.permanent;
}

void JobMachine::Impl::OnCancel(const CancelRequested& event, Actions& actions) {
  if (phase == Phase::kClosing) {
    cancel = event;  // the sum is being made durable: the answer decides what the sites are told
    return;
  }
  if (phase == Phase::kOpening) {
    cancel = event;
    return actions.push_back(GiveUpOpening{plan, WhyAbandoned(event)});
  }
  if (phase == Phase::kCollecting || phase == Phase::kKeying) {
    actions.push_back(AbandonAttempt{plan, WhyAbandoned(event), Absences()});
  }
  FinishAsAsked(event, actions);
}

void JobMachine::Impl::FinishAsAsked(const CancelRequested& asked, Actions& actions) {
  Finish(asked.mandate_lost ? v1::JOB_FAILED : v1::JOB_CANCELLED, asked.reason, actions);
}

void JobMachine::Impl::OnRoundFailed(const RoundFailed& event, absl::Duration now, Actions& actions) {
  if (!IsCurrent(event.plan)) return OnFlightFailed(event, now, actions);
  if (phase == Phase::kSeeking) sought.reset();  // the next refusal looks again
  if (!event.final && !cancel.has_value()) return Abandon(event.reason, now, actions);
  actions.push_back(AbandonAttempt{plan, event.reason, Absences()});
  if (event.final) return Finish(v1::JOB_FAILED, event.reason, actions);
  FinishAsAsked(*cancel, actions);
}

JobMachine::JobMachine(std::string job_id, const v1::JobSpec& spec, const JobProgress& progress, absl::Duration now)
    : impl_(std::make_unique<Impl>(std::move(job_id), spec, progress, now)) {}

JobMachine::~JobMachine() = default;

std::vector<JobAction> JobMachine::Handle(const JobEvent& event, absl::Duration now) {
  Impl::Actions actions;
  Impl& impl = *impl_;
  if (impl.phase == Impl::Phase::kFinal) {
    if (const SiteReady* back = std::get_if<SiteReady>(&event)) impl.OnReadyWhenFinal(back->site, actions);
    return actions;
  }
  if (!impl.told && impl.FailIfHopeless(actions)) return actions;
  struct Dispatch {
    Impl& impl;
    absl::Duration now;
    Impl::Actions& actions;
    void operator()(const SiteReady& e) { impl.OnSiteReady(e, now, actions); }
    void operator()(const SitesKnown& e) { impl.known = {e.sites.begin(), e.sites.end()}; }
    void operator()(const SiteGone& e) { impl.OnSiteGone(e, actions); }
    void operator()(const SiteMoved& e) { impl.OnMoved(e, now); }
    void operator()(const UploadArrived& e) { impl.OnUpload(e, now, actions); }
    void operator()(const SiteRefused& e) { impl.OnRefused(e, now, actions); }
    void operator()(const KeyArrived& e) { impl.OnKeyOrNonce(e.site, e.plan, /*nonce=*/false, now); }
    void operator()(const NonceArrived& e) { impl.OnKeyOrNonce(e.site, e.plan, /*nonce=*/true, now); }
    void operator()(const SurvivorsAwaited& e) { impl.OnAwaited(e, now); }
    void operator()(const SumOpened& e) { impl.OnSumOpened(e, actions); }
    void operator()(const SumLost& e) { impl.OnSumLost(e, now, actions); }
    void operator()(const StepBound& e) { impl.OnStepBound(e, now, actions); }
    void operator()(const BoundReleased&) { impl.OnBoundReleased(); }
    void operator()(const HeldBack& e) { impl.OnHeldBack(e, now); }
    void operator()(const PapersJudged& e) { impl.OnPapersJudged(e, now, actions); }
    void operator()(const RoundsHeld& e) { impl.Hold(impl.rounds_hold, e.reason, now); }
    void operator()(const RosterChanged&) { impl.epoch_outdated = true; }
    void operator()(const SumReused& e) { impl.OnSumReused(e, now, actions); }
    void operator()(const SumNotKept& e) { impl.OnSumNotKept(e, actions); }
    void operator()(const RoundCommitted& e) { impl.OnCommitted(e, now, actions); }
    void operator()(const RoundFailed& e) { impl.OnRoundFailed(e, now, actions); }
    void operator()(const CancelRequested& e) { impl.OnCancel(e, actions); }
    void operator()(const Tick&) {}
  };
  std::visit(Dispatch{impl, now, actions}, event);
  impl.EndPauses(now);
  // Whatever happened, time has passed too. A round that ends may make room for the next one at once.
  if (impl.phase == Impl::Phase::kKeying) impl.ConsiderKeyed(now, actions);
  if (impl.phase == Impl::Phase::kCollecting) impl.ConsiderClosing(now, actions);
  if (impl.phase == Impl::Phase::kOpening) impl.ConsiderOpened(now, actions);
  if (impl.phase == Impl::Phase::kWaiting) impl.ConsiderSkipping(now, actions);
  if (impl.phase == Impl::Phase::kWaiting) impl.ConsiderGathering(now, actions);
  if (impl.phase == Impl::Phase::kGathering) impl.ConsiderCollecting(now, actions);
  if (impl.phase == Impl::Phase::kBuffering) impl.ConsiderBuffer(now, actions);
  return actions;
}

std::optional<absl::Duration> JobMachine::NextWakeup() const {
  const Impl& impl = *impl_;
  switch (impl.phase) {
    case Impl::Phase::kWaiting:
      // Nothing has happened yet: the first call says what the job waits for.
      if (!impl.told) return impl.not_before;
      if (impl.IsHeld()) return std::nullopt;  // it is told when it may go on
      return std::min({impl.patience_ends, impl.SkippingTime(), impl.NextPauseEnds()});
    case Impl::Phase::kGathering:
      return std::min(impl.GatheringWakeup(), impl.NextPauseEnds());
    case Impl::Phase::kKeying:
    case Impl::Phase::kCollecting:
      return impl.CollectingWakeup();
    case Impl::Phase::kOpening:
      return impl.OpeningWakeup();
    case Impl::Phase::kBuffering:
      return impl.BufferingWakeup();
    case Impl::Phase::kSeeking:
    case Impl::Phase::kClosing:
    case Impl::Phase::kFinal:
      return std::nullopt;
  }
  return std::nullopt;
}

bool JobMachine::final() const { return impl_->phase == Impl::Phase::kFinal; }

v1::JobState JobMachine::state() const { return impl_->job_state; }

bool JobMachine::NeedsColumns() const { return !final() && impl_->SumsSameForEveryJob(); }

bool JobMachine::SumsColumns() const {
  return NeedsColumns() && impl_->phase != Impl::Phase::kWaiting && impl_->phase != Impl::Phase::kGathering;
}

bool JobMachine::AwaitsKey(const std::string& site, const v1::PlanId& plan) const {
  const Impl& impl = *impl_;
  const auto member = impl.members.find(site);
  return impl.phase == Impl::Phase::kKeying && !impl.epoch_formed && impl.IsCurrent(plan) &&
         member != impl.members.end() && member->second.status == Impl::Member::Status::kWorking;
}

std::string JobMachine::WhyNotAccept(const std::string& site, const v1::PlanId& plan) const {
  const Impl& impl = *impl_;
  if (impl.phase == Impl::Phase::kFinal) return "the job is over";
  if (const Impl::Flight* flight = impl_->FlightOf(site, plan)) {
    return flight->status == Impl::Flight::Status::kWorking ? "" : "the site's change has arrived already";
  }
  if (!impl.IsCurrent(plan)) return "this attempt is over; the site joins the next one";
  if (impl.phase != Impl::Phase::kCollecting) return "this attempt takes no more uploads; the site joins the next one";
  const auto member = impl.members.find(site);
  if (member == impl.members.end()) return "the site is not in this attempt's cohort";
  if (member->second.status == Impl::Member::Status::kOut) {
    return absl::StrCat("the site was left out of this attempt: ", member->second.reason);
  }
  if (member->second.status == Impl::Member::Status::kVerified) return "the site's upload is already in the sum";
  return "";
}

}  // namespace accord
