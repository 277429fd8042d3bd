// What an ombudsman stopped, at a site: whoever brings the stop, and whoever would rather not.
#include <memory>
#include <sstream>
#include <string>

#include "client/daemon/governance/job_gate.h"
#include "client/daemon/governance/stop_store.h"
#include "client/daemon/run/stop_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/governance/governed_site.h"
#include "tests/trust/charter/seat_statements.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StoppedJobs : public ::testing::Test {
 protected:
  void SetUp() override { gate_ = site_.Gate(); }
  SignedStatement Stop(const std::string& by = "dora", const std::string& key = "dora") {
    return StopBy(site_.federation(), site_.charter(), Sha256(site_.job_bytes()), site_.clock().Now(), by, key);
  }
  std::string Bring(const std::vector<SignedStatement>& stops, const std::string& job_id = "job-1") {
    v1::JobPapers papers = site_.AllPapers(job_id);
    for (const SignedStatement& stop : stops) papers.add_stops(stop.Text());
    site_.ApproveHere();
    return gate_->Take(papers);
  }
  absl::Status Ask(const std::string& job_id = "job-1") { return gate_->PermitPlan(site_.Plan(1, job_id)).status(); }
  void RevokeDora() {
    RosterTerms terms = site_.federation().sites().Listed().terms();
    terms.valid_until = absl::FromUnixSeconds(1'900'000'000);
    terms.revoked = {{false, "dora", site_.federation().person("dora").public_key_der(), "stolen laptop"}};
    ASSERT_TRUE(PinRoster(site_.State(), *Roster::Parse(*Roster::Write(terms))).ok());
  }
  void ExpectStopped(const std::string& job_id = "job-1") {
    const absl::Status status = Ask(job_id);
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("the ombudsman dora stopped this job: Nobody asked for consent."));
  }

  GovernedSite site_;
  std::unique_ptr<JobGate> gate_;
};

TEST_F(StoppedJobs, PlansAreRefusedForGoodInWordsAndInASignedFile) {
  Bring({});
  ASSERT_TRUE(Ask().ok());
  Bring({Stop()});
  ExpectStopped();
  ASSERT_THAT(site_.Refusals(), SizeIs(1));
  EXPECT_TRUE(site_.Refusals()[0].statement.for_good);
  EXPECT_THAT(site_.Refusals()[0].statement.reasons[0], HasSubstr("the ombudsman dora stopped this job"));
}

TEST_F(StoppedJobs, StayStoppedAfterARestartAlthoughTheCoordinatorHidesTheStop) {
  Bring({Stop()});
  gate_ = site_.Gate();
  Bring({});
  ExpectStopped();
}

TEST_F(StoppedJobs, StayStoppedUnderAnotherOrderAndAnotherName) {
  Bring({Stop()});
  site_.order().nonce = "ff0102030405060708090a0b0c0d0e0f";
  site_.SignOrder("ada");
  Bring({}, "job-2");
  ExpectStopped("job-2");
}

TEST_F(StoppedJobs, ForgedStopByANonOmbudsmanStopsNothingAndIsTold) {
  for (const auto& [by, key] :
       std::vector<std::pair<std::string, std::string>>{{"emil", "emil"}, {"fritz", "fritz"}, {"dora", "emil"}}) {
    EXPECT_THAT(Bring({Stop(by, key)}), HasSubstr("does not count")) << by << " with the key of " << key;
  }
  EXPECT_TRUE(Ask().ok());
  EXPECT_THAT(site_.Refusals(), IsEmpty());
}

TEST_F(StoppedJobs, StopByAKeyThatTheRosterRevokedStopsNothingAndIsTold) {
  RevokeDora();
  EXPECT_THAT(Bring({Stop()}), HasSubstr("by dora, whose key the roster revoked: stolen laptop"));
  EXPECT_TRUE(Ask().ok());
}

TEST_F(StoppedJobs, StayStoppedWhenTheKeyThatStoppedThemIsRevokedLater) {
  Bring({Stop()});
  RevokeDora();
  ExpectStopped();
}

TEST_F(StoppedJobs, StopReplayedForAnotherJobStopsNothing) {
  const SignedStatement stop = Stop();
  site_.spec().mutable_rounds()->set_count(7);
  site_.Order();
  EXPECT_THAT(Bring({stop}), HasSubstr("it stops nothing here"));
  EXPECT_TRUE(Ask().ok());
}

TEST_F(StoppedJobs, StopCountsHoweverBrokenTheOtherPapersAre) {
  v1::JobPapers papers = site_.AllPapers();
  papers.set_order("no order at all");
  papers.add_stops(Stop().Text());
  gate_->Take(papers);
  Bring({});
  ExpectStopped();
}

TEST_F(StoppedJobs, DamagedFileOfAStopKeepsItsJobStopped) {
  Bring({Stop()});
  const std::string path = site_.State().StopFolder() + "/" + Sha256Hex(site_.job_bytes());
  ASSERT_TRUE(WriteFileAtomically(path, "torn").ok());
  const absl::Status status = Ask();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("it stays stopped"));
}

TEST_F(StoppedJobs, StopThatCameBeforeACharterWasPinnedCountsOnceOneIs) {
  const SignedCharter charter = site_.federation().SignedByAll(site_.federation().Written(GovernedSite::kPlainSums));
  ASSERT_TRUE(ForgetCharterPin(site_.State()).ok());
  Bring({Stop()});
  ASSERT_TRUE(PinCharter(site_.State(), charter).ok());
  gate_->LookAgain("job-1");
  ExpectStopped();
}

TEST_F(StoppedJobs, OperatorTakesAStopByHand) {
  Bring({});
  ASSERT_TRUE(Ask().ok());
  const std::string config = site_.folder().Path("client.yaml"), file = site_.folder().Path("a.stop");
  ASSERT_TRUE(
      WriteFileAtomically(config, "coordinator: localhost:1\nsite: va\nstate_dir: " + site_.State().path() + "\n")
          .ok());
  ASSERT_TRUE(WriteFileAtomically(file, Stop("dora", "emil").Text()).ok());
  std::ostringstream out;
  EXPECT_TRUE(absl::IsInvalidArgument(TakeStop({config, file, false}, out)));
  EXPECT_TRUE(Ask().ok());
  ASSERT_TRUE(WriteFileAtomically(file, Stop().Text()).ok());
  const absl::Status taken = TakeStop({config, file, false}, out);
  ASSERT_TRUE(taken.ok()) << taken;
  EXPECT_THAT(out.str(), HasSubstr("STOPPED, for good"));
  EXPECT_THAT(out.str(), HasSubstr("no daemon runs here now"));
  ExpectStopped();
}

}  // namespace
}  // namespace accord
