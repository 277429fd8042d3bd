#include "aggregation/programs/kept_state.h"

namespace accord {

Kept KeptBy(const v1::JobSpec& spec) {
  if (spec.aggregation().has_scaffold()) return Kept::kControlVariate;
  if (HasLocalLayers(spec) || spec.aggregation().has_ditto()) return Kept::kPersonalModel;
  return spec.evaluation().has_local_gain() ? Kept::kModelAlone : Kept::kNothing;
}

bool HasLocalLayers(const v1::JobSpec& spec) {
  const v1::Aggregation& aggregation = spec.aggregation();
  return aggregation.has_fedbn() || aggregation.has_fedper() || aggregation.has_fedrep();
}

bool EvaluatesPersonalModels(const v1::JobSpec& spec) {
  const v1::Aggregation& aggregation = spec.aggregation();
  return HasLocalLayers(spec) || (aggregation.has_ditto() && aggregation.ditto().evaluated() != v1::Ditto::COMMON);
}

const char* StrategyName(const v1::JobSpec& spec) {
  switch (spec.aggregation().strategy_case()) {
    case v1::Aggregation::kFedavg:
      return "fedavg";
    case v1::Aggregation::kFedprox:
      return "fedprox";
    case v1::Aggregation::kFedavgm:
      return "fedavgm";
    case v1::Aggregation::kFedadam:
      return "fedadam";
    case v1::Aggregation::kFedyogi:
      return "fedyogi";
    case v1::Aggregation::kFedadagrad:
      return "fedadagrad";
    case v1::Aggregation::kFednova:
      return "fednova";
    case v1::Aggregation::kNewton:
      return "newton";
    case v1::Aggregation::kScaffold:
      return "scaffold";
    case v1::Aggregation::kFedbn:
      return "fedbn";
    case v1::Aggregation::kFedper:
      return "fedper";
    case v1::Aggregation::kFedrep:
      return "fedrep";
    case v1::Aggregation::kDitto:
      return "ditto";
    case v1::Aggregation::kCyclic:
      return "cyclic";
    case v1::Aggregation::kFedbuff:
      return "fedbuff";
    case v1::Aggregation::STRATEGY_NOT_SET:
      break;
  }
  return "";
}

bool IsModelSize(const v1::JobSpec& spec, uint64_t num_parameters, uint64_t num_bytes) {
  const uint64_t parameter_bytes = num_parameters * sizeof(float);
  if (num_bytes == parameter_bytes) return true;
  return KeptBy(spec) == Kept::kControlVariate && num_bytes == 2 * parameter_bytes;
}

}  // namespace accord
