#include "client/trainer/programs/train_step.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/kept_state.h"
#include "aggregation/programs/local_layers.h"
#include "base/status.h"
#include "client/trainer/programs/evaluate_step.h"
#include "client/trainer/programs/model_alone.h"
#include "client/trainer/programs/update_blocks.h"

namespace accord {
namespace {

// Mean training loss of the received model, weighted like the update: sum of losses / max_rows.
absl::StatusOr<double> WeightedTrainLoss(const v1::JobSpec& spec, const Examples& train, Model& model) {
  const uint64_t max_rows = spec.aggregation().max_rows_per_site();
  ACCORD_ASSIGN_OR_RETURN(const EvaluationSums sums, Evaluate(spec, train, max_rows, model));
  return sums.loss / static_cast<double>(max_rows);
}

absl::Status MeasureReceived(const TrainingStep& step, Model& model, StepVector& vector, HeldOut& held_out) {
  ACCORD_ASSIGN_OR_RETURN(const double train_loss, WeightedTrainLoss(step.spec, step.train, model));
  ACCORD_RETURN_IF_ERROR(vector.Put(kTrainLossBlock, train_loss));
  ACCORD_ASSIGN_OR_RETURN(held_out.received, FillMetrics(step.spec, step.test, model, vector));
  return absl::OkStatus();
}

absl::Status MeasureTrained(const TrainingStep& step, Model& model, HeldOut& held_out) {
  const uint64_t max_rows = step.spec.aggregation().max_rows_per_site();
  ACCORD_ASSIGN_OR_RETURN(held_out.trained, Evaluate(step.spec, step.test, max_rows, model));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<float>> ParametersIn(const Model& model) {
  std::vector<float> parameters(model.layout().num_elements());
  ACCORD_RETURN_IF_ERROR(model.StoreParameters(absl::MakeSpan(parameters)));
  return parameters;
}

TileSource ChangeFrom(absl::Span<const float> received, const std::vector<float>& trained) {
  return [received, &trained](uint64_t first, absl::Span<float> out) {
    for (size_t i = 0; i < out.size(); ++i) out[i] = trained[first + i] - received[first + i];
  };
}

absl::StatusOr<HeldOut> TrainCommon(const TrainingStep& step, Model& model, StepVector& vector) {
  HeldOut held_out;
  ACCORD_RETURN_IF_ERROR(model.LoadParameters(step.received));
  ACCORD_RETURN_IF_ERROR(MeasureReceived(step, model, vector, held_out));
  ACCORD_RETURN_IF_ERROR(TrainLocally(step.spec, step.local, step.train, model));
  ACCORD_ASSIGN_OR_RETURN(const std::vector<float> trained, ParametersIn(model));
  ACCORD_RETURN_IF_ERROR(
      FillUpdate(step.spec, {step.train.rows(), step.received.size(), ChangeFrom(step.received, trained)}, vector));
  ACCORD_RETURN_IF_ERROR(MeasureTrained(step, model, held_out));
  if (KeptBy(step.spec) == Kept::kModelAlone) {
    ACCORD_ASSIGN_OR_RETURN(held_out.trained_alone, TrainAlone(step, model));
  }
  return held_out;
}

// SCAFFOLD (Karimireddy et al. 2020, algorithm 1).
absl::StatusOr<HeldOut> TrainCorrected(const TrainingStep& step, Model& model, StepVector& vector) {
  const size_t size = model.layout().num_elements();
  const absl::Span<const float> parameters = step.received.first(size);
  const absl::Span<const float> own = step.kept.before;
  std::vector<float> mean_gradient;
  const ControlVariates controls = {step.received.subspan(size), own, &mean_gradient};
  LocalTraining local = step.local;
  local.controls = &controls;
  HeldOut held_out;
  ACCORD_RETURN_IF_ERROR(model.LoadParameters(parameters));
  ACCORD_RETURN_IF_ERROR(MeasureReceived(step, model, vector, held_out));
  ACCORD_RETURN_IF_ERROR(TrainLocally(step.spec, local, step.train, model));
  ACCORD_ASSIGN_OR_RETURN(const std::vector<float> trained, ParametersIn(model));
  const auto bound = static_cast<float>(step.spec.aggregation().scaffold().control_bound());
  // What the site keeps moves by what is sent, clipped as that is: the mean over the sites must stay what c says.
  const auto control = [&](uint64_t first, absl::Span<float> out) {
    for (size_t i = 0; i < out.size(); ++i) {
      const uint64_t at = first + i;
      const float before = own.empty() ? 0 : own[at];
      out[i] = at < mean_gradient.size() ? mean_gradient[at] - before : 0;
      step.kept.after[at] = before + std::clamp(out[i], -bound, bound);
    }
  };
  ACCORD_RETURN_IF_ERROR(
      FillUpdate(step.spec, {step.train.rows(), size, ChangeFrom(parameters, trained), control}, vector));
  ACCORD_RETURN_IF_ERROR(MeasureTrained(step, model, held_out));
  return held_out;
}

// FedBN, FedPer, FedRep.
absl::StatusOr<HeldOut> TrainBesideLocalLayers(const TrainingStep& step, Model& model, StepVector& vector) {
  ACCORD_ASSIGN_OR_RETURN(const std::vector<int> entries, LocalEntries(step.spec, model.layout()));
  const std::vector<ElementRange> own = RangesOf(model.layout(), entries);
  HeldOut held_out;
  ACCORD_RETURN_IF_ERROR(MakePersonal(step.spec, model, step.received, step.kept.before, step.kept.after));
  ACCORD_RETURN_IF_ERROR(model.LoadParameters(step.kept.after));
  ACCORD_RETURN_IF_ERROR(MeasureReceived(step, model, vector, held_out));
  LocalTraining local = step.local;
  if (step.spec.aggregation().has_fedrep()) {
    // Collins et al. 2021, algorithm 1: the head by the received body, then the body by that head.
    local.stream = "head";
    local.epochs = step.spec.aggregation().fedrep().head_epochs();
    local.held = Complement(own, model.layout().num_elements());
    ACCORD_RETURN_IF_ERROR(TrainLocally(step.spec, local, step.train, model));
    local = step.local;
    local.held = own;
  }
  ACCORD_RETURN_IF_ERROR(TrainLocally(step.spec, local, step.train, model));
  ACCORD_RETURN_IF_ERROR(model.StoreParameters(step.kept.after));
  std::vector<float> shared(step.kept.after.begin(), step.kept.after.end());
  for (const ElementRange& range : own) {
    std::copy_n(step.received.begin() + static_cast<ptrdiff_t>(range.first), range.size,
                shared.begin() + static_cast<ptrdiff_t>(range.first));
  }
  ACCORD_RETURN_IF_ERROR(
      FillUpdate(step.spec, {step.train.rows(), step.received.size(), ChangeFrom(step.received, shared)}, vector));
  ACCORD_RETURN_IF_ERROR(MeasureTrained(step, model, held_out));
  return held_out;
}

// Ditto: the common model as with FedAvg, and beside it the site's own, drawn to the received one.
absl::StatusOr<HeldOut> TrainTwoModels(const TrainingStep& step, Model& model, StepVector& vector) {
  HeldOut held_out;
  ACCORD_RETURN_IF_ERROR(LoadForEvaluation(step.spec, step.received, step.kept, model));
  ACCORD_RETURN_IF_ERROR(MeasureReceived(step, model, vector, held_out));
  ACCORD_RETURN_IF_ERROR(model.LoadParameters(step.received));
  ACCORD_RETURN_IF_ERROR(TrainLocally(step.spec, step.local, step.train, model));
  const bool personal = EvaluatesPersonalModels(step.spec);
  if (!personal) ACCORD_RETURN_IF_ERROR(MeasureTrained(step, model, held_out));
  {
    ACCORD_ASSIGN_OR_RETURN(const std::vector<float> trained, ParametersIn(model));
    ACCORD_RETURN_IF_ERROR(
        FillUpdate(step.spec, {step.train.rows(), step.received.size(), ChangeFrom(step.received, trained)}, vector));
  }
  LocalTraining own = step.local;
  own.stream = "personal";
  own.pull = step.spec.aggregation().ditto().lambda();
  own.pull_to = step.received;
  ACCORD_RETURN_IF_ERROR(model.LoadParameters(step.kept.after));
  ACCORD_RETURN_IF_ERROR(TrainLocally(step.spec, own, step.train, model));
  ACCORD_RETURN_IF_ERROR(model.StoreParameters(step.kept.after));
  if (personal) ACCORD_RETURN_IF_ERROR(MeasureTrained(step, model, held_out));
  return held_out;
}

}  // namespace

absl::StatusOr<HeldOut> FillTraining(const TrainingStep& step, Model& model, StepVector& vector) {
  const uint64_t size = model.layout().num_elements();
  if (!IsModelSize(step.spec, size, step.received.size() * sizeof(float))) {
    return absl::InvalidArgumentError(
        absl::StrCat("the received model has ", step.received.size(), " numbers, the job's ", size, " parameters"));
  }
  if (KeptBy(step.spec) != Kept::kNothing &&
      (step.kept.after.size() != size || (!step.kept.before.empty() && step.kept.before.size() != size))) {
    return absl::InvalidArgumentError("what the site keeps has another size than the job's model");
  }
  if (step.spec.aggregation().has_scaffold()) return TrainCorrected(step, model, vector);
  if (HasLocalLayers(step.spec)) return TrainBesideLocalLayers(step, model, vector);
  if (step.spec.aggregation().has_ditto()) return TrainTwoModels(step, model, vector);
  return TrainCommon(step, model, vector);
}

}  // namespace accord
