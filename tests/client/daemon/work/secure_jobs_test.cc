// Jobs with secure sums at a daemon whose coordinator asks for what it must not get.
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/secure/played_federation.h"
#include "tests/client/daemon/work/engine_fixture.h"

namespace accord {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class SecureJobs : public SiteEngineTest {
 protected:
  void Configure(SiteEngine::Options& options) override {
    record_ = RecordFile::Open(folder_ + "/secure-record", federation_.site()).value();
    options.secure = federation_.Daemon(*record_);
    options.config.set_site(federation_.site());
  }
  template <typename Has>
  v1::SiteMessage Await(Has has) {
    return coordinator_.AwaitMessage([has](const v1::SiteMessage& message) { return (message.*has)(); });
  }
  // The site's keys are in the epoch's list, and it has taken the list.
  void OpenEpoch(uint32_t epoch) {
    coordinator_.Send(federation_.KeyRequest(epoch));
    coordinator_.Send(federation_.EpochList(Await(&v1::SiteMessage::has_key_answer).key_answer()));
    Await(&v1::SiteMessage::has_nonce_answer);
  }
  // The site has computed its vector and sent it masked; it holds it until the plan has ended.
  v1::Plan UploadOnce() {
    OpenEpoch(1);
    const v1::Plan plan = federation_.Plan(1);
    Send(plan);
    close_ = coordinator_.AwaitMaskedUpload();
    return plan;
  }

  // Another job begins after more than an hour. It is refused, because this site is not in its plan.
  void BeginAnotherJobMuchLater() {
    clock_.Advance(absl::Minutes(61));
    v1::Plan other = DrillPlan(10);
    other.mutable_id()->set_job_id("job-2");
    Send(other);
  }

  PlayedFederation federation_;
  std::unique_ptr<RecordFile> record_;
  v1::UploadClose close_;  // of the last upload
};

TEST_F(SecureJobs, AHeldVectorThatAPlainPlanAsksForIsNotSentAndThePlanIsRefusedForGood) {
  SendEnd(UploadOnce(), v1::PlanEnd::ABANDONED);
  v1::Plan again = federation_.Plan(2);
  again.clear_secure();
  Send(again);
  const v1::Refusal refusal = AwaitRefusal();
  EXPECT_TRUE(refusal.permanent());
  EXPECT_THAT(refusal.reason(), HasSubstr("plain sums, and the job for secure ones"));
  EXPECT_EQ(coordinator_.uploads_opened(), 1) << "that of the attempt which was agreed to";
}

// The masks of the first attempt are still here: they must not serve the second.
TEST_F(SecureJobs, TheLedgerNamesTheMaskedVectorByWhatTheHeaderSays) {
  UploadOnce();
  const auto uploads = AwaitLedger(v1::EgressEntry::kUpload, 1);
  EXPECT_EQ(uploads[0].upload().protection(), v1::EgressUpload::MASKED);
  EXPECT_GT(uploads[0].upload().cohort_size(), 2u);
  const auto ends = AwaitLedger(v1::EgressEntry::kUploadEnd, 1);
  EXPECT_EQ(ends[0].upload_end().outcome(), v1::EgressUploadEnd::TAKEN);
  const auto header = secure::ParseUploadHeader(close_.header().bytes());
  ASSERT_TRUE(header.ok()) << header.status();
  EXPECT_EQ(ends[0].upload_end().payload_digest(), HexDigest(header->payload_digest));
}

TEST_F(SecureJobs, AHeldVectorIsNotSentForASecurePlanThatWasNotAccepted) {
  UploadOnce();
  v1::Plan again = federation_.Plan(2);
  again.mutable_secure()->set_epoch(2);
  Send(again);
  EXPECT_THAT(AwaitRefusal().reason(), HasSubstr("the plan is for epoch 2"));
  EXPECT_EQ(coordinator_.uploads_opened(), 1);
}

// Such a plan comes without a fetch, where plans are checked otherwise.
TEST_F(SecureJobs, AHeldVectorIsNotSentForAPlanThatTheJobDoesNotHave) {
  SendEnd(UploadOnce(), v1::PlanEnd::ABANDONED);
  v1::Plan again = federation_.Plan(2);
  again.set_round(2);
  Send(again);
  const v1::Refusal refusal = AwaitRefusal();
  EXPECT_TRUE(refusal.permanent());
  EXPECT_THAT(refusal.reason(), HasSubstr("its round is 2, expected 1"));
  EXPECT_EQ(coordinator_.uploads_opened(), 1);
}

TEST_F(SecureJobs, AHeldVectorIsSentAgainUnderOtherMasksForASecurePlanThatWasAccepted) {
  SendEnd(UploadOnce(), v1::PlanEnd::ABANDONED);
  const v1::UploadClose first = close_;
  Send(federation_.Plan(2));
  const v1::UploadClose second = coordinator_.AwaitMaskedUpload();
  EXPECT_NE(first.header().bytes(), second.header().bytes());
  EXPECT_EQ(trainers_.computations(), 1);
}

// ---- jobs of which nothing is heard for long ----

// One site of three is away: the sum is opened when it is back, with the keys of now or not at all.
TEST_F(SecureJobs, AJobWhoseSumIsNotOpenedYetKeepsItsKeysHoweverLongItTakes) {
  const v1::Plan plan = UploadOnce();
  AwaitJob("uploaded");
  BeginAnotherJobMuchLater();
  coordinator_.Send(federation_.Survivors(plan, close_));
  coordinator_.Send(federation_.Signatures(Await(&v1::SiteMessage::has_survivor_answer).survivor_answer()));
  EXPECT_EQ(Await(&v1::SiteMessage::has_reveal_answer).reveal_answer().plan().attempt(), 1u);
}

TEST_F(SecureJobs, AJobBetweenTwoRoundsKeepsTheKeysThatTheNextOneIsPlannedBy) {
  SendEnd(UploadOnce(), v1::PlanEnd::LEFT_OUT);
  BeginAnotherJobMuchLater();
  Send(federation_.Plan(2));
  coordinator_.AwaitMaskedUpload();
}

TEST_F(SecureJobs, WhetherALongRestingJobWithKeysIsOverIsAskedAndThenItIsForgotten) {
  const v1::Plan plan = UploadOnce();
  AwaitJob("uploaded");
  BeginAnotherJobMuchLater();
  const v1::PlanId asked =
      coordinator_
          .AwaitMessage([](const v1::SiteMessage& message) {
            return message.has_progress() && message.progress().phase() == v1::Progress::PHASE_UNSPECIFIED;
          })
          .progress()
          .plan();
  EXPECT_EQ(asked.job_id(), plan.id().job_id());
  EXPECT_EQ(asked.attempt(), 0u) << "of no attempt: it must not count as a move in one";
  SendEnd(plan, v1::PlanEnd::JOB_OVER);
  Send(federation_.Plan(2));  // of a job that is over: dropped
  v1::Plan last = DrillPlan(10);
  last.mutable_id()->set_job_id("job-3");
  Send(last);
  while (AwaitRefusal().plan().job_id() == "job-2") {
  }
  EXPECT_THAT(engine_->Status().jobs(), Not(Contains(HasSubstr("job-1"))));
}

}  // namespace
}  // namespace accord
