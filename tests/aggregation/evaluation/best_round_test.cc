#include "aggregation/evaluation/best_round.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/aggregation/example_jobs.h"

namespace accord {
namespace {

v1::JobSpec Choosing(v1::Evaluation::Metric metric, uint32_t patience, double least = 0) {
  v1::JobSpec spec = testing_jobs::Binary();
  spec.mutable_evaluation()->set_metric(metric);
  spec.mutable_evaluation()->set_keep(v1::Evaluation::BEST);
  spec.mutable_evaluation()->mutable_stop_early()->set_patience_rounds(patience);
  spec.mutable_evaluation()->mutable_stop_early()->set_minimum_improvement(least);
  return spec;
}

v1::Metrics WithAuc(double auc) {
  v1::Metrics metrics;
  metrics.set_test_auc(auc);
  return metrics;
}

// The state after models of these AUCs, from the job's first model on.
std::optional<v1::BestRound> After(const v1::JobSpec& spec, const std::vector<double>& aucs) {
  std::optional<v1::BestRound> best;
  for (uint32_t round = 0; round < aucs.size(); ++round) {
    const v1::Metrics metrics = WithAuc(aucs[round]);
    best = NextBest(spec, best, {round, absl::StrCat("model ", round), &metrics});
  }
  return best;
}

TEST(BestRound, IsTheFirstOfEquallyGoodModels) {
  const auto best = After(Choosing(v1::Evaluation::AUC, 9), {0.5, 0.6, 0.7, 0.65, 0.7});
  EXPECT_EQ(best->round(), 2u);
  EXPECT_EQ(best->value(), 0.7);
  EXPECT_EQ(best->model_digest(), "model 2");
  EXPECT_EQ(best->rounds_without_improvement(), 2u);
}

TEST(BestRound, IsNeverTheUntrainedModel) {
  EXPECT_EQ(After(Choosing(v1::Evaluation::AUC, 9), {0.9})->round(), 0u);
  EXPECT_EQ(After(Choosing(v1::Evaluation::AUC, 9), {0.9, 0.6, 0.5})->round(), 1u);
}

TEST(BestRound, LessIsBetterOfALoss) {
  const v1::JobSpec spec = Choosing(v1::Evaluation::LOSS, 9);
  std::optional<v1::BestRound> best;
  v1::Metrics metrics;
  uint32_t round = 0;
  for (const double loss : {0.9, 0.7, 0.5, 0.6}) {
    metrics.set_test_loss(loss);
    best = NextBest(spec, best, {round++, "", &metrics});
  }
  EXPECT_EQ(best->round(), 2u);
  EXPECT_EQ(best->value(), 0.5);
  EXPECT_EQ(best->rounds_without_improvement(), 1u);
}

TEST(BestRound, StopsOnceTheDeclaredRoundsBroughtNothing) {
  const v1::JobSpec spec = Choosing(v1::Evaluation::AUC, 2);
  EXPECT_FALSE(HasStoppedImproving(spec, *After(spec, {0.5, 0.7, 0.6})));
  EXPECT_TRUE(HasStoppedImproving(spec, *After(spec, {0.5, 0.7, 0.6, 0.6})));
  EXPECT_FALSE(HasStoppedImproving(spec, *After(spec, {0.5, 0.7, 0.6, 0.71})));
}

TEST(BestRound, SmallStepsAddUpToAnImprovement) {
  const v1::JobSpec spec = Choosing(v1::Evaluation::AUC, 2, 0.1);
  // 0.65 is better than 0.6, but not by enough; 0.71 is, counted from 0.6.
  const auto best = After(spec, {0.5, 0.6, 0.65, 0.71});
  EXPECT_EQ(best->rounds_without_improvement(), 0u);
  EXPECT_EQ(best->reference(), 0.71);
  // Too small an improvement is still the best model.
  EXPECT_EQ(After(spec, {0.5, 0.6, 0.65})->round(), 2u);
  EXPECT_EQ(After(spec, {0.5, 0.6, 0.65})->reference(), 0.6);
  EXPECT_TRUE(HasStoppedImproving(spec, *After(spec, {0.5, 0.6, 0.65, 0.69})));
}

TEST(BestRound, ARoundThatDidNotMeasureTheMetricChangesNothing) {
  const v1::JobSpec spec = Choosing(v1::Evaluation::AUC, 1);
  const auto before = After(spec, {0.5, 0.6});
  const v1::Metrics nothing;
  const v1::BestRound after = NextBest(spec, before, {2, "model 2", &nothing});
  EXPECT_EQ(after.SerializeAsString(), before->SerializeAsString());
  EXPECT_FALSE(HasStoppedImproving(spec, after));
}

TEST(BestRound, WithoutStopEarlyNothingStops) {
  v1::JobSpec spec = Choosing(v1::Evaluation::AUC, 1);
  spec.mutable_evaluation()->clear_stop_early();
  EXPECT_TRUE(ChoosesByMetric(spec));
  EXPECT_FALSE(HasStoppedImproving(spec, *After(spec, {0.5, 0.6, 0.5, 0.5, 0.5})));
}

TEST(BestRound, DiceIsTheMeanOfAllLevelsButTheBackground) {
  v1::Metrics metrics;
  EXPECT_FALSE(ValueOf(v1::Evaluation::DICE, metrics).has_value());
  for (const double dice : {0.99, 0.5, 0.75}) metrics.add_test_dice(dice);
  EXPECT_EQ(ValueOf(v1::Evaluation::DICE, metrics), 0.625);
  EXPECT_TRUE(MoreIsBetter(v1::Evaluation::DICE));
  EXPECT_EQ(MetricInWords(v1::Evaluation::DICE), "Dice");
}

TEST(BestRound, EveryMetricIsReadFromItsOwnFigure) {
  v1::Metrics metrics;
  metrics.set_test_loss(1);
  metrics.set_test_accuracy(2);
  metrics.set_test_auc(3);
  metrics.set_test_average_precision(4);
  metrics.set_test_mse(5);
  metrics.set_test_brier(6);
  metrics.set_test_calibration_error(7);
  for (int metric = 1; metric <= 7; ++metric) {
    EXPECT_EQ(ValueOf(static_cast<v1::Evaluation::Metric>(metric), metrics), metric);
    EXPECT_FALSE(ValueOf(static_cast<v1::Evaluation::Metric>(metric), v1::Metrics()).has_value());
  }
}

}  // namespace
}  // namespace accord
