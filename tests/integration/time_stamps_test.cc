// Time stamps on the federation's log, over real processes and an authority in this one.
#include <atomic>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "tests/integration/running_federation.h"
#include "tests/trust/timestamp/http_authority.h"
#include "tests/trust/timestamp/test_authority.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class TimeStampsOfAFederation : public RunningFederation {
 protected:
  std::string Path(const std::string& name) { return federation_->folder() + "/" + name; }
  void Write(const std::string& path, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(path, text).ok()) << path;
  }
  // The coordinator names the authority, and each site demands its stamps.
  void AgreeOnStamps() {
    federation_->coordinator().Stop();
    const std::string config = Path("coordinator/coordinator.yaml");
    Write(Path("coordinator/tsa.pem"), tsa_.roots_pem());
    Write(config, absl::StrCat(ReadWhole(config), "time_stamps: {url: \"", authority_.url(),
                               "\", authority: tsa.pem, policy: ", TestStampAuthority::kPolicy,
                               ", cadence_s: 1, grace_s: 2}\n"));
    ASSERT_TRUE(federation_->StartCoordinator().ok());
    for (size_t site = 0; site < federation_->num_sites(); ++site) {
      const std::string folder = Path(absl::StrCat("sites/", federation_->site_name(site)));
      Write(folder + "/tsa.pem", tsa_.roots_pem());
      Write(
          folder + "/client.yaml",
          absl::StrReplaceAll(ReadWhole(folder + "/client.yaml"),
                              {{"floors: {", "floors: {require_time_stamps: {authority: tsa.pem, max_age_s: 600}, "}}));
    }
    ASSERT_TRUE(federation_->StartSites().ok());
  }

  const TestStampAuthority tsa_;
  std::atomic<bool> away_ = false;
  HttpAuthority authority_{[this](const HttpAuthority::Request& request) {
    return away_ ? HttpAnswer("", "text/plain", "503 Away") : HttpAnswer(tsa_.Answer(request.body, absl::Now()));
  }};
};

TEST_F(TimeStampsOfAFederation, RoundsRunUnderThemWaitWithoutThemAndAnybodyChecksThemOffline) {
  Start(bench::TrivialSites(3), /*num_running=*/0);
  away_ = true;
  AgreeOnStamps();
  bench::TrivialJob job;
  job.plain_sum = false;
  job.rounds = 2;
  job.min_sites = job.target_sites = 3;
  const std::string first = Submit(job.Yaml());
  const v1::JobReport held = Await(first, [](const v1::JobReport& report) {
    return absl::StrContains(report.waiting_for(), "Its authority gives none");
  });
  EXPECT_THAT(held.waiting_for(), HasSubstr("waits for a time stamp on the federation's log: there is none yet"));
  away_ = false;
  Finish(first);
  EXPECT_THAT(federation_->Client(0, {"status"}).value_or(""), HasSubstr("by CN=Test Stamps"));
  EXPECT_THAT(federation_->Coordinator({"log", "show"}).value_or(""), HasSubstr("last time stamp 20"));

  // The authority goes away: after a while no further round starts, and the report says why. It is back, and so are
  // they.
  const std::string second = Submit(SlowJob(40, 3));
  AwaitRounds(second, 1);
  away_ = true;
  const v1::JobReport waits = Await(second, [](const v1::JobReport& report) {
    return absl::StrContains(report.waiting_for(),
                             "waits for a time stamp on the federation's log: the last one is of");
  });
  EXPECT_EQ(waits.state(), v1::JOB_WAITING);
  EXPECT_LT(waits.rounds_done(), 40u);
  away_ = false;
  AwaitRounds(second, waits.rounds_done() + 1);
  ASSERT_TRUE(federation_->Accord({"job", "cancel", second}).ok());

  ASSERT_TRUE(federation_->Coordinator({"log", "export", "--out", Path("whole.log")}).ok());
  const auto verified = federation_->Accord({"audit", "verify", Path("whole.log"), "--authority",
                                             Path("coordinator/tsa.pem"), "--stamped-within-hours", "1"});
  ASSERT_TRUE(verified.ok()) << verified.status().message();
  EXPECT_THAT(*verified, HasSubstr("by CN=Test Stamps"));
  EXPECT_THAT(*verified, HasSubstr("The log holds."));
  // Another authority's word is not this one's.
  const TestStampAuthority stranger;
  Write(Path("stranger.pem"), stranger.roots_pem());
  EXPECT_FALSE(federation_->Accord({"audit", "verify", Path("whole.log"), "--authority", Path("stranger.pem")}).ok());
}

TEST_F(TimeStampsOfAFederation, ASiteTakesNoPlanOfACoordinatorThatHasNone) {
  Start(bench::TrivialSites(3), /*num_running=*/0);
  AgreeOnStamps();
  federation_->coordinator().Stop();
  const std::string config = Path("coordinator/coordinator.yaml");
  std::string text = ReadWhole(config);
  Write(config, text.substr(0, text.find("time_stamps:")));
  ASSERT_TRUE(federation_->StartCoordinator().ok());
  bench::TrivialJob job;
  job.plain_sum = true;
  job.rounds = 1;
  job.min_sites = job.target_sites = 3;
  const std::string refused = Submit(job.Yaml());
  const v1::JobReport report = Await(refused, [](const v1::JobReport& now) { return !now.rounds().empty(); });
  ASSERT_FALSE(report.rounds(0).absences().empty());
  // The stamps of before are in the database, and shown to nobody: who names no authority cannot say what they are
  // worth.
  EXPECT_THAT(report.rounds(0).absences(0).reason(), HasSubstr("shows no time stamp on the federation's log"));
}

}  // namespace
}  // namespace accord
