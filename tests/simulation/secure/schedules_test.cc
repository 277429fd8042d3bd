// Seeded schedules of both machines of the secure sum. ACCORD_SEED=N repeats one; ACCORD_RUNS=N runs more or fewer.
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/simulation/from_environment.h"
#include "tests/simulation/secure/schedule.h"

namespace accord::secure::simulation {
namespace {

using accord::simulation::FromEnvironment;

void Add(const Tally& one, Tally& all) {
  all.opened += one.opened;
  all.dead += one.dead;
  all.released += one.released;
  all.repeated += one.repeated;
  all.recovered += one.recovered;
  all.killed += one.killed;
  all.blamed += one.blamed;
  all.given_up += one.given_up;
  all.forgotten += one.forgotten;
  all.deceived += one.deceived;
  all.refused += one.refused;
  all.computable += one.computable;
}

void RunOne(uint64_t seed, Tally& all) {
  Schedule schedule(seed, true);
  schedule.Run();
  Add(schedule.tally(), all);
  ASSERT_TRUE(schedule.violations().empty()) << absl::StrJoin(schedule.violations(), "\n");
}

TEST(SecureSchedules, EveryOneEndsAndKeepsEveryPromise) {
  const uint64_t first = FromEnvironment("ACCORD_SEED", 1);
  const uint64_t runs = FromEnvironment("ACCORD_RUNS", 100);
  Tally all;
  for (uint64_t seed = first; seed < first + runs; ++seed) {
    SCOPED_TRACE(absl::StrCat("ACCORD_SEED=", seed, " ACCORD_RUNS=1"));
    ASSERT_NO_FATAL_FAILURE(RunOne(seed, all));
  }
  std::printf(
      "%d attempts opened (%d after a survivor had gone), %d dead (%d released by void statements), %d ended with the "
      "coordinator, %d repeated over the same survivors; %d lies named\n"
      "%d questions given up, %d of them by honest sites because the coordinator was killed\n"
      "%d messages replaced by coordinators that lie, %d refusals by name; sums can be computed from %d transcripts\n",
      all.opened, all.recovered, all.dead, all.released, all.killed, all.repeated, all.blamed, all.given_up,
      all.forgotten, all.deceived, all.refused, all.computable);
  if (runs < 100) return;
  // A simulation in which nothing goes wrong, or nothing goes right, shows nothing.
  const int tenth = static_cast<int>(runs / 10);
  EXPECT_GT(all.opened, static_cast<int>(runs));
  EXPECT_GT(all.recovered, tenth);
  EXPECT_GT(all.dead, tenth);
  EXPECT_GT(all.released, 0);
  EXPECT_GT(all.repeated, tenth);
  EXPECT_GT(all.blamed, tenth);
  EXPECT_GT(all.refused, tenth);
  EXPECT_GE(all.computable, all.opened);
}

TEST(SecureSchedules, GiveTheSameBitsWithMasksOnAndOff) {
  const uint64_t first = FromEnvironment("ACCORD_SEED", 1);
  const uint64_t runs = std::max<uint64_t>(1, FromEnvironment("ACCORD_RUNS", 100) / 10);
  for (uint64_t seed = first; seed < first + runs; ++seed) {
    Schedule on(seed, true);
    Schedule off(seed, false);
    on.Run();
    off.Run();
    ASSERT_EQ(on.sums(), off.sums()) << "seed " << seed;
    ASSERT_EQ(on.deaths(), off.deaths()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace accord::secure::simulation
