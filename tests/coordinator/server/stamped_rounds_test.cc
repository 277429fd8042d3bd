// Rounds under time stamps: none starts without a late one, and each plan brings it.
#include <string>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/coordinator/server/running_coordinator.h"
#include "tests/coordinator/server/set_clock.h"
#include "tests/trust/timestamp/test_authority.h"
#include "trust/log/merkle_proof.h"
#include "trust/timestamp/log_stamp.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class StampedRounds : public ::testing::Test {
 protected:
  // Less than a site may be silent in a round: setting the clock forward by it ends none.
  static constexpr absl::Duration kOldest = absl::Seconds(40);

  // What the thread that asks does with an answer.
  void Stamp() {
    const SignedLogHead head = *coordinator_.store().log().rows().LastHead(kFederationProject);
    const absl::Time now = clock_.Now();
    board_.Put({head, tsa_.Stamp(head, now), now});
    coordinator_.engine().Poke();
  }
  // Until the job says so.
  v1::JobReport AwaitWaiting(FakePerson& person, const std::string& job, const std::string& words) {
    v1::JobReport report;
    const absl::Time deadline = absl::Now() + absl::Seconds(60);
    do {
      EXPECT_TRUE(person.Get(job, &report).ok());
      if (absl::Now() > deadline) {
        ADD_FAILURE() << "waited for \"" << words << "\"; the job says " << report.waiting_for();
        return report;
      }
    } while (!absl::StrContains(report.waiting_for(), words));
    return report;
  }

  SetClock clock_;
  const TestStampAuthority tsa_;
  StampBoard board_{kOldest};
  RunningCoordinator coordinator_{clock_, &board_};
};

TEST_F(StampedRounds, AJobWaitsForTheFirstStampAndSaysSo) {
  FakePerson ada(coordinator_, "ada");
  FakeSite north(coordinator_, "north");
  const std::string job = ada.SubmitDrill(DrillSpec(10, 1, 1));
  const v1::JobReport report = AwaitWaiting(ada, job, "waits for a time stamp on the federation's log");
  EXPECT_EQ(report.state(), v1::JOB_WAITING);
  board_.Fail();
  coordinator_.engine().Poke();
  AwaitWaiting(ada, job, "there is none yet. Its authority gives none");
  Stamp();
  EXPECT_EQ(north.NextPlan().id().job_id(), job);
}

TEST_F(StampedRounds, WhenStampsStopTheRoundThatRunsEndsAndTheNextOneWaits) {
  Stamp();
  FakePerson ada(coordinator_, "ada");
  FakeSite north(coordinator_, "north");
  const v1::JobSpec spec = DrillSpec(10, 2, 1);
  const std::string job = ada.SubmitDrill(spec);
  const v1::Plan plan = north.NextPlan();
  clock_.Advance(kOldest);
  coordinator_.engine().Poke();
  EXPECT_TRUE(north.Upload(plan.id(), DrillVector(spec, 1, 0.5F)).has_verified());
  EXPECT_EQ(AwaitWaiting(ada, job, "and one may be 40s old").rounds_done(), 1u);
  Stamp();
  EXPECT_EQ(north.NextPlan().round(), 2u);
}

// Nothing happens but that time passes: the engine looks by itself.
TEST_F(StampedRounds, CloseWithoutAnyEvent) {
  StampBoard soon{absl::Milliseconds(300)};
  RunningCoordinator coordinator(Clock::System(), &soon);
  const SignedLogHead head = *coordinator.store().log().rows().LastHead(kFederationProject);
  FakePerson ada(coordinator, "ada");
  const std::string job = ada.SubmitDrill(DrillSpec(10, 1, 2));
  soon.Put({head, "", absl::Now()});
  coordinator.engine().Poke();
  AwaitWaiting(ada, job, "2 more sites");
  v1::JobReport last;
  grpc::ClientContext context;
  SetDeadline(context);
  v1::GetJobRequest request;
  request.set_job_id(job);
  const auto reader = ada.stub().WatchJob(&context, request);
  while (!absl::StrContains(last.waiting_for(), "and one may be 300ms old")) ASSERT_TRUE(reader->Read(&last));
  context.TryCancel();
}

TEST_F(StampedRounds, EachPlanAndGreetingBringsTheNewestStampWithTheProofToItsHead) {
  Stamp();
  FakePerson ada(coordinator_, "ada");
  ada.SubmitDrill(DrillSpec(10, 1, 1));
  FakeSite north(coordinator_, "north");
  const v1::Welcome welcome = north.NextWelcome();
  const LogIdentity& log = coordinator_.store().log().identity();
  const auto check = [&](const v1::LogStamp& stamp, const v1::SignedLogHead& named) {
    const SignedLogHead head{stamp.head().head(), stamp.head().signature()};
    const auto stamped = log.CheckHead(head);
    ASSERT_TRUE(stamped.ok()) << stamped.status();
    EXPECT_TRUE(CheckLogStamp(tsa_.Believed(), head, stamp.token()).ok());
    const LogHead plan_head = *ParseLogHead(named.head());
    EXPECT_LT(stamped->tree_size, plan_head.tree_size);
    EXPECT_EQ(stamp.proof().first(), stamped->tree_size);
    EXPECT_EQ(stamp.proof().second(), plan_head.tree_size);
    std::vector<Sha256Digest> hashes(static_cast<size_t>(stamp.proof().hashes_size()));
    for (int i = 0; i < stamp.proof().hashes_size(); ++i) {
      std::copy(stamp.proof().hashes(i).begin(), stamp.proof().hashes(i).end(), hashes[static_cast<size_t>(i)].begin());
    }
    EXPECT_TRUE(VerifyConsistency(stamped->tree(), plan_head.tree(), hashes).ok());
  };
  check(welcome.log_stamp(), welcome.log_head());
  const v1::Plan plan = north.NextPlan();
  check(plan.log_stamp(), plan.log_head());
}

TEST_F(StampedRounds, ACoordinatorWithoutStampsShowsNone) {
  RunningCoordinator plain;
  FakePerson(plain, "ada").SubmitDrill(DrillSpec(10, 1, 1));
  FakeSite north(plain, "north");
  EXPECT_FALSE(north.NextWelcome().has_log_stamp());
  EXPECT_FALSE(north.NextPlan().has_log_stamp());
}

}  // namespace
}  // namespace accord
