// What a job's order and approvals let its machine do.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/coordinator/jobs/machine_world.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kMissing[] = "waits for approvals: steward 0 of 1";

TEST(Papers, NothingIsPlannedWhileApprovalsAreMissing) {
  World world(Job(2, 2));
  world.Do(PapersJudged{kMissing, {}, {}});
  EXPECT_EQ(world.Waiting(), kMissing);
  world.Ready({"a", "b"});
  EXPECT_THAT(world.All<SendPlan>(), IsEmpty());
  EXPECT_EQ(world.machine.NextWakeup(), std::nullopt);
  world.Do(PapersJudged{"", {}, {}});
  EXPECT_THAT(world.All<SendPlan>(), SizeIs(2));
}

TEST(Papers, WaitingForThemTakesNoneOfTheJobsPatience) {
  World world(Job(2));
  world.Do(PapersJudged{kMissing, {}, {}});
  world.Wait(10 * 86400);
  EXPECT_EQ(world.machine.state(), v1::JOB_WAITING);
  world.Do(PapersJudged{"", {}, {}});
  EXPECT_EQ(world.machine.state(), v1::JOB_WAITING);
  EXPECT_THAT(world.Waiting(), HasSubstr("2 more sites"));
  world.Wait(86400);
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
}

TEST(Papers, OnlySitesThatApprovedAreAsked) {
  World world(Job(2, 3));
  world.Do(PapersJudged{"", {{"a", "c"}}, {}});
  world.Ready({"a", "b"});
  EXPECT_THAT(world.Waiting(), HasSubstr("b: has not approved the order"));
  world.Ready({"c"});
  world.Wait(10);
  ASSERT_THAT(world.All<BeginAttempt>(), SizeIs(1));
  EXPECT_THAT(world.All<BeginAttempt>()[0].cohort, ElementsAre("a", "c"));
}

// Ten sites are there, and approve one after the other: enough is not yet all.
TEST(Papers, TheThirdOfTenApprovalsDoesNotEndTheGathering) {
  const std::vector<std::string> ten = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
  World world(Job(3, 10));
  world.Do(SitesKnown{ten});
  world.Do(PapersJudged{"", {{"a", "b"}}, {}});
  world.Ready(ten);
  world.Do(PapersJudged{"", {{"a", "b", "c"}}, {}});
  EXPECT_THAT(world.All<BeginAttempt>(), IsEmpty());
  world.Wait(9);
  EXPECT_THAT(world.All<BeginAttempt>(), IsEmpty());
  world.Wait(1);
  ASSERT_THAT(world.All<BeginAttempt>(), SizeIs(1));
  EXPECT_THAT(world.All<BeginAttempt>()[0].cohort, ElementsAre("a", "b", "c"));
}

TEST(Papers, ASiteThatRefusedIsLeftOutForGood) {
  v1::JobSpec spec = Job(2);
  for (const char* site : {"a", "b"}) spec.mutable_rounds()->add_sites(site);
  World world(spec);
  world.Do(PapersJudged{"", {}, {"b"}});
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
  EXPECT_THAT(world.Reason(), HasSubstr("b: it refused the job's order"));
}

TEST(Papers, AHoldThatComesWhileSitesGatherSendsTheJobBackToWaiting) {
  World world(Job(2, 3));
  world.Do(PapersJudged{"", {}, {}});
  world.Ready({"a", "b"});
  world.Do(PapersJudged{"waits: the charter's hours close", {}, {}});
  EXPECT_THAT(world.Waiting(), HasSubstr("hours"));
  world.Wait(60);
  EXPECT_THAT(world.All<BeginAttempt>(), IsEmpty());
}

TEST(Papers, AHoldThatComesWhileARoundRunsCountsFromTheNextOneOn) {
  World world(Job(2, 2));
  world.Do(PapersJudged{"", {}, {}});
  world.Ready({"a", "b"});
  world.Do(PapersJudged{"waits: the charter's hours close", {}, {}});
  world.Do(UploadArrived{"a", world.plan});
  world.Do(UploadArrived{"b", world.plan});
  ASSERT_THAT(world.All<CompleteRound>(), SizeIs(1));
  world.Do(RoundCommitted{world.plan});
  EXPECT_THAT(world.All<BeginAttempt>(), IsEmpty());
  EXPECT_EQ(world.machine.state(), v1::JOB_WAITING);
}

TEST(Papers, AJobWhoseOrderDoesNotHoldFailsWhereverItStands) {
  const CancelRequested lost{"person/clara refused this order", /*mandate_lost=*/true};
  World waiting(Job(2));
  waiting.Do(lost);
  EXPECT_EQ(waiting.machine.state(), v1::JOB_FAILED);
  EXPECT_EQ(waiting.Reason(), lost.reason);
  World collecting(Job(2, 2));
  collecting.Ready({"a", "b"});
  collecting.Do(lost);
  ASSERT_THAT(collecting.All<AbandonAttempt>(), SizeIs(1));
  EXPECT_EQ(collecting.All<AbandonAttempt>()[0].reason, "the job ends: " + lost.reason);
  EXPECT_EQ(collecting.machine.state(), v1::JOB_FAILED);
  EXPECT_THAT(collecting.Told(v1::PlanEnd::JOB_OVER), ElementsAre("a", "b"));
  World closing(Job(2, 2));
  closing.Ready({"a", "b"});
  closing.Do(UploadArrived{"a", closing.plan});
  closing.Do(UploadArrived{"b", closing.plan});
  closing.Do(lost);
  EXPECT_FALSE(closing.machine.final());
  closing.Do(RoundCommitted{closing.plan});
  EXPECT_EQ(closing.machine.state(), v1::JOB_FAILED);
}

}  // namespace
}  // namespace accord
