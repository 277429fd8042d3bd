// A daemon that demands time stamps on the federation's log: nothing is fetched, computed or sent without one.
#include <memory>
#include <string>

#include "base/file.h"
#include "client/daemon/federation/kept_log.h"
#include "client/daemon/federation/stamp_floor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/federation/shown_log.h"
#include "tests/client/daemon/work/engine_fixture.h"
#include "tests/trust/timestamp/test_authority.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StampsOfLog : public SiteEngineTest {
 protected:
  void SetUp() override {
    coordinator_.WelcomeWith([this](const v1::Hello& hello, v1::Welcome& welcome) {
      welcome.MergeFrom(GreetingWith(log_of_all_, 10, hello.log_size()));
    });
    clock_.Advance(absl::Hours(1));
    SiteEngineTest::SetUp();
  }
  void Configure(SiteEngine::Options& options) override {
    options.config.set_state_dir(folder_);
    ASSERT_TRUE(WriteFileAtomically(folder_ + "/tsa.pem", tsa_.roots_pem()).ok());
    v1::TimeStampFloor& floor = *options.config.mutable_floors()->mutable_require_time_stamps();
    floor.set_authority(folder_ + "/tsa.pem");
    floor.set_max_age_s(3600);
    log_ = nullptr;
    log_ = KeptLog::Open(options.config, ledger_.get()).value();
    stamps_ = StampFloor::Open(options.config, clock_).value();
    options.log = log_.get();
    options.stamps = stamps_.get();
  }
  void TearDown() override {
    engine_.reset();
    SiteEngineTest::TearDown();
  }
  v1::Plan Plan(uint32_t attempt) {
    v1::Plan plan = DrillPlan(10, attempt);
    *plan.mutable_log_head() = HeadOnWire(log_of_all_, 10);
    return plan;
  }
  v1::Plan StampedPlan(uint32_t attempt, absl::Duration age) {
    v1::Plan plan = Plan(attempt);
    *plan.mutable_log_stamp()->mutable_head() = HeadOnWire(log_of_all_, 7);
    plan.mutable_log_stamp()->set_token(tsa_.Stamp(log_of_all_.SignedHead(7), clock_.Now() - age));
    *plan.mutable_log_stamp()->mutable_proof() = ProofOnWire(log_of_all_, 7, 10);
    return plan;
  }

  const TestStampAuthority tsa_;
  const ExampleLog log_of_all_{"federation", 20};
  std::unique_ptr<KeptLog> log_;
  std::unique_ptr<StampFloor> stamps_;
};

TEST_F(StampsOfLog, APlanWithALateOneIsTakenAndTheStatusSaysWhose) {
  Send(StampedPlan(1, absl::Minutes(10)));
  coordinator_.AwaitUpload();
  EXPECT_THAT(engine_->Status().log(), HasSubstr("by CN=Test Stamps"));
}

TEST_F(StampsOfLog, APlanWithoutOneOrWithAnOldOneIsRefusedAndNothingIsDone) {
  Send(Plan(1));
  const v1::Refusal none = AwaitRefusal();
  EXPECT_THAT(none.reason(), HasSubstr("shows no time stamp"));
  EXPECT_FALSE(none.permanent());
  clock_.Advance(absl::Hours(2));  // the head itself is no older than an hour now
  Send(StampedPlan(2, absl::Hours(2)));
  const v1::Refusal old = AwaitRefusal();
  EXPECT_EQ(old.plan().attempt(), 2u);
  EXPECT_THAT(old.reason(), HasSubstr("at most 1h old"));
  EXPECT_EQ(trainers_.computations(), 0);
  EXPECT_EQ(coordinator_.uploads_opened(), 0);
  EXPECT_THAT(coordinator_.download_offsets(), IsEmpty());
  // The next plan with a late one is taken again.
  Send(StampedPlan(3, absl::ZeroDuration()));
  coordinator_.AwaitUpload();
}

}  // namespace
}  // namespace accord
