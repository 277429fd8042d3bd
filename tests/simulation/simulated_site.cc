#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulation/world.h"

namespace accord::simulation {

Site::Site(World& world, std::string name, double slowness)
    : world_(world), name_(std::move(name)), slowness_(slowness), participant_(std::make_unique<Participant>("job")) {}

void Site::Start() {
  world_.queue.After(world_.UpTo(20), [this] { Connect(); });
  world_.queue.After(absl::Seconds(10), [this] { Live(); });
}

void Site::Connect() {
  if (connected_ || gone_for_good_) return;
  if (!world_.coordinator.up()) {
    if (world_.coordinator.outcome.has_value()) return;
    return world_.queue.After(world_.UpTo(5), [this] { Connect(); });
  }
  connected_ = true;
  ++session_;
  world_.coordinator.OnHello(name_, session_, paused_);
  Handle(Connected{});
}

void Site::LoseSession() {
  if (!connected_) return;
  connected_ = false;
  // The coordinator notices sooner or later, possibly after the next session has begun.
  world_.queue.After(world_.UpTo(10), [this, session = session_] { world_.coordinator.OnSessionLost(name_, session); });
  Handle(Disconnected{});
  gone_for_good_ = world_.Happens(world_.faults.stays_away);
  if (world_.Happens(world_.faults.daemon_restarts)) {
    participant_ = std::make_unique<Participant>("job");
    held_.reset();
    ++serial_;
    if (paused_) Handle(Paused{});  // a pause outlives the daemon
  }
  world_.queue.After(world_.UpTo(15), [this] { Connect(); });
}

void Site::Live() {
  if (world_.calm) return;
  if (world_.Happens(world_.faults.session_drops)) LoseSession();
  if (!paused_ && world_.Happens(world_.faults.pauses)) Pause();
  world_.queue.After(absl::Seconds(10), [this] { Live(); });
}

void Site::Pause() {
  paused_ = true;
  Handle(Paused{});
  world_.coordinator.OnReadiness(name_, session_, true);
  world_.queue.After(world_.UpTo(60), [this] {
    paused_ = false;
    Handle(Resumed{});
    if (connected_) world_.coordinator.OnReadiness(name_, session_, false);
  });
}

void Site::Receive(uint64_t session, const v1::CoordinatorMessage& message) {
  if (!connected_ || session != session_) return;  // lost with its connection
  if (message.has_plan()) Handle(PlanReceived{message.plan()});
  if (message.has_plan_end()) Handle(PlanEnded{message.plan_end()});
}

void Site::Handle(const ParticipantEvent& event) {
  for (const ParticipantAction& action : participant_->Handle(event)) {
    std::visit([this](const auto& kind) { Do(kind); }, action);
  }
}

void Site::NothingMayHappenWhilePaused(const char* what) {
  if (paused_) world_.Violation(absl::StrCat(name_, " is paused: ", what));
}

void Site::WorkAfter(double seconds, uint64_t serial, std::function<void()> what) {
  world_.queue.After(world_.UpTo(seconds), [this, serial, what = std::move(what)] {
    if (serial == serial_) what();
  });
}

void Site::Do(const FetchInputs& action) {
  NothingMayHappenWhilePaused("fetches");
  WorkAfter(5, ++serial_, [this, id = action.plan.id()] {
    if (!connected_ || world_.Happens(world_.faults.stream_breaks)) return Handle(TransferBroken{id});
    if (world_.Happens(world_.faults.undecided)) {
      v1::Refusal refusal;
      refusal.set_reason("people here have not decided");
      refusal.set_waits(true);
      return Handle(PlanRefused{id, std::move(refusal)});
    }
    Handle(InputsFetched{id});
  });
}

void Site::Do(const StartCompute& action) {
  NothingMayHappenWhilePaused("computes");
  const uint64_t serial = ++serial_;
  if (world_.Happens(world_.faults.trainer_hangs)) return;
  ComputeFor(serial, action.plan, slowness_ * (0.5 + world_.Uniform()));
}

void Site::ComputeFor(uint64_t serial, const v1::Plan& plan, double seconds) {
  if (seconds > 10) {  // progress, then the rest
    world_.queue.After(absl::Seconds(10), [this, serial, plan, seconds] {
      if (serial != serial_) return;
      if (connected_) world_.ToCoordinator(name_, session_, SiteMoved{name_, plan.id()});
      ComputeFor(serial, plan, seconds - 10);
    });
    return;
  }
  WorkAfter(seconds, serial, [this, plan] {
    if (world_.Happens(world_.faults.trainer_dies))
      return Handle(ComputeFailed{plan.id(), "trainer died", true, "died"});
    if (world_.Happens(world_.faults.compute_impossible))
      return Handle(ComputeFailed{plan.id(), "no such column", false, "cannot"});
    held_ = VectorOf(name_, plan.id().step(), plan.cohort_size(), plan.model_digest());
    Handle(VectorComputed{plan.id()});
  });
}

void Site::Do(const StartUpload& action) {
  NothingMayHappenWhilePaused("uploads");
  if (!held_.has_value()) return world_.Violation(absl::StrCat(name_, " uploads without a vector"));
  const uint64_t serial = ++serial_;
  WorkAfter(1 + slowness_ / 10, serial, [this, serial, id = action.plan.id()] { UploadChunk(serial, id); });
}

void Site::UploadChunk(uint64_t serial, const v1::PlanId& plan) {
  NothingMayHappenWhilePaused("a chunk leaves");
  if (!connected_ || world_.Happens(world_.faults.stream_breaks)) return Handle(TransferBroken{plan});
  switch (world_.coordinator.TakeChunk(name_, plan, *held_)) {
    case Coordinator::Reply::kTaken:
      return WorkAfter(1 + slowness_ / 10, serial, [this, serial, plan] { UploadChunk(serial, plan); });
    case Coordinator::Reply::kVerified:
      if (world_.Happens(world_.faults.reply_lost)) return Handle(TransferBroken{plan});
      return Handle(UploadFinished{plan});
    case Coordinator::Reply::kRefused:
      return Handle(UploadRefused{plan, "refused"});
    case Coordinator::Reply::kBroken:
      return Handle(TransferBroken{plan});
  }
}

void Site::Do(const StopWork&) { ++serial_; }

void Site::Do(const DropVector&) { held_.reset(); }

void Site::Do(const SendRefusal& action) {
  NothingMayHappenWhilePaused("refuses");
  const v1::Refusal& refusal = action.refusal;
  if (connected_) {
    SiteRefused refused{name_, refusal.plan(), refusal.reason(), refusal.permanent()};
    refused.waits = refusal.waits();
    world_.ToCoordinator(name_, session_, refused);
  }
}

}  // namespace accord::simulation
