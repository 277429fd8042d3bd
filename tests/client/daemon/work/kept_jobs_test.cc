// What a daemon keeps of a job between its rounds: a word that is lost, an attempt that is abandoned and a crash at any
// moment leave the site with what belongs to its last vector that counted.
#include <filesystem>
#include <string>

#include "client/daemon/state/kept_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/work/kept_jobs_fixture.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(KeptJobs, EachRoundGoesOnFromTheLastThatCounted) {
  Upload(PlanOf(1, 1, 0));
  SendEnd(PlanOf(1, 1, 0), v1::PlanEnd::SUMMED);
  Upload(PlanOf(2, 2, 1));
  SendEnd(PlanOf(2, 2, 1), v1::PlanEnd::SUMMED);
  Upload(PlanOf(3, 3, 2));
  EXPECT_THAT(trainers_.kept_before(), ElementsAre(-1, 0, 1));
  EXPECT_FALSE(WasTold("lost"));
}

TEST_F(KeptJobs, AnAbandonedAttemptChangesNothingAndItsVectorIsSentAgain) {
  Upload(PlanOf(1, 1, 0));
  SendEnd(PlanOf(1, 1, 0), v1::PlanEnd::SUMMED);
  Upload(PlanOf(2, 2, 1));
  SendEnd(PlanOf(2, 2, 1), v1::PlanEnd::ABANDONED);
  Upload(PlanOf(2, 3, 1));
  EXPECT_THAT(trainers_.kept_before(), ElementsAre(-1, 0))
      << "the held vector and what was kept with it belong together";
  SendEnd(PlanOf(2, 3, 1), v1::PlanEnd::SUMMED);
  Upload(PlanOf(3, 4, 2));
  EXPECT_THAT(trainers_.kept_before(), ElementsAre(-1, 0, 1));
}

TEST_F(KeptJobs, ASiteThatIsLeftOutGoesOnFromTheRoundBefore) {
  Upload(PlanOf(1, 1, 0));
  SendEnd(PlanOf(1, 1, 0), v1::PlanEnd::SUMMED);
  Upload(PlanOf(2, 2, 1));
  SendEnd(PlanOf(2, 2, 1), v1::PlanEnd::LEFT_OUT);
  Upload(PlanOf(4, 9, 1));
  EXPECT_THAT(trainers_.kept_before(), ElementsAre(-1, 0, 0));
}

// The daemon is killed after its vector was taken, before or after the sum was made without its knowing.
TEST_F(KeptJobs, ACrashLeavesWhatTheCoordinatorCounts) {
  Upload(PlanOf(1, 1, 0));
  Crash();
  Upload(PlanOf(1, 2, 0));  // it did not count
  EXPECT_THAT(trainers_.kept_before(), ElementsAre(-1, -1));
  Crash();
  Upload(PlanOf(2, 3, 1));  // it did
  EXPECT_THAT(trainers_.kept_before(), ElementsAre(-1, -1, 0));
  EXPECT_FALSE(WasTold("lost"));
}

TEST_F(KeptJobs, WhatIsLostIsToldToTheOperatorAndTheSiteGoesOn) {
  Upload(PlanOf(1, 1, 0));
  SendEnd(PlanOf(1, 1, 0), v1::PlanEnd::SUMMED);
  Upload(PlanOf(2, 2, 1));
  std::filesystem::remove_all(folder_ + "/kept");
  std::filesystem::create_directories(folder_ + "/kept");
  SendEnd(PlanOf(2, 2, 1), v1::PlanEnd::SUMMED);
  Upload(PlanOf(3, 3, 2));
  EXPECT_THAT(trainers_.kept_before(), ElementsAre(-1, 0, -1));
  EXPECT_TRUE(WasTold("what this site kept of earlier rounds is lost"));
}

TEST_F(KeptJobs, TheModelOfAJobThatIsOverStaysAndNothingElse) {
  Upload(PlanOf(1, 1, 0));
  SendEnd(PlanOf(1, 1, 0), v1::PlanEnd::SUMMED);
  Upload(PlanOf(2, 2, 1));
  SendOver(1);
  AwaitNoOpenJobs();
  EXPECT_THAT(KeptFiles(), ElementsAre("job-1.model"));
  EXPECT_EQ(ReadKeptHead(folder_ + "/kept/job-1.model")->next_step(), 1u) << "the second round did not count";
}

// The word SUMMED of the last round was lost with the connection.
TEST_F(KeptJobs, TheModelOfTheLastRoundStaysWhereTheEndOfTheJobSaysThatItCounted) {
  Upload(PlanOf(1, 1, 0));
  SendOver(1);
  AwaitNoOpenJobs();
  EXPECT_EQ(ReadKeptHead(folder_ + "/kept/job-1.model")->next_step(), 1u);
}

// Its end was told while the daemon was down.
TEST_F(KeptJobs, AJobThatTheDaemonHasForgottenIsAskedAboutAndThenForgottenWhole) {
  Upload(PlanOf(1, 1, 0));
  Crash();
  AwaitQuestion();
  SendOver(0);
  AwaitNoOpenJobs();
  EXPECT_THAT(KeptFiles(), IsEmpty());
}

// Its end was told while there was no connection, or while the site was paused.
TEST_F(KeptJobs, AJobThatRestsIsAskedAboutInEachSessionAndAfterAPause) {
  Upload(PlanOf(1, 1, 0));
  AwaitJob("uploaded");
  coordinator_.DropSession();
  AwaitQuestion();
  ASSERT_TRUE(engine_->Pause().ok());
  while (!AwaitHello().readiness().paused()) {
  }
  while (!engine_->Status().connected()) {
  }
  ASSERT_TRUE(engine_->Resume().ok());
  AwaitQuestion();
  SendOver(1);
  AwaitNoOpenJobs();
}

TEST_F(KeptJobs, WithoutRoomNowThePlanIsRefusedAndNotTheJob) {
  max_bytes_ = uint64_t{2} << 20;
  Crash();
  ASSERT_TRUE(kept_->Reserve("another", 3).ok());
  Send(PlanOf(1, 1, 0));
  const v1::Refusal refusal = AwaitRefusal();
  EXPECT_FALSE(refusal.permanent());
  EXPECT_THAT(refusal.reason(), HasSubstr("once one of them is over"));
  kept_->Release("another");
  Upload(PlanOf(1, 2, 0));
}

TEST_F(KeptJobs, ASiteThatMayKeepNothingRefusesTheJob) {
  max_bytes_ = 0;
  Crash();
  Send(PlanOf(1, 1, 0));
  const v1::Refusal refusal = AwaitRefusal();
  EXPECT_TRUE(refusal.permanent());
  EXPECT_THAT(refusal.reason(), HasSubstr("max_kept_mib"));
  EXPECT_EQ(trainers_.computations(), 0);
}

TEST_F(KeptJobs, APlanThatDoesNotSayWhatCountedIsRefused) {
  v1::Plan plan = PlanOf(1, 1, 0);
  plan.clear_counted_steps();
  Send(plan);
  EXPECT_THAT(AwaitRefusal().reason(), HasSubstr("which step counted"));
  Send(PlanOf(1, 2, 5));
  EXPECT_THAT(AwaitRefusal().reason(), HasSubstr("a later step, 5, counted already"));
}

}  // namespace
}  // namespace accord
