#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/time.h"
#include "cli/evaluation_words.h"
#include "cli/numbers.h"
#include "cli/report/html_report.h"
#include "cli/watch/job_view.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

v1::JobReport EvaluatedReport() {
  v1::JobReport report;
  v1::Evaluation& evaluation = *report.mutable_spec()->mutable_evaluation();
  evaluation.set_minimum_cell(10);
  evaluation.set_keep(v1::Evaluation::BEST);
  evaluation.set_metric(v1::Evaluation::AUC);
  evaluation.mutable_stop_early()->set_patience_rounds(3);
  evaluation.mutable_stop_early()->set_minimum_improvement(0.01);
  evaluation.add_subgroups()->set_column("sex");
  report.set_rounds_total(50);
  report.set_rounds_done(12);
  report.set_stopped_after(12);
  report.set_kept_round(9);
  report.mutable_best()->set_round(9);
  report.mutable_best()->set_value(0.875);
  v1::Metrics& metrics = *report.mutable_final_metrics();
  metrics.set_test_auc(0.875);
  metrics.set_test_average_precision(0.75);
  metrics.set_test_brier(0.125);
  metrics.set_test_calibration_slope(0.9);
  metrics.set_test_calibration_intercept(-0.05);
  v1::ConfusionMatrix& matrix = *metrics.mutable_detail()->mutable_confusion();
  for (const char* name : {"a", "b", "c\x1b"}) matrix.add_classes(name);
  for (const int64_t rows : {50, -1, -1, 1300, 60, -1, -1, -1, 70}) matrix.add_rows(rows);
  v1::SubgroupMetrics& subgroup = *metrics.mutable_detail()->add_subgroups();
  subgroup.set_column("sex");
  v1::GroupMetrics& women = *subgroup.add_groups();
  women.set_level("female");
  women.set_rows(1234);
  women.set_accuracy(0.815);
  women.set_sensitivity(0.5);
  v1::GroupMetrics& men = *subgroup.add_groups();
  men.set_level("male");
  men.set_rows(2000);
  men.set_accuracy(0.9);
  v1::GroupMetrics& missing = *subgroup.add_groups();
  missing.set_level("missing");
  missing.set_withheld(true);
  return report;
}

TEST(EvaluationWords, RoundsThatAreLeftOutTakeNoTimeAnyMore) {
  v1::JobReport report = EvaluatedReport();
  for (uint32_t number = 1; number <= 12; ++number) {
    v1::RoundReport& round = *report.add_rounds();
    round.set_kind(v1::STEP_TRAIN);
    round.set_outcome(v1::ROUND_FINISHED);
    round.set_round(number);
  }
  const absl::Time later = absl::UnixEpoch() + absl::Minutes(12);
  EXPECT_EQ(TimeLeftInWords(report, later), DurationInWords(0));
  report.set_stopped_after(0);
  EXPECT_EQ(TimeLeftInWords(report, later), DurationInWords(38 * 60'000));
}

TEST(EvaluationWords, TablesShowWhatIsThereAndSayWhatIsWithheld) {
  const std::string text = DetailText(EvaluatedReport());
  EXPECT_THAT(text, HasSubstr("taken for b"));
  EXPECT_THAT(text, HasSubstr("1,300"));
  EXPECT_THAT(text, HasSubstr("female   1,234     81.5 %    50.0 %"));
  EXPECT_THAT(text, HasSubstr("male     2,000     90.0 %    -"));
  EXPECT_THAT(text, HasSubstr("missing  withheld  -         -"));
  EXPECT_THAT(text, HasSubstr("Withheld: fewer than 10 rows"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("-1")));
}

TEST(EvaluationWords, AMatrixThatIsWithheldWholeSaysWhy) {
  v1::JobReport report = EvaluatedReport();
  report.mutable_final_metrics()->mutable_detail()->mutable_confusion()->clear_rows();
  EXPECT_THAT(DetailText(report), HasSubstr("Withheld: a cell has fewer than 10 rows"));
}

TEST(EvaluationWords, NothingIsSaidOfAJobThatDeclaresNothing) {
  EXPECT_EQ(DetailText(v1::JobReport()), "");
  EXPECT_EQ(EvaluationInWords(v1::JobSpec()), "");
}

TEST(EvaluationWords, AJobSaysWhatItMeasuresAndChoosesBy) {
  EXPECT_EQ(EvaluationInWords(EvaluatedReport().spec()),
            "subgroups by sex; cells of fewer than 10 rows are not shown in reports; keeps the model of the round with "
            "the highest AUC; stops once 3 rounds did not improve the AUC by more than 0.01");
}

TEST(EvaluationWords, DiceIsToldOfEachLevelByItsName) {
  v1::JobReport report;
  v1::Mask& mask = *report.mutable_spec()->mutable_data()->mutable_target()->mutable_mask();
  for (const char* level : {"skin", "lesion"}) mask.add_levels(level);
  for (const double dice : {0.975, 0.5}) report.mutable_final_metrics()->add_test_dice(dice);
  EXPECT_THAT(MetricFigures(report), ElementsAre(Pair("Dice", AucInDigits(0.975) + " of skin"),
                                                 Pair("Dice", AucInDigits(0.5) + " of lesion")));
  EXPECT_THAT(RenderHtmlReport(report, nullptr), HasSubstr("held-out Dice of lesion"));
  report.mutable_spec()->mutable_data()->mutable_target()->mutable_mask()->clear_levels();
  EXPECT_TRUE(MetricFigures(report).empty()) << "a coordinator that answers with more levels than there are";
}

TEST(EvaluationWords, TheReportsPageNamesTheBestRoundAndTheEarlyStop) {
  const std::string page = RenderHtmlReport(EvaluatedReport(), nullptr);
  EXPECT_THAT(page, HasSubstr("Best by AUC: the model of round 9, with 0.875"));
  EXPECT_THAT(page, HasSubstr("The job&#39;s model is that of round 9."));
  EXPECT_THAT(page, HasSubstr("Training was stopped early, after round 12 of 50."));
  EXPECT_THAT(page, HasSubstr("Avg. precision"));
  EXPECT_THAT(page, HasSubstr("slope 0.900, intercept -0.050"));
  EXPECT_THAT(page, HasSubstr("By sex"));
}

}  // namespace
}  // namespace accord
