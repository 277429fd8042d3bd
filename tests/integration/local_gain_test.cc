// What sites gain by a federation, through every process: seven hospitals' made-up rows, both of each one's models
// computed here by a plain loop, what each site is told, and what the report may say of it.
#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "base/random_stream.h"
#include "nlohmann/json.hpp"
#include "tests/integration/running_federation.h"

namespace accord::local_gain_test {
namespace {

using testing::HasSubstr;

constexpr size_t kSites = 7;
constexpr size_t kRowsEach = 90;  // every third is held out
constexpr uint32_t kRounds = 5;
constexpr char kMapping[] = "csv: {file: rows.csv}\nsplit: {file: {file: sets.csv}}\n";

constexpr char kGainJob[] = R"(name: gains
purpose: to see what each hospital gains
seed: 3
data:
  name: made-up
  features:
    - {name: u, numeric: {min: -2, max: 2}}
    - {name: v, numeric: {min: -2, max: 2}}
  target: {name: ill, category: {levels: ["no", "yes"]}}
preprocessing: {standardise: none}
model: {logistic_regression: {}, initial_weights: zeros}
training: {sgd: {learning_rate: 0.5}, local_epochs: 2}
aggregation: {fedavg: {}, update_bound: 8, max_rows_per_site: 60}
rounds: {count: 5, min_sites: 7, silence_s: 30, patience_s: 120}
compute: {memory_mib: 2048}
evaluation:
  local_gain: {metric: loss, bins: [-0.05, 0, 0.05], minimum_sites: 3}
)";

struct Row {
  std::string u, v;  // as written
  bool ill = false;
  bool held_out = false;
  std::array<double, 3> inputs() const { return {std::stod(u), std::stod(v), 1}; }
};

// The rule by which people fall ill is the same everywhere, but the first four hospitals have written down who is ill
// by chance where they train: alone they learn nothing, and the others' common model loses by their part.
std::vector<Row> RowsOf(size_t site) {
  RandomStream random({site + 1, "", 0, "rows"});
  std::vector<Row> rows;
  for (size_t i = 0; i < kRowsEach; ++i) {
    const double u = 4 * random.NextDouble() - 2;
    const double v = 4 * random.NextDouble() - 2;
    Row row;
    row.u = absl::StrFormat("%.4f", u);
    row.v = absl::StrFormat("%.4f", v);
    row.held_out = i % 3 == 0;
    const double odds = site < 4 && !row.held_out ? 0 : 4.5 * u - 3 * v;
    row.ill = random.NextDouble() < 1 / (1 + std::exp(-odds));
    rows.push_back(row);
  }
  return rows;
}

std::vector<bench::SiteSetup> Hospitals() {
  std::vector<bench::SiteSetup> sites;
  for (size_t site = 0; site < kSites; ++site) {
    std::string rows = "u,v,ill\n";
    std::string sets = "line,set\n";
    size_t line = 1;
    for (const Row& row : RowsOf(site)) {
      absl::StrAppend(&rows, row.u, ",", row.v, ",", row.ill ? "yes" : "no", "\n");
      absl::StrAppend(&sets, ++line, ",", row.held_out ? "test" : "train", "\n");
    }
    sites.push_back(
        {absl::StrCat("site-", site + 1), {{"made-up", kMapping, {{"rows.csv", rows}, {"sets.csv", sets}}}}});
  }
  return sites;
}

using Weights = std::array<double, 3>;  // of u and v, then the bias

double OddsOf(const Row& row, const Weights& model) {
  const auto inputs = row.inputs();
  return model[0] * inputs[0] + model[1] * inputs[1] + model[2] * inputs[2];
}

// Rounds x passes of gradient descent over all of the site's training rows, from zeros.
Weights TrainedAlone(size_t site) {
  Weights model = {};
  for (uint32_t step = 0; step < 2 * kRounds; ++step) {
    Weights gradient = {};
    double rows = 0;
    for (const Row& row : RowsOf(site)) {
      if (row.held_out) continue;
      const double residual = 1 / (1 + std::exp(-OddsOf(row, model))) - row.ill;
      for (size_t i = 0; i < 3; ++i) gradient[i] += residual * row.inputs()[i];
      ++rows;
    }
    for (size_t i = 0; i < 3; ++i) model[i] -= 0.5 * gradient[i] / rows;
  }
  return model;
}

double HeldOutLoss(size_t site, const Weights& model) {
  double loss = 0;
  double rows = 0;
  for (const Row& row : RowsOf(site)) {
    if (!row.held_out) continue;
    const double odds = OddsOf(row, model);
    loss += std::log1p(std::exp(row.ill ? -odds : odds));
    ++rows;
  }
  return loss / rows;
}

class LocalGain : public RunningFederation {};

TEST_F(LocalGain, EachSiteSeesItsOwnAndTheReportHowTheyAreSpread) {
  Start(Hospitals());
  if (HasFatalFailure()) return;
  const std::string id = Submit(kGainJob);
  // What is kept between rounds outlives a daemon that is killed.
  AwaitRounds(id, 2);
  federation_->site(1).Kill();
  ASSERT_TRUE(federation_->StartSite(1).ok());
  const v1::JobReport report = Finish(id);

  const auto parameters = federation_->FetchModel(id, 0);
  ASSERT_TRUE(parameters.ok()) << parameters.status();
  const Weights common = {(*parameters)[0], (*parameters)[1], (*parameters)[2]};
  std::array<uint32_t, 4> sites_in = {};
  for (size_t site = 0; site < kSites; ++site) {
    const auto shown = federation_->Client(site, {"gain", "--json"});
    ASSERT_TRUE(shown.ok()) << shown.status();
    const nlohmann::json gains = nlohmann::json::parse(*shown);
    ASSERT_EQ(gains.size(), 1u) << *shown;
    const double of_common = HeldOutLoss(site, common);
    const double of_alone = HeldOutLoss(site, TrainedAlone(site));
    ASSERT_TRUE(gains[0].contains("gain")) << *shown;
    EXPECT_NEAR(gains[0]["common"].get<double>(), of_common, 1e-4);
    EXPECT_NEAR(gains[0]["alone"].get<double>(), of_alone, 1e-4);
    EXPECT_NEAR(gains[0]["gain"].get<double>(), of_alone - of_common, 2e-4);
    EXPECT_EQ(gains[0]["rounds"], kRounds);
    EXPECT_EQ(gains[0]["test_rows"], kRowsEach / 3);
    const double gain = gains[0]["gain"].get<double>();
    ++sites_in[gain < -0.05 ? 0 : gain < 0 ? 1 : gain < 0.05 ? 2 : 3];
  }
  // No bin of fewer than three sites is shown, and no total from which one follows.
  ASSERT_EQ(sites_in[0], 3u) << "the test's data parts the sites";
  const v1::LocalGains& spread = report.final_metrics().local_gains();
  EXPECT_EQ(spread.sites(), kSites);
  ASSERT_EQ(spread.bins_size(), 2) << spread.DebugString();
  EXPECT_EQ(spread.bins(0).sites(), 3u);
  EXPECT_EQ(spread.bins(0).below(), -0.05);
  EXPECT_EQ(spread.bins(1).sites(), 4u);
  for (const v1::RoundReport& round : report.rounds()) {
    EXPECT_EQ(round.metrics().has_local_gains(), round.kind() == v1::STEP_EVALUATE) << "once, at the end";
  }

  const auto shown_job = federation_->Accord({"job", "show", id});
  ASSERT_TRUE(shown_job.ok()) << shown_job.status();
  EXPECT_THAT(*shown_job, HasSubstr("What sites gain by the federation"));
  const auto left = federation_->Client(0, {"egress"});
  ASSERT_TRUE(left.ok()) << left.status();
  EXPECT_THAT(*left, HasSubstr("4 numbers: a 1 in the bin of what the site gains"));
  const auto models = federation_->Client(0, {"personal-model", "list"});
  ASSERT_TRUE(models.ok()) << models.status();
  EXPECT_THAT(*models, HasSubstr("trained alone for 5 rounds"));
}

TEST_F(LocalGain, AJobForGpusAloneIsRefusedInWordsBySitesThatOfferNone) {
  Share(3);
  if (HasFatalFailure()) return;
  bench::TrivialJob job;
  job.min_sites = job.target_sites = 3;
  const std::string gpu =
      Submit(absl::StrReplaceAll(job.Yaml(), {{"memory_mib: 2048}", "memory_mib: 2048, device: cuda}"}}));
  const auto refused = [](const v1::JobReport& report) {
    return absl::StrContains(report.waiting_for(), "compute.device: cuda") ||
           absl::StrContains(report.reason(), "compute.device: cuda");
  };
  EXPECT_TRUE(refused(Await(gpu, refused)));
  // Unless it has ended by itself.
  federation_->Accord({"job", "cancel", gpu}).IgnoreError();
  EXPECT_NE(Await(gpu, bench::IsFinal).state(), v1::JOB_FINISHED);
}

}  // namespace
}  // namespace accord::local_gain_test
