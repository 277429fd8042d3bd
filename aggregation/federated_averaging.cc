#include "aggregation/federated_averaging.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/local_steps.h"
#include "aggregation/programs/step_schema.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kTile = 2048;  // decoded numbers stay in the first-level cache

// The mean of the sites' numbers of steps, weighted by their rows.
absl::StatusOr<double> MeanSteps(const v1::JobSpec& spec, const VectorSchema& schema, RingSums sums,
                                 int64_t total_rows) {
  const VectorSchema::PlacedBlock* steps = schema.Find(kLocalStepsBlock);
  if (steps == nullptr) return absl::InvalidArgumentError("the summed vector has no place for the sites' steps");
  const double mean = static_cast<double>(sums[steps->offset]) / steps->scale * spec.aggregation().max_rows_per_site() /
                      static_cast<double>(total_rows);
  if (mean > 0) return mean;
  return absl::FailedPreconditionError(
      "the sites' training steps do not add up to a possible number: a site sent a wrong vector");
}

// Of SCAFFOLD: how many sites' changes are in the sum.
absl::StatusOr<double> SitesTrained(const v1::JobSpec& spec, const VectorSchema& schema, RingSums sums) {
  const VectorSchema::PlacedBlock* trained = schema.Find(kTrainedBlock);
  if (trained == nullptr) return absl::InvalidArgumentError("the summed vector does not tell how many sites trained");
  const int64_t sites = sums[trained->offset];
  if (sites >= 1 && sites <= spec.rounds().sites_size()) return static_cast<double>(sites);
  return absl::FailedPreconditionError(absl::StrCat("the sites that trained add up to ", sites, " of ",
                                                    spec.rounds().sites_size(),
                                                    ", which is no possible number: a site sent a wrong vector"));
}

}  // namespace

absl::StatusOr<FederatedAveraging> FederatedAveraging::Create(const v1::JobSpec& spec, const VectorSchema& schema,
                                                              RingSums sums) {
  const VectorSchema::PlacedBlock* rows = schema.Find(kRowsBlock);
  const VectorSchema::PlacedBlock* update = schema.Find(kUpdateBlock);
  if (rows == nullptr || update == nullptr || sums.size() != schema.num_elements() || sums.ring() != schema.ring()) {
    return absl::InvalidArgumentError(absl::StrCat("a sum of ", sums.size(), " elements of ", BitsOf(sums.ring()),
                                                   " bits is not that of a training step of ", schema.num_elements(),
                                                   " of ", BitsOf(schema.ring())));
  }
  const int64_t total_rows = sums[rows->offset];
  if (total_rows == 0) {
    return absl::FailedPreconditionError("no site of the round had a training row: there is nothing to average");
  }
  if (total_rows < 0) {
    return absl::FailedPreconditionError(
        "the sites' training rows do not add up to a possible number: a site sent a wrong vector");
  }
  FederatedAveraging step;
  ACCORD_ASSIGN_OR_RETURN(step.optimizer_, MakeServerOptimizer(spec));
  step.total_rows_ = static_cast<uint64_t>(total_rows);
  step.remaining_ = update->block.num_elements;
  step.factor_ = spec.aggregation().max_rows_per_site() / (static_cast<double>(total_rows) * update->scale);
  if (spec.aggregation().has_fednova()) {
    ACCORD_ASSIGN_OR_RETURN(const double mean_steps, MeanSteps(spec, schema, sums, total_rows));
    step.factor_ *= mean_steps / EffectiveSteps(spec.training(), spec.aggregation().max_rows_per_site());
  }
  if (spec.aggregation().has_cyclic()) step.factor_ = 1 / update->scale;  // of one site, as it is
  if (spec.aggregation().has_scaffold()) {
    const VectorSchema::PlacedBlock* control = schema.Find(kControlBlock);
    if (control == nullptr) return absl::InvalidArgumentError("the summed vector has no control variates");
    ACCORD_ASSIGN_OR_RETURN(const double sites, SitesTrained(spec, schema, sums));
    step.factor_ = 1 / (sites * update->scale);
    step.control_factor_ = 1 / (spec.rounds().sites_size() * control->scale);
  }
  return step;
}

absl::Status FederatedAveraging::StepTile(absl::Span<const float> old_model, RingSums update_sum,
                                          absl::Span<float> state, absl::Span<float> new_model) {
  const size_t size = old_model.size();
  const size_t state_values = optimizer_->state_values();
  ACCORD_RETURN_IF_ERROR(CheckTile(size, update_sum.size(), state.size(), new_model.size()));
  remaining_ -= size;
  double mean[kTile];
  for (size_t first = 0; first < size; first += kTile) {
    const size_t count = std::min(kTile, size - first);
    update_sum.subspan(first, count).Multiplied(factor_, absl::MakeSpan(mean, count));
    optimizer_->StepTile(old_model.subspan(first, count), absl::MakeConstSpan(mean, count),
                         state.subspan(first * state_values, count * state_values), new_model.subspan(first, count));
  }
  return absl::OkStatus();
}

absl::Status FederatedAveraging::StepTile(absl::Span<const float> old_model, absl::Span<const double> mean_update,
                                          absl::Span<float> state, absl::Span<float> new_model) {
  ACCORD_RETURN_IF_ERROR(CheckTile(old_model.size(), mean_update.size(), state.size(), new_model.size()));
  remaining_ -= old_model.size();
  optimizer_->StepTile(old_model, mean_update, state, new_model);
  return absl::OkStatus();
}

absl::Status FederatedAveraging::CheckTile(size_t size, size_t updates, size_t state, size_t new_model) const {
  if (updates == size && new_model == size && state == size * optimizer_->state_values() && size <= remaining_) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("a tile of ", size, " old parameters, ", updates, " sums, ", state,
                                                 " numbers of state and ", new_model, " new parameters, with ",
                                                 remaining_, " parameters to go: the numbers must agree and fit"));
}

absl::Status FederatedAveraging::StepControl(absl::Span<const float> old_control, RingSums control_sum,
                                             absl::Span<float> new_control) const {
  const size_t size = old_control.size();
  if (control_factor_ == 0 || control_sum.size() != size || new_control.size() != size) {
    return absl::InvalidArgumentError(absl::StrCat("a tile of ", size, " old control variates, ", control_sum.size(),
                                                   " sums and ", new_control.size(),
                                                   " new ones: the numbers must agree"));
  }
  double change[kTile];
  for (size_t first = 0; first < size; first += kTile) {
    const size_t count = std::min(kTile, size - first);
    control_sum.subspan(first, count).Multiplied(control_factor_, absl::MakeSpan(change, count));
    for (size_t i = 0; i < count; ++i) {
      new_control[first + i] = static_cast<float>(old_control[first + i] + change[i]);
    }
  }
  return absl::OkStatus();
}

}  // namespace accord
