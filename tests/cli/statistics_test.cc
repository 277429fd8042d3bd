#include "cli/synthetic/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cli/synthetic/ground_truth.h"
#include "cli/synthetic/site_rows.h"
#include "proto/validation/job_validation.h"
#include "tests/cli/cli_fixture.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

constexpr int kRows = 6000;

struct Column {
  double mean = 0, spread = 0, missing = 0;
};

class Statistics : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    auto spec = LoadJobSpec(ACCORD_SOURCE_DIR "/deploy/examples/heart-risk.yaml");
    ASSERT_TRUE(spec.ok()) << spec.status();
    spec_ = *std::move(spec);
  }
  absl::StatusOr<v1::PublishedStatistics> Load(const std::string& yaml) {
    return LoadPublishedStatistics(WriteFile("statistics.yaml", yaml), spec_);
  }
  std::vector<SyntheticRow> Rows(const v1::PublishedStatistics& statistics, const Skew& skew,
                                 const std::string& site = "elsewhere") {
    const GroundTruth truth = GroundTruth::Draw(spec_, 5, statistics);
    SiteRows rows(truth, truth.DrawShift(0, skew, PublishedSiteOf(statistics, site)),
                  RandomStream({.job_seed = 5, .site = site, .round = 0, .use = "test"}));
    std::vector<SyntheticRow> drawn;
    for (int i = 0; i < kRows; ++i) drawn.push_back(rows.Next());
    return drawn;
  }
  Column Describe(const std::vector<SyntheticRow>& rows, const std::string& name) {
    size_t index = 0;
    while (spec_.data().features(static_cast<int>(index)).name() != name) ++index;
    double sum = 0, squares = 0, count = 0;
    for (const SyntheticRow& row : rows) {
      const double value = row.features[index];
      if (std::isnan(value)) continue;
      sum += value;
      squares += value * value;
      ++count;
    }
    const double mean = sum / count;
    return {mean, std::sqrt(squares / count - mean * mean), 1 - count / static_cast<double>(rows.size())};
  }
  static double ShareOfClass(const std::vector<SyntheticRow>& rows, double level) {
    double count = 0;
    for (const SyntheticRow& row : rows) count += row.target == level;
    return count / static_cast<double>(rows.size());
  }

  v1::JobSpec spec_;
};

constexpr char kPublished[] = R"(source: a table
columns:
  - {name: age, mean: 54.4, spread: 9}
  - {name: chol, mean: 199, spread: 110, missing_share: 0.3}
  - {name: sex, levels: [{level: female, share: 0.21}, {level: male, share: 0.79}]}
classes: [{level: absent, share: 0.45}, {level: present, share: 0.55}]
sites:
  - site: va
    rows: 200
    columns: [{name: age, mean: 60, spread: 7.8}]
    classes: [{level: absent, share: 0.25}, {level: present, share: 0.75}]
)";

TEST_F(Statistics, RowsHaveThePublishedMeansSpreadsAndShares) {
  const auto statistics = Load(kPublished);
  ASSERT_TRUE(statistics.ok()) << statistics.status();
  const auto rows = Rows(*statistics, Skew::Overall(0));
  EXPECT_NEAR(Describe(rows, "age").mean, 54.4, 0.5);
  EXPECT_NEAR(Describe(rows, "age").spread, 9, 0.4);
  EXPECT_NEAR(Describe(rows, "chol").mean, 199, 6);
  EXPECT_NEAR(Describe(rows, "chol").spread, 110, 5);
  EXPECT_NEAR(Describe(rows, "chol").missing, 0.3, 0.03);
  EXPECT_NEAR(Describe(rows, "sex").mean, 0.79, 0.02);
  EXPECT_NEAR(ShareOfClass(rows, 1), 0.55, 0.03);
}

TEST_F(Statistics, ASiteThatWasPublishedHasItsOwnWhateverTheSkew) {
  const auto rows = Rows(*Load(kPublished), Skew::Overall(1), "va");
  EXPECT_NEAR(Describe(rows, "age").mean, 60, 0.5);
  EXPECT_NEAR(Describe(rows, "age").spread, 7.8, 0.4);
  EXPECT_NEAR(ShareOfClass(rows, 1), 0.75, 0.03);
}

TEST_F(Statistics, LabelSkewChangesHowManyRowsAClassHasAndNotWhatTheyAreLike) {
  const Skew skew = {.feature = 0, .prevalence = 0, .label_alpha = 0.3};
  const auto common = Rows({}, Skew::Overall(0));
  const auto skewed = Rows({}, skew);
  EXPECT_GT(std::abs(ShareOfClass(skewed, 1) - ShareOfClass(common, 1)), 0.05);
  const auto of_class = [](const std::vector<SyntheticRow>& rows, double level) {
    std::vector<SyntheticRow> chosen;
    for (const SyntheticRow& row : rows) {
      if (row.target == level) chosen.push_back(row);
    }
    return chosen;
  };
  const double level = ShareOfClass(skewed, 1) > 0.5 ? 1 : 0;  // the one of which there are enough
  const Column expected = Describe(of_class(common, level), "thalach");
  const Column found = Describe(of_class(skewed, level), "thalach");
  EXPECT_NEAR(found.mean, expected.mean, 0.1 * expected.spread);
  EXPECT_NEAR(found.spread, expected.spread, 0.1 * expected.spread);
}

TEST_F(Statistics, AllFaultsOfAFileAreToldWithTheirLines) {
  const auto statistics = Load(R"(source: a table
columns:
  - {name: age, mean: 5, spread: 3}
  - {name: chol, mean: 210}
  - {name: trestbps, mean: 130, spread: 400}
  - {name: sex, mean: 0.5, spread: 0.5}
  - {name: weight, mean: 80, spread: 9}
  - {name: fbs, levels: [{level: "no", share: 0.8}, {level: "maybe", share: 0.1}]}
classes: [{level: absent, share: 0.45}]
sites:
  - site: va
  - site: va
)");
  ASSERT_EQ(statistics.status().code(), absl::StatusCode::kInvalidArgument);
  const std::string message(statistics.status().message());
  for (const char* expected : {"yaml:3: columns[0].mean: is 5; expected between the schema's 18 and 110",
                               "yaml:4: columns[1]: has one of mean", "yaml:5: columns[2].spread: is 400",
                               "yaml:6: columns[3]: has a mean or spread, but the column is a category",
                               "yaml:7: columns[4].name: is \"weight\"", "maybe",
                               "yaml:9: classes: has shares that add up to 0.45", "is the second entry of va"}) {
    EXPECT_THAT(message, HasSubstr(expected));
  }
}

TEST_F(Statistics, OnlySitesThatTheJobNamesCanHaveTheirOwn) {
  spec_.mutable_rounds()->add_sites("cleveland");
  EXPECT_THAT(std::string(Load(kPublished).status().message()), HasSubstr("va, which may not take part"));
}

TEST_F(Statistics, CountsCannotHaveAnyYet) {
  spec_.mutable_model()->mutable_poisson_regression();
  spec_.mutable_data()->mutable_target()->mutable_numeric()->set_max(40);
  spec_.mutable_data()->mutable_target()->set_name("visits");
  EXPECT_THAT(std::string(Load("source: a table\ncolumns: [{name: visits, mean: 3, spread: 2}]\n").status().message()),
              HasSubstr("\"visits\", the job's counts"));
}

TEST(BoundedNormal, KeepsMeanAndSpreadWhereManyValuesLieBeyondABound) {
  struct Case {
    double mean, spread, min, max;
  };
  for (const Case& c : {Case{1, 1.2, 0, 10}, Case{50, 5, 0, 100}, Case{0.3, 0.8, 0, 50}, Case{95, 10, 0, 100}}) {
    const BoundedNormal normal = FitBoundedNormal(c.mean, c.spread, c.min, c.max);
    RandomStream stream({.job_seed = 1, .site = "", .round = 0, .use = "bounded"});
    double sum = 0, squares = 0;
    constexpr int kDraws = 50000;
    for (int i = 0; i < kDraws; ++i) {
      const double value = std::clamp(normal.mean + normal.spread * NextNormal(stream), c.min, c.max);
      sum += value;
      squares += value * value;
    }
    const double mean = sum / kDraws;
    EXPECT_NEAR(mean, c.mean, 0.03 * c.spread) << c.mean;
    EXPECT_NEAR(std::sqrt(squares / kDraws - mean * mean), c.spread, 0.03 * c.spread) << c.mean;
  }
}

}  // namespace
}  // namespace accord
