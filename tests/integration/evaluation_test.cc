// Metrics, subgroups, an early stop and the best round through every process: three hospitals' made-up rows, what a
// model says of them computed here row by row, and a coordinator that is killed on the way.
#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/random_stream.h"
#include "tests/integration/running_federation.h"

namespace accord {
namespace {

using testing::HasSubstr;

constexpr size_t kHospitals = 3;
constexpr size_t kPatientsEach = 300;  // every third is held out
constexpr char kMadeUpMapping[] = R"(csv: {file: rows.csv}
missing: [NA]
split: {file: {file: sets.csv}}
)";

struct Patient {
  std::string marker;  // as written; NA: missing
  std::string sex;     // as written
  bool ill = false;
  bool held_out = false;
};

std::vector<Patient> PatientsOf(size_t site) {
  RandomStream random({site + 1, "", 0, "rows"});
  std::vector<Patient> rows;
  for (size_t i = 0; i < kPatientsEach; ++i) {
    Patient row;
    const double marker = 4 * random.NextDouble() - 2;
    row.marker = random.NextBelow(20) == 0 ? "NA" : absl::StrFormat("%.4f", marker);
    // Two held-out rows at each site, six of all: few enough to be withheld.
    row.sex = i % 50 == 3 ? "other" : random.NextBelow(2) == 0 ? "female" : "male";
    row.ill = random.NextDouble() < 1 / (1 + std::exp(-2 * marker));
    row.held_out = i % 3 == 0;
    rows.push_back(row);
  }
  return rows;
}

std::vector<bench::SiteSetup> MadeUpHospitals() {
  std::vector<bench::SiteSetup> sites;
  for (size_t site = 0; site < kHospitals; ++site) {
    std::string rows = "marker,sex,ill\n";
    std::string sets = "line,set\n";
    size_t line = 1;
    for (const Patient& row : PatientsOf(site)) {
      absl::StrAppend(&rows, row.marker, ",", row.sex, ",", row.ill ? "yes" : "no", "\n");
      absl::StrAppend(&sets, ++line, ",", row.held_out ? "test" : "train", "\n");
    }
    sites.push_back(
        {absl::StrCat("site-", site + 1), {{"made-up", kMadeUpMapping, {{"rows.csv", rows}, {"sets.csv", sets}}}}});
  }
  return sites;
}

// With so long steps the loss soon swings, and no longer gets better by much.
constexpr char kChoosingJob[] = R"(name: choosing
purpose: to see which round is kept
seed: 3
data:
  name: made-up
  features:
    - {name: marker, numeric: {min: -2, max: 2}}
    - {name: sex, category: {levels: [female, male, other]}}
  target: {name: ill, category: {levels: ["no", "yes"]}}
model: {logistic_regression: {}, initial_weights: zeros}
training: {sgd: {learning_rate: 1}, local_epochs: 2}
aggregation: {fedavg: {}, update_bound: 8, max_rows_per_site: 300}
rounds: {count: 60, min_sites: 3, silence_s: 30, patience_s: 120}
compute: {memory_mib: 2048}
evaluation:
  subgroups: [{column: sex}, {column: marker, cuts: [-1, 1]}]
  confusion_matrix: true
  calibration: {bins: 10}
  keep: best
  metric: brier_score
  stop_early: {patience_rounds: 3, minimum_improvement: 0.002}
)";

// What the kept model says of every held-out row of all sites.
struct Answer {
  Patient row;
  double p = 0;  // of ill
};

// Columns as the model has them: marker, sex=male, sex=other; NaN where missing.
std::array<double, 3> ColumnsOf(const Patient& row) {
  return {row.marker == "NA" ? std::nan("") : std::stod(row.marker), row.sex == "male" ? 1.0 : 0.0,
          row.sex == "other" ? 1.0 : 0.0};
}

// Mean and sample standard deviation of a column over all sites' training rows.
std::pair<double, double> MeanAndSpread(size_t column) {
  std::vector<double> values;
  for (size_t site = 0; site < kHospitals; ++site) {
    for (const Patient& row : PatientsOf(site)) {
      const double value = ColumnsOf(row)[column];
      if (!row.held_out && !std::isnan(value)) values.push_back(value);
    }
  }
  double mean = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / static_cast<double>(values.size() - 1))};
}

// Parameters: the weights of the columns, which are standardised over all sites, then the bias.
std::vector<Answer> AnswersOf(const std::vector<float>& model) {
  std::vector<Answer> answers;
  for (size_t site = 0; site < kHospitals; ++site) {
    for (const Patient& row : PatientsOf(site)) {
      if (row.held_out) answers.push_back({row, model[3]});
    }
  }
  for (size_t column = 0; column < 3; ++column) {
    const auto [mean, spread] = MeanAndSpread(column);
    for (Answer& answer : answers) {
      const double value = ColumnsOf(answer.row)[column];
      if (!std::isnan(value)) answer.p += model[column] * (value - mean) / spread;
    }
  }
  for (Answer& answer : answers) answer.p = 1 / (1 + std::exp(-answer.p));
  return answers;
}

double PlainAuc(const std::vector<Answer>& answers) {
  double won = 0;
  double pairs = 0;
  for (const Answer& positive : answers) {
    for (const Answer& negative : answers) {
      if (!positive.row.ill || negative.row.ill) continue;
      won += positive.p > negative.p ? 1 : positive.p == negative.p ? 0.5 : 0;
      ++pairs;
    }
  }
  return won / pairs;
}

class RunningEvaluation : public RunningFederation {};

TEST_F(RunningEvaluation, KeepsTheBestRoundAndMeasuresItAsRowByRow) {
  Start(MadeUpHospitals());
  const std::string id = Submit(kChoosingJob);
  AwaitRounds(id, 2);
  federation_->coordinator().Kill();
  ASSERT_TRUE(federation_->StartCoordinator().ok());
  const v1::JobReport report = Finish(id);
  EXPECT_THAT(report.reason(), HasSubstr("training was stopped early, after round "));
  EXPECT_LT(report.rounds_done(), 60u);
  EXPECT_EQ(report.rounds_done(), report.stopped_after());
  ASSERT_GT(report.kept_round(), 0u);
  EXPECT_EQ(report.kept_round(), report.best().round());

  // Of all rounds' models the kept one has the lowest Brier score.
  const v1::Metrics& metrics = report.final_metrics();
  EXPECT_EQ(metrics.test_brier(), report.best().value());
  for (const v1::RoundReport& round : report.rounds()) {
    if (round.kind() != v1::STEP_TRAIN || round.outcome() != v1::ROUND_FINISHED || round.round() == 1) continue;
    EXPECT_GE(round.metrics().test_brier(), metrics.test_brier());
    EXPECT_FALSE(round.metrics().has_detail());
  }

  const auto model = federation_->FetchModel(id, 0);
  ASSERT_TRUE(model.ok()) << model.status();
  ASSERT_EQ(model->size(), 4u);
  EXPECT_EQ(*model, *federation_->FetchModel(id, report.kept_round()));
  const std::vector<Answer> answers = AnswersOf(*model);
  double brier = 0;
  std::vector<int64_t> matrix(4);
  uint64_t women = 0;
  uint64_t women_right = 0;
  uint64_t missing = 0;
  for (const Answer& answer : answers) {
    brier += std::pow(answer.p - answer.row.ill, 2);
    const bool taken = answer.p > 0.5;
    ++matrix[static_cast<size_t>(answer.row.ill * 2 + taken)];
    women += answer.row.sex == "female";
    women_right += answer.row.sex == "female" && taken == answer.row.ill;
    missing += answer.row.marker == "NA";
  }
  EXPECT_EQ(metrics.test_rows(), answers.size());
  EXPECT_NEAR(metrics.test_brier(), brier / static_cast<double>(answers.size()), 1e-4);
  EXPECT_NEAR(metrics.test_auc(), PlainAuc(answers), 0.01);
  EXPECT_EQ(
      std::vector<int64_t>(metrics.detail().confusion().rows().begin(), metrics.detail().confusion().rows().end()),
      matrix);
  EXPECT_TRUE(metrics.has_test_calibration_slope());

  // Six of other sex, fewer than ten: withheld, and the smaller one of the other levels with them.
  ASSERT_EQ(metrics.detail().subgroups_size(), 2);
  const v1::SubgroupMetrics& by_sex = metrics.detail().subgroups(0);
  ASSERT_EQ(by_sex.groups_size(), 4);
  EXPECT_TRUE(by_sex.groups(2).withheld());
  const int shown = by_sex.groups(0).withheld() ? 1 : 0;
  EXPECT_NE(by_sex.groups(0).withheld(), by_sex.groups(1).withheld());
  if (shown == 0) {
    EXPECT_EQ(by_sex.groups(0).rows(), women);
    EXPECT_DOUBLE_EQ(by_sex.groups(0).accuracy(), static_cast<double>(women_right) / static_cast<double>(women));
  }
  uint64_t rows_by_marker = 0;
  for (const v1::GroupMetrics& group : metrics.detail().subgroups(1).groups()) rows_by_marker += group.rows();
  const v1::GroupMetrics& without_marker = metrics.detail().subgroups(1).groups(3);
  EXPECT_TRUE(without_marker.withheld() || without_marker.rows() == missing);
  EXPECT_TRUE(without_marker.withheld() || rows_by_marker == answers.size());

  const auto shown_job = federation_->Accord({"job", "show", id});
  ASSERT_TRUE(shown_job.ok()) << shown_job.status();
  EXPECT_THAT(*shown_job, HasSubstr(absl::StrCat("round ", report.kept_round())));
  EXPECT_THAT(*shown_job, HasSubstr("Confusion matrix"));
  EXPECT_THAT(*shown_job, HasSubstr("withheld"));
}

}  // namespace
}  // namespace accord
