// What a signature binds a job to, by the sites' word or by the coordinator's record, and whose turn it is to sum
// columns.
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
using ::testing::SizeIs;

// A job that adds up columns first.
v1::JobSpec StandardisingJob(uint32_t min_sites, uint32_t target_sites) {
  v1::JobSpec spec = SecureJob(min_sites, target_sites);
  spec.mutable_model()->mutable_logistic_regression();
  spec.mutable_preprocessing()->set_standardise(v1::Preprocessing::FEDERATED);
  spec.mutable_data()->set_name("heart");
  spec.mutable_data()->add_features()->mutable_numeric()->set_max(1);
  spec.mutable_data()->mutable_target()->mutable_category()->add_levels("no");
  spec.mutable_data()->mutable_target()->mutable_category()->add_levels("yes");
  ApplyDefaults(spec);
  return spec;
}

// a, b and c have summed the columns for an earlier job; now four more are there, and a job wants four at least.
const std::vector<std::string> kSeven = {"a", "b", "c", "d", "e", "f", "g"};

struct BoundAtStandardisation : SecureWorld {
  explicit BoundAtStandardisation(uint32_t min_sites = 4, uint32_t max_attempts = 5)
      : SecureWorld(Job(min_sites, max_attempts)) {
    ComeAll(kSeven);
    GiveKeys(kSeven);
  }
  static v1::JobSpec Job(uint32_t min_sites, uint32_t max_attempts) {
    v1::JobSpec spec = StandardisingJob(min_sites, 7);
    spec.mutable_rounds()->set_max_attempts(max_attempts);
    return spec;
  }
  void Refuse(const std::string& site, const std::string& organisation = "") {
    Do(SiteRefused{site, plan, "signed before", false, Bound{{"a", "b", "c"}, 3}, organisation});
  }
};

TEST(BoundSteps, ColumnsThatSitesSumOverOthersOnlyAreSoughtAmongEarlierSums) {
  BoundAtStandardisation world;
  world.Refuse("b");
  world.Refuse("c");
  ASSERT_THAT(world.All<SeekSum>(), SizeIs(1));
  const SeekSum seek = world.All<SeekSum>()[0];
  EXPECT_THAT(seek.sites, ElementsAre("a", "b", "c"));
  EXPECT_GT(seek.plan.attempt(), world.plan.attempt()) << "it is reported under a number of its own";
  EXPECT_FALSE(world.machine.NextWakeup().has_value()) << "the engine answers";
  world.Wait(3600);
  EXPECT_THAT(world.actions, IsEmpty());
  world.Do(SumReused{seek.plan});
  ASSERT_THAT(world.All<BeginEpoch>(), SizeIs(1)) << "the next step begins at once, with everybody";
  EXPECT_EQ(world.All<BeginEpoch>()[0].cohort, kSeven);
  EXPECT_EQ(world.plan.step(), 1u);
}

TEST(BoundSteps, WhoeverIsBoundSumsTheColumnsAgainWhereAllOfThemAreHereAndSufficeForTheJob) {
  BoundAtStandardisation world(3);
  world.Refuse("b");
  world.Refuse("c");
  EXPECT_THAT(world.All<SeekSum>(), IsEmpty());
  world.Wait(1);
  ASSERT_THAT(world.All<BeginEpoch>(), SizeIs(1));
  EXPECT_THAT(world.All<BeginEpoch>()[0].cohort, ElementsAre("a", "b", "c"));
}

TEST(BoundSteps, WithoutAnEarlierSumTheBoundSitesAreWaitedFor) {
  BoundAtStandardisation world(3);
  world.Do(SiteGone{"a", "paused", true});
  world.Refuse("b");
  world.Refuse("c");
  ASSERT_THAT(world.All<SeekSum>(), SizeIs(1));
  world.Do(SumNotKept{world.All<SeekSum>()[0].plan});
  EXPECT_THAT(world.Waiting(), HasSubstr("waits for exactly a, b, c"));
  world.Come("a");
  ASSERT_THAT(world.All<BeginEpoch>(), SizeIs(1));
  EXPECT_THAT(world.All<BeginEpoch>()[0].cohort, ElementsAre("a", "b", "c"));
  EXPECT_EQ(world.plan.step(), 0u);
}

TEST(BoundSteps, WithoutAnEarlierSumAJobThatNeedsMoreSitesFailsAndSaysWhatWouldWork) {
  BoundAtStandardisation world;
  world.Refuse("b");
  world.Refuse("c");
  world.Do(SumNotKept{world.All<SeekSum>()[0].plan});
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
  EXPECT_THAT(world.Reason(), HasSubstr("the job needs 4 sites"));
  EXPECT_THAT(world.Reason(), HasSubstr("standardise is per_site"));
}

// As many sites as are needed, which have their plan; a, b and c may have signed before.
struct AttemptOfThree : SecureWorld {
  AttemptOfThree() : SecureWorld(StandardisingJob(3, 3)) {
    ComeAll({"b", "c", "d"});
    GiveKeys({"b", "c", "d"});
  }
};

// With as many sites as are needed the first refusal ends the attempt, and the others' come after it.
TEST(BoundSteps, RefusalsThatComeAfterTheAttemptCountAsWell) {
  AttemptOfThree world;
  const v1::PlanId first = world.plan;
  const Bound held{{"a", "b", "c"}, 3};
  world.Do(SiteRefused{"c", first, "signed before", false, held});
  EXPECT_THAT(world.All<AbandonAttempt>(), SizeIs(1));
  EXPECT_THAT(world.All<SeekSum>(), IsEmpty()) << "one word";
  world.Do(SiteRefused{"b", first, "signed before", false, held});
  ASSERT_THAT(world.All<SeekSum>(), SizeIs(1)) << "without another attempt";
  world.Do(SumReused{world.All<SeekSum>()[0].plan});
  ASSERT_THAT(world.All<BeginEpoch>(), SizeIs(1));
  EXPECT_THAT(world.All<BeginEpoch>()[0].cohort, ElementsAre("b", "c", "d"));
  world.GiveKeys({"b", "c", "d"});
  for (const char* site : {"b", "c", "d"}) {
    world.Do(SiteRefused{site, first, "signed before", false, held});
    EXPECT_THAT(world.actions, IsEmpty()) << "said of a step that is done";
  }
}

TEST(BoundSteps, ALateRefusalAlsoEndsTheAttemptAfterTheOneThatItRefused) {
  AttemptOfThree world;
  const v1::PlanId first = world.plan;
  const Bound held{{"a", "b", "c"}, 3};
  world.Do(SiteRefused{"c", first, "signed before", false, held});
  world.Wait(60);
  ASSERT_THAT(world.All<BeginEpoch>(), SizeIs(1));
  world.Do(SiteRefused{"b", first, "signed before", false, held});
  EXPECT_THAT(world.All<AbandonAttempt>(), SizeIs(1));
  EXPECT_THAT(world.All<SeekSum>(), SizeIs(1));
}

TEST(BoundSteps, ALateRefusalThatSaysWhatIsKnownLeavesTheAttemptAlone) {
  SecureWorld world(StandardisingJob(3, 4));
  world.ComeAll({"a", "b", "c", "d"});
  world.GiveKeys({"a", "b", "c", "d"});
  const v1::PlanId first = world.plan;
  const Bound held{{"a", "b", "c"}, 3};
  world.Do(SiteRefused{"b", first, "signed before", false, held});
  world.Do(SiteRefused{"c", first, "signed before", false, held});
  world.Wait(60);
  ASSERT_THAT(world.All<BeginEpoch>(), SizeIs(1));
  EXPECT_THAT(world.All<BeginEpoch>()[0].cohort, ElementsAre("a", "b", "c"));
  world.Do(SiteRefused{"a", first, "signed before", false, held});
  EXPECT_THAT(world.actions, IsEmpty());
  world.GiveKeys({"a", "b", "c"});
  EXPECT_THAT(world.All<BeginAttempt>(), SizeIs(1));
}

TEST(BoundSteps, WhoeverWasNotAskedHoldsNobody) {
  SecureWorld world(StandardisingJob(3, 3));
  world.ComeAll({"b", "c", "d"});
  world.ComeAll({"e", "f"});
  world.GiveKeys({"b", "c", "d"});
  v1::PlanId coming = world.plan;
  coming.set_attempt(coming.attempt() + 1);
  for (const char* site : {"e", "f"}) {
    world.Do(SiteRefused{site, world.plan, "signed before", false, Bound{{"e", "f", "g"}, 3}});
  }
  for (const char* site : {"b", "c"}) {
    world.Do(SiteRefused{site, coming, "signed before", false, Bound{{"e", "f", "g"}, 3}});
  }
  EXPECT_THAT(world.actions, IsEmpty());
  world.Upload({"b", "c", "d"});
  EXPECT_THAT(world.All<OpenSum>(), SizeIs(1));
}

TEST(BoundSteps, WordsOfBeforeARecordWasReleasedAreForgottenWithIt) {
  AttemptOfThree world;
  const Bound held{{"a", "b", "c"}, 3};
  world.Do(SiteRefused{"c", world.plan, "signed before", false, held});
  world.Do(BoundReleased{});
  world.Do(SiteRefused{"b", world.plan, "signed before", false, held});
  EXPECT_THAT(world.All<SeekSum>(), IsEmpty());
}

TEST(BoundSteps, SitesOfOneOrganisationAreOneWord) {
  BoundAtStandardisation world;
  world.Refuse("b", "north");
  world.Refuse("c", "north");
  EXPECT_THAT(world.All<SeekSum>(), IsEmpty());
  EXPECT_THAT(world.All<AbandonAttempt>(), IsEmpty());
  world.Refuse("a", "south");
  EXPECT_THAT(world.All<SeekSum>(), SizeIs(1));
}

TEST(BoundSteps, APlainJobIsHeldByNobody) {
  World world(Job(3, 4));
  world.Ready({"a", "b", "c", "d"});
  for (const char* site : {"b", "c"}) {
    world.Do(SiteRefused{site, world.plan, "signed before", false, Bound{{"a", "b", "c"}, 3}});
  }
  EXPECT_THAT(world.All<SeekSum>(), IsEmpty());
}

TEST(BoundSteps, AnAttemptThatASearchFollowsIsNoFailedOne) {
  BoundAtStandardisation world(4, /*max_attempts=*/1);
  world.Refuse("b");
  world.Refuse("c");
  ASSERT_THAT(world.All<SeekSum>(), SizeIs(1));
  world.Do(SumReused{world.All<SeekSum>()[0].plan});
  EXPECT_FALSE(world.machine.final());
}

TEST(BoundSteps, AJobCanBeCancelledAndItsAttemptFailWhileASumIsSought) {
  BoundAtStandardisation cancelled;
  cancelled.Refuse("b");
  cancelled.Refuse("c");
  const v1::PlanId seek = cancelled.All<SeekSum>()[0].plan;
  cancelled.Do(CancelRequested{"not needed"});
  EXPECT_EQ(cancelled.machine.state(), v1::JOB_CANCELLED);
  cancelled.Do(SumReused{seek});
  EXPECT_THAT(cancelled.actions, IsEmpty());
  BoundAtStandardisation failed;
  failed.Refuse("b");
  failed.Refuse("c");
  failed.Do(RoundFailed{failed.All<SeekSum>()[0].plan, "the disk is full"});
  EXPECT_THAT(failed.All<AbandonAttempt>(), SizeIs(1));
  failed.Wait(60);
  ASSERT_THAT(failed.All<BeginEpoch>(), SizeIs(1));
  failed.GiveKeys(kSeven);
  failed.Refuse("b");
  EXPECT_THAT(failed.All<SeekSum>(), SizeIs(1)) << "it is looked for again";
}

// ---- by the coordinator's own record, after a restart ----

TEST(BoundSteps, ASetThatSitesWereShownBeforeARestartIsTheOnlyOneThatTheStepIsTriedWith) {
  SecureWorld world(SecureJob(3, 3));
  world.Do(StepBound{Bound{{"a", "b", "c"}, 4}});
  world.ComeAll({"d", "e", "b", "c"});
  EXPECT_THAT(world.All<BeginEpoch>(), IsEmpty());
  EXPECT_THAT(world.Waiting(), HasSubstr("waits for exactly a, b, c"));
  world.Come("a");
  ASSERT_THAT(world.All<BeginEpoch>(), SizeIs(1));
  EXPECT_THAT(world.All<BeginEpoch>()[0].cohort, ElementsAre("a", "b", "c"));
  world.GiveKeys({"a", "b", "c"});
  ASSERT_THAT(world.All<BeginAttempt>(), SizeIs(1));
  EXPECT_EQ(world.All<BeginAttempt>()[0].encoding_sites, 4u);
}

TEST(BoundSteps, ASetThatIsReleasedAfterARestartHoldsNobody) {
  SecureWorld world(SecureJob(3, 3));
  world.Do(StepBound{Bound{{"a", "b", "c"}, 3}});
  world.ComeAll({"b", "c", "d"});
  world.Do(BoundReleased{});
  ASSERT_THAT(world.All<BeginEpoch>(), SizeIs(1));
  EXPECT_THAT(world.All<BeginEpoch>()[0].cohort, ElementsAre("b", "c", "d"));
}

TEST(BoundSteps, TheRecordHoldsAJobThatGathersButNoAttemptThatRuns) {
  SecureWorld gathering(SecureJob(3, 5));
  gathering.ComeAll({"a", "b", "c"});
  gathering.Do(StepBound{Bound{{"b", "c", "d"}, 3}});
  EXPECT_THAT(gathering.Waiting(), HasSubstr("waits for exactly b, c, d"));
  SecureWorld running(SecureJob(3, 3));
  running.ComeAll({"a", "b", "c"});
  running.Do(StepBound{Bound{{"b", "c", "d"}, 3}});
  EXPECT_THAT(running.actions, IsEmpty()) << "the sites' refusals say the same";
}

TEST(BoundSteps, ASetOfAnEarlierJobThatThisJobCannotSumIsWaitedOutAndFailsNobodyAtOnce) {
  SecureWorld world(StandardisingJob(4, 4));
  world.Do(StepBound{Bound{{"a", "b", "c"}, 3}});
  ASSERT_THAT(world.All<SeekSum>(), SizeIs(1)) << "an earlier sum may serve";
  world.Do(SumNotKept{world.All<SeekSum>()[0].plan});
  EXPECT_FALSE(world.machine.final());
  EXPECT_THAT(world.Waiting(), HasSubstr("the job needs 4 sites"));
  world.ComeAll({"a", "b", "c", "d"});
  EXPECT_THAT(world.All<BeginEpoch>(), IsEmpty());
  world.Do(BoundReleased{});
  ASSERT_THAT(world.All<BeginEpoch>(), SizeIs(1));
  EXPECT_THAT(world.All<BeginEpoch>()[0].cohort, ElementsAre("a", "b", "c", "d"));
}

TEST(BoundSteps, ASetThatCannotBeSummedAndIsNeverReleasedEndsTheJobWithThatReason) {
  SecureWorld world(StandardisingJob(4, 4));
  world.Do(StepBound{Bound{{"a", "b", "c"}, 3}});
  world.Do(SumNotKept{world.All<SeekSum>()[0].plan});
  world.Wait(86400);
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
  EXPECT_THAT(world.Reason(), HasSubstr("waits until a, b, c have summed"));
}

TEST(BoundSteps, ASearchThatFailsIsNotRepeatedUntilTheAttemptsAreUsedUp) {
  SecureWorld world(StandardisingJob(3, 3));
  const StepBound bound{Bound{{"a", "b", "c"}, 3}};
  world.Do(bound);
  world.Do(RoundFailed{world.All<SeekSum>()[0].plan, "disk full"});
  world.Do(bound);  // what ends an attempt says it again
  EXPECT_THAT(world.All<SeekSum>(), IsEmpty());
  EXPECT_THAT(world.Waiting(), HasSubstr("waits for exactly a, b, c"));
}

TEST(BoundSteps, AJobWaitsWhileAnotherOneSumsTheSameColumns) {
  SecureWorld world(StandardisingJob(3, 3));
  EXPECT_TRUE(world.machine.NeedsColumns());
  EXPECT_FALSE(world.machine.SumsColumns());
  world.Do(HeldBack{"waits until job b is done"});
  world.ComeAll({"a", "b", "c"});
  EXPECT_THAT(world.All<BeginEpoch>(), IsEmpty());
  world.Wait(3600);
  EXPECT_THAT(world.All<BeginEpoch>(), IsEmpty());
  EXPECT_EQ(world.machine.state(), v1::JOB_WAITING);
  world.Do(HeldBack{""});
  EXPECT_THAT(world.All<BeginEpoch>(), SizeIs(1));
  EXPECT_TRUE(world.machine.SumsColumns());
}

TEST(BoundSteps, AJobThatIsHeldBackSaysSoAndGetsTheTimeBack) {
  SecureWorld world(StandardisingJob(3, 3));
  world.ComeAll({"a", "b"});
  world.Do(HeldBack{"waits until job b is done"});
  EXPECT_EQ(world.Waiting(), "waits until job b is done");
  world.Wait(86000);
  world.Do(HeldBack{""});
  EXPECT_THAT(world.Waiting(), HasSubstr("waits for 1 more site"));
  world.Wait(86000);
  EXPECT_EQ(world.machine.state(), v1::JOB_WAITING);
  world.Do(HeldBack{"waits until job b is done"});
  world.Wait(86400);
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
  EXPECT_THAT(world.Reason(), HasSubstr("waits until job b is done"));
}

TEST(BoundSteps, JobsThatComeAndGoDoNotKeepAJobWaitingForEver) {
  SecureWorld world(StandardisingJob(3, 3));
  world.ComeAll({"a", "b"});
  for (int turn = 0; turn < 3; ++turn) {
    world.Wait(28000);
    world.Do(HeldBack{"waits until job b is done"});
    world.Do(HeldBack{""});
  }
  EXPECT_EQ(world.machine.state(), v1::JOB_WAITING);
  world.Wait(3000);
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
  EXPECT_THAT(world.Reason(), HasSubstr("waits for 1 more site"));
}

TEST(BoundSteps, AJobThatGathersIsHeldBackToo) {
  SecureWorld world(StandardisingJob(3, 4));
  world.ComeAll({"a", "b", "c"});
  world.Do(HeldBack{"waits until job b is done"});
  world.Wait(60);
  EXPECT_THAT(world.All<BeginEpoch>(), IsEmpty());
  world.Do(HeldBack{""});
  world.Wait(60);
  EXPECT_THAT(world.All<BeginEpoch>(), SizeIs(1));
}

TEST(BoundSteps, NeitherTrainingNorPlainSumsAreHeldBack) {
  SecureWorld training(SecureJob(3, 3));
  EXPECT_FALSE(training.machine.NeedsColumns());
  training.Do(HeldBack{"waits until job b is done"});
  training.ComeAll({"a", "b", "c"});
  EXPECT_THAT(training.All<BeginEpoch>(), SizeIs(1));
  v1::JobSpec plain_job = StandardisingJob(3, 3);
  plain_job.mutable_aggregation()->set_plain_sum(true);
  SecureWorld plain(plain_job);
  EXPECT_FALSE(plain.machine.NeedsColumns());
  SecureWorld later(StandardisingJob(3, 3));
  later.Open({"a", "b", "c"});
  EXPECT_TRUE(later.machine.SumsColumns());
  later.Do(SumOpened{later.plan, {"a", "b", "c"}, {}});
  EXPECT_TRUE(later.machine.SumsColumns()) << "not durable yet";
  later.Do(RoundCommitted{later.plan});
  EXPECT_FALSE(later.machine.NeedsColumns());
}

}  // namespace
}  // namespace accord
