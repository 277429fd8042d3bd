#include "coordinator/engine/live_job.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "aggregation/programs/attempt_terms.h"
#include "aggregation/programs/step_schema.h"
#include "aggregation/secure/site/another_attempt.h"
#include "base/hash.h"
#include "base/status.h"
#include "coordinator/engine/earlier_sum.h"
#include "coordinator/engine/job_report.h"
#include "coordinator/programs/job_end.h"
#include "spdlog/spdlog.h"

namespace accord {

LiveJob::LiveJob(JobRecord record, v1::JobSpec spec, uint32_t first_attempt, JobSurroundings surroundings)
    : record_(std::move(record)),
      spec_(std::move(spec)),
      job_sha256_(Sha256Hex(record_.spec_bytes)),
      program_(spec_),
      around_(std::move(surroundings)),
      machine_(record_.id, spec_, JobProgress{record_.step, first_attempt}, around_.clock.Monotonic()),
      strand_(around_.workers),
      findings_(record_.id, around_.store.evidence_folder()) {}

absl::StatusOr<std::shared_ptr<LiveJob>> LiveJob::Create(JobRecord record, uint32_t first_attempt,
                                                         JobSurroundings surroundings) {
  v1::JobSpec spec;
  if (!spec.ParseFromString(record.spec_bytes) || record.step >= JobProgram(spec).num_steps()) {
    return absl::DataLossError(
        absl::StrCat("the stored job ", record.id, " is damaged; restore state_dir from a backup"));
  }
  ACCORD_ASSIGN_OR_RETURN(v1::JobReport report, LoadReport(surroundings.store.jobs(), record));
  auto job =
      std::shared_ptr<LiveJob>(new LiveJob(std::move(record), std::move(spec), first_attempt, std::move(surroundings)));
  for (const v1::SiteFact& facts : report.sites()) job->known_sites_.insert(facts.site());
  job->report_ = std::move(report);
  ACCORD_RETURN_IF_ERROR(Annotate(job->LoadModel(), absl::StrCat("job ", job->id())));
  ACCORD_ASSIGN_OR_RETURN(job->counted_steps_, CountedSteps::Load(job->spec_, job->id(), job->around_.store.jobs()));
  ACCORD_RETURN_IF_ERROR(Annotate(job->LoadPapers(), absl::StrCat("job ", job->id())));
  ACCORD_RETURN_IF_ERROR(Annotate(job->PrepareSecureSums(), absl::StrCat("job ", job->id())));
  return job;
}

absl::Status LiveJob::LoadModel() {
  if (!record_.server_state.empty()) {
    ACCORD_ASSIGN_OR_RETURN(server_state_, around_.store.objects().Find(record_.server_state));
  }
  ACCORD_ASSIGN_OR_RETURN(model_, around_.store.objects().Find(record_.model_digest));
  inline_model_.clear();
  if (model_->size() > kMaxInlineBytes) return absl::OkStatus();
  inline_model_.resize(model_->size());
  return model_->Read(0, absl::MakeSpan(inline_model_));
}

void LiveJob::Handle(const JobEvent& event) {
  if (handling_) return pending_.push_back(event);  // an action's own event: its turn comes below
  if (papers_ != nullptr && !over_) {
    const absl::Duration now = around_.clock.Monotonic();
    if (now >= papers_due_) {
      // Because of the time, and perhaps long after somebody looked. Judged at once all the same: what has expired has
      // done so under any charter, and if there is another one, it is all judged anew in a moment.
      if (papers_due_ > -absl::InfiniteDuration()) around_.look_for_charter();
      JudgePapers();
    }
    if (now >= show_due_) ShowPapers();
  }
  if (std::string hold = around_.why_no_round(); hold != rounds_held_) {
    rounds_held_ = std::move(hold);
    pending_.push_back(RoundsHeld{rounds_held_});
  }
  const bool turn_changed = TurnHasChanged();
  if (turn_changed) {
    held_back_by_ = around_.who_sums_columns(*this);
    sets_known_ = false;  // whoever had the turn may have left one
  }
  // Before anything can begin: it hands over events of its own.
  if (secure_ != nullptr && !sets_known_ && held_back_by_.empty() && papers_let_) LookForShownSets();
  if (turn_changed) {
    pending_.push_back(
        HeldBack{held_back_by_.empty()
                     ? ""
                     : absl::StrCat("waits until job ", held_back_by_,
                                    " has summed the same columns: sites sum them over one set of sites only")});
  }
  pending_.push_back(event);
  handling_ = true;
  for (size_t next = 0; next < pending_.size(); ++next) {
    const JobEvent current = std::move(pending_[next]);
    const SiteReady* ready = std::get_if<SiteReady>(&current);
    if (ready != nullptr && secure_ != nullptr && held_back_by_.empty() && papers_let_) {
      secure_->AskForVoids(ready->site);
    }
    for (const JobAction& action : machine_.Handle(current, around_.clock.Monotonic())) {
      std::visit([this](const auto& a) { Do(a); }, action);
    }
  }
  pending_.clear();
  handling_ = false;
}

bool LiveJob::TurnHasChanged() const {
  return machine_.NeedsColumns() && !machine_.SumsColumns() && around_.who_sums_columns(*this) != held_back_by_;
}

void LiveJob::LookForTurn() {
  if (TurnHasChanged()) Handle(Tick{});
}

void LiveJob::LookForHold() {
  if (around_.why_no_round() != rounds_held_) Handle(Tick{});
}

template <typename Work, typename Then>
void LiveJob::RunOnStrand(Work work, Then then) {
  strand_.Run([work = std::move(work), then = std::move(then), job = weak_from_this(), loop = &around_.loop]() mutable {
    loop->Post([result = work(), then = std::move(then), job = std::move(job)]() mutable {
      if (auto alive = job.lock()) then(*alive, std::move(result));
    });
  });
}

RoundFailed LiveJob::FailureOf(const v1::PlanId& plan, const absl::Status& status) {
  // Arithmetic that cannot work now will not work next time either; a full disk may.
  const bool final =
      status.code() == absl::StatusCode::kInvalidArgument || status.code() == absl::StatusCode::kDataLoss;
  return RoundFailed{plan, std::string(status.message()), final};
}

void LiveJob::Fail(const v1::PlanId& plan, const absl::Status& status) {
  spdlog::error("job {}: attempt {} at {}: {}", id(), plan.attempt(), program_.Describe(plan.step()),
                std::string(status.message()));
  Handle(FailureOf(plan, status));
}

// ---- actions ----

absl::Status LiveJob::ReserveAttempt(uint32_t attempt, uint32_t ahead) {
  if (attempt < record_.next_attempt) return absl::OkStatus();  // the transaction that closed the last round did it
  ACCORD_RETURN_IF_ERROR(around_.store.jobs().ReserveAttempts(id(), attempt + ahead + 1));
  record_.next_attempt = attempt + ahead + 1;
  return absl::OkStatus();
}

// The first attempt's number was reserved with the job. Under a charter it matters ever after that there was one, so it
// is made durable as the next one's.
absl::Status LiveJob::BeginFirst(uint32_t attempt, uint32_t ahead) {
  if (papers_ != nullptr && !begun_) ACCORD_RETURN_IF_ERROR(ReserveAttempt(std::max(attempt, kFirstReserved)));
  begun_ = true;
  if (papers_ != nullptr) around_.look_for_charter();
  return ReserveAttempt(attempt, ahead);
}

void LiveJob::Do(const BeginEpoch& action) {
  if (absl::Status reserved = BeginFirst(action.plan.attempt()); !reserved.ok()) return Fail(action.plan, reserved);
  if (absl::Status begun = secure_->BeginEpoch(action); !begun.ok()) return Fail(action.plan, begun);
}

void LiveJob::Do(const RequestKey& action) { secure_->RequestKey(action); }

void LiveJob::Do(const FormEpoch& action) { secure_->FormEpoch(action); }

void LiveJob::Do(const BeginAttempt& action) {
  hangs_ = false;
  attempt_.reset();
  plan_message_ = nullptr;
  if (absl::Status reserved = BeginFirst(action.plan.attempt()); !reserved.ok()) return Fail(action.plan, reserved);
  auto sum = RoundSum::Create(spec_, program_.KindOf(action.plan.step()), record_.layout.num_elements(),
                              action.encoding_sites, std::move(sum_memory_));
  if (!sum.ok()) return Fail(action.plan, sum.status());
  attempt_.emplace(Attempt::Terms{.plan = action.plan,
                                  .cohort = action.cohort,
                                  .encoding_sites = action.encoding_sites,
                                  .masked = secure_ != nullptr,
                                  .check_uploads = SeesSingleChanges(spec_),
                                  .started = around_.clock.Now(),
                                  .started_at = around_.clock.Monotonic()},
                   *std::move(sum));
  auto message = MakePlanMessage(*attempt_);
  if (!message.ok()) {
    attempt_.reset();
    // A cohort that cannot be summed in secret today may be another one tomorrow.
    return Handle(RoundFailed{action.plan, std::string(message.status().message()), /*final=*/false});
  }
  plan_message_ = *std::move(message);
  spdlog::info("job {}: {} begins with {} sites (attempt {})", id(), program_.Describe(action.plan.step()),
               action.cohort.size(), action.plan.attempt());
}

absl::StatusOr<std::shared_ptr<const v1::CoordinatorMessage>> LiveJob::MakePlanMessage(const Attempt& attempt) {
  PlanInputs inputs;
  inputs.cohort = attempt.cohort();
  inputs.encoding_sites = attempt.encoding_sites();
  inputs.job_bytes = record_.spec_bytes;
  inputs.job_sha256 = job_sha256_;
  inputs.model = inline_model_;
  inputs.model_digest = record_.model_digest;
  inputs.model_bytes = model_->size();
  inputs.num_parameters = record_.layout.num_elements();
  const std::vector<uint32_t> counted = counted_steps_.Of(attempt.cohort());
  inputs.counted_steps = counted;
  if (record_.statistics.has_value()) inputs.statistics = &*record_.statistics;
  auto message = std::make_shared<v1::CoordinatorMessage>();
  *message->mutable_plan() = MakePlan(program_, attempt.plan(), inputs);
  // Before the secure part: the transcript has it.
  ACCORD_ASSIGN_OR_RETURN(*message->mutable_plan()->mutable_log_head(), around_.log_head());
  if (auto stamp = around_.log_stamp(message->plan().log_head()); stamp.has_value()) {
    *message->mutable_plan()->mutable_log_stamp() = *std::move(stamp);
  }
  if (secure_ != nullptr) ACCORD_RETURN_IF_ERROR(secure_->BeginAttempt(*message->mutable_plan()));
  return message;
}

// ---- FedBuff ----

// An upload that waits for a round is in its flight; the round's attempt begins when it closes.
constexpr uint32_t kFlightsReserved = 16;  // with one transaction

void LiveJob::Do(const BeginFlight& action) {
  if (absl::Status reserved = BeginFirst(action.plan.attempt(), kFlightsReserved); !reserved.ok()) {
    return Fail(action.plan, reserved);
  }
  const uint32_t buffer = spec_.aggregation().fedbuff().buffer();
  auto sum = RoundSum::Create(spec_, v1::STEP_TRAIN, record_.layout.num_elements(), buffer, RingVector());
  if (!sum.ok()) return Fail(action.plan, sum.status());
  if (!buffering_since_.has_value()) buffering_since_.emplace(around_.clock.Now(), around_.clock.Monotonic());
  Flight flight;
  flight.attempt = std::make_unique<Attempt>(Attempt::Terms{.plan = action.plan,
                                                            .cohort = {action.site},
                                                            .encoding_sites = buffer,
                                                            .masked = false,
                                                            .check_uploads = true,
                                                            .started = around_.clock.Now(),
                                                            .started_at = around_.clock.Monotonic()},
                                             *std::move(sum));
  flight.model_digest = record_.model_digest;
  flight.model = model_;
  auto message = MakePlanMessage(*flight.attempt);
  if (!message.ok()) return Fail(action.plan, message.status());
  flight.plan_message = *std::move(message);
  spdlog::info("job {}: {} begins at {} (attempt {})", id(), program_.Describe(action.plan.step()), action.site,
               action.plan.attempt());
  flights_[action.site] = std::move(flight);
}

void LiveJob::Do(const EndFlight& action) { flights_.erase(action.site); }

absl::Status LiveJob::BeginBuffered(const CompleteRound& action) {
  ACCORD_RETURN_IF_ERROR(ReserveAttempt(action.plan.attempt()));
  const uint32_t buffer = spec_.aggregation().fedbuff().buffer();
  ACCORD_ASSIGN_OR_RETURN(RoundSum sum, RoundSum::Create(spec_, v1::STEP_TRAIN, record_.layout.num_elements(), buffer,
                                                         std::move(sum_memory_)));
  const auto [started, started_at] =
      buffering_since_.value_or(std::pair<absl::Time, absl::Duration>(around_.clock.Now(), around_.clock.Monotonic()));
  buffering_since_.emplace(around_.clock.Now(), around_.clock.Monotonic());
  attempt_.emplace(Attempt::Terms{.plan = action.plan,
                                  .cohort = action.sites,
                                  .encoding_sites = buffer,
                                  .masked = false,
                                  .check_uploads = false,
                                  .started = started,
                                  .started_at = started_at},
                   std::move(sum));
  for (const std::string& site : action.sites) {
    const Flight& flight = flights_.at(site);
    const uint32_t staleness = action.plan.step() - flight.attempt->plan().step();
    ACCORD_RETURN_IF_ERROR(WorkOnSum([site, staleness, upload = flight.attempt->Find(site)](RoundSum& folded) {
      folded.KeepChange(site, upload, staleness);
      return folded.Fold(*upload);
    }));
  }
  return absl::OkStatus();
}

Attempt* LiveJob::AttemptOf(const std::string& site, const v1::PlanId& plan) {
  const auto flight = flights_.find(site);
  if (flight != flights_.end() && flight->second.attempt->Is(plan)) return flight->second.attempt.get();
  return attempt_.has_value() && attempt_->Is(plan) ? &*attempt_ : nullptr;
}

void LiveJob::Do(const SendPlan& action) {
  if (const auto flight = flights_.find(action.site);
      flight != flights_.end() && flight->second.attempt->Is(action.plan)) {
    planned_sites_.insert(action.site);
    return Send(action.site, flight->second.plan_message);
  }
  // No attempt: it could not begin, and the machine will hear of it next.
  if (!attempt_.has_value() || !attempt_->Is(action.plan) || plan_message_ == nullptr) return;
  planned_sites_.insert(action.site);
  Send(action.site, plan_message_);
}

void LiveJob::Do(const SendPlanEnd& action) {
  const bool job_over = action.outcome == v1::PlanEnd::JOB_OVER;
  if (job_over && !end_stored_) {
    if (!over_) untold_ends_.push_back(action);
    return;  // taken up again at the next start, the job goes on from what they keep
  }
  auto message = std::make_shared<v1::CoordinatorMessage>();
  v1::PlanEnd& end = *message->mutable_plan_end();
  *end.mutable_plan() = action.plan;
  end.set_outcome(action.outcome);
  end.set_reason(action.reason);
  if (job_over) {
    const std::vector<uint32_t> counted = counted_steps_.Of(absl::MakeConstSpan(&action.site, 1));
    if (!counted.empty()) end.set_counted_step(counted.front());
  }
  around_.send(action.site, std::move(message));
}

void LiveJob::Do(const FoldUpload& action) {
  std::shared_ptr<StagedUpload> upload = attempt_.has_value() ? attempt_->Find(action.site) : nullptr;
  if (upload == nullptr) return;
  const v1::PlanId plan = attempt_->plan();
  // A masked one may have to be taken out again.
  absl::Status done = WorkOnSum([upload, site = action.site, keep = attempt_->masked()](RoundSum& sum) {
    absl::Status folded = sum.Fold(*upload);
    if (sum.combines()) {
      sum.KeepChange(site, upload);
    } else if (!keep) {
      upload->ReleaseBytes();
    }
    return folded;
  });
  if (!done.ok()) Fail(plan, done);
}

absl::Status LiveJob::WorkOnSum(absl::AnyInvocable<absl::Status(RoundSum&)> work) {
  if (WorksInline()) return work(*attempt_->sum());
  RunOnStrand([sum = attempt_->sum(), work = std::move(work)]() mutable { return work(*sum); },
              [plan = attempt_->plan()](LiveJob& job, absl::Status done) {
                if (!done.ok()) job.Fail(plan, done);
              });
  return absl::OkStatus();
}

// ---- secure sums ----

absl::Status LiveJob::PrepareSecureSums() {
  if (!HasSecureSum(spec_)) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(std::vector<secure::SignedBytes> proof, around_.store.jobs().LoadProof(id()));
  SecureSums::Surroundings surroundings;
  surroundings.job_id = id();
  surroundings.job_sha256 = job_sha256_;
  surroundings.spec = &spec_;
  if (papers_ != nullptr) surroundings.charter_hash = papers_->charter_hash();
  surroundings.roster = around_.roster;
  surroundings.send = [this](const std::string& site, std::shared_ptr<const v1::CoordinatorMessage> message) {
    Send(site, std::move(message));
  };
  surroundings.tell = [this](const JobEvent& event) { Handle(event); };
  surroundings.unfold = [this](const std::string& site) { return Unfold(site); };
  surroundings.remove_masks = [this](std::vector<secure::SignedMaskSeed> seeds) {
    return RemoveMasks(std::move(seeds));
  };
  surroundings.failure = FailureOf;
  surroundings.keep_proof = [this](const std::vector<secure::SignedBytes>& statements) {
    return around_.store.jobs().KeepProof(id(), statements);
  };
  surroundings.keep_survivors = [this](const StoredShownSet& shown) { return around_.store.shown().Keep(shown); };
  surroundings.release_survivors = [this](const StoredShownSet& shown) { return around_.store.shown().Release(shown); };
  surroundings.note = [this](const std::string& words, const secure::Evidence* proof, const Roster& roster) {
    findings_.Add(words, proof, roster);
  };
  secure_ = std::make_unique<SecureSums>(std::move(surroundings), std::move(proof));
  // What is damaged of this job's own is found now, and not when its turn comes.
  return around_.store.shown().At(PlaceOfStep(), id()).status();
}

// The same as the sites compute it for the step's attempts.
Sha256Digest LiveJob::PlaceOfStep() const {
  secure::AttemptTerms terms;
  terms.job_id = id();
  terms.kind = program_.KindOf(record_.step);
  if (!spec_.model().has_drill()) terms.data_set = spec_.data().name();
  if (ReadsModel(program_.KindOf(record_.step))) {
    const auto digest = ParseHexDigest(record_.model_digest);
    if (digest.ok()) terms.model_digest = *digest;
  }
  return secure::PlaceOf(terms).place;
}

void LiveJob::LookForShownSets() {
  sets_known_ = true;
  auto sets = around_.store.shown().At(PlaceOfStep(), id());
  if (!sets.ok()) return spdlog::error("job {}: {}", id(), std::string(sets.status().message()));
  if (!sets->empty()) {
    spdlog::info("job {}: sites were shown survivors of {} before, in {} attempts", id(),
                 program_.Describe(record_.step), sets->size());
  }
  secure_->HoldTo(*std::move(sets));
}

void LiveJob::Do(const OpenSum&) {
  if (!attempt_.has_value()) return;
  attempt_->CloseUploads("the round takes no more uploads; this site joins the next one");
  secure_->OpenSum();
}

void LiveJob::Do(const MemberLost& action) {
  spdlog::warn("job {}: {} is lost while the sum is opened: {}", id(), action.site, action.reason);
  hangs_ = true;
  secure_->LoseMember(action);
  TellWhoIsAwaited();
}

void LiveJob::Do(const MemberBack& action) {
  secure_->TakeBackMember(action);
  TellWhoIsAwaited();
}

void LiveJob::Do(const GiveUpOpening& action) { secure_->GiveUp(action.reason); }

void LiveJob::TakeSecure(const std::string& site, const v1::SiteMessage& message) {
  if (secure_ == nullptr) return;
  // Whoever was left out of the epoch stays out: builder and machine must have the same members.
  if (message.has_key_answer() && !machine_.AwaitsKey(site, message.key_answer().plan())) return;
  secure_->Take(site, message);
  if (hangs_) TellWhoIsAwaited();
}

void LiveJob::TellWhoIsAwaited() {
  const std::string words = attempt_.has_value() ? secure_->WaitingWords() : "";
  if (words.empty() || over_) return;
  report_.set_waiting_for(absl::StrCat(program_.Describe(attempt_->plan().step()), " ", words));
  changed_ = true;
}

absl::Status LiveJob::Unfold(const std::string& site) {
  std::shared_ptr<StagedUpload> upload = attempt_.has_value() ? attempt_->Find(site) : nullptr;
  if (upload == nullptr) return absl::OkStatus();
  return WorkOnSum([upload](RoundSum& sum) {
    absl::Status unfolded = sum.Unfold(*upload);
    upload->ReleaseBytes();
    return unfolded;
  });
}

absl::Status LiveJob::RemoveMasks(std::vector<secure::SignedMaskSeed> seeds) {
  if (!attempt_.has_value()) return absl::OkStatus();
  return WorkOnSum([seeds = std::move(seeds), threads = around_.workers.num_threads()](RoundSum& sum) {
    return sum.RemoveMasks(seeds, threads);
  });
}

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

void LiveJob::Do(const StateChanged& action) {
  report_.set_state(action.state);
  report_.set_reason(action.reason);
  report_.set_waiting_for(action.waiting_for);
  changed_ = true;
  if (!machine_.final()) return;
  over_ = true;
  attempt_.reset();
  flights_.clear();
  sum_memory_ = RingVector();
  around_.store.objects().DropUnusedScratchFiles();
  const absl::Time now = around_.clock.Now();
  report_.set_finished_unix_ms(absl::ToUnixMillis(now));
  spdlog::info("job {}: {}: {}", id(), v1::JobState_Name(action.state), action.reason);
  const absl::Status ended = around_.store.jobs().EndJob(id(), action.state, action.reason, now, report_.kept_round());
  if (!ended.ok()) {
    spdlog::error("job {} is over, but this could not be stored; it will be taken up again at the next start: {}", id(),
                  std::string(ended.message()));
    return;
  }
  end_stored_ = true;
  for (const SendPlanEnd& end : std::exchange(untold_ends_, {})) Do(end);
  around_.store.objects().Delete(record_.server_state);
  server_state_ = nullptr;
}

// ---- transfers ----

absl::StatusOr<UploadTicket> LiveJob::OpenUpload(const std::string& site, const v1::UploadOpen& open) {
  Attempt* const attempt = AttemptOf(site, open.plan());
  // Asked for again after it was taken (the answer was lost): it is still taken.
  if (attempt != nullptr) {
    const auto upload = attempt->Find(site);
    if (upload != nullptr && upload->vector_name() == open.vector_name()) {
      const StagedUpload::Attachment attachment = upload->Attach();
      if (attachment.verified) return UploadTicket{upload, attachment};
    }
  }
  if (std::string why = machine_.WhyNotAccept(site, open.plan()); !why.empty())
    return absl::FailedPreconditionError(why);
  if (attempt == nullptr) return absl::FailedPreconditionError("this attempt at the round is over");
  Handle(SiteMoved{site, open.plan()});
  Attempt* const still = AttemptOf(site, open.plan());  // time has passed, too
  if (still == nullptr) return absl::FailedPreconditionError("this attempt at the round is over");
  return still->Open(site, open, around_.store.objects());
}

absl::Status LiveJob::AcceptUpload(const std::string& site, const v1::PlanId& plan) {
  const std::string why = machine_.WhyNotAccept(site, plan);
  if (!why.empty()) return absl::FailedPreconditionError(why);
  Handle(UploadArrived{site, plan});
  return absl::OkStatus();
}

absl::Status LiveJob::CloseUpload(const std::string& site, const v1::PlanId& plan, const v1::UploadClose& close) {
  const std::string why = machine_.WhyNotAccept(site, plan);
  if (!why.empty()) return absl::FailedPreconditionError(why);
  std::shared_ptr<StagedUpload> upload = attempt_.has_value() ? attempt_->Find(site) : nullptr;
  if (upload == nullptr || secure_ == nullptr) return absl::FailedPreconditionError("this round has plain sums");
  return secure_->CloseUpload(site, *upload, close);
}

std::shared_ptr<const ObjectReader> LiveJob::FindObject(const std::string& site, const std::string& name) const {
  const bool planned = planned_sites_.contains(site);
  if (name == job_sha256_ && (planned || papered_sites_.contains(site))) {
    return std::make_shared<const ObjectReader>(record_.spec_bytes);
  }
  if (!planned) return nullptr;
  if (name == record_.model_digest) return model_;
  const auto flight = flights_.find(site);
  if (flight != flights_.end() && name == flight->second.model_digest) return flight->second.model;
  if (!record_.torchscript_sha256.empty() && name == record_.torchscript_sha256) {
    auto found = around_.store.objects().Find(name);
    if (found.ok()) return *std::move(found);
    spdlog::error("job {}: {}", id(), std::string(found.status().message()));
  }
  return nullptr;
}

}  // namespace accord
