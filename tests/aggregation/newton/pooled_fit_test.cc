// The estimates of a federation are those that R finds with all rows in one place (tests/reference/regressions.R).
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "tests/aggregation/example_jobs.h"
#include "tests/aggregation/newton/federation.h"

namespace accord {
namespace {

using Json = nlohmann::json;

constexpr char kReference[] = ACCORD_SOURCE_DIR "/tests/reference/";

v1::JobSpec PooledJob(const std::string& target, const std::string& model) {
  return testing_jobs::Parse(absl::StrCat(R"pb(
                                            data { name: "made-up"
                                                   features {
                                                     name: "age"
                                                     numeric { min: 0 max: 120 }
                                                   }
                                                   features {
                                                     name: "bmi"
                                                     numeric { min: 10 max: 70 }
                                                   }
                                                   features {
                                                     name: "sex"
                                                     category { levels: "female" levels: "male" }
                                                   }
                                                   features {
                                                     name: "stage"
                                                     category { levels: "I" levels: "II" levels: "III" }
                                                   }
                                          )pb",
                                          "target {", target, "} } model {", model, "}", R"pb(
    aggregation {
      newton { tolerance: 1e-8 }
      max_rows_per_site: 1000
      secure_sum { ring_bits: 64 }
    }
    rounds { count: 25 min_sites: 3 })pb"));
}

double Number(absl::string_view text) {
  double value = std::nan("");
  EXPECT_TRUE(text == "NA" || absl::SimpleAtod(text, &value)) << text;
  return value;
}

// The rows of rows.csv, by hospital.
std::vector<RegressionRows> Hospitals(RegressionFamily family, bool with_exposure) {
  const std::string file = ReadFile(absl::StrCat(kReference, "rows.csv"), 1 << 20).value();
  std::map<std::string, RegressionRows> hospitals;
  const std::vector<std::string> lines = absl::StrSplit(file, '\n', absl::SkipEmpty());
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> cells = absl::StrSplit(lines[i], ',');
    RegressionRows& rows = hospitals[cells.at(0)];
    const double inputs[] = {Number(cells[1]), Number(cells[2]), cells[3] == "male" ? 1.0 : 0.0,
                             cells[4] == "II" ? 1.0 : 0.0, cells[4] == "III" ? 1.0 : 0.0};
    if (std::isnan(inputs[0]) || std::isnan(inputs[1])) {
      ++rows.incomplete;
      continue;
    }
    rows.inputs.insert(rows.inputs.end(), std::begin(inputs), std::end(inputs));
    if (family == RegressionFamily::kLogistic) rows.targets.push_back(cells[5] == "yes" ? 1 : 0);
    if (family == RegressionFamily::kLinear) rows.targets.push_back(Number(cells[6]));
    if (family == RegressionFamily::kPoisson) rows.targets.push_back(Number(cells[7]));
    if (with_exposure) rows.exposures.push_back(Number(cells[8]));
    if (family == RegressionFamily::kCox) {
      rows.targets.push_back(Number(cells[9]));
      rows.events.push_back(cells[10] == "1" ? 1 : 0);
    }
  }
  std::vector<RegressionRows> sites;
  for (auto& [name, rows] : hospitals) sites.push_back(std::move(rows));
  return sites;
}

Json Reference() { return Json::parse(ReadFile(absl::StrCat(kReference, "regressions.json"), 1 << 20).value()); }

// To 1e-6 of the value; R's own last digits are the limit of p-values far out.
void ExpectClose(double value, const Json& expected, const std::string& what) {
  const auto wanted = expected.get<double>();
  EXPECT_NEAR(value, wanted, 1e-6 * std::fabs(wanted) + 1e-12) << what;
}

void ExpectFit(const v1::JobSpec& spec, bool with_exposure, const char* name) {
  SCOPED_TRACE(name);
  const Json all = Reference();
  const Json& expected = all[name];
  const RegressionFamily family = RegressionOf(spec)->family;
  NewtonFederation federation(spec, Hospitals(family, with_exposure));
  const auto estimates = federation.Fit();
  ASSERT_TRUE(estimates.ok()) << estimates.status();
  EXPECT_TRUE(estimates->converged());
  EXPECT_LT(estimates->iterations(), 9u);
  EXPECT_EQ(estimates->rows(), expected["rows"].get<uint64_t>());
  EXPECT_EQ(estimates->incomplete_rows(), all["incomplete"].get<uint64_t>());
  ASSERT_EQ(estimates->coefficients_size(), static_cast<int>(expected["names"].size()));
  for (int i = 0; i < estimates->coefficients_size(); ++i) {
    const auto& coefficient = estimates->coefficients(i);
    ExpectClose(coefficient.estimate(), expected["estimate"][i], coefficient.name());
    ExpectClose(coefficient.standard_error(), expected["standard_error"][i], coefficient.name() + " error");
    ExpectClose(coefficient.statistic(), expected["statistic"][i], coefficient.name() + " statistic");
    EXPECT_NEAR(coefficient.p_value() / expected["p_value"][i].get<double>(), 1, 1e-5) << coefficient.name();
    ExpectClose(coefficient.lower(), expected["lower"][i], coefficient.name() + " lower");
    ExpectClose(coefficient.upper(), expected["upper"][i], coefficient.name() + " upper");
  }
  ExpectClose(estimates->log_likelihood(), expected["log_likelihood"], "log-likelihood");
  ExpectClose(estimates->aic(), expected["aic"], "AIC");
  if (expected.contains("deviance")) ExpectClose(estimates->deviance(), expected["deviance"], "deviance");
  EXPECT_EQ(estimates->events(), expected.value("events", uint64_t{0}));
  if (expected.contains("null_log_likelihood")) {
    ExpectClose(estimates->null_log_likelihood(), expected["null_log_likelihood"], "null log-likelihood");
  }
  if (expected.contains("residual_standard_error")) {
    ExpectClose(estimates->residual_standard_error(), expected["residual_standard_error"], "residual error");
  }
}

constexpr char kIll[] = R"pb(name: "ill"
                             category { levels: "no" levels: "yes" })pb";
constexpr char kWeeks[] = R"pb(
  name: "weeks"
  survival {
    max: 1000
    event {
      name: "died"
      category { levels: "0" levels: "1" }
    }
  })pb";

TEST(PooledFit, ALogisticRegressionIsThatOfR) {
  ExpectFit(PooledJob(kIll, "logistic_regression {}"), false, "logistic");
}

TEST(PooledFit, ALinearRegressionIsThatOfR) {
  ExpectFit(PooledJob(R"pb(name: "pressure"
                           numeric { min: 60 max: 260 })pb",
                      "linear_regression {}"),
            false, "linear");
}

TEST(PooledFit, APoissonRegressionOfRatesIsThatOfR) {
  ExpectFit(PooledJob(R"pb(name: "visits"
                           numeric { min: 0 max: 100 })pb",
                      R"pb(poisson_regression { exposure { name: "years" min: 0.1 max: 20 } })pb"),
            true, "poisson");
}

TEST(PooledFit, ACoxRegressionWithEfronsTiesIsThatOfRStratifiedBySite) {
  ExpectFit(PooledJob(kWeeks, "cox { ties: EFRON }"), false, "cox_efron");
}

TEST(PooledFit, ACoxRegressionWithBreslowsTiesIsThatOfRStratifiedBySite) {
  ExpectFit(PooledJob(kWeeks, "cox { ties: BRESLOW }"), false, "cox_breslow");
}

TEST(PooledFit, BoundsAHundredTimesTooWideCostNoDigits) {
  v1::JobSpec spec = PooledJob(kIll, "logistic_regression {}");
  spec.mutable_data()->mutable_features(0)->mutable_numeric()->set_max(12'000);
  spec.mutable_data()->mutable_features(1)->mutable_numeric()->set_min(-6'000);
  spec.mutable_aggregation()->set_max_rows_per_site(1'000'000);
  ExpectFit(spec, false, "logistic");
}

}  // namespace
}  // namespace accord
