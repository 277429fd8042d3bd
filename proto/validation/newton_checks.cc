#include "proto/validation/newton_checks.h"

#include "absl/strings/str_cat.h"
#include "proto/validation/data_kinds.h"
#include "proto/validation/ring_limits.h"

namespace accord {
namespace {

bool IsLinearModel(const v1::ModelSpec& model) {
  return model.has_logistic_regression() || model.has_linear_regression() || model.has_poisson_regression() ||
         model.has_cox();
}

// Sections that say how a model is trained say nothing here.
void CheckWhatNewtonLeavesOut(const v1::JobSpec& spec, FaultList& faults) {
  if (spec.has_training()) {
    faults.Add("training", "does nothing with newton, which sums score and information instead; remove it");
  }
  if (spec.has_preprocessing()) {
    faults.Add("preprocessing",
               "does nothing with newton, which maps columns by their bounds, leaves out rows with missing values and "
               "gives coefficients in the columns' own units; remove it");
  }
  if (spec.model().initial_weights() == v1::ModelSpec::RANDOM) {
    faults.Add("model.initial_weights", "is random, and newton begins where the rows tell it to; remove it");
  }
  if (spec.model().has_start_from()) {
    faults.Add("model.start_from",
               "names weights to begin with, and newton begins at zeros, so that all sites sum the same; remove it");
  }
  if (spec.aggregation().update_bound() != 0) {
    faults.Add("aggregation.update_bound", "does nothing with newton, which sends no change of a model; remove it");
  }
}

void CheckNewtonSum(const v1::Aggregation& aggregation, FaultList& faults) {
  if (aggregation.plain_sum()) {
    faults.Add(
        "aggregation.plain_sum",
        "has 32 bits a number, and newton needs the 64 of a secure sum for coefficients as of rows in one place; "
        "remove it");
    return;
  }
  const uint32_t bits = aggregation.secure_sum().ring_bits();
  if (aggregation.has_secure_sum() && IsRingWidth(bits) && bits != kNewtonRingBits) {
    faults.Add("aggregation.secure_sum.ring_bits",
               absl::StrCat("is ", bits,
                            ", too coarse for the coefficients and standard errors of rows in one place; "
                            "newton needs 64, which it has where nothing is written"));
  }
}

uint32_t NumColumns(const v1::DataSchema& data) {
  uint32_t columns = 0;
  for (const v1::Feature& feature : data.features()) {
    columns += feature.has_category() ? static_cast<uint32_t>(feature.category().levels_size()) - 1 : 1;
  }
  return columns;
}

}  // namespace

void CheckNewton(const v1::JobSpec& spec, FaultList& faults) {
  if (!spec.aggregation().has_newton()) return;
  if (!IsLinearModel(spec.model())) {
    faults.Add("aggregation.newton",
               "fits logistic_regression, linear_regression, poisson_regression and cox alone: only these are "
               "determined by sums over rows; take fedavg");
    return;
  }
  const double tolerance = spec.aggregation().newton().tolerance();
  if (!(tolerance >= kLeastNewtonTolerance)) {
    faults.Add("aggregation.newton.tolerance",
               absl::StrCat("is ", tolerance, ", finer than sums of many rows are; expected at least ",
                            kLeastNewtonTolerance));
  }
  CheckWhatNewtonLeavesOut(spec, faults);
  CheckNewtonSum(spec.aggregation(), faults);
  const v1::Target& target = spec.data().target();
  if (spec.model().has_logistic_regression() && target.has_category() && target.category().levels_size() > 2) {
    faults.Add("data.target.category.levels",
               absl::StrCat("has ", target.category().levels_size(),
                            " items; newton fits a logistic regression of two: merge levels, or take fedavg"));
  }
  if (!IsTable(spec.data())) {
    faults.Add(spec.data().has_image()    ? "data.image"
               : spec.data().has_series() ? "data.series"
                                          : "data.text",
               "has no columns to give coefficients of; newton needs a table's features");
  }
  if (const uint32_t columns = NumColumns(spec.data()); columns > kMostNewtonColumns) {
    faults.Add("data.features", absl::StrCat("makes ", columns, " input columns; newton takes at most ",
                                             kMostNewtonColumns, ", because each two of them have a sum"));
  }
  const uint32_t count = spec.rounds().count();
  if (count < 2 || count > kMostNewtonIterations) {
    faults.Add("rounds.count", absl::StrCat("is ", count, "; newton takes 2 to ", kMostNewtonIterations,
                                            " iterations and stops once it has converged; 25 are plenty"));
  }
}

void CheckRegressionModels(const v1::JobSpec& spec, FaultList& faults) {
  const v1::ModelSpec& model = spec.model();
  const v1::Target& target = spec.data().target();
  if (model.has_cox() && !target.has_survival()) {
    faults.Add("model.cox", "needs a time and an event; write data.target as survival");
  }
  if (target.has_survival() && !model.has_cox()) {
    faults.Add("data.target.survival", "is what model cox is fitted to; make the target a category or numeric");
  }
  if (model.has_poisson_regression()) {
    if (!target.has_numeric()) {
      faults.Add("model.poisson_regression", "predicts counts; make data.target numeric");
    } else if (target.numeric().min() < 0) {
      faults.Add("data.target.numeric.min",
                 absl::StrCat("is ", target.numeric().min(), ", and a count is never below 0; expected at least 0"));
    }
    const v1::PoissonRegression& poisson = model.poisson_regression();
    if (poisson.has_exposure() && !(poisson.exposure().min() < poisson.exposure().max())) {
      faults.Add("model.poisson_regression.exposure.max",
                 "is not above min; expected the largest value that can be real");
    }
  }
  if ((model.has_cox() || model.has_poisson_regression()) && !spec.aggregation().has_newton()) {
    faults.Add(model.has_cox() ? "model.cox" : "model.poisson_regression",
               "is fitted by newton alone; write aggregation: {newton: {}, ...} and no training");
  }
}

}  // namespace accord
