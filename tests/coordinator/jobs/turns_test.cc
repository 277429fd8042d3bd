// Turns of cyclic weight transfer: who is asked, who is skipped, and when the job waits or fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/jobs/job_machine.h"
#include "tests/coordinator/jobs/machine_world.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Two cycles of c, a, b; wait_s 60.
v1::JobSpec CyclicJob() {
  v1::JobSpec spec = Job(1);
  for (const char* site : {"c", "a", "b"}) spec.mutable_rounds()->add_sites(site);
  spec.mutable_aggregation()->mutable_cyclic();
  spec.mutable_rounds()->set_target_sites(0);
  ApplyDefaults(spec);
  return spec;
}

struct Turns : World {
  explicit Turns(JobProgress progress = {}) : World(CyclicJob(), progress) {}
  std::vector<std::string> Asked() const {
    std::vector<std::string> sites;
    for (const SendPlan& plan : All<SendPlan>()) sites.push_back(plan.site);
    return sites;
  }
  void Finish(const std::string& site) {
    Do(UploadArrived{site, plan});
    ASSERT_THAT(All<CompleteRound>(), SizeIs(1));
    EXPECT_THAT(All<CompleteRound>()[0].sites, ElementsAre(site));
    Do(RoundCommitted{plan});
  }
  v1::SiteAbsence Skip() {
    const auto skipped = All<SkipTurn>();
    EXPECT_THAT(skipped, SizeIs(1));
    if (skipped.empty()) return {};
    Do(RoundCommitted{skipped[0].plan});
    return skipped[0].absences.at(0);
  }
};

TEST(Turns, OneSiteAfterAnotherIsAskedAlone) {
  Turns world;
  world.Ready({"a", "b"});
  EXPECT_THAT(world.Asked(), IsEmpty());
  world.Ready({"c"});
  for (int cycle = 0; cycle < 2; ++cycle) {
    for (const char* site : {"c", "a", "b"}) {
      EXPECT_THAT(world.Asked(), ElementsAre(site)) << cycle;
      EXPECT_EQ(world.All<BeginAttempt>()[0].encoding_sites, 1u);
      world.Finish(site);
    }
  }
  EXPECT_EQ(world.machine.state(), v1::JOB_FINISHED);
}

TEST(Turns, ARestartGoesOnWithTheSameSite) {
  Turns world(JobProgress{.step = 4, .next_attempt = 9});
  world.Ready({"c", "a", "b"});
  EXPECT_EQ(world.plan.step(), 4u);
  EXPECT_EQ(world.plan.attempt(), 9u);
  world.Finish("a");
  EXPECT_THAT(world.Asked(), ElementsAre("b"));
}

TEST(Turns, ASiteThatIsAwayIsSkippedAfterAWhile) {
  Turns world;
  world.Ready({"a", "b"});
  EXPECT_EQ(world.machine.NextWakeup(), absl::Seconds(1060));
  world.Wait(59);
  EXPECT_THAT(world.All<SkipTurn>(), IsEmpty());
  world.Wait(1);
  const v1::SiteAbsence absence = world.Skip();
  EXPECT_EQ(absence.site(), "c");
  EXPECT_EQ(absence.reason(), "not connected");
  EXPECT_THAT(world.Asked(), ElementsAre("a"));
}

TEST(Turns, WhereNobodyIsThereNobodyIsSkipped) {
  Turns world;
  world.Wait(3600);
  EXPECT_THAT(world.All<SkipTurn>(), IsEmpty());
  EXPECT_GT(*world.machine.NextWakeup(), world.now) << "it must not be woken for ever";
  world.Ready({"c"});
  EXPECT_THAT(world.Asked(), ElementsAre("c"));
  World away(CyclicJob());
  away.Wait(86400);
  EXPECT_EQ(away.machine.state(), v1::JOB_FAILED);
  EXPECT_THAT(away.Reason(), HasSubstr("waits for c: turn 1 of 3 (c) in cycle 1 of 2"));
}

TEST(Turns, ASiteThatFallsSilentLosesItsTurnAndNotTheJob) {
  Turns world;
  world.Ready({"c", "a", "b"});
  world.Wait(60);
  EXPECT_THAT(world.All<AbandonAttempt>(), SizeIs(1));
  EXPECT_THAT(world.Told(v1::PlanEnd::ABANDONED), ElementsAre("c"));
  EXPECT_THAT(world.Skip().reason(), HasSubstr("no progress for 1m"));
  EXPECT_THAT(world.Asked(), ElementsAre("a"));
}

TEST(Turns, ASiteThatRefusesForGoodIsSkippedInEachCycleAtOnce) {
  Turns world;
  world.Ready({"c", "a", "b"});
  world.Do(SiteRefused{"c", world.plan, "no such column", true});
  EXPECT_THAT(world.Skip().reason(), HasSubstr("no such column"));
  world.Finish("a");
  world.Finish("b");
  EXPECT_EQ(world.Skip().reason(), "no such column");
  EXPECT_THAT(world.Asked(), ElementsAre("a"));
}

TEST(Turns, WhatCannotBeCommittedIsTriedAgainAndThenSkipped) {
  Turns world;
  world.Ready({"c", "a", "b"});
  for (int attempt = 1; attempt <= 5; ++attempt) {
    world.Do(UploadArrived{"c", world.plan});
    world.Do(RoundFailed{world.plan, "disk full"});
    if (attempt < 5) {
      EXPECT_THAT(world.All<SkipTurn>(), IsEmpty());
      world.Wait(60);
    }
  }
  EXPECT_THAT(world.Skip().reason(), HasSubstr("tried 5 times without a result; last: disk full"));
}

TEST(Turns, ASkipThatCannotBeRecordedEndsTheJob) {
  Turns world;
  world.Ready({"a", "b"});
  for (int times = 0; times < 10 && !world.machine.final(); ++times) {
    world.Wait(60);
    if (!world.All<SkipTurn>().empty()) world.Do(RoundFailed{world.All<SkipTurn>()[0].plan, "disk full"});
  }
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
  EXPECT_THAT(world.Reason(), HasSubstr("disk full"));
}

TEST(Turns, ACancelledJobEndsInTheMiddleOfACycle) {
  Turns world;
  world.Ready({"c", "a", "b"});
  world.Do(CancelRequested{"enough"});
  EXPECT_EQ(world.machine.state(), v1::JOB_CANCELLED);
}

}  // namespace
}  // namespace accord
