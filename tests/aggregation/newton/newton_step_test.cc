// What has no fit is told by name; a step that leads too far is shortened.
#include "aggregation/newton/newton_step.h"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/aggregation/example_jobs.h"
#include "tests/aggregation/newton/federation.h"

namespace accord {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Columns age [0, 100] and dose [0, 10].
v1::JobSpec Job(const std::string& target, const std::string& model) {
  return testing_jobs::Parse(R"pb(
                               data { name: "made-up"
                                      features {
                                        name: "age"
                                        numeric { min: 0 max: 100 }
                                      }
                                      features {
                                        name: "dose"
                                        numeric { min: 0 max: 10 }
                                      })pb" +
                             std::string("target {") + target + "} } model {" + model + R"pb(}
                                                                                             aggregation {
             newton { tolerance: 1e-8 }
             max_rows_per_site: 1000
             secure_sum { ring_bits: 64 }
           }
           rounds { count: 25 min_sites: 3 })pb");
}
v1::JobSpec Logistic() {
  return Job(R"pb(name: "ill"
                  category { levels: "no" levels: "yes" })pb",
             "logistic_regression {}");
}
v1::JobSpec Poisson(double most) {
  v1::JobSpec spec = Job(R"pb(name: "count"
                              numeric {})pb",
                         "poisson_regression {}");
  spec.mutable_data()->mutable_target()->mutable_numeric()->set_max(most);
  return spec;
}

// `row(i)` gives age, dose and target of row i of 3 x 40.
std::vector<RegressionRows> Sites(const std::function<std::array<double, 3>(int)>& row) {
  std::vector<RegressionRows> sites(3);
  for (int i = 0; i < 120; ++i) {
    const auto [age, dose, target] = row(i);
    RegressionRows& site = sites[static_cast<size_t>(i % 3)];
    site.inputs.insert(site.inputs.end(), {age, dose});
    site.targets.push_back(target);
  }
  return sites;
}
double AgeOf(int i) { return 20 + (i * 37) % 60; }
double DoseOf(int i) { return (i * 7) % 10; }
// Neither class is told apart.
double MixedOf(int i) { return (i * 13) % 7 < 3 ? 1 : 0; }

std::string RefusalOf(const v1::JobSpec& spec, std::vector<RegressionRows> sites) {
  const auto estimates = NewtonFederation(spec, std::move(sites)).Fit();
  EXPECT_EQ(estimates.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(estimates.status().message());
}

TEST(NewtonStep, ColumnsThatMakeUpEachOtherAreNamed) {
  const std::string refusal = RefusalOf(Logistic(), Sites([](int i) {
                                          return std::array{AgeOf(i), AgeOf(i) / 20, MixedOf(i)};
                                        }));
  EXPECT_THAT(refusal, HasSubstr("'dose' is a combination of '(Intercept)', 'age'"));
}

TEST(NewtonStep, AColumnWithoutSpreadIsNamed) {
  const std::string refusal = RefusalOf(Logistic(), Sites([](int i) { return std::array{AgeOf(i), 4.0, MixedOf(i)}; }));
  EXPECT_THAT(refusal, HasSubstr("'dose' has the same value in every row"));
  EXPECT_THAT(refusal, Not(HasSubstr("'age'")));
}

TEST(NewtonStep, OneClassAloneIsRefused) {
  EXPECT_THAT(RefusalOf(Logistic(), Sites([](int i) {
                          return std::array{AgeOf(i), DoseOf(i), 1.0};
                        })),
              HasSubstr("one class"));
}

TEST(NewtonStep, AsManyCoefficientsAsRowsAreRefused) {
  std::vector<RegressionRows> sites(3);
  for (size_t i = 0; i < 3; ++i) {
    sites[i].inputs = {AgeOf(static_cast<int>(i)), DoseOf(static_cast<int>(i))};
    sites[i].targets = {i == 1 ? 1.0 : 0.0};
  }
  EXPECT_THAT(RefusalOf(Logistic(), sites), HasSubstr("3 complete training rows at all sites for 3 coefficients"));
}

TEST(NewtonStep, AColumnThatTellsTheClassesApartDoesNotConvergeAndIsNamed) {
  NewtonFederation federation(Logistic(), Sites([](int i) {
                                return std::array{AgeOf(i), DoseOf(i), DoseOf(i) > 4.5 ? 1.0 : 0.0};
                              }));
  const auto estimates = federation.Fit();
  if (!estimates.ok()) {  // weights that vanish may leave no digits to tell columns apart
    EXPECT_THAT(estimates.status().message(), HasSubstr("columns do not determine the coefficients"));
    return;
  }
  EXPECT_FALSE(estimates->converged());
  EXPECT_EQ(estimates->iterations(), 25u);
  EXPECT_THAT(estimates->unsettled(), testing::Contains("dose"));
}

TEST(NewtonStep, CountsInTheThousandsConverge) {
  NewtonFederation federation(Poisson(100'000), Sites([](int i) {
                                return std::array{AgeOf(i), DoseOf(i), std::floor(std::exp(7 + DoseOf(i) / 4))};
                              }));
  const auto estimates = federation.Fit();
  ASSERT_TRUE(estimates.ok()) << estimates.status();
  EXPECT_TRUE(estimates->converged());
  EXPECT_NEAR(estimates->coefficients(2).estimate(), 0.25, 1e-3);
  EXPECT_NEAR(estimates->coefficients(0).estimate(), 7, 1e-2);
}

TEST(NewtonStep, SumsBeyondTheirBoundsLeaveAsZerosAndTheStepIsHalved) {
  const v1::JobSpec spec = Poisson(10);
  const NewtonFederation federation(spec, Sites([](int i) {
                                      return std::array{AgeOf(i), DoseOf(i), std::floor(DoseOf(i) / 3)};
                                    }));
  const std::vector<double> far = {40, 0, 0};  // a mean of e^40
  const NewtonSums sums = federation.Sum(far, 2);
  EXPECT_EQ(sums.outside, 3u);
  EXPECT_EQ(sums.rows, 120u);
  EXPECT_THAT(sums.score, ElementsAre(0, 0, 0));

  v1::NewtonRound previous;
  for (const double value : {0.0, 0.5, 0.0}) previous.add_point(value);
  for (const double value : {40.0, -0.5, 0.0}) previous.add_step(value);
  const NewtonQuestion question = {.regression = &federation.regression(),
                                   .tolerance = 1e-8,
                                   .sums = &sums,
                                   .point = far,
                                   .iteration = 2,
                                   .last = false,
                                   .previous = &previous,
                                   .same_sites = false};
  const auto answer = StepNewton(question);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->round.halvings(), 1u);
  EXPECT_FALSE(answer->round.has_log_likelihood());
  EXPECT_THAT(answer->coefficients, ElementsAre(20, 0.25, 0));
}

TEST(NewtonStep, ALikelihoodThatFellIsAnsweredByAShorterStepOnlyOverTheSameSites) {
  const NewtonFederation federation(Logistic(), Sites([](int i) {
                                      return std::array{AgeOf(i), DoseOf(i), MixedOf(i)};
                                    }));
  const std::vector<double> point = {3, 0, 0};
  const NewtonSums sums = federation.Sum(point, 2);
  v1::NewtonRound previous;
  for (int i = 0; i < 3; ++i) previous.add_point(0);
  for (const double value : point) previous.add_step(value);
  previous.set_point_log_likelihood(-120 * std::log(2));
  NewtonQuestion question = {.regression = &federation.regression(),
                             .tolerance = 1e-8,
                             .sums = &sums,
                             .point = point,
                             .iteration = 2,
                             .last = false,
                             .previous = &previous,
                             .same_sites = true};
  EXPECT_THAT(StepNewton(question)->coefficients, ElementsAre(1.5, 0, 0));
  question.same_sites = false;
  const auto answer = StepNewton(question);
  EXPECT_EQ(answer->round.halvings(), 0u);
  EXPECT_THAT(answer->round.point(), ElementsAre(3, 0, 0));
  question.same_sites = true;
  question.last = true;
  EXPECT_THAT(StepNewton(question).status().message(), HasSubstr("did not converge"));
}

}  // namespace
}  // namespace accord
