#include "coordinator/jobs/job_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/coordinator/jobs/machine_world.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(JobMachine, SaysAtOnceWhatItWaitsFor) {
  JobMachine machine("job-1", Job(2), {}, absl::Seconds(5));
  EXPECT_EQ(machine.NextWakeup(), absl::Seconds(5));
  const auto actions = machine.Handle(Tick{}, absl::Seconds(5));
  ASSERT_EQ(actions.size(), 1u);
  EXPECT_EQ(std::get<StateChanged>(actions[0]).state, v1::JOB_WAITING);
  EXPECT_THAT(std::get<StateChanged>(actions[0]).waiting_for, HasSubstr("waits for 2 more sites"));
  EXPECT_EQ(machine.NextWakeup(), absl::Seconds(5 + 86400));
}

TEST(JobMachine, WaitingNamesWhoIsThereAndWhoIsNotAndWhy) {
  v1::JobSpec spec = Job(3);
  for (const char* site : {"a", "b", "c", "d"}) spec.mutable_rounds()->add_sites(site);
  World world(spec);
  world.Ready({"a", "b"});
  world.Do(SiteGone{"b", "connection lost"});
  EXPECT_THAT(world.Waiting(), HasSubstr("waits for 2 more sites"));
  EXPECT_THAT(world.Waiting(), HasSubstr("ready: a;"));
  EXPECT_THAT(world.Waiting(), HasSubstr("b: connection lost"));
  EXPECT_THAT(world.Waiting(), HasSubstr("c: not connected"));
}

TEST(JobMachine, RoundStartsAtOnceWithTheTargetReached) {
  World world(Job(2, 3));
  world.Ready({"a", "b"});
  EXPECT_THAT(world.All<BeginAttempt>(), IsEmpty());
  world.Ready({"c"});
  ASSERT_EQ(world.All<BeginAttempt>().size(), 1u);
  EXPECT_THAT(world.All<BeginAttempt>()[0].cohort, ElementsAre("a", "b", "c"));
  EXPECT_EQ(world.All<SendPlan>().size(), 3u);
  EXPECT_EQ(world.All<StateChanged>()[0].state, v1::JOB_RUNNING);
}

TEST(JobMachine, RoundStartsWithFewerOnceGatheringIsOver) {
  World world(Job(2, 3));
  world.Ready({"a", "b"});
  EXPECT_EQ(world.machine.NextWakeup(), world.now + absl::Seconds(10));
  world.Wait(9.9);
  EXPECT_THAT(world.All<BeginAttempt>(), IsEmpty());
  world.Wait(0.1);
  EXPECT_EQ(world.All<BeginAttempt>().size(), 1u);
}

TEST(JobMachine, RoundGathersNobodyOnceAllSitesThatThereAreHaveCome) {
  World world(Job(2, 5));
  world.Do(SitesKnown{{"a", "b", "c"}});
  world.Ready({"a", "b"});
  EXPECT_TRUE(world.All<BeginAttempt>().empty()) << "c may come";
  world.Ready({"c"});
  ASSERT_EQ(world.All<BeginAttempt>().size(), 1u);
  EXPECT_EQ(world.All<BeginAttempt>()[0].cohort.size(), 3u);
}

TEST(JobMachine, RoundOfAJobThatNamesItsSitesGathersThoseWhoAreNotEnrolledYet) {
  v1::JobSpec spec = Job(2, 3);
  for (const char* site : {"a", "b", "d"}) spec.mutable_rounds()->add_sites(site);
  World world(spec);
  world.Do(SitesKnown{{"a", "b", "c"}});
  world.Ready({"a", "b", "c"});
  EXPECT_TRUE(world.All<BeginAttempt>().empty()) << "d may come";
  world.Wait(10);
  EXPECT_EQ(world.All<BeginAttempt>().size(), 1u);
}

TEST(JobMachine, RoundThatGathersForNoTimeStartsAtOnceWithItsFewestSites) {
  v1::JobSpec spec = Job(2, 3);
  spec.mutable_rounds()->set_gather_s(0);
  World world(spec);
  world.Ready({"a"});
  EXPECT_THAT(world.All<BeginAttempt>(), IsEmpty());
  world.Ready({"b"});
  ASSERT_EQ(world.All<BeginAttempt>().size(), 1u);
  EXPECT_THAT(world.All<BeginAttempt>()[0].cohort, ElementsAre("a", "b"));
}

TEST(JobMachine, AttemptIsBegunBeforeItsFirstPlanIsSent) {
  World world(Job(2));
  world.Ready({"a", "b"});
  EXPECT_TRUE(std::holds_alternative<BeginAttempt>(world.actions[0]));
}

TEST(JobMachine, FoldsEachUploadOnceAndCompletesWithAllOfThem) {
  World world(Job(2));
  world.Ready({"a", "b"});
  world.Do(UploadArrived{"b", world.plan});
  EXPECT_EQ(world.All<FoldUpload>().size(), 1u);
  world.Do(UploadArrived{"b", world.plan});
  EXPECT_THAT(world.actions, IsEmpty());
  world.Do(UploadArrived{"a", world.plan});
  EXPECT_EQ(world.All<FoldUpload>().size(), 1u);
  ASSERT_EQ(world.All<CompleteRound>().size(), 1u);
  EXPECT_THAT(world.All<CompleteRound>()[0].sites, ElementsAre("a", "b"));
  EXPECT_EQ(world.machine.NextWakeup(), std::nullopt);
}

TEST(JobMachine, SitesHearThatTheyAreSummedOnlyAfterTheCommit) {
  World world(Job(2));
  world.Ready({"a", "b"});
  world.Do(UploadArrived{"a", world.plan});
  world.Do(UploadArrived{"b", world.plan});
  EXPECT_THAT(world.All<SendPlanEnd>(), IsEmpty());
  const v1::PlanId first = world.plan;
  world.Do(RoundCommitted{first});
  EXPECT_THAT(world.Told(v1::PlanEnd::SUMMED), ElementsAre("a", "b"));
  EXPECT_EQ(world.plan.step(), 1u);
  EXPECT_EQ(world.plan.attempt(), first.attempt() + 1);
}

TEST(JobMachine, StepsThatTheCommitLeavesOutAreNotDone) {
  v1::JobSpec spec = Job(2);
  spec.mutable_rounds()->set_count(9);
  World world(spec);
  world.Ready({"a", "b"});
  world.Do(UploadArrived{"a", world.plan});
  world.Do(UploadArrived{"b", world.plan});
  world.Do(RoundCommitted{world.plan, /*next_step=*/7});
  EXPECT_EQ(world.plan.step(), 7u);
  world.Do(UploadArrived{"a", world.plan});
  world.Do(UploadArrived{"b", world.plan});
  world.Do(RoundCommitted{world.plan, /*next_step=*/9});
  EXPECT_EQ(world.machine.state(), v1::JOB_FINISHED);
}

TEST(JobMachine, EndsWithTheReasonOfTheCommitThatEndedIt) {
  v1::JobSpec spec = Job(2);
  World world(spec);
  world.Ready({"a", "b"});
  for (const char* reason : {"not yet", "it was stopped early"}) {
    world.Do(UploadArrived{"a", world.plan});
    world.Do(UploadArrived{"b", world.plan});
    world.Do(RoundCommitted{world.plan, world.plan.step() + 1, reason});
  }
  EXPECT_EQ(world.machine.state(), v1::JOB_FINISHED);
  EXPECT_EQ(world.Reason(), "it was stopped early");
}

TEST(JobMachine, AnEvaluationFollowsRoundsThatWereLeftOut) {
  v1::JobSpec spec = Job(2);
  spec.mutable_model()->mutable_logistic_regression();
  spec.mutable_preprocessing()->set_standardise(v1::Preprocessing::NONE);
  spec.mutable_rounds()->set_count(9);
  World world(spec);
  world.Ready({"a", "b"});
  world.Do(UploadArrived{"a", world.plan});
  world.Do(UploadArrived{"b", world.plan});
  world.Do(RoundCommitted{world.plan, /*next_step=*/9});
  EXPECT_EQ(world.plan.step(), 9u);
  EXPECT_EQ(world.machine.state(), v1::JOB_RUNNING);
}

TEST(JobMachine, FinishesAfterTheLastStepAndTellsEverySite) {
  World world(Job(2), {.step = 1, .next_attempt = 9});
  world.Ready({"a", "b"});
  EXPECT_EQ(world.plan.attempt(), 9u);
  world.Do(UploadArrived{"a", world.plan});
  world.Do(UploadArrived{"b", world.plan});
  world.Do(SiteGone{"b", "connection lost"});
  world.Do(RoundCommitted{world.plan});
  EXPECT_TRUE(world.machine.final());
  EXPECT_EQ(world.machine.state(), v1::JOB_FINISHED);
  EXPECT_THAT(world.Told(v1::PlanEnd::JOB_OVER), ElementsAre("a"));
  EXPECT_TRUE(std::holds_alternative<StateChanged>(world.actions.back()));
  world.Do(SiteReady{"b"});
  EXPECT_THAT(world.Told(v1::PlanEnd::JOB_OVER), ElementsAre("b")) << "it was away at the end";
}

TEST(JobMachine, SitesThatTheJobDoesNotNameNeverTakePart) {
  v1::JobSpec spec = Job(1);
  spec.mutable_rounds()->add_sites("a");
  World world(spec);
  world.Ready({"z"});
  EXPECT_THAT(world.All<BeginAttempt>(), IsEmpty());
  world.Ready({"a", "z"});
  EXPECT_THAT(world.actions, IsEmpty()) << "z is not told that it is late";
}

TEST(JobMachine, CohortIsNoLargerThanTheRingCanAdd) {
  v1::JobSpec spec = Job(2);
  spec.mutable_aggregation()->set_max_rows_per_site(1'000'000'000);  // two of them fill 31 bits
  World world(spec);
  world.Do(SiteReady{"a"});
  EXPECT_THAT(world.All<BeginAttempt>(), IsEmpty());
  world.Do(SiteReady{"b"});
  world.Do(SiteRefused{"a", world.plan, "busy"});
  world.Do(SiteReady{"c"});
  world.Wait(1);
  ASSERT_EQ(world.All<BeginAttempt>().size(), 1u);
  EXPECT_EQ(world.All<BeginAttempt>()[0].cohort.size(), 2u);
  spec.mutable_rounds()->set_min_sites(3);
  World hopeless(spec);
  EXPECT_EQ(hopeless.machine.state(), v1::JOB_FAILED);
  EXPECT_THAT(hopeless.Reason(), HasSubstr("max_rows_per_site"));
}

TEST(JobMachine, MoreReadySitesThanTheTargetAllTakePart) {
  World world(Job(2, 2), {.step = 0, .next_attempt = 1});
  world.Ready({"a", "b"});
  world.Ready({"c", "d"});
  world.Do(UploadArrived{"a", world.plan});
  world.Do(UploadArrived{"b", world.plan});
  world.Do(RoundCommitted{world.plan});
  EXPECT_EQ(world.All<BeginAttempt>()[0].cohort.size(), 4u);
}

TEST(JobMachine, UploadForAnOldAttemptIsNeverFolded) {
  World world(Job(2));
  world.Ready({"a", "b"});
  const v1::PlanId old = world.plan;
  world.Do(SiteRefused{"a", old, "busy"});
  world.Wait(1);
  ASSERT_GT(world.plan.attempt(), old.attempt());
  world.Do(UploadArrived{"b", old});
  EXPECT_THAT(world.actions, IsEmpty());
  EXPECT_THAT(world.machine.WhyNotAccept("b", old), HasSubstr("attempt is over"));
  EXPECT_EQ(world.machine.WhyNotAccept("b", world.plan), "");
}

TEST(JobMachine, SaysWhyBytesAreNotTaken) {
  World world(Job(1, 3));
  EXPECT_NE(world.machine.WhyNotAccept("a", world.plan), "");
  world.Ready({"a", "b", "c"});
  EXPECT_EQ(world.machine.WhyNotAccept("a", world.plan), "");
  EXPECT_THAT(world.machine.WhyNotAccept("z", world.plan), HasSubstr("cohort"));
  v1::PlanId other = world.plan;
  other.set_job_id("job-2");
  EXPECT_NE(world.machine.WhyNotAccept("a", other), "");
  world.Do(SiteRefused{"b", world.plan, "busy"});
  EXPECT_THAT(world.machine.WhyNotAccept("b", world.plan), HasSubstr("left out"));
  world.Do(UploadArrived{"a", world.plan});
  EXPECT_THAT(world.machine.WhyNotAccept("a", world.plan), HasSubstr("already"));
  world.Wait(60);
  EXPECT_NE(world.machine.WhyNotAccept("c", world.plan), "") << "closing";
  world.Do(CancelRequested{"enough"});
  world.Do(RoundCommitted{world.plan});
  EXPECT_THAT(world.machine.WhyNotAccept("c", world.plan), HasSubstr("over"));
}

TEST(JobMachine, SameStateIsNotToldTwice) {
  World world(Job(2));
  world.Wait(5);
  EXPECT_THAT(world.actions, IsEmpty());
}

}  // namespace
}  // namespace accord
