// The phases that a secure sum adds to a job: Keying and Opening.
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

TEST(SecurePhases, AskEverySiteOfTheCohortForAKeyBeforeAnyPlan) {
  SecureWorld world(SecureJob(3));
  world.ComeAll({"a", "b", "c"});
  ASSERT_THAT(world.All<BeginEpoch>(), SizeIs(1));
  EXPECT_THAT(world.All<BeginEpoch>()[0].cohort, ElementsAre("a", "b", "c"));
  EXPECT_THAT(world.All<RequestKey>(), SizeIs(3));
  EXPECT_THAT(world.All<SendPlan>(), IsEmpty());
}

TEST(SecurePhases, PlansFollowOnceTheLastKeyIsThereUnderTheNumberOfTheEpoch) {
  SecureWorld world(SecureJob(3));
  world.ComeAll({"a", "b", "c"});
  const uint32_t epoch = world.plan.attempt();
  world.GiveKeys({"a", "b"});
  EXPECT_THAT(world.All<FormEpoch>(), IsEmpty());
  world.GiveKeys({"c"});
  ASSERT_THAT(world.All<FormEpoch>(), SizeIs(1));
  ASSERT_THAT(world.All<BeginAttempt>(), SizeIs(1));
  EXPECT_EQ(world.plan.attempt(), epoch);
  EXPECT_EQ(world.All<BeginAttempt>()[0].encoding_sites, 3u);
  EXPECT_THAT(world.All<SendPlan>(), SizeIs(3));
}

TEST(SecurePhases, ASiteThatGivesNoKeyIsLeftOutOfTheEpoch) {
  SecureWorld world(SecureJob(3, 4));
  world.ComeAll({"a", "b", "c", "d"});
  world.GiveKeys({"a", "b", "c"});
  EXPECT_THAT(world.All<FormEpoch>(), IsEmpty()) << "d still moves";
  world.Wait(60);
  ASSERT_THAT(world.All<FormEpoch>(), SizeIs(1));
  EXPECT_THAT(world.All<FormEpoch>()[0].cohort, ElementsAre("a", "b", "c"));
  EXPECT_THAT(world.All<BeginAttempt>()[0].cohort, ElementsAre("a", "b", "c"));
}

TEST(SecurePhases, TooFewKeysAbandonTheAttemptWithNames) {
  SecureWorld world(SecureJob(3));
  world.ComeAll({"a", "b", "c"});
  world.GiveKeys({"a", "b"});
  world.Do(SiteGone{"c", "connection lost"});
  ASSERT_THAT(world.All<AbandonAttempt>(), SizeIs(1));
  EXPECT_THAT(world.All<AbandonAttempt>()[0].reason, HasSubstr("c: connection lost"));
}

TEST(SecurePhases, TheEpochServesTheNextRoundOfTheSameSites) {
  SecureWorld world(SecureJob(3));
  world.Open({"a", "b", "c"});
  world.Do(SumOpened{world.plan, {"a", "b", "c"}, {}});
  world.Do(RoundCommitted{world.plan});
  EXPECT_THAT(world.All<RequestKey>(), IsEmpty());
  EXPECT_THAT(world.All<BeginAttempt>(), SizeIs(1));
}

TEST(SecurePhases, ASiteThatHasForgottenItsKeysNeedsANewEpoch) {
  SecureWorld world(SecureJob(3));
  world.Open({"a", "b", "c"});
  world.Do(SumOpened{world.plan, {"a", "b", "c"}, {}});
  world.Come("b", "second");
  world.Do(RoundCommitted{world.plan});
  EXPECT_THAT(world.All<RequestKey>(), SizeIs(3));
}

TEST(SecurePhases, AnotherRosterNeedsANewEpochOfTheSameSites) {
  SecureWorld world(SecureJob(3));
  world.Open({"a", "b", "c"});
  world.Do(RosterChanged{});
  EXPECT_THAT(world.All<BeginEpoch>(), IsEmpty()) << "the attempt that is under way ends as it began";
  world.Do(SumOpened{world.plan, {"a", "b", "c"}, {}});
  world.Do(RoundCommitted{world.plan});
  EXPECT_THAT(world.All<BeginEpoch>(), SizeIs(1));
  EXPECT_THAT(world.All<RequestKey>(), SizeIs(3));
  world.GiveKeys({"a", "b", "c"});
  EXPECT_THAT(world.All<BeginAttempt>(), SizeIs(1));
}

TEST(SecurePhases, AnotherRosterWhileKeysAreMadeHasThemMadeAnew) {
  SecureWorld world(SecureJob(3));
  world.ComeAll({"a", "b", "c"});
  const uint32_t epoch = world.plan.attempt();
  world.GiveKeys({"a", "b"});
  world.Do(RosterChanged{});
  world.GiveKeys({"c"});
  EXPECT_THAT(world.All<RequestKey>(), SizeIs(3));
  EXPECT_THAT(world.All<BeginAttempt>(), IsEmpty());
  EXPECT_GT(world.plan.attempt(), epoch);
  world.GiveKeys({"a", "b", "c"});
  EXPECT_THAT(world.All<BeginAttempt>(), SizeIs(1));
}

TEST(SecurePhases, ARestartedSiteIsOutOfTheAttemptAtOnce) {
  SecureWorld world(SecureJob(3));
  world.ComeAll({"a", "b", "c"});
  world.GiveKeys({"a", "b", "c"});
  world.Come("b", "second");
  ASSERT_THAT(world.All<AbandonAttempt>(), SizeIs(1));
  EXPECT_THAT(world.All<AbandonAttempt>()[0].reason, HasSubstr("forgotten the keys"));
}

TEST(SecurePhases, VerifiedUploadsAreOpenedNotClosed) {
  SecureWorld world(SecureJob(3));
  world.Open({"a", "b", "c"});
  EXPECT_THAT(world.All<CompleteRound>(), IsEmpty());
  ASSERT_THAT(world.All<OpenSum>(), SizeIs(1));
  EXPECT_THAT(world.All<OpenSum>()[0].sites, ElementsAre("a", "b", "c"));
  EXPECT_THAT(world.machine.WhyNotAccept("a", world.plan), HasSubstr("no more uploads"));
}

TEST(SecurePhases, TwoThirdsMustArriveWhateverTheJobsMinimum) {
  SecureWorld world(SecureJob(3, 6));
  world.ComeAll({"a", "b", "c", "d", "e", "f"});
  world.GiveKeys({"a", "b", "c", "d", "e", "f"});
  world.Upload({"a", "b", "c", "d"});
  world.Wait(60);
  EXPECT_THAT(world.All<OpenSum>(), IsEmpty()) << "t of 6 is 5";
  ASSERT_THAT(world.All<AbandonAttempt>(), SizeIs(1));
  EXPECT_THAT(world.All<AbandonAttempt>()[0].reason, HasSubstr("at least 5 must answer, else sums would expose"));
}

TEST(SecurePhases, ARoundThatHangsOnASiteOutOfReachSaysSoInWords) {
  SecureWorld world(SecureJob(3));
  world.ComeAll({"a", "b", "c"});
  world.GiveKeys({"a", "b", "c"});
  world.Upload({"a", "b"});
  world.Do(SiteGone{"c", "connection lost"});
  EXPECT_THAT(world.Waiting(), HasSubstr("waits for c (connection lost)"));
  EXPECT_THAT(world.Waiting(), HasSubstr("With 3 sites all must answer, else sums would expose single sites"));
  EXPECT_THAT(world.Waiting(), HasSubstr("Nothing has been opened"));
}

TEST(SecurePhases, TheOpenedSumIsMadeDurableOverItsSites) {
  SecureWorld world(SecureJob(3, 4));
  world.Open({"a", "b", "c", "d"});
  v1::SiteAbsence absence;
  absence.set_site("d");
  absence.set_reason("its masks disagree");
  world.Do(SumOpened{world.plan, {"a", "b", "c"}, {absence}});
  ASSERT_THAT(world.All<CompleteRound>(), SizeIs(1));
  EXPECT_THAT(world.All<CompleteRound>()[0].sites, ElementsAre("a", "b", "c"));
  EXPECT_THAT(world.Told(v1::PlanEnd::LEFT_OUT), ElementsAre("d"));
}

TEST(SecurePhases, OnlyASiteThatOwesSomethingFallsSilent) {
  SecureWorld world(SecureJob(3));
  world.Open({"a", "b", "c"});
  world.Do(SurvivorsAwaited{world.plan, {"c"}});
  world.Wait(59);
  EXPECT_THAT(world.All<MemberLost>(), IsEmpty());
  world.Wait(1);
  ASSERT_THAT(world.All<MemberLost>(), SizeIs(1));
  EXPECT_EQ(world.All<MemberLost>()[0].site, "c");
  EXPECT_FALSE(world.All<MemberLost>()[0].for_good);
  world.Come("c");
  EXPECT_THAT(world.All<MemberBack>(), SizeIs(1));
}

TEST(SecurePhases, ASurvivorThatRestartsOrPausesIsLostForGood) {
  SecureWorld world(SecureJob(3));
  world.Open({"a", "b", "c"});
  world.Come("a", "second");
  ASSERT_THAT(world.All<MemberLost>(), SizeIs(1));
  EXPECT_TRUE(world.All<MemberLost>()[0].for_good);
  world.Do(SiteGone{"b", "the site is paused", /*withdrawn=*/true});
  ASSERT_THAT(world.All<MemberLost>(), SizeIs(1));
  EXPECT_TRUE(world.All<MemberLost>()[0].for_good);
}

TEST(SecurePhases, OpeningIsGivenUpOnceAfterTheDeadline) {
  SecureWorld world(SecureJob(3));
  world.Open({"a", "b", "c"});
  world.Wait(3600);
  EXPECT_THAT(world.All<GiveUpOpening>(), SizeIs(1));
  world.Wait(3600);
  EXPECT_THAT(world.All<GiveUpOpening>(), IsEmpty());
  world.Do(SumLost{world.plan, "c did not sign", std::nullopt});
  EXPECT_THAT(world.All<AbandonAttempt>(), SizeIs(1));
}

TEST(SecurePhases, ACancelledJobEndsWhenTheOpeningIsGivenUp) {
  SecureWorld world(SecureJob(3));
  world.Open({"a", "b", "c"});
  world.Do(CancelRequested{"not needed"});
  EXPECT_THAT(world.All<GiveUpOpening>(), SizeIs(1));
  EXPECT_FALSE(world.machine.final());
  world.Do(SumLost{world.plan, "given up", std::nullopt});
  EXPECT_EQ(world.machine.state(), v1::JOB_CANCELLED);
}

TEST(SecurePhases, ASignedSetIsTheOnlyOneThatTheStepIsTriedWithAgain) {
  SecureWorld world(SecureJob(3, 4));
  world.Open({"a", "b", "c", "d"});
  world.Do(SumLost{world.plan, "d is gone", Bound{{"a", "b", "c"}, 4}});
  world.Wait(1);
  ASSERT_THAT(world.All<BeginEpoch>(), SizeIs(1));
  EXPECT_THAT(world.All<BeginEpoch>()[0].cohort, ElementsAre("a", "b", "c"));
  world.GiveKeys({"a", "b", "c"});
  ASSERT_THAT(world.All<BeginAttempt>(), SizeIs(1));
  EXPECT_EQ(world.All<BeginAttempt>()[0].encoding_sites, 4u);
}

TEST(SecurePhases, AJobThatIsBoundWaitsForExactlyTheSignedSites) {
  SecureWorld world(SecureJob(3, 4));
  world.Open({"a", "b", "c", "d"});
  world.Do(SumLost{world.plan, "d is gone", Bound{{"a", "b", "c", "d"}, 4}});
  world.Do(SiteGone{"d", "connection lost"});
  EXPECT_THAT(world.Waiting(), HasSubstr("waits for exactly a, b, c, d"));
  world.Wait(5);
  EXPECT_THAT(world.All<BeginEpoch>(), IsEmpty());
  world.Do(BoundReleased{});
  world.Wait(10);
  EXPECT_THAT(world.All<BeginEpoch>(), SizeIs(1)) << "void statements free the job";
}

TEST(SecurePhases, ACommittedRoundFreesTheNextStep) {
  SecureWorld world(SecureJob(3, 4));
  world.Open({"a", "b", "c", "d"});
  world.Do(SumLost{world.plan, "d is gone", Bound{{"a", "b", "c"}, 4}});
  world.Wait(1);
  world.GiveKeys({"a", "b", "c"});
  world.Upload({"a", "b", "c"});
  world.Do(SumOpened{world.plan, {"a", "b", "c"}, {}});
  world.Do(RoundCommitted{world.plan});
  ASSERT_THAT(world.All<BeginEpoch>(), SizeIs(1));
  EXPECT_THAT(world.All<BeginEpoch>()[0].cohort, ElementsAre("a", "b", "c", "d"));
}

TEST(SecurePhases, ACoordinatorThatLostItsMemoryLearnsTheBoundFromARefusal) {
  SecureWorld world(SecureJob(3, 4));
  world.ComeAll({"a", "b", "c", "d"});
  world.GiveKeys({"a", "b", "c", "d"});
  world.Do(SiteRefused{"b", world.plan, "signed before", false, Bound{{"a", "b", "c"}, 4}});
  EXPECT_THAT(world.All<AbandonAttempt>(), IsEmpty()) << "one site's word holds nobody";
  world.Do(SiteRefused{"c", world.plan, "signed before", false, Bound{{"a", "b", "c"}, 4}});
  EXPECT_THAT(world.All<AbandonAttempt>(), SizeIs(1));
  world.Wait(1);
  ASSERT_THAT(world.All<BeginEpoch>(), SizeIs(1));
  EXPECT_THAT(world.All<BeginEpoch>()[0].cohort, ElementsAre("a", "b", "c"));
}

TEST(SecurePhases, BoundsThatContradictEachOtherFailTheJobInWords) {
  SecureWorld world(SecureJob(3, 4));
  world.ComeAll({"a", "b", "c", "d"});
  world.GiveKeys({"a", "b", "c", "d"});
  for (const char* site : {"b", "c"}) {
    world.Do(SiteRefused{site, world.plan, "signed before", false, Bound{{"a", "b", "c"}, 4}});
  }
  world.Wait(1);
  for (const char* site : {"a", "c"}) {
    world.Do(SiteRefused{site, world.plan, "signed before", false, Bound{{"a", "c", "d"}, 4}});
  }
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
  EXPECT_THAT(world.Reason(), HasSubstr("another seed"));
}

TEST(SecurePhases, ASparseGraphWaitsForEveryNonceAndKeysAnewWithoutOne) {
  v1::JobSpec spec = SecureJob(3, 4);
  spec.mutable_aggregation()->mutable_secure_sum()->set_graph(v1::SecureSum::SPARSE);
  SecureWorld world(spec);
  world.ComeAll({"a", "b", "c", "d"});
  world.GiveKeys({"a", "b", "c", "d"});
  ASSERT_THAT(world.All<FormEpoch>(), SizeIs(1));
  EXPECT_THAT(world.All<BeginAttempt>(), IsEmpty());
  const uint32_t first = world.plan.attempt();
  for (const char* site : {"a", "b", "c"}) world.Do(NonceArrived{site, world.plan});
  world.Wait(60);
  ASSERT_THAT(world.All<BeginEpoch>(), SizeIs(1)) << "without d the graph is drawn anew";
  EXPECT_GT(world.plan.attempt(), first);
  EXPECT_THAT(world.All<BeginEpoch>()[0].cohort, ElementsAre("a", "b", "c"));
}

}  // namespace
}  // namespace accord
