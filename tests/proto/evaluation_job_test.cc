// What a job may measure and choose by: what is filled in, and what contradicts the rest of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/file.h"
#include "proto/validation/job_validation.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

constexpr char kEvaluationJob[] = R"(name: risk
purpose: to estimate risks
data:
  name: heart
  features:
    - {name: age, numeric: {unit: years, min: 18, max: 110}}
    - {name: sex, category: {levels: [female, male]}}
  target: {name: disease, category: {levels: [absent, present]}}
model: {logistic_regression: {}}
training: {sgd: {learning_rate: 0.1}, local_epochs: 1}
aggregation: {fedavg: {}, update_bound: 1, max_rows_per_site: 1000}
rounds: {count: 20, min_sites: 3}
evaluation:
  subgroups: [{column: sex}, {column: age, cuts: [45, 65]}]
  confusion_matrix: true
  calibration: {}
  keep: best
  metric: auc
  stop_early: {patience_rounds: 5, minimum_improvement: 0.001}
)";

absl::StatusOr<v1::JobSpec> LoadEvaluationJob(const std::string& yaml) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/evaluation.yaml");
  EXPECT_TRUE(WriteFileAtomically(path, yaml, 0644, Durability::kVisible).ok());
  return LoadJobSpec(path);
}

std::string WithoutEvaluation(const std::string& yaml) { return yaml.substr(0, yaml.find("evaluation:")); }

TEST(EvaluationJob, IsCompletedAndTravels) {
  const auto spec = LoadEvaluationJob(kEvaluationJob);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->evaluation().minimum_cell(), 10u);
  EXPECT_EQ(spec->evaluation().calibration().bins(), 10u);
  EXPECT_EQ(spec->evaluation().metric(), v1::Evaluation::AUC);
  const auto again = ParseJobSpec(spec->SerializeAsString());
  EXPECT_TRUE(again.ok()) << again.status();
}

TEST(EvaluationJob, WithoutASectionKeepsTheLastModelAndWithholdsCellsBelowTen) {
  const auto spec = LoadEvaluationJob(WithoutEvaluation(kEvaluationJob));
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->evaluation().minimum_cell(), 10u);
  EXPECT_EQ(spec->evaluation().keep(), v1::Evaluation::LAST);
  EXPECT_EQ(spec->evaluation().metric(), v1::Evaluation::METRIC_UNSPECIFIED);
  EXPECT_FALSE(spec->evaluation().has_calibration());
}

TEST(EvaluationJob, ChoosesByLossUnlessItSaysOtherwise) {
  const auto spec = LoadEvaluationJob(absl::StrCat(WithoutEvaluation(kEvaluationJob), "evaluation: {keep: best}\n"));
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->evaluation().metric(), v1::Evaluation::LOSS);
}

TEST(EvaluationJob, OneOfBeforeThereWasASectionIsStillTaken) {
  auto spec = LoadEvaluationJob(WithoutEvaluation(kEvaluationJob));
  ASSERT_TRUE(spec.ok()) << spec.status();
  spec->clear_evaluation();
  EXPECT_TRUE(ParseJobSpec(spec->SerializeAsString()).ok());
}

TEST(EvaluationJob, WhatTheCoordinatorLeftEmptyIsAFault) {
  auto spec = LoadEvaluationJob(kEvaluationJob);
  ASSERT_TRUE(spec.ok()) << spec.status();
  spec->mutable_evaluation()->clear_minimum_cell();
  spec->mutable_evaluation()->clear_keep();
  spec->mutable_evaluation()->clear_metric();
  spec->mutable_evaluation()->mutable_calibration()->clear_bins();
  const std::string faults(ParseJobSpec(spec->SerializeAsString()).status().message());
  EXPECT_THAT(faults, HasSubstr("evaluation.minimum_cell: is 0"));
  EXPECT_THAT(faults, HasSubstr("evaluation.keep: is missing"));
  EXPECT_THAT(faults, HasSubstr("evaluation.metric: is missing"));
  EXPECT_THAT(faults, HasSubstr("evaluation.calibration.bins: is 0"));
}

TEST(EvaluationJob, DrillsAndNewtonHaveNothingToMeasure) {
  const std::string drill =
      "name: drill\npurpose: links\nmodel: {drill: {num_parameters: 9}}\n"
      "aggregation: {fedavg: {}, update_bound: 1, max_rows_per_site: 1}\nrounds: {count: 5, min_sites: 3}\n"
      "evaluation: {stop_early: {patience_rounds: 1}}\n";
  EXPECT_THAT(std::string(LoadEvaluationJob(drill).status().message()),
              HasSubstr("evaluation: does nothing in a drill"));
  const std::string newton =
      absl::StrReplaceAll(kEvaluationJob, {{"training: {sgd: {learning_rate: 0.1}, local_epochs: 1}\n", ""},
                                           {"fedavg: {}, update_bound: 1", "newton: {}"}});
  EXPECT_THAT(std::string(LoadEvaluationJob(newton).status().message()),
              HasSubstr("evaluation: does nothing with newton"));
}

struct EvaluationMisfit {
  const char* name;
  const char* from;
  const char* to;
  const char* fault;
};

class MisfitEvaluation : public ::testing::TestWithParam<EvaluationMisfit> {};

TEST_P(MisfitEvaluation, IsToldWhereAndWhy) {
  const EvaluationMisfit& misfit = GetParam();
  ASSERT_THAT(kEvaluationJob, HasSubstr(misfit.from));
  const auto spec = LoadEvaluationJob(absl::StrReplaceAll(kEvaluationJob, {{misfit.from, misfit.to}}));
  ASSERT_FALSE(spec.ok());
  EXPECT_THAT(std::string(spec.status().message()), HasSubstr(misfit.fault));
}

INSTANTIATE_TEST_SUITE_P(
    Table, MisfitEvaluation,
    ::testing::Values(
        EvaluationMisfit{"UnknownColumn", "{column: sex}", "{column: gender}",
                         "evaluation.subgroups[0].column: is 'gender', which is none of data.features"},
        EvaluationMisfit{"TheTarget", "{column: sex}", "{column: disease}",
                         "evaluation.subgroups[0].column: is 'disease', the target"},
        EvaluationMisfit{"OneColumnTwice", "{column: sex}", "{column: age, cuts: [50]}",
                         "evaluation.subgroups[1].column: is 'age' a second time"},
        EvaluationMisfit{"NumberWithoutCuts", "{column: age, cuts: [45, 65]}", "{column: age}",
                         "evaluation.subgroups[1].cuts: is missing"},
        EvaluationMisfit{"CutsOfACategory", "{column: sex}", "{column: sex, cuts: [1]}",
                         "evaluation.subgroups[0].cuts: cut a number"},
        EvaluationMisfit{"CutsThatDoNotRise", "[45, 65]", "[65, 65]",
                         "evaluation.subgroups[1].cuts[1]: is 65; expected above 65 (the cut before)"},
        EvaluationMisfit{"CutBelowTheMin", "[45, 65]", "[18, 65]",
                         "evaluation.subgroups[1].cuts[0]: is 18; expected above 18 (the column's min)"},
        EvaluationMisfit{"CutAtTheMax", "[45, 65]", "[45, 110]", "and below 110 (its max)"},
        EvaluationMisfit{"ACellOfNobody", "  confusion_matrix: true", "  confusion_matrix: true\n  minimum_cell: 0",
                         "evaluation.minimum_cell: is 0; expected at least 1"},
        EvaluationMisfit{"OneBin", "calibration: {}", "calibration: {bins: 1}", "evaluation.calibration.bins: is 1"},
        EvaluationMisfit{"CalibrationOfANumber", "category: {levels: [absent, present]}", "numeric: {min: 0, max: 9}",
                         "evaluation.calibration: is about classes"},
        EvaluationMisfit{"MatrixOfANumber", "category: {levels: [absent, present]}", "numeric: {min: 0, max: 9}",
                         "evaluation.confusion_matrix: is about classes"},
        EvaluationMisfit{"AreaOfThreeClasses", "[absent, present]", "[absent, mild, severe]",
                         "evaluation.metric: is auc, which is of two classes"},
        EvaluationMisfit{"SquaredErrorOfClasses", "metric: auc", "metric: squared_error",
                         "evaluation.metric: is squared_error, which is of a number"},
        EvaluationMisfit{"DiceOfClasses", "metric: auc", "metric: dice",
                         "evaluation.metric: is dice, which is of masks"},
        EvaluationMisfit{"BrierWithoutCalibration", "calibration: {}\n  keep: best\n  metric: auc",
                         "keep: best\n  metric: brier_score", "evaluation.metric: is measured with calibration alone"},
        EvaluationMisfit{"MetricThatDecidesNothing",
                         "keep: best\n  metric: auc\n  stop_early: {patience_rounds: 5, minimum_improvement: 0.001}",
                         "metric: auc", "evaluation.metric: decides nothing"},
        EvaluationMisfit{"PatienceOfAllRounds", "patience_rounds: 5", "patience_rounds: 18",
                         "evaluation.stop_early.patience_rounds: is 18: of 20 rounds"},
        EvaluationMisfit{"NoPatience", "patience_rounds: 5, ", "", "evaluation.stop_early.patience_rounds"}),
    [](const auto& info) { return info.param.name; });

TEST(EvaluationJob, APatienceThatCanStillLeaveOneRoundOutIsTaken) {
  const auto spec =
      LoadEvaluationJob(absl::StrReplaceAll(kEvaluationJob, {{"patience_rounds: 5", "patience_rounds: 17"}}));
  EXPECT_TRUE(spec.ok()) << spec.status();
}

TEST(EvaluationJob, TooManyCellsAreRefused) {
  std::string levels = "l0";
  for (int i = 1; i < 300; ++i) absl::StrAppend(&levels, ", l", i);
  const auto spec =
      LoadEvaluationJob(absl::StrReplaceAll(kEvaluationJob, {{"[female, male]", absl::StrCat("[", levels, "]")}}));
  EXPECT_THAT(std::string(spec.status().message()), HasSubstr("evaluation.subgroups: have 305 cells together"));
}

TEST(EvaluationJob, ImagesHaveNoSubgroups) {
  const auto spec = LoadEvaluationJob(absl::StrReplaceAll(
      kEvaluationJob,
      {{"features:\n    - {name: age, numeric: {unit: years, min: 18, max: 110}}\n    - {name: sex, category: "
        "{levels: [female, male]}}",
        "image: {height: 8, width: 8, channels: 1}"}}));
  EXPECT_THAT(std::string(spec.status().message()), HasSubstr("is of images, which have no columns"));
}

}  // namespace
}  // namespace accord
