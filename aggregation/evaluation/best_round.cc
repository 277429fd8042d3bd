#include "aggregation/evaluation/best_round.h"

#include <numeric>

namespace accord {
namespace {

using Evaluation = v1::Evaluation;

// How much better `value` is than `than`.
double Gain(Evaluation::Metric metric, double value, double than) {
  return MoreIsBetter(metric) ? value - than : than - value;
}

// Over all levels but the first one, the background: it is large, and right almost everywhere in any model.
std::optional<double> MeanDice(const v1::Metrics& metrics) {
  const auto& dice = metrics.test_dice();
  if (dice.size() < 2) return std::nullopt;
  return std::accumulate(dice.begin() + 1, dice.end(), 0.0) / (dice.size() - 1);
}

}  // namespace

bool ChoosesByMetric(const v1::JobSpec& spec) {
  return spec.evaluation().keep() == Evaluation::BEST || spec.evaluation().has_stop_early();
}

bool MoreIsBetter(Evaluation::Metric metric) {
  return metric == Evaluation::ACCURACY || metric == Evaluation::AUC || metric == Evaluation::AVERAGE_PRECISION ||
         metric == Evaluation::DICE;
}

std::string MetricInWords(Evaluation::Metric metric) {
  switch (metric) {
    case Evaluation::ACCURACY:
      return "accuracy";
    case Evaluation::AUC:
      return "AUC";
    case Evaluation::AVERAGE_PRECISION:
      return "average precision";
    case Evaluation::SQUARED_ERROR:
      return "squared error";
    case Evaluation::BRIER_SCORE:
      return "Brier score";
    case Evaluation::CALIBRATION_ERROR:
      return "calibration error";
    case Evaluation::DICE:
      return "Dice";
    default:
      return "loss";
  }
}

std::optional<double> ValueOf(Evaluation::Metric metric, const v1::Metrics& metrics) {
  const auto value = [](bool has, double number) { return has ? std::optional<double>(number) : std::nullopt; };
  switch (metric) {
    case Evaluation::ACCURACY:
      return value(metrics.has_test_accuracy(), metrics.test_accuracy());
    case Evaluation::AUC:
      return value(metrics.has_test_auc(), metrics.test_auc());
    case Evaluation::AVERAGE_PRECISION:
      return value(metrics.has_test_average_precision(), metrics.test_average_precision());
    case Evaluation::SQUARED_ERROR:
      return value(metrics.has_test_mse(), metrics.test_mse());
    case Evaluation::BRIER_SCORE:
      return value(metrics.has_test_brier(), metrics.test_brier());
    case Evaluation::CALIBRATION_ERROR:
      return value(metrics.has_test_calibration_error(), metrics.test_calibration_error());
    case Evaluation::DICE:
      return MeanDice(metrics);
    default:
      return value(metrics.has_test_loss(), metrics.test_loss());
  }
}

v1::BestRound NextBest(const v1::JobSpec& spec, const std::optional<v1::BestRound>& before,
                       const MeasuredModel& model) {
  v1::BestRound best = before.value_or(v1::BestRound());
  const Evaluation::Metric metric = spec.evaluation().metric();
  const std::optional<double> value = ValueOf(metric, *model.metrics);
  if (model.round == 0 || !value.has_value()) return best;
  const bool first = best.round() == 0;
  if (first || Gain(metric, *value, best.reference()) > spec.evaluation().stop_early().minimum_improvement()) {
    best.set_reference(*value);
    best.set_rounds_without_improvement(0);
  } else {
    best.set_rounds_without_improvement(best.rounds_without_improvement() + 1);
  }
  if (first || Gain(metric, *value, best.value()) > 0) {
    best.set_round(model.round);
    best.set_value(*value);
    best.set_model_digest(model.digest);
  }
  return best;
}

bool HasStoppedImproving(const v1::JobSpec& spec, const v1::BestRound& best) {
  return spec.evaluation().has_stop_early() &&
         best.rounds_without_improvement() >= spec.evaluation().stop_early().patience_rounds();
}

}  // namespace accord
