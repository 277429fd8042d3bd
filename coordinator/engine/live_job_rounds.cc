// How a round of a job ends: closed with its sum, with one that another job opened, skipped, or abandoned.
#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "coordinator/engine/earlier_sum.h"
#include "coordinator/engine/job_report.h"
#include "coordinator/engine/live_job.h"
#include "coordinator/programs/job_end.h"
#include "spdlog/spdlog.h"

namespace accord {

void LiveJob::Do(const CompleteRound& action) {
  if (spec_.aggregation().has_fedbuff() && program_.KindOf(action.plan.step()) == v1::STEP_TRAIN) {
    if (absl::Status begun = BeginBuffered(action); !begun.ok()) return Fail(action.plan, begun);
  }
  if (!attempt_.has_value() || !attempt_->Is(action.plan)) return;
  attempt_->CloseUploads("the round is closed; this site joins the next one");
  Closing closing = MakeClosing(action);
  if (WorksInline()) return OnClosed(action.plan, closing());
  RunOnStrand(std::move(closing), [plan = action.plan](LiveJob& job, absl::StatusOr<Closed> closed) {
    job.OnClosed(plan, std::move(closed));
  });
}

NewtonIteration LiveJob::IterationOf(const CompleteRound& action) const {
  NewtonIteration iteration;
  const uint32_t step = action.plan.step();
  if (program_.KindOf(step) != v1::STEP_NEWTON) return iteration;
  iteration.number = program_.RoundOf(step);
  iteration.last = step + 1 == program_.StepAfterRounds();
  iteration.sites = action.sites;
  for (const v1::RoundReport& round : report_.rounds()) {
    if (round.kind() == v1::STEP_NEWTON && round.outcome() == v1::ROUND_FINISHED) iteration.previous = round;
  }
  return iteration;
}

RoundChoice LiveJob::ChoiceOf(const CompleteRound& action) const {
  RoundChoice choice;
  if (report_.has_best()) choice.before = report_.best();
  const uint32_t round = program_.RoundOf(action.plan.step());
  const bool ends_cycle = round > 0 && program_.KindOf(action.plan.step()) == v1::STEP_EVALUATE;
  choice.measured_round = ends_cycle ? round : round > 0 ? round - 1 : report_.rounds_done();
  choice.measured_digest = record_.model_digest;
  choice.step_after_rounds = program_.StepAfterRounds();
  return choice;
}

// Everything that closes the round, as one piece of work that refers to nothing which the loop may change meanwhile.
LiveJob::Closing LiveJob::MakeClosing(const CompleteRound& action) {
  RoundClose close;
  close.job_id = id();
  close.report = MakeRoundReport(program_, action.plan, v1::ROUND_FINISHED, action.absences);
  close.report.mutable_sites()->Assign(action.sites.begin(), action.sites.end());
  close.report.set_started_unix_ms(absl::ToUnixMillis(attempt_->started()));
  close.report.set_upload_bytes_per_site(attempt_->upload_bytes());
  if (secure_ != nullptr) {
    close.report.set_protection(secure_->Protection());
    close.sum = secure_->Signed();
  }
  close.model_bytes = model_->size();
  close.report.mutable_findings()->Assign(findings_.lines().begin(), findings_.lines().end());
  if (secure_ != nullptr) close.place = PlaceOfStep();
  close.next_step = action.plan.step() + 1;
  // One more than the next attempt's number: it may begin without a transaction of its own.
  close.next_attempt = action.plan.attempt() + 2;
  bool any_posture = false;
  for (const std::string& site : action.sites) {
    const auto flight = flights_.find(site);
    if (flight != flights_.end()) {
      close.report.add_staleness(action.plan.step() - flight->second.attempt->plan().step());
    }
    const Attempt& attempt = flight != flights_.end() ? *flight->second.attempt : *attempt_;
    close.report.add_postures(attempt.PostureOf(site));
    any_posture = any_posture || !attempt.PostureOf(site).empty();
    if (!known_sites_.contains(site)) close.new_sites.push_back(around_.facts(site));
  }
  if (!any_posture) close.report.clear_postures();
  return [close = std::move(close), sum = attempt_->sum(),
          old = RoundSum::OldModel{record_.model_digest, model_, server_state_, id(), action.plan.step()},
          iteration = IterationOf(action), choice = ChoiceOf(action), &spec = spec_, &store = around_.store,
          &clock = around_.clock, started_at = attempt_->started_at(),
          self = shared_from_this()]() mutable -> absl::StatusOr<Closed> {
    ACCORD_ASSIGN_OR_RETURN(RoundResult result, std::move(*sum).Complete(spec, old, store.objects(), iteration));
    *close.report.mutable_metrics() = std::move(result.metrics);
    close.report.set_model_digest(result.model_digest);
    if (result.newton.has_value()) {
      if (result.newton->converged()) close.next_step = choice.step_after_rounds;
      *close.report.mutable_newton() = *std::move(result.newton);
    }
    close.report.set_combined(std::move(result.combined));
    if (result.estimates.has_value()) *close.report.mutable_estimates() = *std::move(result.estimates);
    close.report.set_duration_ms(absl::ToDoubleMilliseconds(clock.Monotonic() - started_at));
    close.model_digest = result.model_digest;
    close.inline_model = std::move(result.inline_model);
    close.statistics = std::move(result.statistics);
    close.server_state = std::move(result.server_state.name);
    close.inline_server_state = std::move(result.server_state.bytes);
    ACCORD_RETURN_IF_ERROR(ChooseModel(spec, choice, store, close));
    ACCORD_RETURN_IF_ERROR(store.jobs().CloseRound(close));
    Closed closed{std::move(close), nullptr, nullptr, std::move(result.memory)};
    if (!closed.close.inline_server_state.empty()) {
      closed.server_state = std::make_shared<const ObjectReader>(std::move(closed.close.inline_server_state));
    } else if (!closed.close.server_state.empty()) {
      ACCORD_ASSIGN_OR_RETURN(closed.server_state, store.objects().Find(closed.close.server_state));
    }
    if (closed.close.model_digest == old.digest) return closed;
    if (!closed.close.inline_model.empty()) {
      closed.model = std::make_shared<const ObjectReader>(closed.close.inline_model);
    } else {
      ACCORD_ASSIGN_OR_RETURN(closed.model, store.objects().Find(closed.close.model_digest));
    }
    return closed;
  };
}

void LiveJob::OnClosed(const v1::PlanId& plan, absl::StatusOr<Closed> closed) {
  if (!attempt_.has_value() || !attempt_->Is(plan)) return;  // it was given up meanwhile
  if (!closed.ok()) return Fail(plan, closed.status());
  spdlog::info("job {}: {} is done after {:.1f} ms with {} sites", id(), program_.Describe(plan.step()),
               closed->close.report.duration_ms(), closed->close.report.sites_size());
  sum_memory_ = std::move(closed->memory);
  const uint32_t next_step = closed->close.next_step;
  Adopt(*std::move(closed));
  findings_.StartAgain();
  attempt_.reset();
  if (secure_ != nullptr) secure_->EndStep();
  Handle(RoundCommitted{plan, next_step, next_step >= program_.num_steps() ? WhyFinished(report_) : ""});
}

void LiveJob::Adopt(Closed closed) {
  RoundClose& close = closed.close;
  record_.step = close.next_step;
  record_.next_attempt = close.next_attempt;
  if (close.statistics.has_value()) record_.statistics = std::move(close.statistics);
  if (closed.model != nullptr) {
    record_.model_digest = close.model_digest;
    model_ = std::move(closed.model);
    inline_model_ = std::move(close.inline_model);
  }
  if (closed.server_state != nullptr) {
    // A small one was in the database and is gone already.
    if (record_.server_state != close.server_state) around_.store.objects().Delete(record_.server_state);
    record_.server_state = std::move(close.server_state);
    server_state_ = std::move(closed.server_state);
  }
  for (v1::SiteFact& facts : close.new_sites) {
    known_sites_.insert(facts.site());
    *report_.add_sites() = std::move(facts);
  }
  report_.set_rounds_done(program_.RoundsDone(record_.step));
  report_.set_model_digest(record_.model_digest);
  counted_steps_.Add(close.report);
  AddRound(close.report, report_);
  changed_ = true;
}

void LiveJob::Do(const SeekSum& action) {
  if (absl::Status reserved = ReserveAttempt(action.plan.attempt()); !reserved.ok()) return Fail(action.plan, reserved);
  auto earlier = FindEarlierSum(around_.store.jobs(), spec_, action.sites);
  if (!earlier.ok()) return Fail(action.plan, earlier.status());
  if (!earlier->has_value()) return Handle(SumNotKept{action.plan});
  RoundClose close;
  close.job_id = id();
  close.report = ReportOfReuse(MakeRoundReport(program_, action.plan, v1::ROUND_FINISHED, {}), **earlier);
  close.report.set_started_unix_ms(absl::ToUnixMillis(around_.clock.Now()));
  close.report.set_model_digest(record_.model_digest);
  close.place = PlaceOfStep();
  close.next_step = action.plan.step() + 1;
  close.next_attempt = action.plan.attempt() + 2;  // as in MakeClosing
  close.model_digest = record_.model_digest;
  close.model_bytes = model_->size();
  close.statistics = std::move((*earlier)->statistics);
  if (absl::Status stored = around_.store.jobs().CloseRound(close); !stored.ok()) return Fail(action.plan, stored);
  spdlog::info("job {}: {} takes the sum that job {} opened", id(), program_.Describe(action.plan.step()),
               close.report.sum_of_job());
  Adopt(Closed{std::move(close), nullptr, nullptr, {}});
  secure_->EndStep();
  Handle(SumReused{action.plan});
}

void LiveJob::Do(const SkipTurn& action) {
  const v1::PlanId& plan = action.plan;
  if (absl::Status reserved = ReserveAttempt(plan.attempt()); !reserved.ok()) return Fail(plan, reserved);
  RoundClose close;
  close.job_id = id();
  close.report = MakeRoundReport(program_, plan, v1::ROUND_SKIPPED, action.absences);
  close.report.set_reason(absl::StrCat("the turn of ", program_.SiteOf(plan.step()), " was skipped"));
  close.report.set_started_unix_ms(absl::ToUnixMillis(around_.clock.Now()));
  close.report.set_model_digest(record_.model_digest);
  close.next_step = plan.step() + 1;
  close.next_attempt = plan.attempt() + 2;  // as in MakeClosing
  close.model_digest = record_.model_digest;
  close.model_bytes = model_->size();
  if (program_.TurnOf(plan.step()) == program_.num_turns()) {
    if (absl::Status trained = CheckCycleTrained(close.report); !trained.ok()) return Fail(plan, trained);
  }
  if (absl::Status stored = around_.store.jobs().CloseRound(close); !stored.ok()) return Fail(plan, stored);
  spdlog::warn("job {}: {} is skipped: {}", id(), program_.Describe(plan.step()), action.absences.front().reason());
  Adopt(Closed{std::move(close), nullptr, nullptr, {}});
  Handle(RoundCommitted{plan});
}

// By the stored reports: the cycle may have begun before this coordinator was started.
absl::Status LiveJob::CheckCycleTrained(const v1::RoundReport& last) const {
  ACCORD_ASSIGN_OR_RETURN(const std::vector<v1::RoundReport> rounds,
                          around_.store.jobs().Rounds(id(), std::numeric_limits<int>::max()));
  const bool trained = std::any_of(rounds.begin(), rounds.end(), [&](const v1::RoundReport& round) {
    return round.outcome() == v1::ROUND_FINISHED && round.turn() > 0 && round.round() == last.round();
  });
  if (trained) return absl::OkStatus();
  const v1::SiteAbsence& absence = last.absences(0);
  return absl::InvalidArgumentError(absl::StrCat("no site trained in cycle ", last.round(), ", the last of them ",
                                                 absence.site(), ": ", absence.reason()));
}

void LiveJob::Do(const AbandonAttempt& action) {
  v1::RoundReport round = MakeRoundReport(program_, action.plan, v1::ROUND_ABANDONED, action.absences);
  round.set_reason(action.reason);
  if (attempt_.has_value() && attempt_->Is(action.plan)) {
    round.set_started_unix_ms(absl::ToUnixMillis(attempt_->started()));
    round.set_duration_ms(absl::ToDoubleMilliseconds(around_.clock.Monotonic() - attempt_->started_at()));
    round.set_upload_bytes_per_site(attempt_->upload_bytes());
  }
  round.mutable_findings()->Assign(findings_.lines().begin(), findings_.lines().end());
  findings_.StartAgain();
  attempt_.reset();
  if (secure_ != nullptr) secure_->EndAttempt();
  spdlog::warn("job {}: attempt {} at {} is abandoned: {}", id(), action.plan.attempt(),
               program_.Describe(action.plan.step()), action.reason);
  // The record is for readers; without it the job goes on all the same.
  if (absl::Status stored = around_.store.jobs().RecordAbandoned(id(), round); !stored.ok()) {
    spdlog::error("job {}: {}", id(), std::string(stored.message()));
  }
  AddRound(round, report_);
  changed_ = true;
}

}  // namespace accord
