// A simulated world: one coordinator's job, its sites and a network that misbehaves, all driven by one seed.
//
// The two state machines are the product's own; what the shells around them do (sessions, staging, folding, commits,
// trainers) is modelled here in a few lines each, together with everything that can go wrong with it. Violations of
// what the protocol promises are collected, not asserted, so that a run always ends and its seed can be printed.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aggregation/ring/accumulator.h"
#include "base/random_stream.h"
#include "client/daemon/participant/participant.h"
#include "coordinator/jobs/job_machine.h"
#include "coordinator/programs/job_program.h"
#include "gtest/gtest.h"
#include "tests/simulation/event_queue.h"

namespace accord::simulation {

// What goes wrong, as probabilities; each is 0 in about half of the worlds.
struct Faults {
  double stream_breaks = 0;       // of each chunk and each fetch
  double reply_lost = 0;          // of each verified upload
  double session_drops = 0;       // of each site, every ten seconds
  double daemon_restarts = 0;     // of each session drop: the participant's memory is gone
  double stays_away = 0;          // of each session drop: the site never comes back
  double message_twice = 0;       // of each message
  double trainer_dies = 0;        // of each computation
  double trainer_hangs = 0;       // of each computation: no progress, no end
  double compute_impossible = 0;  // of each computation: refused for good
  double undecided = 0;           // of each fetch: refused until people there have decided
  double pauses = 0;              // of each site, every ten seconds
  double commit_fails = 0;        // of each round
  int coordinator_restarts = 0;
  bool cancelled = false;
};

using Vector = std::array<uint32_t, 4>;
// What a site's rows yield: depends on everything that a real vector depends on.
Vector VectorOf(const std::string& site, uint32_t step, int cohort_size, const std::string& model);

class World;

// One site: participant and modelled shell.
class Site {
 public:
  Site(World& world, std::string name, double slowness);

  void Start();
  void Receive(uint64_t session, const v1::CoordinatorMessage& message);
  // The connection is lost, for whatever reason.
  void LoseSession();
  const std::string& name() const { return name_; }
  uint64_t session() const { return session_; }
  bool connected() const { return connected_; }
  Participant::State state() const { return participant_->state(); }

 private:
  void Connect();
  void Live();  // every ten seconds: what may befall a site
  void Pause();
  void Handle(const ParticipantEvent& event);
  void Do(const FetchInputs& action);
  void Do(const StartCompute& action);
  void Do(const StartUpload& action);
  void Do(const StopWork& action);
  void Do(const DropVector& action);
  void Do(const SendRefusal& action);
  void Do(const TellOperator&) {}
  void ComputeFor(uint64_t serial, const v1::Plan& plan, double seconds);
  void UploadChunk(uint64_t serial, const v1::PlanId& plan);
  void NothingMayHappenWhilePaused(const char* what);
  // Runs `what` after up to `seconds`, unless the work was stopped or replaced meanwhile.
  void WorkAfter(double seconds, uint64_t serial, std::function<void()> what);

  World& world_;
  const std::string name_;
  const double slowness_;
  std::unique_ptr<Participant> participant_;
  std::optional<Vector> held_;
  bool connected_ = false;
  bool paused_ = false;
  bool gone_for_good_ = false;
  uint64_t session_ = 0;  // number of the current or last session
  uint64_t serial_ = 0;   // of the current work
};

// The coordinator's engine around one job, with what survives its death kept apart.
class Coordinator {
 public:
  explicit Coordinator(World& world) : world_(world) {}

  void Start();
  void Die();
  bool up() const { return machine_ != nullptr; }

  void OnHello(const std::string& site, uint64_t session, bool paused);
  void OnReadiness(const std::string& site, uint64_t session, bool paused);
  void OnSessionLost(const std::string& site, uint64_t session);
  void Handle(const JobEvent& event);

  enum class Reply { kTaken, kVerified, kRefused, kBroken };
  Reply TakeChunk(const std::string& site, const v1::PlanId& plan, const Vector& vector);

  // ---- durable ----
  JobProgress progress;
  std::string model = "model-0";
  std::vector<std::set<std::string>> summed;  // sites of each finished step
  std::optional<StateChanged> outcome;
  // ---- of the record, for the tests ----
  int abandoned = 0;
  int left_out = 0;

 private:
  struct Staged {
    uint32_t attempt = 0;
    int chunks = 0;
  };
  void Do(const SendPlan& action);
  void Do(const SendPlanEnd& action);
  void Do(const BeginAttempt& action);
  void Do(const FoldUpload& action);
  // Of secure sums (tests/simulation/secure).
  template <typename SecureAction>
  void Do(const SecureAction&) {
    ADD_FAILURE() << "an action of secure sums in a job with plain ones";
  }
  void Do(const CompleteRound& action);
  void Do(const AbandonAttempt& action);
  void Do(const StateChanged& action);
  void Commit(const CompleteRound& action);
  void ScheduleWakeup();

  World& world_;
  std::unique_ptr<JobMachine> machine_;
  uint64_t life_ = 0;  // counts the coordinator's starts
  std::map<std::string, uint64_t> sessions_;
  std::map<std::string, Staged> staging_;
  std::map<std::string, Vector> complete_;  // verified, not folded
  std::set<std::string> folded_;
  std::optional<Accumulator> sum_;
  std::vector<std::string> cohort_;
  uint32_t last_attempt_ = 0;
};

class World {
 public:
  explicit World(uint64_t seed);
  ~World();

  // Runs until the job is final and the sites have heard of it, or until a bound is broken (a violation then).
  void Run();

  // Uniform in [0, 1); true with a probability; a delay of up to `seconds`.
  double Uniform() { return random.NextDouble(); }
  bool Happens(double probability) { return !calm && Uniform() < probability; }
  absl::Duration UpTo(double seconds) { return absl::Seconds(seconds * Uniform()); }
  void Violation(std::string what) { violations.push_back(std::move(what)); }
  Site* Find(const std::string& name);
  // Carries a message over a session of `site`: late, out of order, sometimes twice; lost when the session ends before.
  void ToSite(const std::string& site, uint64_t session, const v1::CoordinatorMessage& message);
  void ToCoordinator(const std::string& site, uint64_t session, const JobEvent& event);

  RandomStream random;
  EventQueue queue;
  Faults faults;
  v1::JobSpec spec;
  JobProgram program;
  Coordinator coordinator;
  std::vector<std::unique_ptr<Site>> sites;
  std::vector<std::string> violations;
  bool calm = false;  // the job is over: nothing goes wrong any more

 private:
  void DrawFaults();
  void ScheduleDisasters();
  absl::Duration Bound() const;
};

}  // namespace accord::simulation
