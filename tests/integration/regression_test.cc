// Regressions by newton through every process: four hospitals' made-up rows, and what R says of them all in one place.
#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tests/integration/running_federation.h"

namespace accord {
namespace {

using testing::HasSubstr;

std::string Reference(const std::string& file) {
  return ReadWhole(absl::StrCat(ACCORD_SOURCE_DIR, "/tests/reference/", file));
}

// rows.csv, a hospital's rows at each site.
std::vector<bench::SiteSetup> Hospitals() {
  const std::vector<std::string> lines = absl::StrSplit(Reference("rows.csv"), '\n', absl::SkipEmpty());
  std::map<std::string, std::string> files;
  for (size_t i = 1; i < lines.size(); ++i) {
    std::string& file = files[lines[i].substr(0, lines[i].find(','))];
    absl::StrAppend(&file, file.empty() ? lines[0] + "\n" : "", lines[i], "\n");
  }
  std::vector<bench::SiteSetup> sites;
  for (const auto& [hospital, rows] : files) {
    sites.push_back({hospital, {{"made-up", "csv: {file: rows.csv}\nmissing: [NA]\n", {{"rows.csv", rows}}}}});
  }
  return sites;
}

std::string Job(const std::string& target, const std::string& model) {
  return absl::StrCat(R"(name: regression
purpose: to see that coefficients are those of rows in one place
data:
  name: made-up
  features:
    - {name: age, numeric: {min: 0, max: 120}}
    - {name: bmi, numeric: {min: 10, max: 70}}
    - {name: sex, category: {levels: [female, male]}}
    - {name: stage, category: {levels: [I, II, III]}}
  target: )",
                      target, "\nmodel: ", model, R"(
aggregation: {newton: {}, max_rows_per_site: 1000}
rounds: {count: 25, min_sites: 4, silence_s: 30, patience_s: 120}
compute: {memory_mib: 2048}
)");
}

void ExpectEstimates(const v1::JobReport& report, const std::string& name) {
  SCOPED_TRACE(name);
  const auto expected = nlohmann::json::parse(Reference("regressions.json"));
  const auto& fit = expected[name];
  const v1::Estimates& estimates = report.estimates();
  EXPECT_TRUE(estimates.converged());
  EXPECT_LT(estimates.iterations(), 9u);
  EXPECT_EQ(report.rounds_done(), estimates.iterations());
  EXPECT_EQ(estimates.sites_size(), 4);
  EXPECT_EQ(estimates.rows(), fit["rows"].get<uint64_t>());
  EXPECT_EQ(estimates.events(), fit["events"].get<uint64_t>());
  EXPECT_EQ(estimates.incomplete_rows(), expected["incomplete"].get<uint64_t>());
  ASSERT_EQ(estimates.coefficients_size(), static_cast<int>(fit["estimate"].size()));
  for (int i = 0; i < estimates.coefficients_size(); ++i) {
    const auto& coefficient = estimates.coefficients(i);
    EXPECT_NEAR(coefficient.estimate() / fit["estimate"][i].get<double>(), 1, 1e-6) << coefficient.name();
    EXPECT_NEAR(coefficient.standard_error() / fit["standard_error"][i].get<double>(), 1, 1e-6) << coefficient.name();
  }
}

class RunningRegression : public RunningFederation {};

TEST_F(RunningRegression, LogisticAndCoxEstimatesAreThoseOfPooledRows) {
  Share("hospitals of the regressions", Hospitals());
  const std::string logistic =
      Submit(Job("{name: ill, category: {levels: [\"no\", \"yes\"]}}", "{logistic_regression: {}}"));
  ExpectEstimates(Finish(logistic), "logistic");
  const std::string cox = Submit(Job(
      "{name: weeks, survival: {max: 1000, event: {name: died, category: {levels: [\"0\", \"1\"]}}}}", "{cox: {}}"));
  const v1::JobReport report = Finish(cox);
  ExpectEstimates(report, "cox_efron");
  EXPECT_THAT(report.notes(), testing::Contains(HasSubstr("23 of 480 training rows lack a value")));
  const auto shown = federation_->Accord({"job", "show", cox});
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_THAT(*shown, HasSubstr("hazard ratio"));
  EXPECT_THAT(*shown, HasSubstr("Converged after "));
}

TEST_F(RunningRegression, AColumnThatAnotherMakesUpEndsTheJobByName) {
  Share("hospitals of the regressions", Hospitals());
  const std::string job = Job("{name: pressure, numeric: {min: 60, max: 260}}", "{linear_regression: {}}");
  // A level that nobody has is a column of zeros.
  const std::string constant =
      absl::StrReplaceAll(job, {{"levels: [female, male]}}", "levels: [female, male, other]}}"}});
  const std::string id = Submit(constant);
  const v1::JobReport report = Await(id, [](const v1::JobReport& r) { return bench::IsFinal(r); });
  EXPECT_EQ(report.state(), v1::JOB_FAILED);
  EXPECT_THAT(report.reason(), HasSubstr("'sex=other'"));
}

}  // namespace
}  // namespace accord
