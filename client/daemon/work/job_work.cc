#include "client/daemon/work/job_work.h"

#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <utility>
#include <variant>

#include "aggregation/programs/attempt_terms.h"
#include "aggregation/programs/step_schema.h"
#include "base/clock.h"
#include "base/status.h"
#include "client/daemon/training/confined_words.h"
#include "client/daemon/work/admission.h"
#include "client/daemon/work/kept_step.h"

namespace accord {
namespace {

// The coordinator wants to hear of progress every 5 s at least; more often than this tells it nothing new.
constexpr absl::Duration kReportEvery = absl::Seconds(1);

constexpr char kOtherVersion[] = "the data set has another version than when this was computed";
constexpr char kWrittenTo[] = "files of the data set were written to since this was computed";

// The attempt whose sum the message would have this site help to open; null: none. Keys and the word never to sign say
// nothing of rows.
const v1::PlanId* PlanOpenedBy(const v1::CoordinatorMessage& message) {
  switch (message.kind_case()) {
    case v1::CoordinatorMessage::kSurvivors:
      return &message.survivors().plan();
    case v1::CoordinatorMessage::kSignatures:
      return &message.signatures().plan();
    case v1::CoordinatorMessage::kShareRequest:
      return &message.share_request().plan();
    case v1::CoordinatorMessage::kPairSeedRequest:
      return &message.pair_seed_request().plan();
    default:
      return nullptr;
  }
}

}  // namespace

// Everything one computation needs, apart from the job so that the trainer's thread shares nothing with the decisions.
struct JobWork::ComputeTask {
  ComputeRequest request;
  VectorSchema schema;
  UniqueFd model;
  SharedVector shared;
  PageMemory memory;  // for the copy
  std::optional<KeptStep> kept;
  std::atomic<bool> cancelled = false;
};

JobWork::JobWork(std::string job_id, Surroundings surroundings)
    : job_id_(std::move(job_id)),
      surroundings_(std::move(surroundings)),
      participant_(job_id_),
      inputs_(surroundings_.config),
      secure_(job_id_, surroundings_.secure, SecureCallbacks()) {}

JobWork::~JobWork() {
  StopComputing();
  surroundings_.host.EndJob(job_id_);
}

SecureWork::Callbacks JobWork::SecureCallbacks() {
  SecureWork::Callbacks callbacks;
  callbacks.send = surroundings_.send;
  callbacks.tell_operator = surroundings_.tell_operator;
  callbacks.upload = [this](const v1::PlanId& plan, std::shared_ptr<const secure::MaskSet> masks) {
    // Two vectors under one set of masks would open their difference.
    if (!vector_.has_value() || vector_->name() != secure_.vector_name()) {
      return RefusePlan(plan, "the vector that this attempt masks is not here any more");
    }
    if (!RowsMayLeave(plan)) return;
    upload_.reset();
    auto source = std::make_unique<MaskedSource>(vector_->elements(), std::move(masks));
    masked_ = source.get();
    source_ = std::move(source);
    close_.reset();
    OpenUpload(plan);
  };
  callbacks.close_upload = [this](const v1::PlanId&, v1::UploadClose close) {
    close_ = std::move(close);
    if (upload_ != nullptr) upload_->Close(*close_);
  };
  callbacks.refused = [this](const v1::PlanId& plan, v1::Refusal refusal) { RefuseSecure(plan, std::move(refusal)); };
  return callbacks;
}

void JobWork::Handle(const ParticipantEvent& event) {
  if (const auto* received = std::get_if<PlanReceived>(&event)) {
    asked_job_sha256_ = received->plan.job_sha256();
    DropVectorOfOtherRows(received->plan);
  }
  if (const auto* end = std::get_if<PlanEnded>(&event)) {
    secure_.OnPlanEnd(end->end);
    const v1::PlanId& ended = end->end.plan();
    const bool counts = end->end.outcome() == v1::PlanEnd::SUMMED && ended.attempt() == plan_.id().attempt();
    if (counts && surroundings_.kept != nullptr) surroundings_.kept->Count(job_id_, ended.step() + 1);
    // With the attempt go its masks; the vector may be asked for again under others.
    if (end->end.plan().attempt() == plan_.id().attempt()) DropSource();
  }
  if (std::holds_alternative<Paused>(event)) {
    DropSource();
    secure_.Forget();
  }
  std::deque<ParticipantAction> actions;
  for (ParticipantAction& action : participant_.Handle(event)) actions.push_back(std::move(action));
  for (const ParticipantAction& action : actions) {
    std::visit([this](const auto& kind) { Do(kind); }, action);
  }
  if (std::holds_alternative<Paused>(event)) DropMemory();
  if (turn_ != nullptr && resting()) EndTurn();
}

std::string JobWork::Describe() const {
  const std::string sum = secure_.Describe();
  return sum.empty() ? participant_.Describe() : absl::StrCat(participant_.Describe(), "; secure sum: ", sum);
}

bool JobWork::resting() const {
  return participant_.state() == Participant::State::kIdle || participant_.state() == Participant::State::kAwaitingEnd;
}

void JobWork::Do(const FetchInputs& action) {
  ++serial_;
  if (surroundings_.turns == nullptr) return FetchNext(action.plan);
  const auto post = surroundings_.post;
  const uint64_t serial = serial_;
  turn_ = nullptr;  // another fetch takes its place behind those that wait already
  turn_ = surroundings_.turns->Ask(
      {[post, serial, plan = action.plan] {
         post([serial, plan](JobWork& work) {
           if (serial == work.serial_) work.FetchNext(plan);
         });
       },
       [post, serial, id = action.plan.id()] {
         post([serial, id](JobWork& work) { work.Report(serial, id, v1::Progress::DOWNLOADING, 0); });
       }});
}

void JobWork::EndTurn() {
  const std::unique_ptr<Turns::Turn> turn = std::move(turn_);  // ends when all is dropped
  participant_.Handle(VectorGone{});
  Do(DropVector{});
  DropMemory();
  inputs_.DropTorchScript();
}

void JobWork::FetchNext(const v1::Plan& plan) {
  absl::Status valid = CheckPlan(plan, surroundings_.config.site());
  if (valid.ok()) valid = AskPermit(plan);
  if (!valid.ok()) return RefusePlan(plan.id(), valid);
  auto missing = inputs_.NextMissing(plan, permit_.policy.get());
  if (!missing.ok()) {
    const v1::Refusal refusal = RefusalOf(missing.status());
    return Handle(FetchFailed{plan.id(), refusal.reason(), refusal.permanent()});
  }
  if (*missing == nullptr) return Handle(InputsFetched{plan.id()});
  const std::shared_ptr<grpc::Channel> channel = surroundings_.channel();
  if (channel == nullptr) return Handle(TransferBroken{plan.id()});
  const auto post = surroundings_.post;
  const uint64_t serial = serial_;
  if (surroundings_.ledger != nullptr &&
      !surroundings_.ledger->Fetches(plan.id(), (*missing)->name(), (*missing)->num_bytes()).ok()) {
    return Handle(TransferBroken{plan.id()});  // the session ends with the reason
  }
  download_.reset();
  download_ = std::make_unique<Download>(
      channel, **missing,
      Download::Callbacks{[post, serial, id = plan.id()](uint64_t done) {
                            post([=](JobWork& work) { work.Report(serial, id, v1::Progress::DOWNLOADING, done); });
                          },
                          [post, serial, plan](const DownloadResult& result) {
                            post([=](JobWork& work) { work.OnDownloaded(serial, plan, result); });
                          }});
}

void JobWork::OnDownloaded(uint64_t serial, const v1::Plan& plan, const DownloadResult& result) {
  if (serial != serial_) return;
  download_.reset();
  switch (result.outcome) {
    case DownloadResult::Outcome::kComplete:
      return FetchNext(plan);
    case DownloadResult::Outcome::kRefused:
      return Handle(FetchFailed{plan.id(), absl::StrCat("could not fetch from the coordinator: ", result.reason)});
    case DownloadResult::Outcome::kBroken:
      return Handle(TransferBroken{plan.id()});
  }
}

absl::StatusOr<std::shared_ptr<JobWork::ComputeTask>> JobWork::MakeTask(const v1::Plan& plan) {
  ACCORD_ASSIGN_OR_RETURN(VectorSchema schema,
                          StepSchema(inputs_.spec(), plan.kind(), plan.num_parameters(), plan.encoding_sites()));
  ACCORD_ASSIGN_OR_RETURN(std::optional<KeptStep> kept,
                          KeptStep::Make({surroundings_.kept, KeptBoundOf(permit_.policy.get())}, inputs_.spec(), plan,
                                         surroundings_.config.site()));
  if (!shared_memory_.has_value() || shared_memory_->bytes().size() != schema.num_bytes()) {
    ACCORD_ASSIGN_OR_RETURN(shared_memory_, SharedVector::Create(schema.num_bytes()));
  }
  // The task's own until it has ended well: a computation that was stopped may still write.
  SharedVector shared = *std::exchange(shared_memory_, std::nullopt);
  UniqueFd model(fcntl(inputs_.model_fd(), F_DUPFD_CLOEXEC, 0));
  if (!model.valid()) return ErrnoError("duplicate", "the model's descriptor");
  ComputeRequest request;
  request.job_id = job_id_;
  if (!inputs_.spec().model().has_drill()) request.dataset = inputs_.spec().data().name();
  request.job_bytes = inputs_.job_bytes();
  request.torchscript = inputs_.torchscript();
  request.step.set_kind(plan.kind());
  request.step.set_step(plan.id().step());
  request.step.set_round(plan.round());
  request.step.set_cohort_size(plan.encoding_sites());
  *request.step.mutable_statistics() = plan.statistics();
  request.step.set_num_parameters(plan.num_parameters());
  request.step.set_vector_bytes(schema.num_bytes());
  request.step.set_model_bytes(plan.model_bytes());
  if (permit_.charter != nullptr) {
    request.step.set_min_train_rows(permit_.terms.min_rows);
    request.step.set_min_rows_clause(FloorClause(permit_, "min_rows"));
    const Charter& charter = permit_.charter->charter();
    const auto& operators = charter.terms().code().operators();
    request.operators.assign(operators.begin(), operators.end());
    request.operators_clause = charter.Clause("code.operators");
  }
  const v1::PolicyLimits& limits = permit_.terms.limits;
  if (limits.has_scratch_mib()) request.max_scratch_mib = limits.scratch_mib();
  request.model_fd = model.get();
  request.vector_fd = shared.fd();
  return std::shared_ptr<ComputeTask>(new ComputeTask{std::move(request), std::move(schema), std::move(model),
                                                      std::move(shared), std::move(held_memory_), std::move(kept)});
}

bool JobWork::MayGoOn(const v1::Plan& plan) {
  if (plan_.id().attempt() != plan.id().attempt()) DropSource();
  plan_ = plan;
  // A plan that asks for the held vector again has come here without the checks of a fetch. Whether the sum is secure
  // is the job's word, never the plan's.
  absl::Status checked = CheckPlan(plan, surroundings_.config.site());
  if (checked.ok()) checked = AskPermit(plan);
  if (checked.ok()) checked = CheckJob(inputs_.spec(), plan, surroundings_.config, permit_.policy.get());
  if (checked.ok()) {
    checked = CheckReportedSites(inputs_.spec(), StricterFloors(surroundings_.secure.floors, permit_).sites);
  }
  if (!checked.ok()) {
    RefusePlan(plan.id(), checked);
    return false;
  }
  if (!HasSecureSum(inputs_.spec()) || secure_.Accepted(plan)) return true;
  secure_.Plan(plan, inputs_.spec());
  return secure_.Accepted(plan);
}

void JobWork::RefusePlan(const v1::PlanId& plan, const std::string& reason, bool permanent) {
  v1::Refusal refusal;
  refusal.set_reason(reason);
  refusal.set_permanent(permanent);
  Handle(PlanRefused{plan, std::move(refusal)});
}

void JobWork::RefusePlan(const v1::PlanId& plan, const absl::Status& why) { Handle(PlanRefused{plan, RefusalOf(why)}); }

void JobWork::DropVectorOfOtherRows(const v1::Plan& plan) {
  // Under masks of an attempt that is under way nothing but its own vector may leave.
  if (plan.id().attempt() <= plan_.id().attempt() || !vector_.has_value() || RowsAreOfPermit()) return;
  if (!resting()) return;
  participant_.Handle(VectorGone{});
  Do(DropVector{});
}

void JobWork::Hold(const JobPermit& permit) {
  permit_ = permit;
  secure_.HoldTo(StricterFloors(surroundings_.secure.floors, permit), permit.charter_hash());
}

void JobWork::TakePermitted(const v1::Plan& plan, const JobPermit& permit) {
  Hold(permit);
  permitted_now_ = &plan;
  Handle(PlanReceived{plan});
  permitted_now_ = nullptr;
}

absl::Status JobWork::AskPermit(const v1::Plan& plan) {
  if (!surroundings_.permit) return absl::OkStatus();
  if (permitted_now_ != nullptr && permitted_now_->id().attempt() == plan.id().attempt() &&
      permitted_now_->job_sha256() == plan.job_sha256() &&
      std::equal(permitted_now_->cohort().begin(), permitted_now_->cohort().end(), plan.cohort().begin(),
                 plan.cohort().end())) {
    return absl::OkStatus();
  }
  ACCORD_ASSIGN_OR_RETURN(const JobPermit permit, surroundings_.permit(plan));
  Hold(permit);
  return absl::OkStatus();
}

// Rows stay in the job's process from round to round: of another version than the one that is released now they go.
void JobWork::ReadAnewWhatChanged() {
  RowsRead now;
  now.version = permit_.terms.data_version;
  if (now.version.has_value() && surroundings_.version_since) {
    const auto found = surroundings_.version_since(permit_.data_set, -absl::InfiniteDuration());
    if (found.ok() && found->version == *now.version) now.files = found->files;
  }
  if (rows_.has_value() && rows_->version == now.version && rows_->files == now.files) return;
  if (rows_.has_value() || now.version.has_value()) surroundings_.host.EndJob(job_id_);
  rows_ = now;
}

bool JobWork::RowsAreOfPermit() const { return !rows_.has_value() || rows_->version == permit_.terms.data_version; }

// The look by which they were permitted ended before they were read: another content may have been there in between.
absl::Status JobWork::CheckRows() const {
  if (!RowsAreOfPermit()) return absl::FailedPreconditionError(kOtherVersion);
  if (!rows_.has_value() || !rows_->version.has_value() || !surroundings_.version_since) return absl::OkStatus();
  const auto found = surroundings_.version_since(permit_.data_set, rows_->read_by);
  if (!found.ok()) {
    return absl::UnavailableError(
        absl::StrCat("what was computed leaves once its data set was looked at again, and ", found.status().message()));
  }
  if (found->version != *rows_->version) return absl::FailedPreconditionError(kOtherVersion);
  return rows_->files == found->files ? absl::OkStatus() : absl::FailedPreconditionError(kWrittenTo);
}

bool JobWork::RowsMayLeave(const v1::PlanId& plan) {
  const absl::Status checked = CheckRows();
  if (checked.ok()) return true;
  if (absl::IsUnavailable(checked)) {  // it stays, for the next plan that asks for it
    RefusePlan(plan, checked);
    return false;
  }
  RefusePlan(plan, std::string(checked.message()), /*permanent=*/false);
  // Asked for again, it is computed from what is released by then.
  participant_.Handle(VectorGone{});
  Do(DropVector{});
  return false;
}

bool JobWork::TakeSecure(const v1::CoordinatorMessage& message) {
  const v1::PlanId* opened = PlanOpenedBy(message);
  if (opened == nullptr || RowsAreOfPermit()) return secure_.Take(message);
  v1::Refusal refusal;
  refusal.set_reason(kOtherVersion);  // not for good: the next round is of the rows that are released now
  surroundings_.tell_operator(absl::StrCat("job ", job_id_, ": does not help to open a sum: ", kOtherVersion));
  RefuseSecure(*opened, std::move(refusal));
  return true;
}

void JobWork::RefuseSecure(const v1::PlanId& plan, v1::Refusal refusal) {
  if (plan_.id().attempt() == plan.attempt() && !resting()) return Handle(PlanRefused{plan, std::move(refusal)});
  *refusal.mutable_plan() = plan;
  Do(SendRefusal{std::move(refusal)});
}

void JobWork::Do(const StartCompute& action) {
  if (!MayGoOn(action.plan)) return;
  ReadAnewWhatChanged();
  const uint64_t serial = ++serial_;
  auto task = MakeTask(action.plan);
  // No room now: another round may find some.
  if (absl::IsUnavailable(task.status())) {
    return RefusePlan(action.plan.id(), std::string(task.status().message()), /*permanent=*/false);
  }
  if (!task.ok()) {
    const std::string reason(task.status().message());
    return Handle(ComputeFailed{action.plan.id(), reason, /*trainer_died=*/false, /*told=*/reason});
  }
  task_ = *std::move(task);
  trainer_thread_.Post([this, task = task_, serial, id = action.plan.id()] { Compute(*task, serial, id); });
}

// On the trainer's thread: touches nothing of the job but what never changes.
void JobWork::Compute(ComputeTask& task, uint64_t serial, const v1::PlanId& plan) {
  absl::Duration last = -absl::InfiniteDuration();
  const auto progress = [&](uint64_t, uint64_t) {
    // It was stopped between the look at `cancelled` below and its beginning.
    if (task.cancelled) return surroundings_.host.EndJob(job_id_);
    const absl::Duration now = Clock::System().Monotonic();
    if (now - last < kReportEvery) return;
    last = now;
    // That it goes on, not how far: those numbers are the trainer's to choose, and could say anything.
    surroundings_.post([=](JobWork& work) { work.Report(serial, plan, v1::Progress::COMPUTING, 0); });
  };
  if (task.cancelled) return;
  absl::StatusOr<HeldVector> vector = ComputeAndKeep(task, progress);
  const auto held = std::make_shared<absl::StatusOr<HeldVector>>(std::move(vector));  // for std::function again
  surroundings_.post([=](JobWork& work) { work.OnComputed(serial, plan, std::move(*held)); });
}

absl::StatusOr<HeldVector> JobWork::ComputeAndKeep(ComputeTask& task,
                                                   const std::function<void(uint64_t, uint64_t)>& progress) {
  const auto tell = [this](const std::string& line) {
    if (!line.empty()) surroundings_.post([line](JobWork& work) { work.Do(TellOperator{line}); });
  };
  if (task.kept.has_value()) {
    ACCORD_RETURN_IF_ERROR(task.kept->Begin(task.request));
    tell(task.kept->lost());
  }
  ACCORD_ASSIGN_OR_RETURN(const ComputeResult computed, surroundings_.host.Compute(task.request, progress));
  ACCORD_ASSIGN_OR_RETURN(HeldVector vector,
                          HeldVector::Take(task.shared, task.schema, std::move(task.memory), surroundings_.vector_key));
  // What was stopped is not kept: the step may be computed anew meanwhile.
  if (task.cancelled) return absl::CancelledError("the computation was stopped");
  if (task.kept.has_value()) ACCORD_RETURN_IF_ERROR(task.kept->Keep(computed));
  tell(computed.site_note);
  return vector;
}

void JobWork::OnComputed(uint64_t serial, const v1::PlanId& plan, absl::StatusOr<HeldVector> vector) {
  if (serial != serial_) return;
  const std::shared_ptr<ComputeTask> task = std::exchange(task_, nullptr);
  if (rows_.has_value()) rows_->read_by = Clock::System().Monotonic();
  if (vector.ok()) {
    vector_ = *std::move(vector);
    shared_memory_ = std::move(task->shared);
    return Handle(VectorComputed{plan});
  }
  const absl::StatusCode code = vector.status().code();
  const bool died = code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kCancelled;
  Handle(ComputeFailed{plan, std::string(vector.status().message()), died, WordsThatMayLeave(vector.status())});
}

void JobWork::Do(const StopWork&) {
  ++serial_;
  download_.reset();
  upload_.reset();
  StopComputing();
}

void JobWork::StopComputing() {
  if (task_ == nullptr) return;
  task_->cancelled = true;
  task_.reset();
  surroundings_.host.EndJob(job_id_);
}

void JobWork::Do(const DropVector&) {
  DropSource();
  if (!vector_.has_value()) return;
  held_memory_ = (*std::exchange(vector_, std::nullopt)).Release();
}

void JobWork::DropMemory() {
  shared_memory_.reset();
  held_memory_ = PageMemory();
  inputs_.DropModel();
}

void JobWork::Do(const SendRefusal& action) {
  if (surroundings_.keep_refusal) surroundings_.keep_refusal(action.refusal, asked_job_sha256_);
  v1::SiteMessage message;
  *message.mutable_refusal() = action.refusal;
  surroundings_.send(std::move(message));
}

void JobWork::Do(const TellOperator& action) { surroundings_.tell_operator(action.line); }

void JobWork::Report(uint64_t serial, const v1::PlanId& plan, v1::Progress::Phase phase, uint64_t done) {
  if (serial != serial_) return;
  const absl::Duration now = Clock::System().Monotonic();
  if (phase == last_phase_ && now - last_report_ < kReportEvery) return;
  last_report_ = now;
  last_phase_ = phase;
  v1::SiteMessage message;
  v1::Progress& progress = *message.mutable_progress();
  *progress.mutable_plan() = plan;
  progress.set_phase(phase);
  progress.set_done(done);
  surroundings_.send(std::move(message));
}

}  // namespace accord
