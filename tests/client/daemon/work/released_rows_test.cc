// A job whose owner releases another version of the rows while a vector of the former one is on its way.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/keyed_fingerprint.h"
#include "client/daemon/work/job_work.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/secure/played_federation.h"
#include "tests/client/daemon/work/engine_fixture.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class ReleasedRows : public ::testing::Test {
 protected:
  ReleasedRows() : record_(RecordFile::Open(folder_.path() + "/record", federation_.site()).value()) {
    config_.set_site(federation_.site());
    secure_ = federation_.Daemon(*record_);
    vector_key_ = SecretBytes(std::vector<uint8_t>(KeyedFingerprint::kKeyBytes, 1));
    queue_.RunAndWait([this] { work_ = std::make_unique<JobWork>("job-1", Around()); });
  }
  ~ReleasedRows() override {
    queue_.RunAndWait([this] { work_.reset(); });
  }
  JobWork::Surroundings Around() {
    JobWork::Surroundings around{config_,
                                 trainers_,
                                 [this](std::function<void(JobWork&)> task) {
                                   queue_.Post([this, task = std::move(task)] {
                                     if (work_ != nullptr) task(*work_);
                                   });
                                 },
                                 [this](v1::SiteMessage message) {
                                   if (message.has_progress()) return;
                                   absl::MutexLock lock(&mutex_);
                                   sent_.push_back(std::move(message));
                                 },
                                 [](const std::string&) {},
                                 [this] { return channel_; },
                                 secure_,
                                 vector_key_};
    around.permit = [this](const v1::Plan&) { return permit_; };
    around.version_since = [this](const std::string&, absl::Duration since) {
      since_ = since;
      return found_.has_value() ? *found_ : FoundVersion{permit_.terms.data_version.value_or(Sha256Digest{}), {}};
    };
    return around;
  }
  // The owner's release names this version from now on, and the data set has it.
  void Release(const std::string& rows) {
    queue_.RunAndWait([this, rows] { permit_.terms.data_version = Sha256(rows); });
  }
  // What looks at the data set find from now on.
  void Find(absl::StatusOr<FoundVersion> found) {
    queue_.RunAndWait([&] { found_ = std::move(found); });
  }
  // As the engine hands it on.
  void Take(const v1::CoordinatorMessage& message) {
    queue_.RunAndWait([&] {
      work_->Hold(permit_);
      work_->TakeSecure(message);
    });
  }
  void Handle(const ParticipantEvent& event) {
    queue_.RunAndWait([&] { work_->Handle(event); });
  }
  void End(const v1::Plan& plan, v1::PlanEnd::Outcome outcome) {
    PlanEnded ended;
    *ended.end.mutable_plan() = plan.id();
    ended.end.set_outcome(outcome);
    Handle(ended);
  }
  // The last message but of progress, which is of this kind.
  template <typename Has>
  v1::SiteMessage Last(Has has) {
    absl::MutexLock lock(&mutex_);
    EXPECT_FALSE(sent_.empty());
    const v1::SiteMessage last = sent_.empty() ? v1::SiteMessage() : sent_.back();
    EXPECT_TRUE((last.*has)()) << last.kind_case();
    return last;
  }
  void ExpectRefused() {
    const v1::Refusal refusal = Last(&v1::SiteMessage::has_refusal).refusal();
    EXPECT_THAT(refusal.reason(), HasSubstr("another version"));
    EXPECT_FALSE(refusal.permanent());
  }
  // As far as the masked upload of the first attempt.
  v1::Plan Upload() {
    Take(federation_.KeyRequest(1));
    Take(federation_.EpochList(Last(&v1::SiteMessage::has_key_answer).key_answer()));
    const v1::Plan plan = federation_.Plan(1);
    Handle(PlanReceived{plan});
    close_ = coordinator_.AwaitMaskedUpload();
    return plan;
  }

  TemporaryFolder folder_;
  PlayedFederation federation_;
  std::unique_ptr<RecordFile> record_;
  SecureSite secure_;
  SecretBytes vector_key_;
  v1::SiteConfig config_ = SiteConfigOf({"heart"});
  FakeCoordinator coordinator_;
  const std::shared_ptr<grpc::Channel> channel_ = coordinator_.MakeChannel();
  FakeTrainers trainers_;
  JobPermit permit_;                                   // on the queue
  std::optional<absl::StatusOr<FoundVersion>> found_;  // likewise; none: the released one
  absl::Duration since_;                               // likewise: of the last look that was asked for
  absl::Mutex mutex_;
  std::vector<v1::SiteMessage> sent_ ABSL_GUARDED_BY(mutex_);
  v1::UploadClose close_;
  std::unique_ptr<JobWork> work_;  // on the queue
  SerialQueue queue_;
};

TEST_F(ReleasedRows, OfOneVersionThroughoutAreSummed) {
  Release("of yesterday");
  const v1::Plan plan = Upload();
  Take(federation_.Survivors(plan, close_));
  Take(federation_.Signatures(Last(&v1::SiteMessage::has_survivor_answer).survivor_answer()));
  Last(&v1::SiteMessage::has_reveal_answer);
}

TEST_F(ReleasedRows, OfAnotherVersionThanTheHeldVectorAreNotSentButReadAnew) {
  Release("of yesterday");
  End(Upload(), v1::PlanEnd::ABANDONED);
  Release("of today");
  const v1::Plan second = federation_.Plan(2);
  Handle(PlanReceived{second});
  ExpectRefused();
  EXPECT_EQ(coordinator_.uploads_opened(), 1);
  End(second, v1::PlanEnd::ABANDONED);
  Handle(PlanReceived{federation_.Plan(3)});
  coordinator_.AwaitMaskedUpload();
  EXPECT_EQ(trainers_.computations(), 2);
}

// Once the engine has asked what is permitted now, a new plan for them is not refused either: it is computed anew at
// once.
TEST_F(ReleasedRows, OfAnotherVersionAreReadAnewForTheFirstPlanThatComesUnderIt) {
  Release("of yesterday");
  End(Upload(), v1::PlanEnd::ABANDONED);
  Release("of today");
  queue_.RunAndWait([&] { work_->Hold(permit_); });
  Handle(PlanReceived{federation_.Plan(2)});
  coordinator_.AwaitMaskedUpload();
  EXPECT_EQ(trainers_.computations(), 2);
}

TEST_F(ReleasedRows, OfAnotherVersionThanTheUploadedVectorAreNotSignedFor) {
  Release("of yesterday");
  const v1::Plan plan = Upload();
  Release("of today");
  Take(federation_.Survivors(plan, close_));
  ExpectRefused();
}

TEST_F(ReleasedRows, OfAnotherVersionThanTheSignedVectorAreNotRevealed) {
  Release("of yesterday");
  const v1::Plan plan = Upload();
  Take(federation_.Survivors(plan, close_));
  const v1::SurvivorAnswer signed_by_site = Last(&v1::SiteMessage::has_survivor_answer).survivor_answer();
  Release("of today");
  Take(federation_.Signatures(signed_by_site));
  ExpectRefused();
}

// Of the released version before they were read and after it, but perhaps not in between.
TEST_F(ReleasedRows, WhoseFilesWereWrittenToAndPutBackAreNotSentButReadAnew) {
  Release("of yesterday");
  Find(FoundVersion{Sha256("of yesterday"), Sha256("written once")});
  const absl::Duration before = Clock::System().Monotonic();
  End(Upload(), v1::PlanEnd::ABANDONED);
  queue_.RunAndWait([&] { EXPECT_GE(since_, before) << "a look that began after they were read"; });
  Find(FoundVersion{Sha256("of yesterday"), Sha256("written again")});
  const v1::Plan second = federation_.Plan(2);
  Handle(PlanReceived{second});
  const v1::Refusal refusal = Last(&v1::SiteMessage::has_refusal).refusal();
  EXPECT_THAT(refusal.reason(), HasSubstr("were written to since"));
  EXPECT_FALSE(refusal.permanent());
  EXPECT_EQ(coordinator_.uploads_opened(), 1);
  End(second, v1::PlanEnd::ABANDONED);
  Handle(PlanReceived{federation_.Plan(3)});
  coordinator_.AwaitMaskedUpload();
  EXPECT_EQ(trainers_.computations(), 2);
}

TEST_F(ReleasedRows, ThatWereNotLookedAtAgainWaitForTheNextPlan) {
  Release("of yesterday");
  End(Upload(), v1::PlanEnd::ABANDONED);
  Find(absl::UnavailableError("its files are being looked at to tell which it is"));
  const v1::Plan second = federation_.Plan(2);
  Handle(PlanReceived{second});
  const v1::Refusal refusal = Last(&v1::SiteMessage::has_refusal).refusal();
  EXPECT_THAT(refusal.reason(), HasSubstr("once its data set was looked at again"));
  EXPECT_FALSE(refusal.permanent());
  EXPECT_TRUE(refusal.waits());
  EXPECT_EQ(coordinator_.uploads_opened(), 1);
  End(second, v1::PlanEnd::ABANDONED);
  Find(FoundVersion{Sha256("of yesterday"), {}});
  Handle(PlanReceived{federation_.Plan(3)});
  coordinator_.AwaitMaskedUpload();
  EXPECT_EQ(trainers_.computations(), 1) << "nothing was computed anew";
}

TEST_F(ReleasedRows, OfAnotherVersionLetKeysOfALaterEpochBeMade) {
  Release("of yesterday");
  End(Upload(), v1::PlanEnd::ABANDONED);
  Release("of today");
  Take(federation_.KeyRequest(2));
  Last(&v1::SiteMessage::has_key_answer);
}

}  // namespace
}  // namespace accord
