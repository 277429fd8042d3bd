#include "proto/validation/local_gain_checks.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "base/config/rule_text.h"
#include "proto/validation/evaluation_checks.h"
#include "proto/validation/gain_limits.h"

namespace accord {
namespace {

using Evaluation = v1::Evaluation;

constexpr char kLocalGainPath[] = "evaluation.local_gain";

std::string GainField(absl::string_view name) { return FieldPath(kLocalGainPath, name); }

// Why sites could not train a model alone beside this one, or why it says nothing; empty: they can. A strategy that is
// not listed here is refused until somebody has thought about it.
std::string WhyNothingToCompare(const v1::JobSpec& spec) {
  switch (spec.aggregation().strategy_case()) {
    case v1::Aggregation::kScaffold:
      return "does not go with scaffold: of a job a site keeps one thing between rounds, and there it is the control "
             "variate; use fedavg or fedprox, or remove it";
    case v1::Aggregation::kFedbn:
    case v1::Aggregation::kFedper:
    case v1::Aggregation::kFedrep:
    case v1::Aggregation::kDitto:
      return "does not go with a strategy by which each site has a model of its own already: of a job a site keeps "
             "one; "
             "use fedavg or fedprox, or remove it";
    case v1::Aggregation::kFedavg:
    case v1::Aggregation::kFedprox:
    case v1::Aggregation::kFedavgm:
    case v1::Aggregation::kFedadam:
    case v1::Aggregation::kFedyogi:
    case v1::Aggregation::kFedadagrad:
    case v1::Aggregation::kFednova:
      break;
    default:
      return "does not go with this strategy; use fedavg, fedprox, fedavgm, fedadam, fedyogi, fedadagrad or fednova, "
             "or "
             "remove it";
  }
  if (spec.evaluation().keep() == Evaluation::BEST) {
    return "compares the model of the last round, and keep: best may make another one the job's; write keep: last";
  }
  if (spec.aggregation().plain_sum()) {
    return "needs secure sums: with plain_sum the coordinator reads each site's gain by itself; remove one of them";
  }
  if (spec.aggregation().secure_sum().two_sites()) {
    return "does not go with two_sites: of two sites each could tell the other's gain; remove one of them";
  }
  return "";
}

// Of these a gain lies between -1 and 1.
bool GainIsOfAShare(Evaluation::Metric metric) {
  return metric == Evaluation::ACCURACY || metric == Evaluation::AUC || metric == Evaluation::AVERAGE_PRECISION ||
         metric == Evaluation::DICE;
}

void CheckGainMetric(const v1::JobSpec& spec, FaultList& faults) {
  const Evaluation::Metric metric = spec.evaluation().local_gain().metric();
  if (metric == Evaluation::METRIC_UNSPECIFIED) {
    faults.Add(GainField("metric"), "is missing; say what is compared");
  } else if (metric == Evaluation::CALIBRATION_ERROR) {
    faults.Add(GainField("metric"),
               "is calibration_error, of which one site's few rows say too little; take brier_score or loss");
  } else if (const std::string why = WhyNotMeasured(spec, metric); !why.empty()) {
    faults.Add(GainField("metric"), why);
  }
}

void CheckGainBins(const v1::LocalGain& gain, FaultList& faults) {
  const bool share = GainIsOfAShare(gain.metric());
  for (int i = 0; i < gain.bins_size(); ++i) {
    const double edge = gain.bins(i);
    const std::string path = ItemPath(GainField("bins"), i);
    if (!std::isfinite(edge)) {
      faults.Add(path, "is no number");
    } else if (share && (edge <= -1 || edge >= 1)) {
      faults.Add(path, absl::StrCat("is ", NumberText(edge), ", where no gain can lie: expected between -1 and 1"));
    } else if (i > 0 && !(edge > gain.bins(i - 1))) {
      faults.Add(path, absl::StrCat("is ", NumberText(edge), "; expected above ", NumberText(gain.bins(i - 1)),
                                    ", the edge before"));
    }
  }
}

void CheckGainMinimum(const v1::JobSpec& spec, FaultList& faults) {
  const uint32_t minimum = spec.evaluation().local_gain().minimum_sites();
  if (minimum < kFewestSitesOfABin) {
    faults.Add(GainField("minimum_sites"),
               absl::StrCat("is ", minimum, ": a site could tell another's gain from its bin; expected at least ",
                            kFewestSitesOfABin));
    return;
  }
  const auto named = static_cast<uint32_t>(spec.rounds().sites_size());
  if (named == 0 || named >= 2 * uint64_t{minimum}) return;
  faults.Add(GainField("minimum_sites"),
             absl::StrCat("is ", minimum, ", and nothing is shown without two bins of so many: with the ", named,
                          " sites that rounds.sites names no report ever would; name at least ", 2 * uint64_t{minimum},
                          ", lower it, or remove local_gain"));
}

}  // namespace

void ApplyLocalGainDefaults(v1::JobSpec& spec, const FieldPlaces* places) {
  if (!spec.evaluation().has_local_gain()) return;
  v1::LocalGain& gain = *spec.mutable_evaluation()->mutable_local_gain();
  if (gain.metric() == Evaluation::METRIC_UNSPECIFIED) gain.set_metric(Evaluation::LOSS);
  if (IsUnset(gain.minimum_sites() == 0, places, GainField("minimum_sites"))) {
    gain.set_minimum_sites(std::max(kFewestSitesOfABin, spec.rounds().min_sites()));
  }
}

void CheckLocalGain(const v1::JobSpec& spec, FaultList& faults) {
  if (!spec.evaluation().has_local_gain()) return;
  if (const std::string why = WhyNothingToCompare(spec); !why.empty()) faults.Add(kLocalGainPath, why);
  CheckGainMetric(spec, faults);
  CheckGainBins(spec.evaluation().local_gain(), faults);
  CheckGainMinimum(spec, faults);
}

}  // namespace accord
