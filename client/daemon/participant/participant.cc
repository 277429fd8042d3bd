#include "client/daemon/participant/participant.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace accord {

// What a computed vector depends on beyond the site's rows: two plans that agree in all of it get the identical vector.
struct VectorKey {
  std::string job_sha256;
  v1::StepKind kind = v1::STEP_KIND_UNSPECIFIED;
  uint32_t step = 0;
  std::string model_digest;
  uint32_t encoding_sites = 0;
  uint64_t num_parameters = 0;
  bool secure = false;
  std::string statistics;

  bool operator==(const VectorKey&) const = default;
};

namespace {

// Streams may break without the session breaking; after so many within one plan the session's own recovery decides.
constexpr int kMaxTransferRetries = 20;

VectorKey KeyOf(const v1::Plan& plan) {
  return {.job_sha256 = plan.job_sha256(),
          .kind = plan.kind(),
          .step = plan.id().step(),
          .model_digest = plan.model_digest(),
          .encoding_sites = plan.encoding_sites(),
          .num_parameters = plan.num_parameters(),
          .secure = plan.has_secure(),
          .statistics = plan.statistics().SerializeAsString()};
}

absl::string_view PhaseName(Participant::State state) {
  switch (state) {
    case Participant::State::kIdle:
      return "waiting for a plan";
    case Participant::State::kFetching:
      return "downloading the model";
    case Participant::State::kComputing:
      return "computing";
    case Participant::State::kUploading:
      return "uploading";
    case Participant::State::kAwaitingEnd:
      return "uploaded, waiting for the other sites";
  }
  return "in an unknown state";
}

std::string StepName(const v1::Plan& plan) {
  switch (plan.kind()) {
    case v1::STEP_STANDARDISE:
      return "common means and spreads";
    case v1::STEP_TRAIN:
      return absl::StrCat("round ", plan.round());
    case v1::STEP_NEWTON:
      return absl::StrCat("iteration ", plan.round());
    case v1::STEP_EVALUATE:
      return "evaluation of the final model";
    default:
      return absl::StrCat("step ", plan.id().step());
  }
}

}  // namespace

struct Participant::Impl {
  using Actions = std::vector<ParticipantAction>;

  std::string job_id;
  State state = State::kIdle;
  bool connected = true;  // events only ever come from a session that is up, until Disconnected says otherwise
  bool paused = false;
  bool over = false;              // the job has ended: no plan of it is taken any more
  v1::Plan plan;                  // the current or the last one
  uint32_t greatest_attempt = 0;  // of every plan seen
  bool answered = true;           // the last plan is over: ended, or refused by this site
  bool transfer_running = false;  // a fetch or an upload is under way
  int transfer_retries = 0;
  bool recomputed = false;        // the trainer died once in this plan already
  std::optional<VectorKey> held;  // of the vector that the shell keeps

  bool IsCurrent(const v1::PlanId& id) const {
    return state != State::kIdle && id.attempt() == plan.id().attempt() && id.job_id() == job_id;
  }

  std::string Name() const { return absl::StrCat(StepName(plan), " of job ", job_id); }

  // ---- leaving a state ----

  void StopCurrent(Actions& actions) {
    if (state == State::kIdle) return;
    actions.push_back(StopWork{plan.id()});
    state = State::kIdle;
    transfer_running = false;
  }

  void Forget(Actions& actions) {
    if (!held.has_value()) return;
    actions.push_back(DropVector{plan.id()});
    held.reset();
  }

  void Refuse(const std::string& reason, bool permanent, Actions& actions) {
    v1::Refusal refusal;
    refusal.set_reason(reason);
    refusal.set_permanent(permanent);
    Refuse(std::move(refusal), actions);
  }

  void Refuse(v1::Refusal refusal, Actions& actions) {
    const std::string reason = refusal.reason();
    Refuse(std::move(refusal), reason, actions);
  }

  // `reason`: what the operator is told, which may be more than the refusal says.
  void Refuse(v1::Refusal refusal, const std::string& reason, Actions& actions) {
    *refusal.mutable_plan() = plan.id();
    StopCurrent(actions);
    answered = true;
    actions.push_back(SendRefusal{std::move(refusal)});
    actions.push_back(TellOperator{absl::StrCat(Name(), ": this site does not take part: ", reason)});
  }

  // ---- entering a state ----

  void Fetch(Actions& actions) {
    state = State::kFetching;
    transfer_running = connected;
    if (connected) actions.push_back(FetchInputs{plan});
  }

  void Upload(Actions& actions) {
    state = State::kUploading;
    transfer_running = connected;
    if (connected) actions.push_back(StartUpload{plan});
  }

  void ResumeTransfer(Actions& actions) {
    if (transfer_running) return;
    if (state == State::kFetching) Fetch(actions);
    if (state == State::kUploading) Upload(actions);
  }

  void Begin(const v1::Plan& next, Actions& actions) {
    StopCurrent(actions);
    const bool same_vector = held.has_value() && *held == KeyOf(next);
    if (!same_vector) Forget(actions);
    plan = next;
    greatest_attempt = next.id().attempt();
    answered = false;
    recomputed = false;
    transfer_retries = 0;
    if (same_vector) {
      actions.push_back(TellOperator{absl::StrCat(Name(), ": asked again, the identical vector is sent again")});
      Upload(actions);
    } else {
      Fetch(actions);
    }
  }

  // ---- events ----

  void On(const PlanReceived& event, Actions& actions) {
    const v1::PlanId& id = event.plan.id();
    if (id.job_id() != job_id || id.attempt() < greatest_attempt) return;
    if (over) return;
    if (paused) return;  // the session has said so; a plan that crossed it on the way is not answered
    if (id.attempt() > greatest_attempt) return Begin(event.plan, actions);
    if (answered) return;
    if (state == State::kIdle) return Begin(event.plan, actions);
    if (state == State::kAwaitingEnd) {
      if (!held.has_value()) return Begin(plan, actions);
      return Upload(actions);  // the coordinator says whether it still has it
    }
    ResumeTransfer(actions);
  }

  void On(const PlanEnded& event, Actions& actions) {
    const v1::PlanEnd& end = event.end;
    const bool job_over = end.outcome() == v1::PlanEnd::JOB_OVER;
    if (end.plan().job_id() != job_id) return;
    if (!job_over && end.plan().attempt() != greatest_attempt) return;
    StopCurrent(actions);
    answered = true;
    over = over || job_over;
    // An abandoned attempt may be followed by another that asks for the identical vector.
    if (end.outcome() != v1::PlanEnd::ABANDONED) Forget(actions);
    if (!end.reason().empty()) actions.push_back(TellOperator{absl::StrCat(Name(), ": ", end.reason())});
  }

  void On(const InputsFetched& event, Actions& actions) {
    if (!IsCurrent(event.plan) || state != State::kFetching) return;
    state = State::kComputing;
    transfer_running = false;
    transfer_retries = 0;
    actions.push_back(StartCompute{plan});
  }

  void On(const FetchFailed& event, Actions& actions) {
    if (!IsCurrent(event.plan) || state != State::kFetching) return;
    Refuse(event.reason, event.permanent, actions);
  }

  void On(const VectorComputed& event, Actions& actions) {
    if (!IsCurrent(event.plan) || state != State::kComputing) return;
    held = KeyOf(plan);
    Upload(actions);
  }

  void On(const ComputeFailed& event, Actions& actions) {
    if (!IsCurrent(event.plan) || state != State::kComputing) return;
    if (event.trainer_died && !recomputed) {
      recomputed = true;
      actions.push_back(TellOperator{absl::StrCat(Name(), ": ", event.reason, "; trying once more")});
      actions.push_back(StartCompute{plan});
      return;
    }
    v1::Refusal refusal;
    refusal.set_reason(event.told);
    refusal.set_permanent(!event.trainer_died);
    Refuse(std::move(refusal), event.reason, actions);
  }

  void On(const PlanRefused& event, Actions& actions) {
    if (IsCurrent(event.plan)) Refuse(event.refusal, actions);
  }

  void On(const UploadFinished& event, Actions&) {
    if (!IsCurrent(event.plan) || state != State::kUploading) return;
    state = State::kAwaitingEnd;
    transfer_running = false;
  }

  void On(const UploadRefused& event, Actions& actions) {
    if (!IsCurrent(event.plan) || state != State::kUploading) return;
    StopCurrent(actions);
    // So that nobody waits for this site. Without effect where the attempt is over or the vector is in the sum already.
    v1::Refusal refusal;
    *refusal.mutable_plan() = plan.id();
    refusal.set_reason(absl::StrCat("the upload was not taken: ", event.reason));
    actions.push_back(SendRefusal{std::move(refusal)});
    // The vector stays: a restarted coordinator asks for the same step again in a new attempt.
    actions.push_back(TellOperator{absl::StrCat(Name(), ": the coordinator did not take the upload: ", event.reason)});
  }

  void On(const TransferBroken& event, Actions& actions) {
    if (!IsCurrent(event.plan) || (state != State::kFetching && state != State::kUploading)) return;
    transfer_running = false;
    if (!connected || ++transfer_retries > kMaxTransferRetries) return;
    ResumeTransfer(actions);
  }

  void On(const VectorGone&, Actions&) {
    if (state == State::kIdle || state == State::kAwaitingEnd) held.reset();
  }

  void On(const Connected&, Actions& actions) {
    connected = true;
    transfer_retries = 0;
    if (!paused) ResumeTransfer(actions);
  }

  void On(const Disconnected&, Actions&) {
    connected = false;
    transfer_running = false;
  }

  void On(const Paused&, Actions& actions) {
    if (paused) return;
    paused = true;
    if (state != State::kIdle) actions.push_back(TellOperator{absl::StrCat(Name(), ": stopped by pause")});
    StopCurrent(actions);
    Forget(actions);
  }

  void On(const Resumed&, Actions&) { paused = false; }
};

Participant::Participant(std::string job_id) : impl_(std::make_unique<Impl>()) { impl_->job_id = std::move(job_id); }

Participant::~Participant() = default;

std::vector<ParticipantAction> Participant::Handle(const ParticipantEvent& event) {
  Impl::Actions actions;
  std::visit([&](const auto& kind) { impl_->On(kind, actions); }, event);
  return actions;
}

Participant::State Participant::state() const { return impl_->state; }

std::string Participant::Describe() const {
  if (impl_->greatest_attempt == 0 || impl_->state == State::kIdle) {
    return absl::StrCat("job ", impl_->job_id, ": ", impl_->paused ? "paused" : PhaseName(State::kIdle));
  }
  const absl::string_view offline = impl_->connected ? "" : " (no connection to the coordinator at the moment)";
  return absl::StrCat(impl_->Name(), ": ", PhaseName(impl_->state), offline);
}

}  // namespace accord
