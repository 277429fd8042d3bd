// What lets no job begin an attempt, whoever is ready.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/coordinator/jobs/machine_world.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kNoStamp[] = "waits for a time stamp on the federation's log: there is none yet";

TEST(HeldRounds, NoAttemptBeginsUntilTheyAreLetGo) {
  World world(Job(2, 2));
  world.Do(RoundsHeld{kNoStamp});
  EXPECT_EQ(world.Waiting(), kNoStamp);
  world.Ready({"a", "b"});
  EXPECT_THAT(world.All<SendPlan>(), IsEmpty());
  EXPECT_EQ(world.machine.NextWakeup(), std::nullopt);
  world.Do(RoundsHeld{""});
  EXPECT_THAT(world.All<SendPlan>(), SizeIs(2));
}

TEST(HeldRounds, AnAttemptThatRunsIsFinishedAndTheNextOneWaits) {
  World world(Job(2, 2));
  world.Ready({"a", "b"});
  world.Do(RoundsHeld{kNoStamp});
  world.Do(UploadArrived{"a", world.plan});
  world.Do(UploadArrived{"b", world.plan});
  ASSERT_THAT(world.All<CompleteRound>(), SizeIs(1));
  world.Do(RoundCommitted{world.plan});
  EXPECT_THAT(world.All<BeginAttempt>(), IsEmpty());
  EXPECT_EQ(world.Waiting(), kNoStamp);
  world.Do(RoundsHeld{""});
  EXPECT_THAT(world.All<BeginAttempt>(), SizeIs(1));
}

TEST(HeldRounds, AHoldThatComesWhileSitesGatherSendsTheJobBackToWaiting) {
  World world(Job(2, 3));
  world.Ready({"a", "b"});
  world.Do(RoundsHeld{kNoStamp});
  EXPECT_EQ(world.Waiting(), kNoStamp);
  world.Wait(60);
  EXPECT_THAT(world.All<BeginAttempt>(), IsEmpty());
}

TEST(HeldRounds, TakeNoneOfTheJobsPatience) {
  World world(Job(2));
  world.Do(RoundsHeld{kNoStamp});
  world.Wait(10 * 86400);
  EXPECT_EQ(world.machine.state(), v1::JOB_WAITING);
  world.Do(RoundsHeld{""});
  EXPECT_THAT(world.Waiting(), HasSubstr("2 more sites"));
  world.Wait(86400);
  EXPECT_EQ(world.machine.state(), v1::JOB_FAILED);
}

TEST(HeldRounds, BesideMissingApprovalsBothMustBeLetGo) {
  World world(Job(2, 2));
  world.Do(PapersJudged{"waits for approvals", {}, {}});
  world.Do(RoundsHeld{kNoStamp});
  world.Ready({"a", "b"});
  world.Do(PapersJudged{"", {}, {}});
  EXPECT_EQ(world.Waiting(), kNoStamp);
  world.Wait(10 * 86400);
  EXPECT_EQ(world.machine.state(), v1::JOB_WAITING);
  world.Do(RoundsHeld{""});
  EXPECT_THAT(world.All<BeginAttempt>(), SizeIs(1));
}

TEST(HeldRounds, AJobThatWaitsSoCanBeCancelled) {
  World world(Job(2));
  world.Do(RoundsHeld{kNoStamp});
  world.Do(CancelRequested{"no more"});
  EXPECT_EQ(world.machine.state(), v1::JOB_CANCELLED);
}

}  // namespace
}  // namespace accord
