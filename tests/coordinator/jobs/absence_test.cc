// Silence, absence, refusal and cancellation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coordinator/jobs/job_machine.h"
#include "tests/coordinator/jobs/machine_world.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(JobMachine, SlowSiteThatMovesIsWaitedForUntilTheDeadline) {
  World world(Job(1, 2));
  world.Ready({"a", "b"});
  world.Do(UploadArrived{"a", world.plan});
  for (int i = 0; i < 3600 / 59; ++i) {
    world.now += absl::Seconds(59);
    world.Do(SiteMoved{"b", world.plan});
    ASSERT_THAT(world.All<CompleteRound>(), IsEmpty()) << i;
  }
  EXPECT_EQ(world.machine.NextWakeup(), absl::Seconds(1000 + 3600));
  world.now = absl::Seconds(1000 + 3600);
  world.Do(Tick{});
  ASSERT_EQ(world.All<CompleteRound>().size(), 1u);
  EXPECT_THAT(world.All<CompleteRound>()[0].absences[0].reason(), HasSubstr("deadline"));
  EXPECT_THAT(world.Told(v1::PlanEnd::LEFT_OUT), ElementsAre("b"));
}

TEST(JobMachine, SilentSiteIsLeftOutWhenEnoughAreVerified) {
  World world(Job(1, 2));
  world.Ready({"a", "b"});
  world.Do(UploadArrived{"a", world.plan});
  EXPECT_EQ(world.machine.NextWakeup(), world.now + absl::Seconds(60));
  world.Wait(60);
  ASSERT_EQ(world.All<CompleteRound>().size(), 1u);
  EXPECT_THAT(world.All<CompleteRound>()[0].sites, ElementsAre("a"));
  EXPECT_EQ(world.All<CompleteRound>()[0].absences[0].site(), "b");
  EXPECT_THAT(world.All<CompleteRound>()[0].absences[0].reason(), HasSubstr("no progress for 1m"));
}

TEST(JobMachine, SilentSiteMayComeBackWhileAnotherStillMoves) {
  World world(Job(2, 3));
  world.Ready({"a", "b", "c"});
  world.Do(UploadArrived{"a", world.plan});
  world.now += absl::Seconds(50);
  world.Do(SiteMoved{"b", world.plan});
  world.Wait(20);  // c has been silent for 70 s
  EXPECT_THAT(world.actions, IsEmpty());
  EXPECT_GT(*world.machine.NextWakeup(), world.now) << "silence without consequence must not wake anybody for ever";
  world.Do(UploadArrived{"c", world.plan});
  EXPECT_EQ(world.All<FoldUpload>().size(), 1u);
}

TEST(JobMachine, AttemptIsAbandonedWhenTooFewCanStillArrive) {
  World world(Job(2));
  world.Ready({"a", "b"});
  world.Do(UploadArrived{"a", world.plan});
  world.Wait(60);
  ASSERT_EQ(world.All<AbandonAttempt>().size(), 1u);
  EXPECT_THAT(world.All<AbandonAttempt>()[0].reason, HasSubstr("b: no progress"));
  EXPECT_THAT(world.Told(v1::PlanEnd::ABANDONED), ElementsAre("a", "b"));
  EXPECT_THAT(world.All<CompleteRound>(), IsEmpty());
  EXPECT_EQ(world.machine.state(), v1::JOB_WAITING);
}

TEST(JobMachine, AttemptAfterAFailedOneHoldsBackLongerEachTime) {
  World world(Job(2));
  world.Ready({"a", "b"});
  for (const double pause : {1, 2, 4, 8}) {
    world.Do(SiteRefused{"a", world.plan, "out of memory"});
    ASSERT_EQ(world.All<AbandonAttempt>().size(), 1u);
    EXPECT_EQ(world.machine.NextWakeup(), world.now + absl::Seconds(pause));
    world.Wait(pause);
    ASSERT_EQ(world.All<BeginAttempt>().size(), 1u) << pause;
  }
  world.Do(SiteRefused{"a", world.plan, "out of memory"});
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
  EXPECT_THAT(world.Reason(), HasSubstr("round 1 of 2 was tried 5 times"));
  EXPECT_THAT(world.Reason(), HasSubstr("a: out of memory"));
}

TEST(JobMachine, WaitsForTheHoldBackEvenWhenPatienceIsShorter) {
  v1::JobSpec spec = Job(2);
  spec.mutable_rounds()->set_patience_s(1);
  World world(spec);
  world.Ready({"a", "b"});
  for (int i = 0; i < 3; ++i) {
    world.Do(SiteRefused{"a", world.plan, "busy"});
    EXPECT_GT(*world.machine.NextWakeup(), world.now);
    world.now = *world.machine.NextWakeup();
    world.Do(Tick{});
    ASSERT_EQ(world.All<BeginAttempt>().size(), 1u) << i;
  }
}

TEST(JobMachine, PatienceEndsTheJobWithItsReason) {
  World world(Job(2));
  world.Ready({"a"});
  world.Wait(86399);
  EXPECT_FALSE(world.machine.final());
  world.Wait(1);
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
  EXPECT_THAT(world.Reason(), HasSubstr("gave up after 24h"));
  EXPECT_THAT(world.Reason(), HasSubstr("ready: a"));
}

TEST(JobMachine, SiteThatReturnsGetsTheSamePlanAgain) {
  World world(Job(2));
  world.Ready({"a", "b"});
  world.Do(SiteGone{"b", "connection lost"});
  EXPECT_THAT(world.actions, IsEmpty()) << "it may come back";
  world.Wait(30);
  world.Do(SiteReady{"b"});
  ASSERT_EQ(world.All<SendPlan>().size(), 1u);
  EXPECT_EQ(world.All<SendPlan>()[0].plan.attempt(), world.plan.attempt());
  world.Do(UploadArrived{"a", world.plan});
  world.Wait(59);
  EXPECT_THAT(world.All<AbandonAttempt>(), IsEmpty()) << "coming back counts as moving";
}

TEST(JobMachine, VerifiedUploadStaysWhenItsSiteGoes) {
  World world(Job(2));
  world.Ready({"a", "b"});
  world.Do(UploadArrived{"b", world.plan});
  world.Do(SiteGone{"b", "connection lost"});
  world.Do(UploadArrived{"a", world.plan});
  EXPECT_THAT(world.All<CompleteRound>()[0].sites, ElementsAre("a", "b"));
}

TEST(JobMachine, PausedSiteIsNotWaitedForButMayResumeInTime) {
  World world(Job(1, 3));
  world.Ready({"a", "b", "c"});
  world.Do(UploadArrived{"a", world.plan});
  world.Do(SiteGone{"b", "paused", /*withdrawn=*/true});
  EXPECT_THAT(world.actions, IsEmpty());
  world.Do(SiteReady{"b"});
  EXPECT_EQ(world.All<SendPlan>().size(), 1u);
  world.Do(SiteGone{"b", "paused", /*withdrawn=*/true});
  world.Do(UploadArrived{"c", world.plan});
  ASSERT_EQ(world.All<CompleteRound>().size(), 1u);
  EXPECT_EQ(world.All<CompleteRound>()[0].absences[0].reason(), "paused");
}

TEST(JobMachine, LateSiteIsToldSoAndJoinsTheNextRound) {
  World world(Job(2));
  world.Ready({"a", "b"});
  world.Do(SiteReady{"c"});
  EXPECT_THAT(world.Told(v1::PlanEnd::LEFT_OUT), ElementsAre("c"));
  EXPECT_THAT(world.All<SendPlanEnd>()[0].reason, HasSubstr("joins the next"));
  world.Do(UploadArrived{"a", world.plan});
  world.Do(UploadArrived{"b", world.plan});
  world.Do(RoundCommitted{world.plan});
  EXPECT_THAT(world.All<BeginAttempt>()[0].cohort, ElementsAre("a", "b", "c"));
}

TEST(JobMachine, PermanentRefusalKeepsTheSiteOutOfLaterRounds) {
  World world(Job(1, 2));
  world.Ready({"a", "b"});
  world.Do(SiteRefused{"b", world.plan, "no such data set", /*permanent=*/true});
  world.Do(UploadArrived{"a", world.plan});
  EXPECT_EQ(world.All<CompleteRound>()[0].absences[0].reason(), "no such data set");
  world.Do(RoundCommitted{world.plan});
  world.Wait(10);
  EXPECT_THAT(world.All<BeginAttempt>()[0].cohort, ElementsAre("a"));
}

TEST(JobMachine, FailsAtOnceWhenTooFewNamedSitesCanEverTakePart) {
  v1::JobSpec spec = Job(2);
  spec.mutable_rounds()->add_sites("a");
  spec.mutable_rounds()->add_sites("b");
  World world(spec);
  world.Ready({"a", "b"});
  world.Do(SiteRefused{"b", world.plan, "policy", /*permanent=*/true});
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
  EXPECT_THAT(world.Reason(), HasSubstr("b: policy"));
  EXPECT_EQ(world.All<AbandonAttempt>().size(), 1u);
}

TEST(JobMachine, FailsAtOnceWhenTheJobNamesTooFewSites) {
  v1::JobSpec spec = Job(2);
  spec.mutable_rounds()->add_sites("a");
  World world(spec);
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
}

TEST(JobMachine, CancelEndsTheJobFromEveryState) {
  World waiting(Job(2));
  waiting.Do(CancelRequested{"not needed"});
  EXPECT_EQ(waiting.machine.state(), v1::JOB_CANCELLED);
  EXPECT_EQ(waiting.Reason(), "not needed");

  World collecting(Job(2));
  collecting.Ready({"a", "b"});
  collecting.Do(CancelRequested{"not needed"});
  EXPECT_EQ(collecting.machine.state(), v1::JOB_CANCELLED);
  EXPECT_EQ(collecting.All<AbandonAttempt>().size(), 1u);
  EXPECT_THAT(collecting.Told(v1::PlanEnd::JOB_OVER), ElementsAre("a", "b"));
}

TEST(JobMachine, CancelWhileClosingWaitsForTheCommit) {
  World world(Job(1));
  world.Ready({"a"});
  world.Do(UploadArrived{"a", world.plan});
  world.Do(CancelRequested{"not needed"});
  EXPECT_FALSE(world.machine.final());
  EXPECT_THAT(world.All<AbandonAttempt>(), IsEmpty());
  world.Do(RoundCommitted{world.plan});
  EXPECT_THAT(world.Told(v1::PlanEnd::SUMMED), ElementsAre("a"));
  EXPECT_EQ(world.machine.state(), v1::JOB_CANCELLED);
}

TEST(JobMachine, RoundThatCannotBeCompletedIsTriedAgainOrEndsTheJob) {
  World world(Job(1));
  world.Ready({"a"});
  world.Do(UploadArrived{"a", world.plan});
  world.Do(RoundFailed{world.plan, "disk full"});
  EXPECT_EQ(world.All<AbandonAttempt>()[0].reason, "disk full");
  world.Wait(1);
  world.Do(UploadArrived{"a", world.plan});
  world.Do(RoundFailed{world.plan, "no rows anywhere", /*final=*/true});
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
  EXPECT_EQ(world.Reason(), "no rows anywhere");
}

TEST(JobMachine, AttemptThatCannotBeginIsAFailedOne) {
  World world(Job(1));
  world.Ready({"a"});
  world.Do(RoundFailed{world.plan, "cannot write the database"});
  EXPECT_EQ(world.All<AbandonAttempt>().size(), 1u);
  EXPECT_EQ(world.machine.NextWakeup(), world.now + absl::Seconds(1));
}

}  // namespace
}  // namespace accord
