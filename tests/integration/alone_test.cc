// Strategies without common rounds over real processes: cyclic weight transfer and FedBuff.
#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "tests/integration/running_federation.h"

namespace accord {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Alone : public RunningFederation {
 protected:
  static std::string Yaml(uint32_t rounds, const std::string& strategy, const std::string& sites = "") {
    bench::TrivialJob job;
    job.rounds = rounds;
    job.min_sites = 1;
    job.target_sites = 0;
    job.plain_sum = true;
    return absl::StrReplaceAll(job.Yaml(), {{"fedavg: {}", strategy}, {"min_sites: 1", "min_sites: 1" + sites}});
  }
  static std::vector<v1::RoundReport> Turns(const v1::JobReport& report) {
    std::vector<v1::RoundReport> turns;
    for (const v1::RoundReport& round : report.rounds()) {
      if (round.turn() > 0 && round.outcome() != v1::ROUND_ABANDONED) turns.push_back(round);
    }
    return turns;
  }
};

constexpr char kThree[] = ", sites: [site-3, site-1, site-2]";

TEST_F(Alone, CyclesLearnAndAreTheSameEveryTimeAlsoAfterTheCoordinatorIsKilledInOne) {
  Share(3);
  const std::string yaml = Yaml(4, "cyclic: {}", kThree);
  const v1::JobReport report = Finish(Submit(yaml));
  EXPECT_THAT(report.final_metrics().test_accuracy(), Gt(0.8));
  const std::vector<v1::RoundReport> turns = Turns(report);
  ASSERT_THAT(turns, SizeIs(12));
  for (size_t i = 0; i < turns.size(); ++i) {
    const char* expected[] = {"site-3", "site-1", "site-2"};
    EXPECT_THAT(turns[i].sites(), ElementsAre(expected[i % 3])) << i;
  }
  const auto evaluated = std::count_if(
      report.rounds().begin(), report.rounds().end(),
      [](const v1::RoundReport& round) { return round.kind() == v1::STEP_EVALUATE && round.sites_size() == 3; });
  EXPECT_EQ(evaluated, 4) << "by all, after each cycle";
  const std::string job = Submit(yaml);
  Await(job, [&](const v1::JobReport& now) { return Turns(now).size() >= 2; });
  federation_->coordinator().Kill();
  const absl::Status started = federation_->StartCoordinator();
  ASSERT_TRUE(started.ok()) << started.message();
  const v1::JobReport again = Finish(job);
  EXPECT_EQ(again.model_digest(), report.model_digest());
  EXPECT_THAT(Turns(again), SizeIs(12)) << "no turn twice";
}

TEST_F(Alone, TheCyclesBestModelIsKept) {
  Share(3);
  const v1::JobReport report = Finish(Submit(absl::StrCat(
      Yaml(6, "cyclic: {order: shuffled}", kThree), "\nevaluation: {keep: best, stop_early: {patience_rounds: 1}}\n")));
  EXPECT_GT(report.kept_round(), 0u);
  EXPECT_EQ(report.best().round(), report.kept_round());
  EXPECT_EQ(report.best().model_digest(), report.model_digest());
  EXPECT_THAT(report.reason(), HasSubstr("model of round"));
}

TEST_F(Alone, AFedBuffJobDoesNotWaitForASiteThatStandsStill) {
  Share(3);
  federation_->site(2).Signal(SIGSTOP);
  const std::string job =
      Submit(absl::StrReplaceAll(Yaml(8, "fedbuff: {buffer: 2}"), {{"silence_s: 20", "silence_s: 3600"}}));
  AwaitRounds(job, 8);
  federation_->site(2).Signal(SIGCONT);  // for the evaluation
  const v1::JobReport report = Finish(job);
  EXPECT_EQ(report.rounds_done(), 8u);
  EXPECT_THAT(report.final_metrics().test_accuracy(), Gt(0.7));
  for (const v1::RoundReport& round : report.rounds()) {
    if (round.kind() != v1::STEP_TRAIN) continue;
    EXPECT_THAT(round.sites(), ElementsAre("site-1", "site-2"));
    EXPECT_THAT(round.combined(), HasSubstr("FedBuff: the mean of 2 changes"));
  }
  EXPECT_THAT(report.notes(), Contains(HasSubstr("FedBuff")));
}

TEST_F(Alone, AFedBuffJobGoesOnAfterTheCoordinatorIsKilled) {
  Share(3);
  const std::string job = Submit(Yaml(30, "fedbuff: {buffer: 2}"));
  const uint32_t done = AwaitRounds(job, 3).rounds_done();
  federation_->coordinator().Kill();
  const absl::Status started = federation_->StartCoordinator();
  ASSERT_TRUE(started.ok()) << started.message();
  const v1::JobReport report = Finish(job);
  EXPECT_GE(report.rounds_done(), done);
  std::vector<uint32_t> rounds;
  for (const v1::RoundReport& round : report.rounds()) {
    if (round.kind() == v1::STEP_TRAIN && round.outcome() == v1::ROUND_FINISHED) rounds.push_back(round.round());
  }
  ASSERT_THAT(rounds, SizeIs(30));
  for (uint32_t i = 0; i < 30; ++i) EXPECT_EQ(rounds[i], i + 1) << "each round once";
}

TEST_F(Alone, AreRefusedAtSubmissionWhereSumsAreSecure) {
  Share(3);
  for (const char* strategy : {"cyclic: {}", "fedbuff: {buffer: 1}"}) {
    const std::string yaml = absl::StrReplaceAll(Yaml(1, strategy, kThree), {{", plain_sum: true", ""}});
    EXPECT_THAT(std::string(federation_->Submit(yaml).status().message()), HasSubstr("write plain_sum: true"));
  }
}

}  // namespace
}  // namespace accord
