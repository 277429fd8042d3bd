// Thousands of seeded schedules of both state machines. ACCORD_SEED=N repeats one; ACCORD_RUNS=N runs more or fewer.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_join.h"
#include "tests/simulation/from_environment.h"
#include "tests/simulation/world.h"

namespace accord::simulation {
namespace {

struct Tally {
  int finished = 0, failed = 0, cancelled = 0, abandoned = 0, left_out = 0;
};

void CheckEnd(World& world) {
  const Coordinator& coordinator = world.coordinator;
  if (!coordinator.outcome.has_value()) return;  // a violation already
  const bool finished = coordinator.outcome->state == v1::JOB_FINISHED;
  EXPECT_EQ(finished, coordinator.progress.step == world.program.num_steps());
  EXPECT_EQ(coordinator.summed.size(), coordinator.progress.step);
  for (const auto& site : world.sites) {
    if (!site->connected()) continue;
    EXPECT_EQ(site->state(), Participant::State::kIdle) << site->name() << " was not told";
  }
}

void RunOne(uint64_t seed, Tally& tally) {
  World world(seed);
  world.Run();
  CheckEnd(world);
  EXPECT_TRUE(world.violations.empty()) << absl::StrJoin(world.violations, "\n");
  if (testing::Test::HasFailure()) {
    FAIL() << "repeat with ACCORD_SEED=" << seed << " ACCORD_RUNS=1; outcome: "
           << (world.coordinator.outcome.has_value() ? world.coordinator.outcome->reason : "none");
  }
  const v1::JobState state = world.coordinator.outcome->state;
  tally.finished += state == v1::JOB_FINISHED ? 1 : 0;
  tally.failed += state == v1::JOB_FAILED ? 1 : 0;
  tally.cancelled += state == v1::JOB_CANCELLED ? 1 : 0;
  tally.abandoned += world.coordinator.abandoned;
  tally.left_out += world.coordinator.left_out;
}

TEST(Schedules, EveryOneEndsWithAReasonAndKeepsEveryPromise) {
  const uint64_t first = FromEnvironment("ACCORD_SEED", 1);
  const uint64_t runs = FromEnvironment("ACCORD_RUNS", 10000);
  Tally tally;
  for (uint64_t seed = first; seed < first + runs; ++seed) {
    ASSERT_NO_FATAL_FAILURE(RunOne(seed, tally));
  }
  RecordProperty("finished", tally.finished);
  RecordProperty("failed", tally.failed);
  RecordProperty("abandoned", tally.abandoned);
  std::printf("%d finished, %d failed, %d cancelled; %d attempts abandoned, %d sites told that they were left out\n",
              tally.finished, tally.failed, tally.cancelled, tally.abandoned, tally.left_out);
  if (runs < 1000) return;
  // A simulation in which nothing goes wrong, or nothing goes right, shows nothing.
  const int tenth = static_cast<int>(runs / 10);
  EXPECT_GT(tally.finished, tenth);
  EXPECT_GT(tally.failed, tenth);
  EXPECT_GT(tally.cancelled, 0);
  EXPECT_GT(tally.abandoned, tenth);
  EXPECT_GT(tally.left_out, tenth);
}

TEST(Schedules, WithoutFaultsEveryJobWithEnoughSitesFinishesWithAllOfThem) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    World world(seed);
    world.faults = Faults{};
    world.Run();
    ASSERT_TRUE(world.violations.empty()) << "seed " << seed << ": " << absl::StrJoin(world.violations, "\n");
    const bool enough = world.sites.size() >= world.spec.rounds().min_sites();
    EXPECT_EQ(world.coordinator.outcome->state, enough ? v1::JOB_FINISHED : v1::JOB_FAILED) << "seed " << seed;
    EXPECT_EQ(world.coordinator.abandoned, 0) << "seed " << seed;
  }
}

TEST(Schedules, SameSeedGivesTheSameRun) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    World one(seed);
    World two(seed);
    one.Run();
    two.Run();
    EXPECT_EQ(one.queue.now(), two.queue.now());
    EXPECT_EQ(one.coordinator.model, two.coordinator.model);
  }
}

}  // namespace
}  // namespace accord::simulation
