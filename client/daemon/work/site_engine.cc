#include "client/daemon/work/site_engine.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "aggregation/secure/messages/fields.h"
#include "base/file.h"
#include "base/printable.h"
#include "base/status.h"
#include "client/daemon/work/admission.h"
#include "proto/protocol_version.h"
#include "spdlog/spdlog.h"

namespace accord {
namespace {

constexpr size_t kMaxJobs = 256;        // at once; a coordinator that starts more is refused
constexpr size_t kMaxEndedJobs = 4096;  // whose names are remembered
constexpr absl::Duration kForgetAfter = absl::Hours(1);
constexpr size_t kLatestEvents = 50;  // kept for `status`
constexpr size_t kMaxEventBytes = 1000;

// What the coordinator or the trainer said, fit for a terminal and a log.
std::string Words(absl::string_view text) { return Printable(text.substr(0, kMaxEventBytes)); }

// The attempt that a message of a secure sum belongs to; an empty one for any other message.
const v1::PlanId& PlanIdOf(const v1::CoordinatorMessage& message) {
  switch (message.kind_case()) {
    case v1::CoordinatorMessage::kKeyRequest:
      return message.key_request().plan();
    case v1::CoordinatorMessage::kEpochList:
      return message.epoch_list().plan();
    case v1::CoordinatorMessage::kSurvivors:
      return message.survivors().plan();
    case v1::CoordinatorMessage::kSignatures:
      return message.signatures().plan();
    case v1::CoordinatorMessage::kShareRequest:
      return message.share_request().plan();
    case v1::CoordinatorMessage::kPairSeedRequest:
      return message.pair_seed_request().plan();
    case v1::CoordinatorMessage::kVoidRequest:
      return message.void_request().plan();
    default:
      return v1::PlanId::default_instance();
  }
}

// Not a secret; without it the coordinator only learns later that keys are gone.
std::string NewInstance(EntropySource& entropy) {
  std::string instance(16, '\0');
  const auto bytes = absl::MakeSpan(reinterpret_cast<uint8_t*>(instance.data()), instance.size());
  if (absl::Status filled = entropy.Fill(bytes); !filled.ok()) spdlog::error("{}", std::string(filled.message()));
  return instance;
}

Session::Options SessionOptions(const SiteEngine::Options& options) {
  Session::Options session = options.session;
  if (EgressLedger* const ledger = options.ledger; ledger != nullptr) {
    session.before_send = [ledger](const v1::SiteMessage& message) { return ledger->MessageLeaves(message); };
  }
  return session;
}

}  // namespace

SiteEngine::SiteEngine(Options options, TrainerHost& host)
    : options_(std::move(options)),
      host_(host),
      started_unix_ms_(absl::ToUnixMillis(absl::Now())),
      instance_(NewInstance(*options_.secure.entropy)),
      paused_(access(options_.pause_file.c_str(), F_OK) == 0),
      waiting_for_("connecting for the first time"),
      session_(new Session(SessionOptions(options_), *this)),
      queue_(std::make_unique<SerialQueue>(options_.ask_witnesses_every, [this] { AskWitnessesAgain(); })) {
  if (options_.gate == nullptr) return;
  fetch_ = std::make_unique<PaperFetch>(
      PaperFetch::Surroundings{[this](std::function<void()> task) {
                                 queue_->Post([this, task = std::move(task)] {
                                   if (fetch_ != nullptr) task();
                                 });
                               },
                               [this](const std::string& name) {
                                 return options_.ledger == nullptr || options_.ledger->Fetches({}, name, 0).ok();
                               },
                               [this](const std::string& job_sha256, const std::string& bytes) {
                                 if (!options_.gate->TakeJobBytes(job_sha256, bytes)) return;
                                 for (const std::string& job_id : options_.gate->BroughtJobs())
                                   TellOperator(options_.gate->LookAgain(job_id));
                               },
                               [this](const std::string& line) { TellOperator(line); }});
}

SiteEngine::~SiteEngine() {
  queue_->RunAndWait([this] {
    stopping_ = true;
    jobs_.clear();
    fetch_.reset();
    channel_.reset();
    host_.EndAll();
  });
  session_.reset();  // its last events only find that the engine is stopping
  queue_.reset();
}

void SiteEngine::Start() {
  queue_->RunAndWait([this] {
    if (paused_) TellOperator("this site is paused since before the daemon started: `accord-client resume` ends that");
    const v1::Hello hello = MakeHello();
    told_waiting_for_ = hello.readiness().waiting_for();
    session_->Start(hello);
  });
}

absl::Status SiteEngine::Pause() {
  absl::Status durable;
  queue_->RunAndWait([&] {
    EnterPause();
    durable = WriteFileAtomically(options_.pause_file, "");
  });
  // With the connection goes what gRPC still had in hand. The new one begins with the word that this site is paused.
  session_->Reconnect();
  return Annotate(durable, "paused, but a restart of the daemon would not stay paused");
}

absl::Status SiteEngine::Resume() {
  absl::Status status;
  queue_->RunAndWait([&] {
    if (unlink(options_.pause_file.c_str()) != 0 && errno != ENOENT) {
      status = ErrnoError("remove", options_.pause_file);
      return;
    }
    LeavePause();
  });
  // The pause ended the warm trainers; without this the next round would wait for a cold start.
  return status.ok() ? Annotate(host_.Warm(), "resumed, but a trainer does not start") : status;
}

v1::DaemonStatus SiteEngine::Status() {
  v1::DaemonStatus status;
  queue_->RunAndWait([&] { status = Describe(); });
  return status;
}

void SiteEngine::EnterPause() {
  if (!paused_) TellOperator("paused by the operator: nothing leaves until `accord-client resume`");
  paused_ = true;
  instance_ = NewInstance(*options_.secure.entropy);
  session_->SetHello(MakeHello());
  ForEachJob(Paused{});
  if (fetch_ != nullptr) fetch_->Stop();
  host_.EndAll();
}

void SiteEngine::LeavePause() {
  if (!paused_) return;
  paused_ = false;
  TellOperator("resumed by the operator");
  AskWitnesses();
  const v1::Hello hello = MakeHello();
  session_->SetHello(hello);
  ForEachJob(Resumed{});
  v1::SiteMessage message;
  *message.mutable_readiness() = hello.readiness();
  session_->Send(std::move(message));
  AskAboutEnds();
  if (options_.gate == nullptr) return;
  for (const std::string& job_id : options_.gate->BroughtJobs()) Answer(job_id);
}

// ---- from the session's threads ----

void SiteEngine::OnConnected(const std::shared_ptr<grpc::Channel>& channel, const v1::Welcome& welcome) {
  queue_->Post([this, channel, welcome] {
    if (stopping_) return;
    channel_ = channel;
    waiting_for_ = "plans from the coordinator";
    TellOperator(absl::StrCat("connected to ", options_.config.coordinator()));
    if (welcome.site() != options_.config.site()) {
      TellOperator(absl::StrCat("the coordinator takes this site for \"", Words(welcome.site()),
                                "\", but its config says \"", options_.config.site(),
                                "\": no plan will fit; mend `site` or enrol again"));
    }
    asked_witnesses_ = false;
    TakeRoster(welcome.signed_roster());
    AskWitnesses();
    TakeLog(welcome);
    if (options_.gate != nullptr) options_.gate->SessionBegins();
    ForEachJob(Connected{});
    asked_about_ends_ = false;
    AskAboutEnds();
  });
}

void SiteEngine::OnMessage(const v1::CoordinatorMessage& message) {
  queue_->Post([this, message] {
    // What cannot be written down is not answered either: the session has ended, or ends with the next message.
    if (options_.ledger != nullptr) {
      if (const absl::Status written = options_.ledger->IsAskedFor(message); !written.ok()) {
        return TellOperator(std::string(written.message()));
      }
    }
    if (message.has_roster_published()) TakeRoster(message.roster_published().signed_roster());
    if (message.has_roster_chain()) TakeChain(message.roster_chain());
    if (message.has_witness_question() || message.has_witness_report()) TakeWitness(message);
    if (message.has_log_proof() && options_.log != nullptr) options_.log->Hold(message.log_proof());
    if (message.has_job_papers()) TakePapers(message.job_papers());
    if (message.has_plan()) TakePlan(message.plan());
    if (message.has_plan_end()) TakePlanEnd(message.plan_end());
    TakeSecure(message);
  });
}

void SiteEngine::OnDisconnected(const std::string& reason, absl::Duration retry_in) {
  queue_->Post([this, reason, retry_in] {
    channel_.reset();
    waiting_for_ = absl::StrCat("the coordinator at ", options_.config.coordinator(), ": ", Words(reason),
                                "; next try in ", absl::FormatDuration(absl::Trunc(retry_in, absl::Milliseconds(100))));
    TellOperator(absl::StrCat("waiting for ", waiting_for_));
    if (fetch_ != nullptr) fetch_->Stop();
    ForEachJob(Disconnected{});
  });
}

// ---- on the decision thread ----

void SiteEngine::Refuse(v1::Refusal refusal, const std::string& job_sha256) {
  if (options_.gate != nullptr) options_.gate->KeepRefusal(refusal, job_sha256);
  v1::SiteMessage message;
  *message.mutable_refusal() = std::move(refusal);
  session_->Send(std::move(message));
}

void SiteEngine::TakePlan(const v1::Plan& plan) {
  if (stopping_) return;
  if (!secure::IsJobId(plan.id().job_id())) {
    return TellOperator("the coordinator sent a plan without a proper job id; it was dropped");
  }
  if (!MayTake(plan) || paused_ || !PastAllows(plan.id(), plan.job_sha256())) return;
  if (!RosterAllows(plan.id(), plan.job_sha256(), {plan.cohort().begin(), plan.cohort().end()})) return;
  JobPermit permit;
  if (options_.gate != nullptr) {
    auto permitted = options_.gate->PermitPlan(plan);
    if (!IsPermitted(plan.id(), permitted)) return;
    permit = *std::move(permitted);
  }
  JobWork* job = FindOrBegin(plan.id().job_id());
  if (job != nullptr) job->TakePermitted(plan, permit);
}

void SiteEngine::TakePlanEnd(const v1::PlanEnd& end) {
  const bool over = end.outcome() == v1::PlanEnd::JOB_OVER;
  const std::string job_id = end.plan().job_id();
  if (const absl::Status may = over ? MayEndJobs() : absl::OkStatus(); !may.ok()) {
    asked_about_ends_ = false;  // it is asked again where that is mended
    return TellOperator(
        absl::StrCat("job ", job_id, ": the coordinator says that it is over, which is not believed: ", may.message()));
  }
  const auto found = jobs_.find(job_id);
  const bool known = found != jobs_.end();
  if (known) found->second.work->Handle(PlanEnded{end});
  if (!over) return;
  if (known) EraseJob(job_id);
  // Also of a job whose end this site missed.
  if (options_.kept != nullptr) {
    options_.kept->JobOver(job_id, end.has_counted_step() ? std::optional(end.counted_step()) : std::nullopt);
  }
  if (options_.gate != nullptr) options_.gate->JobOver(job_id);
  if (!known) return;
  ended_jobs_.push_back(job_id);
  if (ended_jobs_.size() > kMaxEndedJobs) ended_jobs_.pop_front();
}

void SiteEngine::TakeSecure(const v1::CoordinatorMessage& message) {
  const std::string job_id = PlanIdOf(message).job_id();
  if (paused_ || stopping_ || !secure::IsJobId(job_id)) return;
  // Not even the word never to sign: it may have been signed.
  if (!PastAllows(PlanIdOf(message), message.key_request().job_sha256())) return;
  if (message.has_key_request() && options_.log != nullptr) {
    if (const absl::Status may = options_.log->MayBegin(); !may.ok()) {
      return RefuseForLog(message.key_request().plan(), message.key_request().job_sha256(), may);
    }
    AskAboutEnds();
  }
  if (message.has_key_request() &&
      !RosterAllows(message.key_request().plan(), message.key_request().job_sha256(), {})) {
    return;
  }
  // The word never to sign an attempt frees the others and says nothing of rows: it is given whatever has expired.
  std::optional<JobPermit> permit;
  const bool frees = message.has_void_request() && options_.gate != nullptr && options_.gate->IsBound(job_id);
  if (options_.gate != nullptr && !frees) {
    auto permitted = options_.gate->Permit(job_id, message.key_request().job_sha256());
    if (!IsPermitted(PlanIdOf(message), permitted)) return;
    permit = *std::move(permitted);
  }
  JobWork* job = FindOrBegin(job_id);
  if (job == nullptr) return;
  if (permit.has_value()) job->Hold(*permit);
  job->TakeSecure(message);
}

JobWork* SiteEngine::FindOrBegin(const std::string& job_id) {
  const auto found = jobs_.find(job_id);
  if (found != jobs_.end()) {
    found->second.latest_plan = options_.clock->Monotonic();
    return found->second.work.get();
  }
  if (std::find(ended_jobs_.begin(), ended_jobs_.end(), job_id) != ended_jobs_.end()) {
    TellOperator(absl::StrCat("job ", job_id, " was not begun again: the coordinator has said that it is over"));
    return nullptr;
  }
  ForgetLongResting();
  if (jobs_.size() >= kMaxJobs) {
    TellOperator(absl::StrCat("job ", job_id, " was not begun: ", kMaxJobs, " jobs run here already"));
    return nullptr;
  }
  const uint64_t serial = next_serial_++;
  JobWork::Surroundings surroundings{options_.config,
                                     host_,
                                     [this, job_id, serial](std::function<void(JobWork&)> task) {
                                       queue_->Post([this, job_id, serial, task = std::move(task)] {
                                         const auto job = jobs_.find(job_id);
                                         if (job != jobs_.end() && job->second.serial == serial)
                                           task(*job->second.work);
                                       });
                                     },
                                     [this](v1::SiteMessage message) { session_->Send(std::move(message)); },
                                     [this](const std::string& line) { TellOperator(line); },
                                     [this] { return channel_; },
                                     options_.secure,
                                     options_.vector_key,
                                     options_.ledger,
                                     options_.kept,
                                     options_.turns,
                                     {},
                                     {}};
  if (options_.gate != nullptr || options_.past != nullptr) {
    surroundings.permit = [this](const v1::Plan& plan) -> absl::StatusOr<JobPermit> {
      // An answer that came late may have shown meanwhile that the state is an older copy.
      if (options_.past != nullptr) ACCORD_RETURN_IF_ERROR(options_.past->MayTakePart());
      if (options_.gate == nullptr) return JobPermit{};
      auto permit = options_.gate->PermitPlan(plan);
      if (!permit.ok() && options_.gate->RefusedInFull() != permit.status().message()) {
        TellOperator(absl::StrCat("job ", plan.id().job_id(), ": refused (charter): ", options_.gate->RefusedInFull()));
      }
      return permit;
    };
  }
  if (options_.gate != nullptr) {
    surroundings.version_since = options_.version_since;
    surroundings.keep_refusal = [this](const v1::Refusal& refusal, const std::string& job_sha256) {
      options_.gate->KeepRefusal(refusal, job_sha256);
      waited_ = waited_ || refusal.waits();
    };
  }
  Job job{serial, options_.clock->Monotonic(), std::make_unique<JobWork>(job_id, std::move(surroundings))};
  return jobs_.emplace(job_id, std::move(job)).first->second.work.get();
}

// The word that a job is over may have been lost with a connection. A job that goes on after all is begun anew; but one
// that has keys of an epoch would have lost them unknown to the coordinator, which would wait for their part in a sum
// and go on planning by them. So it stays until the coordinator says that it is over.
void SiteEngine::ForgetLongResting() {
  const absl::Duration now = options_.clock->Monotonic();
  for (auto next = jobs_.begin(); next != jobs_.end();) {
    const auto current = next++;
    Job& job = current->second;
    if (!job.work->resting() || now - job.latest_plan <= kForgetAfter) continue;
    if (job.work->HoldsKeys()) {
      job.latest_plan = now;
      AskWhetherOver(current->first);
    } else {
      EraseJob(std::string(current->first));
    }
  }
}

// Progress of no attempt changes nothing, but of a job that is over or unknown the coordinator answers JOB_OVER.
void SiteEngine::AskWhetherOver(const std::string& job_id) {
  v1::SiteMessage message;
  message.mutable_progress()->mutable_plan()->set_job_id(job_id);
  session_->Send(std::move(message));
}

absl::Status SiteEngine::MayEndJobs() const {
  return options_.log == nullptr ? absl::OkStatus() : options_.log->Stands();
}

// Jobs whose end this site may have missed, so that nothing of them is kept for ever. Not a coordinator whose log is
// not the one that this site has seen: one that goes on from an older copy does not know the jobs of since.
void SiteEngine::AskAboutEnds() {
  if (asked_about_ends_ || paused_ || channel_ == nullptr || !MayEndJobs().ok()) return;
  asked_about_ends_ = true;
  for (const auto& [job_id, job] : jobs_) {
    if (job.work->resting()) AskWhetherOver(job_id);
  }
  if (options_.kept == nullptr) return;
  for (const std::string& job_id : options_.kept->OpenJobs()) {
    if (!jobs_.contains(job_id)) AskWhetherOver(job_id);
  }
}

void SiteEngine::EraseJob(const std::string& job_id) {
  jobs_.erase(job_id);  // ends what it still writes
  if (options_.kept != nullptr) options_.kept->Release(job_id);
}

void SiteEngine::ForEachJob(const ParticipantEvent& event) {
  for (auto& [id, job] : jobs_) job.work->Handle(event);
}

v1::Hello SiteEngine::MakeHello() const {
  v1::Hello hello;
  hello.set_protocol_version(kProtocolVersion);
  *hello.mutable_facts() = options_.facts;
  hello.set_instance(instance_);
  *hello.mutable_readiness() = MakeReadiness();
  if (options_.log != nullptr) hello.set_log_size(options_.log->size());
  return hello;
}

v1::Readiness SiteEngine::MakeReadiness() const {
  v1::Readiness readiness;
  readiness.set_paused(paused_);
  for (const v1::SiteDataset& dataset : options_.config.datasets()) readiness.add_datasets(dataset.name());
  if (options_.past == nullptr) return readiness;
  const absl::Status may = options_.past->MayTakePart();
  if (!may.ok()) readiness.set_waiting_for(std::string(may.message()));
  return readiness;
}

void SiteEngine::TellOperator(const std::string& line) {
  if (line.empty()) return;
  const std::string text = Words(line);
  if (options_.tell) {
    options_.tell(text);
  } else {
    spdlog::info("{}", text);
  }
  latest_events_.push_back(absl::StrCat(absl::FormatTime("%H:%M:%S ", absl::Now(), absl::LocalTimeZone()), text));
  if (latest_events_.size() > kLatestEvents) latest_events_.pop_front();
}

v1::DaemonStatus SiteEngine::Describe() const {
  v1::DaemonStatus status;
  status.set_site(options_.config.site());
  status.set_coordinator(options_.config.coordinator());
  status.set_connected(channel_ != nullptr);
  status.set_paused(paused_);
  const absl::Status may = options_.past == nullptr ? absl::OkStatus() : options_.past->MayTakePart();
  status.set_waiting_for(paused_                            ? "`accord-client resume`"
                         : channel_ != nullptr && !may.ok() ? std::string(may.message())
                                                            : waiting_for_);
  for (const auto& [id, job] : jobs_) status.add_jobs(job.work->Describe());
  for (const std::string& line : latest_events_) status.add_latest_events(line);
  status.set_started_unix_ms(started_unix_ms_);
  if (options_.certificate_expires != nullptr) status.set_certificate_expires(options_.certificate_expires());
  for (const v1::SiteDataset& dataset : options_.config.datasets()) status.add_datasets(dataset.name());
  if (options_.roster != nullptr) status.set_roster(options_.roster->InWords());
  if (options_.log != nullptr) status.set_log(options_.log->InWords());
  if (options_.stamps != nullptr) status.set_log(absl::StrCat(status.log(), ", ", options_.stamps->InWords()));
  if (options_.gate == nullptr) return status;
  status.set_charter(options_.gate->InWords());
  status.set_policy(options_.config.policy());
  status.set_rules_fault(std::string(options_.gate->Holds().message()));
  return status;
}

}  // namespace accord
