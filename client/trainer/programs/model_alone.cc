#include "client/trainer/programs/model_alone.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "aggregation/evaluation/best_round.h"
#include "aggregation/evaluation/local_gain.h"
#include "aggregation/evaluation/site_figure.h"
#include "base/status.h"
#include "models/training.h"

namespace accord {

absl::StatusOr<bool> TrainAlone(const TrainingStep& step, Model& model) {
  KeepAsBefore(step.spec, step.received, step.kept);
  if (step.no_baseline) return false;
  if (step.kept.before.empty() && step.kept.first.empty()) {
    return absl::InternalError("there are no weights with which the model that this site trains alone would begin");
  }
  LocalTraining alone = step.local;
  alone.proximal = false;
  ACCORD_RETURN_IF_ERROR(model.LoadParameters(step.kept.after));
  ACCORD_RETURN_IF_ERROR(TrainLocally(step.spec, alone, step.train, model));
  ACCORD_RETURN_IF_ERROR(model.StoreParameters(step.kept.after));
  return true;
}

absl::StatusOr<std::optional<v1::OwnGain>> MeasureGain(const GainMeasurement& measurement, Model& model,
                                                       StepVector& vector) {
  const v1::JobSpec& spec = measurement.spec;
  const v1::LocalGain& asked = spec.evaluation().local_gain();
  const std::vector<double> edges(asked.bins().begin(), asked.bins().end());
  std::vector<double> bins(edges.size() + 1);
  std::optional<v1::OwnGain> gain;
  if (!measurement.alone.empty() && measurement.test.rows() > 0) {
    ACCORD_RETURN_IF_ERROR(model.LoadParameters(measurement.alone));
    ACCORD_ASSIGN_OR_RETURN(const EvaluationSums sums,
                            Evaluate(spec, measurement.test, spec.aggregation().max_rows_per_site(), model));
    const std::optional<double> common = SiteFigure(asked.metric(), spec, measurement.common);
    const std::optional<double> alone = SiteFigure(asked.metric(), spec, sums);
    if (common.has_value() && alone.has_value() && std::isfinite(*common - *alone)) {
      gain.emplace();
      gain->set_metric(asked.metric());
      gain->set_common(*common);
      gain->set_alone(*alone);
      gain->set_gain(GainOf(asked.metric(), *common, *alone));
      gain->set_test_rows(sums.rows);
      bins[GainBin(edges, gain->gain())] = 1;
    }
  }
  ACCORD_RETURN_IF_ERROR(vector.Put(kLocalGainBlock, bins));
  return gain;
}

std::string GainInWords(const v1::OwnGain& gain) {
  return absl::StrCat("on the ", gain.test_rows(), " rows held out here the common model has ",
                      MetricInWords(gain.metric()), absl::StrFormat(" %.4g", gain.common()),
                      ", the model that this site trained alone as long ", absl::StrFormat("%.4g", gain.alone()),
                      absl::StrFormat(": the federation gains it %.4g", gain.gain()));
}

}  // namespace accord
