#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/estimates_table.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

v1::JobReport Report() {
  v1::JobReport report;
  report.mutable_spec()->mutable_model()->mutable_cox();
  report.set_rounds_total(25);
  v1::Estimates& estimates = *report.mutable_estimates();
  v1::Estimates::Coefficient& stage = *estimates.add_coefficients();
  stage.set_name("stage=\x1bIII");
  stage.set_estimate(0.737882689756478);
  stage.set_standard_error(0.143712764468952);
  stage.set_statistic(5.1344269417063);
  stage.set_p_value(1e-20);
  stage.set_lower(0.456210847278645);
  stage.set_upper(1.01955453223431);
  estimates.set_rows(1457);
  estimates.set_events(336);
  estimates.set_incomplete_rows(23);
  estimates.set_log_likelihood(-1311.459);
  estimates.set_null_log_likelihood(-1345.303);
  estimates.set_aic(2632.918);
  estimates.set_iterations(6);
  estimates.set_converged(true);
  for (const char* site : {"a", "b", "c"}) estimates.add_sites(site);
  return report;
}

TEST(EstimatesTable, ShowsCoefficientsWithTheirRatiosAndHowTheFitCameAbout) {
  const std::string table = EstimatesTable(Report());
  EXPECT_THAT(table, HasSubstr("hazard ratio"));
  EXPECT_THAT(table, HasSubstr("0.737883"));
  EXPECT_THAT(table, HasSubstr("2.0915"));  // exp(0.7379)
  EXPECT_THAT(table, HasSubstr("< 2.2e-16"));
  EXPECT_THAT(table, HasSubstr("1,457 complete rows, 336 events, at 3 sites; 23 rows left out"));
  EXPECT_THAT(table, HasSubstr("Converged after 6 of at most 25 iterations."));
  EXPECT_THAT(table, HasSubstr("Partial log-likelihood -1311.46 (-1345.3 without the columns), AIC 2632.92."));
  EXPECT_THAT(table, Not(HasSubstr("\x1b")));
}

TEST(EstimatesTable, SaysWhereThereIsNoFit) {
  v1::JobReport report = Report();
  report.mutable_estimates()->set_converged(false);
  EXPECT_THAT(EstimatesTable(report), HasSubstr("NOT converged after 6"));
  report.clear_estimates();
  EXPECT_EQ(EstimatesTable(report), "");
}

}  // namespace
}  // namespace accord
