#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "tests/integration/running_federation.h"

namespace accord {
namespace {

class Training : public RunningFederation {};

bool Contains(const v1::RoundReport& round, const std::string& site) {
  return std::find(round.sites().begin(), round.sites().end(), site) != round.sites().end();
}

TEST_F(Training, TwoSitesTrainAModelThatIsTheSameEveryTime) {
  Share(2);
  const v1::JobReport first = Finish(Submit(bench::TrivialJob().Yaml()));
  const v1::JobReport second = Finish(Submit(bench::TrivialJob().Yaml()));
  EXPECT_EQ(first.rounds_done(), 5u);
  EXPECT_EQ(first.model_digest().size(), 64u);
  EXPECT_EQ(first.model_digest(), second.model_digest());
  EXPECT_GT(first.final_metrics().test_accuracy(), 0.8);
}

// What LibTorch names and does not use is not beside a site's rows (cmake/torch_stand_ins.sh).
TEST_F(Training, TheTrainerInItsSandboxLoadsNoLibraryThatLibTorchDoesNotUse) {
  const std::string folder = absl::StrCat(ACCORD_BINARY_DIR, "/../lib/accord-trainer");
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "LibTorch uses all libraries that it names here";
  Share(2);
  Finish(Submit(bench::TrivialJob().Yaml()));
  const std::vector<pid_t> trainers = bench::Descendants(federation_->site(0).pid(), "accord-trainer");
  ASSERT_FALSE(trainers.empty());
  const std::string maps = ReadWhole(absl::StrCat("/proc/", trainers.front(), "/maps"));
  EXPECT_THAT(maps, testing::HasSubstr("/libtorch_cpu.so"));
  size_t stand_ins = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    const std::string name = "/" + file.path().filename().string();
    EXPECT_THAT(maps, testing::HasSubstr("/app/lib/accord-trainer" + name + "\n"));
    ++stand_ins;
  }
  EXPECT_GT(stand_ins, 0u);
  for (const char* dragged : {"libQt5", "libQt6", "libgdal", "libgstreamer", "libX11"}) {
    EXPECT_THAT(maps, testing::Not(testing::HasSubstr(dragged)));
  }
}

TEST_F(Training, MasksOnAndMasksOffGiveTheBitIdenticalModel) {
  Share(3);
  bench::TrivialJob job;
  job.min_sites = job.target_sites = 3;
  const v1::JobReport secure = Finish(Submit(job.Yaml()));
  job.plain_sum = true;
  const v1::JobReport plain = Finish(Submit(job.Yaml()));
  EXPECT_EQ(secure.model_digest(), plain.model_digest());
  EXPECT_THAT(secure.notes(0), testing::HasSubstr("Sums are secure"));
  EXPECT_THAT(secure.rounds(0).protection(), testing::HasSubstr("3 of 3 sites sign"));
  EXPECT_THAT(plain.notes(0), testing::HasSubstr("Sums are plain"));
  EXPECT_EQ(plain.rounds(0).protection(), "");
}

TEST_F(Training, SeveralSecureJobsRunAtOnceWithoutMeetingEachOther) {
  Share(3);
  const std::string alone = Finish(Submit(SlowJob(2, 3))).model_digest();
  std::vector<std::string> jobs;
  for (int i = 0; i < 3; ++i) jobs.push_back(Submit(SlowJob(2, 3)));
  for (const std::string& job : jobs) EXPECT_EQ(Finish(job).model_digest(), alone);
}

TEST_F(Training, SeveralJobsRunAtOnceWithoutMeetingEachOther) {
  Share(2);
  const std::string alone = Finish(Submit(SlowJob(2))).model_digest();
  std::vector<std::string> jobs;
  for (int i = 0; i < 3; ++i) jobs.push_back(Submit(SlowJob(2)));
  for (const std::string& job : jobs) EXPECT_EQ(Finish(job).model_digest(), alone);
}

TEST_F(Training, ASiteThatComesLateJoinsALaterRound) {
  Start(bench::TrivialSites(3), 2);
  bench::TrivialJob job;
  job.rounds = 8;
  job.target_sites = 3;
  job.gather_s = 1;
  const std::string id = Submit(job.Yaml());
  AwaitRounds(id, 1);
  ASSERT_TRUE(federation_->StartSite(2).ok());
  const v1::JobReport report = Finish(id);
  EXPECT_FALSE(Contains(report.rounds(0), "site-3"));
  EXPECT_TRUE(Contains(report.rounds(report.rounds_size() - 1), "site-3"));
}

// What three sites have summed the fourth must not be subtracted from: their earlier sum serves a job with all four.
TEST_F(Training, ColumnsThatWereSummedOnceAreNotSummedAgainWithOneSiteMore) {
  Start(bench::TrivialSites(4), 3);
  bench::TrivialJob job;
  job.rounds = 1;
  job.min_sites = job.target_sites = 3;
  const std::string yaml = absl::StrReplaceAll(
      job.Yaml(), {{"standardise: none", "standardise: federated"}, {", initial_weights: zeros", ""}});
  const v1::JobReport first = Finish(Submit(yaml));
  EXPECT_EQ(first.rounds(0).kind(), v1::STEP_STANDARDISE);
  EXPECT_EQ(first.rounds(0).sum_of_job(), "");
  ASSERT_TRUE(federation_->StartSite(3).ok());
  const std::string with_four = absl::StrReplaceAll(
      yaml, {{"seed: 1", "seed: 2"}, {"min_sites: 3, target_sites: 3", "min_sites: 4, target_sites: 4"}});
  const v1::JobReport second = Finish(Submit(with_four));
  EXPECT_EQ(second.rounds(0).outcome(), v1::ROUND_ABANDONED);
  EXPECT_THAT(second.rounds(0).reason(), testing::HasSubstr("this site signed the sum over site-1, site-2, site-3"));
  std::vector<v1::RoundReport> finished;
  for (const v1::RoundReport& round : second.rounds()) {
    if (round.outcome() == v1::ROUND_FINISHED) finished.push_back(round);
  }
  ASSERT_EQ(finished.size(), 3u) << second.DebugString();
  EXPECT_EQ(finished[0].kind(), v1::STEP_STANDARDISE);
  EXPECT_EQ(finished[0].sum_of_job(), first.job_id());
  EXPECT_THAT(finished[0].sites(), testing::ElementsAre("site-1", "site-2", "site-3"));
  EXPECT_EQ(finished[0].upload_bytes_per_site(), 0u);
  EXPECT_EQ(finished[1].sites_size(), 4);
  // Other columns of the same rows are bound too, and there is no earlier sum of them.
  const v1::JobReport third =
      Await(Submit(absl::StrReplaceAll(
                with_four, {{"    - {name: x0, numeric: {min: -1, max: 1}}\n", ""}, {"seed: 2", "seed: 3"}})),
            bench::IsFinal);
  EXPECT_EQ(third.state(), v1::JOB_FAILED);
  EXPECT_THAT(third.reason(), testing::HasSubstr("preprocessing.standardise is per_site needs none"));
}

// Side by side they could divide the sites between two sets of survivors for good.
TEST_F(Training, JobsOfOtherSitesThatStandardiseTheSameColumnsTakeTurns) {
  Start(bench::TrivialSites(4));
  bench::TrivialJob job;
  job.rounds = 1;
  job.min_sites = job.target_sites = 3;
  const std::string yaml = absl::StrReplaceAll(
      job.Yaml(), {{"standardise: none", "standardise: federated"}, {", initial_weights: zeros", ""}});
  const auto over = [&yaml](absl::string_view sites, absl::string_view seed) {
    return absl::StrReplaceAll(yaml,
                               {{"rounds: {", absl::StrCat("rounds: {sites: [", sites, "], ")}, {"seed: 1", seed}});
  };
  // Whoever has taken part has heard from the others what they have seen of it, and takes plans.
  bench::TrivialJob of_all = job;
  of_all.min_sites = of_all.target_sites = 4;
  Finish(Submit(of_all.Yaml()));
  // Its attempt has begun and cannot end while site-1 stands still.
  federation_->site(0).Signal(SIGSTOP);
  const std::string first = Submit(over("site-1, site-2, site-3", "seed: 1"));
  Await(first, [](const v1::JobReport& report) { return report.state() == v1::JOB_RUNNING; });
  const std::string second = Submit(over("site-2, site-3, site-4", "seed: 2"));
  const v1::JobReport held = Await(second, [](const v1::JobReport& report) { return report.waiting_for() != ""; });
  EXPECT_EQ(held.state(), v1::JOB_WAITING);
  EXPECT_THAT(held.waiting_for(), testing::HasSubstr(absl::StrCat("waits until job ", first)));
  federation_->site(0).Signal(SIGCONT);
  EXPECT_EQ(Finish(first).rounds(0).sum_of_job(), "");
  std::vector<v1::RoundReport> finished;
  const v1::JobReport report = Finish(second);
  for (const v1::RoundReport& round : report.rounds()) {
    if (round.outcome() == v1::ROUND_FINISHED) finished.push_back(round);
  }
  ASSERT_EQ(finished.size(), 3u) << report.DebugString();
  EXPECT_EQ(finished[0].sum_of_job(), first);
  EXPECT_THAT(finished[1].sites(), testing::ElementsAre("site-2", "site-3", "site-4"));
}

TEST_F(Training, APausedSiteIsInNoRoundThatStartsAfterwardsUntilItResumes) {
  Share(2);
  const std::string id = Submit(SlowJob(6));
  AwaitRounds(id, 1);
  const absl::StatusOr<std::string> paused = federation_->Client(0, {"pause"});
  ASSERT_TRUE(paused.ok()) << paused.status().message();
  const int64_t paused_ms = absl::ToUnixMillis(absl::Now());
  const v1::JobReport waiting =
      Await(id, [](const v1::JobReport& report) { return report.state() == v1::JOB_WAITING; });
  EXPECT_NE(waiting.waiting_for(), "");
  EXPECT_LT(waiting.rounds_done(), 6u);
  const int64_t resumed_ms = absl::ToUnixMillis(absl::Now());
  ASSERT_TRUE(federation_->Client(0, {"resume"}).ok());
  const v1::JobReport report = Finish(id);
  for (const v1::RoundReport& round : report.rounds()) {
    const bool in_between = round.started_unix_ms() > paused_ms && round.started_unix_ms() < resumed_ms;
    EXPECT_FALSE(in_between && round.outcome() == v1::ROUND_FINISHED) << round.DebugString();
  }
}

TEST_F(Training, AJobWithoutEnoughSitesEndsWithAReason) {
  Start(bench::TrivialSites(1));
  std::string yaml = bench::TrivialJob().Yaml();
  yaml.replace(yaml.find("patience_s: 120"), 15, "patience_s: 1");
  const v1::JobReport report = Await(Submit(yaml), bench::IsFinal);
  EXPECT_EQ(report.state(), v1::JOB_FAILED);
  EXPECT_NE(report.reason(), "");
}

TEST_F(Training, ACancelledJobStaysCancelledAndItsSitesGoOnWithTheNext) {
  Share(2);
  const std::string id = Submit(SlowJob(50));
  AwaitRounds(id, 1);
  ASSERT_TRUE(federation_->Accord({"job", "cancel", id, "--reason", "enough"}).ok());
  EXPECT_EQ(Await(id, bench::IsFinal).state(), v1::JOB_CANCELLED);
  EXPECT_EQ(Finish(Submit(bench::TrivialJob().Yaml())).rounds_done(), 5u);
}

}  // namespace
}  // namespace accord
