#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/simulation/world.h"

namespace accord::simulation {
namespace {

constexpr int kChunks = 4;

bool IsFinal(v1::JobState state) {
  return state == v1::JOB_FINISHED || state == v1::JOB_FAILED || state == v1::JOB_CANCELLED;
}

}  // namespace

void Coordinator::Start() {
  ++life_;
  if (progress.step >= world_.program.num_steps()) {
    // It died between the last commit and hearing of it.
    outcome = StateChanged{v1::JOB_FINISHED, "all rounds are done", ""};
    return;
  }
  machine_ = std::make_unique<JobMachine>("job", world_.spec, progress, world_.queue.now());
  Handle(Tick{});
}

void Coordinator::Die() {
  ++life_;
  machine_.reset();
  sessions_.clear();
  staging_.clear();
  complete_.clear();
  folded_.clear();
  sum_.reset();
  for (const auto& site : world_.sites) site->LoseSession();
}

void Coordinator::OnHello(const std::string& site, uint64_t session, bool paused) {
  sessions_[site] = session;
  if (!paused) Handle(SiteReady{site});
}

void Coordinator::OnReadiness(const std::string& site, uint64_t session, bool paused) {
  if (!sessions_.contains(site) || sessions_[site] != session) return;
  if (paused) return Handle(SiteGone{site, "paused", /*withdrawn=*/true});
  Handle(SiteReady{site});
}

void Coordinator::OnSessionLost(const std::string& site, uint64_t session) {
  const auto found = sessions_.find(site);
  if (found == sessions_.end() || found->second != session) return;  // a newer session has replaced it
  sessions_.erase(found);
  Handle(SiteGone{site, "connection lost"});
}

void Coordinator::Handle(const JobEvent& event) {
  if (machine_ == nullptr) return;
  const bool was_final = machine_->final();
  const std::vector<JobAction> actions = machine_->Handle(event, world_.queue.now());
  for (size_t i = 0; i < actions.size(); ++i) {
    const auto* change = std::get_if<StateChanged>(&actions[i]);
    if (change != nullptr && IsFinal(change->state) && (i + 1 != actions.size() || was_final)) {
      world_.Violation("the final state is not the last word");
    }
    std::visit([this](const auto& kind) { Do(kind); }, actions[i]);
  }
  ScheduleWakeup();
}

void Coordinator::ScheduleWakeup() {
  const std::optional<absl::Duration> wakeup = machine_->NextWakeup();
  if (!wakeup.has_value()) return;
  if (*wakeup <= world_.queue.now()) return world_.Violation("a wake-up in the past would spin for ever");
  world_.queue.At(*wakeup, [this, life = life_] {
    if (life != life_ || machine_ == nullptr) return;
    const std::optional<absl::Duration> due = machine_->NextWakeup();
    if (due.has_value() && *due <= world_.queue.now()) Handle(Tick{});
  });
}

Coordinator::Reply Coordinator::TakeChunk(const std::string& site, const v1::PlanId& plan, const Vector& vector) {
  if (machine_ == nullptr || !sessions_.contains(site)) return Reply::kBroken;
  if (!machine_->WhyNotAccept(site, plan).empty()) return Reply::kRefused;
  Staged& staged = staging_[site];
  if (staged.attempt != plan.attempt()) staged = {.attempt = plan.attempt(), .chunks = 0};
  if (++staged.chunks < kChunks) {
    Handle(SiteMoved{site, plan});
    return Reply::kTaken;
  }
  complete_[site] = vector;
  Handle(UploadArrived{site, plan});
  if (world_.Happens(world_.faults.message_twice)) Handle(UploadArrived{site, plan});
  return Reply::kVerified;
}

void Coordinator::Do(const SendPlan& action) {
  PlanInputs inputs;
  inputs.cohort = cohort_;
  inputs.encoding_sites = static_cast<uint32_t>(cohort_.size());
  inputs.model_digest = model;
  v1::CoordinatorMessage message;
  *message.mutable_plan() = MakePlan(world_.program, action.plan, inputs);
  const auto session = sessions_.find(action.site);
  if (session != sessions_.end()) world_.ToSite(action.site, session->second, message);
}

void Coordinator::Do(const SendPlanEnd& action) {
  if (action.outcome == v1::PlanEnd::SUMMED && progress.step <= action.plan.step()) {
    world_.Violation("a site is told SUMMED before the sum is durable");
  }
  left_out += action.outcome == v1::PlanEnd::LEFT_OUT ? 1 : 0;
  v1::CoordinatorMessage message;
  *message.mutable_plan_end()->mutable_plan() = action.plan;
  message.mutable_plan_end()->set_outcome(action.outcome);
  const auto session = sessions_.find(action.site);
  if (session != sessions_.end()) world_.ToSite(action.site, session->second, message);
}

void Coordinator::Do(const BeginAttempt& action) {
  if (action.plan.attempt() <= last_attempt_) world_.Violation("attempts do not increase");
  if (action.cohort.size() < world_.spec.rounds().min_sites()) world_.Violation("a cohort is too small");
  last_attempt_ = action.plan.attempt();
  progress.next_attempt = action.plan.attempt() + 1;
  cohort_ = action.cohort;
  folded_.clear();
  complete_.clear();
  sum_ = Accumulator::Create(Vector().size()).value();
}

void Coordinator::Do(const FoldUpload& action) {
  const auto upload = complete_.find(action.site);
  if (!folded_.insert(action.site).second) return world_.Violation("an upload is folded twice");
  if (upload == complete_.end() || !sum_.has_value()) return world_.Violation("an upload that is not there is folded");
  if (!sum_->Add(0, upload->second).ok()) world_.Violation("the upload does not fit the sum");
  complete_.erase(upload);
}

void Coordinator::Do(const CompleteRound& action) {
  if (action.sites.size() < world_.spec.rounds().min_sites()) world_.Violation("a sum of too few sites");
  if (action.sites.size() + action.absences.size() != cohort_.size()) world_.Violation("a site is unaccounted for");
  world_.queue.After(world_.UpTo(5), [this, life = life_, action] {
    if (life == life_ && machine_ != nullptr) Commit(action);
  });
}

void Coordinator::Commit(const CompleteRound& action) {
  if (world_.Happens(world_.faults.commit_fails)) return Handle(RoundFailed{action.plan, "disk full"});
  Vector expected{};
  for (const std::string& site : action.sites) {
    const Vector vector = VectorOf(site, action.plan.step(), static_cast<int>(cohort_.size()), model);
    for (size_t i = 0; i < vector.size(); ++i) expected[i] += vector[i];
  }
  const absl::StatusOr<RingVector> sum = std::move(*sum_).Report();
  sum_.reset();
  if (!sum.ok() || !std::equal(expected.begin(), expected.end(), sum->elements().begin())) {
    world_.Violation("the sum is not that of the survivors' vectors, each once");
  }
  model = absl::StrCat("model-", action.plan.step() + 1, "-", expected[0]);
  summed.emplace_back(action.sites.begin(), action.sites.end());
  progress.step = action.plan.step() + 1;
  // Durable. The coordinator may die before it hears of it.
  world_.queue.After(world_.UpTo(1), [this, life = life_, plan = action.plan] {
    if (life == life_) Handle(RoundCommitted{plan});
  });
}

void Coordinator::Do(const AbandonAttempt& action) {
  if (action.reason.empty()) world_.Violation("an attempt is abandoned without a reason");
  ++abandoned;
  sum_.reset();
  folded_.clear();
  complete_.clear();
}

void Coordinator::Do(const StateChanged& action) {
  if (!IsFinal(action.state)) return;
  if (action.reason.empty()) world_.Violation("a final state without a reason");
  if (outcome.has_value()) world_.Violation("two final states");
  outcome = action;
}

}  // namespace accord::simulation
