// One hostile site among five over real processes: its labels are turned round, and it has more rows than the others
// together. The mean learns from it, a robust rule does not.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "tests/integration/running_federation.h"

namespace accord {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::Gt;
using testing::HasSubstr;
using testing::Lt;

constexpr size_t kLeaning = 3;  // the class leans on the sum of the first columns (bench/federation/jobs.cc)

class Combiners : public RunningFederation {
 protected:
  void StartWithOneHostileSite() {
    std::vector<bench::SiteSetup> sites = bench::TrivialSites(4);
    bench::SiteSetup hostile = bench::TrivialSites(5, 2000).back();
    std::string& rows = hostile.datasets.front().files.at("rows.csv");
    rows = absl::StrReplaceAll(rows, {{",high\n", ",low\n"}, {",low\n", ",high\n"}});
    sites.push_back(hostile);
    Share("one hostile site among five", std::move(sites));
  }
  std::string Yaml(const std::string& aggregation) {
    bench::TrivialJob job;
    job.min_sites = job.target_sites = 5;
    job.plain_sum = true;
    return absl::StrReplaceAll(job.Yaml(), {{"fedavg: {}", aggregation}});
  }
  // The weights of the columns on which the class leans: above 0 is right.
  std::vector<float> Weights(const v1::JobReport& report) {
    const auto model = federation_->FetchModel(report.job_id(), 0);
    EXPECT_TRUE(model.ok()) << model.status().message();
    if (!model.ok()) return {};
    return {model->begin(), model->begin() + kLeaning};
  }
};

TEST_F(Combiners, LearnWhatTheHonestSitesHaveInSpiteOfOneHostileSite) {
  StartWithOneHostileSite();
  EXPECT_THAT(Weights(Finish(Submit(Yaml("fedavg: {}")))), Each(Lt(0)));
  for (const char* rule : {"median: {}", "trimmed_mean: {hostile_sites: 1}", "multi_krum: {hostile_sites: 1}"}) {
    const v1::JobReport report = Finish(Submit(Yaml(absl::StrCat("fedavg: {}, combiner: {", rule, "}"))));
    EXPECT_THAT(Weights(report), Each(Gt(0.1f))) << rule;
    EXPECT_THAT(report.rounds(0).combined(), HasSubstr("5 sites")) << rule;
    EXPECT_THAT(report.notes(), Contains(HasSubstr("Instead of the mean the coordinator took"))) << rule;
  }
}

TEST_F(Combiners, SayInTheReportWhoWasNotChosenAndGiveTheSameModelEveryTime) {
  StartWithOneHostileSite();
  const std::string yaml = Yaml("fedadam: {server_learning_rate: 0.1}, combiner: {krum: {hostile_sites: 1}}");
  const v1::JobReport report = Finish(Submit(yaml));
  for (const v1::RoundReport& round : report.rounds()) {
    if (round.kind() != v1::STEP_TRAIN) continue;
    EXPECT_THAT(round.combined(), AllOf(HasSubstr("Krum: the change of site-"), testing::Not(HasSubstr("site-5"))));
  }
  EXPECT_EQ(Finish(Submit(yaml)).model_digest(), report.model_digest());
}

TEST_F(Combiners, AreRefusedAtSubmissionWhereSumsAreSecure) {
  Share(3);
  const std::string yaml = absl::StrReplaceAll(Yaml("fedavg: {}, combiner: {median: {}}"), {{", plain_sum: true", ""}});
  EXPECT_THAT(std::string(federation_->Submit(yaml).status().message()),
              HasSubstr("a secure sum shows the coordinator no single one"));
}

}  // namespace
}  // namespace accord
