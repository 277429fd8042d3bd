#include "coordinator/engine/live_job.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/status.h"
#include "coordinator/engine/job_report.h"
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
