#include "tests/simulation/world.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace accord::simulation {
namespace {

constexpr int kMaxEvents = 500000;
constexpr double kHalf = 0.5;

v1::JobSpec DrawJob(RandomStream& random) {
  v1::JobSpec spec;
  spec.mutable_model()->mutable_drill()->set_num_parameters(1);
  spec.mutable_aggregation()->set_max_rows_per_site(1);
  spec.mutable_aggregation()->set_plain_sum(true);
  v1::Rounds& rounds = *spec.mutable_rounds();
  rounds.set_count(1 + random.NextBelow(3));
  rounds.set_min_sites(1 + random.NextBelow(3));
  rounds.set_target_sites(random.NextBelow(6));
  rounds.set_gather_s(5);
  rounds.set_silence_s(30);
  rounds.set_deadline_s(300);
  rounds.set_max_attempts(1 + random.NextBelow(4));
  rounds.set_patience_s(600);
  return spec;
}

}  // namespace

Vector VectorOf(const std::string& site, uint32_t step, int cohort_size, const std::string& model) {
  RandomStream stream({step, site, static_cast<uint64_t>(cohort_size), model});
  Vector vector;
  stream.Fill(absl::MakeSpan(vector));
  return vector;
}

World::World(uint64_t seed)
    : random({seed, "", 0, "simulation"}), spec(DrawJob(random)), program(spec), coordinator(*this) {
  const size_t num_sites = 1 + random.NextBelow(6);
  for (size_t i = 0; i < num_sites; ++i) {
    // A few sites are a hundred times slower than others.
    const double slowness = Uniform() < 0.2 ? 100 * Uniform() : 5 * Uniform();
    sites.push_back(std::make_unique<Site>(*this, absl::StrCat("site-", i), slowness));
  }
  if (Uniform() < 0.3) {
    for (const auto& site : sites) spec.mutable_rounds()->add_sites(site->name());
  }
  DrawFaults();
}

World::~World() = default;

void World::DrawFaults() {
  const auto draw = [&](double most) { return Uniform() < kHalf ? 0.0 : most * Uniform(); };
  faults.stream_breaks = draw(0.3);
  faults.reply_lost = draw(0.5);
  faults.session_drops = draw(0.3);
  faults.daemon_restarts = draw(1);
  faults.stays_away = draw(0.2);
  faults.message_twice = draw(0.5);
  faults.trainer_dies = draw(0.5);
  faults.trainer_hangs = draw(0.2);
  faults.compute_impossible = draw(0.1);
  faults.undecided = draw(0.9);
  faults.pauses = draw(0.2);
  faults.commit_fails = draw(0.3);
  faults.coordinator_restarts = static_cast<int>(draw(4));
  faults.cancelled = Uniform() < 0.1;
}

void World::ScheduleDisasters() {
  for (int i = 0; i < faults.coordinator_restarts; ++i) {
    queue.After(UpTo(200), [this] {
      if (coordinator.outcome.has_value() || !coordinator.up()) return;
      coordinator.Die();
      queue.After(UpTo(20), [this] { coordinator.Start(); });
    });
  }
  if (faults.cancelled) queue.After(UpTo(200), [this] { coordinator.Handle(CancelRequested{"by a person"}); });
}

// Each wait is bounded by patience_s, each attempt by deadline_s, attempts at a step by max_attempts; pauses between
// attempts by 30 s. Attempts that only lacked sites that wait are bounded by patience_s, and by one more that began
// within it. A restart begins the count of the step anew and is away for up to 20 s.
absl::Duration World::Bound() const {
  const v1::Rounds& rounds = spec.rounds();
  const double one = rounds.gather_s() + rounds.deadline_s();
  const double attempt = rounds.patience_s() + one + (faults.undecided > 0 ? one : 0) + 30 + 5;
  return absl::Seconds(attempt * rounds.max_attempts() * (program.num_steps() + faults.coordinator_restarts) +
                       20 * faults.coordinator_restarts);
}

void World::Run() {
  coordinator.Start();
  for (const auto& site : sites) site->Start();
  ScheduleDisasters();
  int events = 0;
  while (!coordinator.outcome.has_value() && queue.RunNext()) {
    if (queue.now() > Bound()) return Violation("the job is not final after the longest time it may take");
    if (++events > kMaxEvents) return Violation("events without end");
  }
  if (!coordinator.outcome.has_value()) return Violation("nothing will ever happen again, and the job is not final");
  // The sites hear of it: a minute of calm is longer than every retry.
  calm = true;
  const absl::Duration end = queue.now() + absl::Seconds(60);
  while (queue.now() < end && queue.RunNext()) {
    if (++events > kMaxEvents) return Violation("events without end after the job");
  }
}

Site* World::Find(const std::string& name) {
  const auto found = std::find_if(sites.begin(), sites.end(), [&](const auto& site) { return site->name() == name; });
  return found->get();
}

void World::ToSite(const std::string& site, uint64_t session, const v1::CoordinatorMessage& message) {
  const auto deliver = [this, site, session, message] { Find(site)->Receive(session, message); };
  queue.After(UpTo(3), deliver);
  if (Happens(faults.message_twice)) queue.After(UpTo(10), deliver);
}

void World::ToCoordinator(const std::string& site, uint64_t session, const JobEvent& event) {
  const auto deliver = [this, site, session, event] {
    const Site* sender = Find(site);
    if (sender->connected() && sender->session() == session) coordinator.Handle(event);
  };
  queue.After(UpTo(3), deliver);
  if (Happens(faults.message_twice)) queue.After(UpTo(10), deliver);
}

}  // namespace accord::simulation
