// Processes that are killed in the middle of a round, as by a power cut: the job goes on, and ends at the same model.
#include <signal.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "sqlite3.h"
#include "tests/integration/running_federation.h"

namespace accord {
namespace {

constexpr uint32_t kRounds = 6;
const absl::Duration kGoesOnWithin = absl::Seconds(5) * kSlowdown;
constexpr int kMostRounds = 3;  // that a round takes which a kill met

// Over two sites with plain sums, and over three with secure ones.
class Kill : public RunningFederation, public testing::WithParamInterface<uint32_t> {
 protected:
  void SetUp() override { Share(GetParam()); }

  struct WithoutAKill {
    std::string model;  // of these sites the same every time
    absl::Duration round;
  };
  WithoutAKill Undisturbed() {
    static std::map<uint32_t, WithoutAKill> known;
    WithoutAKill& seen = known[GetParam()];
    if (seen.model.empty()) {
      const absl::Time begin = absl::Now();
      seen.model = Finish(Submit(SlowJob(kRounds, GetParam()))).model_digest();
      seen.round = (absl::Now() - begin) / kRounds;
    }
    return seen;
  }

  // What is killed next is killed in the middle of it.
  void BeginTheJob() {
    undisturbed_ = Undisturbed();
    job_ = Submit(SlowJob(kRounds, GetParam()));
    rounds_before_ = AwaitRounds(job_, 2).rounds_done();
  }

  // Called right after the killed process was started again.
  void ExpectTheJobGoesOnToTheSameModel() {
    const absl::Time restarted = absl::Now();
    const v1::JobReport going_on = AwaitRounds(job_, rounds_before_ + 1);
    // A machine that is busy with other tests is slow without a kill too.
    EXPECT_LT(absl::Now() - restarted, std::max(kGoesOnWithin, kMostRounds * undisturbed_.round));
    // The round that was under way is among those that came after: the kill met it in the middle.
    EXPECT_LT(going_on.rounds_done(), kRounds);
    EXPECT_EQ(Finish(job_).model_digest(), undisturbed_.model);
  }

  WithoutAKill undisturbed_;
  std::string job_;
  uint32_t rounds_before_ = 0;
};

TEST_P(Kill, ACoordinatorThatComesBackContinuesAtTheRoundItWasIn) {
  BeginTheJob();
  federation_->coordinator().Kill();
  const absl::Status started = federation_->StartCoordinator();
  ASSERT_TRUE(started.ok()) << started.message();
  ExpectTheJobGoesOnToTheSameModel();
}

TEST_P(Kill, ADaemonThatComesBackTakesPartAgain) {
  BeginTheJob();
  federation_->site(1).Kill();
  ASSERT_TRUE(federation_->StartSite(1).ok());
  ExpectTheJobGoesOnToTheSameModel();
}

TEST_P(Kill, ATrainerIsStartedAgainByItsDaemon) {
  BeginTheJob();
  const std::vector<pid_t> trainers = bench::Descendants(federation_->site(0).pid(), "accord-trainer");
  ASSERT_FALSE(trainers.empty());
  for (const pid_t trainer : trainers) kill(trainer, SIGKILL);
  ExpectTheJobGoesOnToTheSameModel();
  EXPECT_TRUE(federation_->site(0).running());
}

TEST_P(Kill, NoTrainerOutlivesItsDaemon) {
  BeginTheJob();
  const std::vector<pid_t> trainers = bench::Descendants(federation_->site(0).pid(), "accord-trainer");
  ASSERT_FALSE(trainers.empty());
  federation_->site(0).Kill();
  for (const pid_t trainer : trainers) {
    EXPECT_TRUE(bench::WaitUntilGone(trainer, absl::Seconds(5) * kSlowdown)) << "process " << trainer;
  }
  EXPECT_TRUE(federation_->Accord({"job", "cancel", job_}).ok());
  EXPECT_EQ(Await(job_, bench::IsFinal).state(), v1::JOB_CANCELLED);
}

TEST_P(Kill, AJobWhoseSiteStaysAwayEndsWithAReason) {
  bench::TrivialJob job;
  job.rounds = kRounds;
  job.min_sites = job.target_sites = GetParam();
  job.plain_sum = GetParam() == 2;
  std::string yaml = job.Yaml();
  yaml.replace(yaml.find("patience_s: 120"), 15, "patience_s: 2");
  federation_->site(1).Kill();
  const v1::JobReport report = Await(Submit(yaml), bench::IsFinal);
  EXPECT_EQ(report.state(), v1::JOB_FAILED);
  EXPECT_NE(report.reason(), "");
}

// What the server's rule keeps from round to round is as durable as the model.
TEST_P(Kill, AnAdaptiveJobGoesOnWithTheStateOfItsRule) {
  const std::string yaml = absl::StrReplaceAll(SlowJob(kRounds, GetParam()),
                                               {{"fedavg: {}", "fedadam: {server_learning_rate: 0.1, beta2: 0.9}"}});
  const std::string undisturbed = Finish(Submit(yaml)).model_digest();
  EXPECT_NE(undisturbed, Undisturbed().model);
  const std::string id = Submit(yaml);
  AwaitRounds(id, 2);
  federation_->coordinator().Kill();
  const absl::Status started = federation_->StartCoordinator();
  ASSERT_TRUE(started.ok()) << started.message();
  EXPECT_EQ(Finish(id).model_digest(), undisturbed);
}

// The moment is known by its trace: survivors are stored before they are shown, and gone once the sum is closed.
class KillWhileOpening : public RunningFederation {
 protected:
  bool SurvivorsAreShown(sqlite3* database) {
    bool shown = false;
    const auto take = [](void* answer, int, char** values, char**) {
      *static_cast<bool*>(answer) = values[0] != std::string("0");
      return 0;
    };
    // While the coordinator writes: not yet.
    sqlite3_exec(database, "SELECT COUNT(*) FROM shown_sets", take, &shown, nullptr);
    return shown;
  }
  // Kills the coordinator, and starts it again; whether the kill met that moment.
  bool KillOnceSurvivorsAreShown() {
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open(absl::StrCat(federation_->folder(), "/coordinator/state/coordinator.db").c_str(), &database),
              SQLITE_OK);
    const absl::Time end = absl::Now() + absl::Seconds(60) * kSlowdown;
    while (!SurvivorsAreShown(database) && absl::Now() < end) absl::SleepFor(absl::Microseconds(100));
    federation_->coordinator().Kill();
    const bool met = SurvivorsAreShown(database);
    sqlite3_close(database);
    const absl::Status started = federation_->StartCoordinator();
    EXPECT_TRUE(started.ok()) << started.message();
    return met;
  }
};

TEST_F(KillWhileOpening, ACoordinatorThatHasShownSurvivorsEndsAtTheSameModel) {
  Start(bench::TrivialSites(3));
  if (HasFatalFailure()) return;
  const std::string undisturbed = Finish(Submit(SlowJob(kRounds, 3))).model_digest();
  const std::string job = Submit(SlowJob(kRounds, 3));
  bool met = false;
  for (uint32_t round = 1; round < kRounds && !met; ++round) met = KillOnceSurvivorsAreShown();
  EXPECT_TRUE(met);
  EXPECT_EQ(Finish(job).model_digest(), undisturbed);
}

INSTANTIATE_TEST_SUITE_P(Sums, Kill, testing::Values(2u, 3u),
                         [](const auto& sites) { return sites.param == 2 ? "Plain" : "Secure"; });

}  // namespace
}  // namespace accord
