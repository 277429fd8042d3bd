#include "coordinator/jobs/job_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A drill over two rounds; gather_s 10, silence_s 60, deadline_s 3600, max_attempts 5, patience_s 86400.
v1::JobSpec Job(uint32_t min_sites, uint32_t target_sites = 0) {
  v1::JobSpec spec;
  spec.mutable_model()->mutable_drill()->set_num_parameters(10);
  spec.mutable_aggregation()->set_max_rows_per_site(1);
  spec.mutable_rounds()->set_count(2);
  spec.mutable_rounds()->set_min_sites(min_sites);
  spec.mutable_rounds()->set_target_sites(target_sites);
  return spec;
}

// The machine with a clock of its own and the actions of the last event.
struct World {
  JobMachine machine;
  absl::Duration now = absl::Seconds(1000);
  std::vector<JobAction> actions;
  v1::PlanId plan;  // of the latest attempt

  explicit World(const v1::JobSpec& spec, JobProgress progress = {})
      : machine("job-1", spec, progress, absl::Seconds(1000)) {
    Do(Tick{});
  }

  void Do(const JobEvent& event) {
    actions = machine.Handle(event, now);
    for (const BeginAttempt& attempt : All<BeginAttempt>()) plan = attempt.plan;
  }
  void Wait(double seconds) {
    now += absl::Seconds(seconds);
    Do(Tick{});
  }
  void Ready(const std::vector<std::string>& sites) {
    for (const std::string& site : sites) Do(SiteReady{site});
  }
  template <typename Kind>
  std::vector<Kind> All() const {
    std::vector<Kind> found;
    for (const JobAction& action : actions) {
      if (const Kind* one = std::get_if<Kind>(&action)) found.push_back(*one);
    }
    return found;
  }
  std::string Waiting() const {
    const auto changes = All<StateChanged>();
    return changes.empty() ? "" : changes.back().waiting_for;
  }
  std::string Reason() const {
    const auto changes = All<StateChanged>();
    return changes.empty() ? "" : changes.back().reason;
  }
  // Sites told `outcome` by the last event.
  std::vector<std::string> Told(v1::PlanEnd::Outcome outcome) const {
    std::vector<std::string> sites;
    for (const SendPlanEnd& end : All<SendPlanEnd>()) {
      if (end.outcome == outcome) sites.push_back(end.site);
    }
    return sites;
  }
};

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

TEST(JobMachine, SameStateIsNotToldTwice) {
  World world(Job(2));
  world.Wait(5);
  EXPECT_THAT(world.actions, IsEmpty());
}

}  // namespace
}  // namespace accord
