#include "client/trainer/programs/kept_numbers.h"

#include <algorithm>
#include <vector>

#include "aggregation/programs/kept_state.h"
#include "aggregation/programs/local_layers.h"
#include "base/status.h"

namespace accord {

void KeepAsBefore(const v1::JobSpec& spec, absl::Span<const float> received, const KeptNumbers& kept) {
  if (kept.after.empty()) return;
  if (!kept.before.empty()) {
    std::copy(kept.before.begin(), kept.before.end(), kept.after.begin());
  } else if (KeptBy(spec) == Kept::kControlVariate) {
    std::fill(kept.after.begin(), kept.after.end(), 0.0f);
  } else if (KeptBy(spec) == Kept::kModelAlone && !kept.first.empty()) {
    std::copy_n(kept.first.begin(), kept.after.size(), kept.after.begin());
  } else {
    std::copy_n(received.begin(), kept.after.size(), kept.after.begin());
  }
}

absl::Status MakePersonal(const v1::JobSpec& spec, const Model& model, absl::Span<const float> received,
                          absl::Span<const float> before, absl::Span<float> personal) {
  if (received.size() != personal.size() || (!before.empty() && before.size() != personal.size())) {
    return absl::InternalError("the site's own model has another size than the received one");
  }
  if (before.empty() || HasLocalLayers(spec)) {
    std::copy(received.begin(), received.end(), personal.begin());
  } else {
    std::copy(before.begin(), before.end(), personal.begin());
  }
  if (before.empty() || !HasLocalLayers(spec)) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(const std::vector<int> entries, LocalEntries(spec, model.layout()));
  for (const ElementRange& range : RangesOf(model.layout(), entries)) {
    std::copy_n(before.begin() + static_cast<ptrdiff_t>(range.first), range.size,
                personal.begin() + static_cast<ptrdiff_t>(range.first));
  }
  return absl::OkStatus();
}

absl::Status LoadForEvaluation(const v1::JobSpec& spec, absl::Span<const float> received, const KeptNumbers& kept,
                               Model& model) {
  if (KeptBy(spec) != Kept::kPersonalModel) {
    KeepAsBefore(spec, received, kept);
    return model.LoadParameters(received);
  }
  std::vector<float> personal(received.size());
  ACCORD_RETURN_IF_ERROR(MakePersonal(spec, model, received, kept.before, absl::MakeSpan(personal)));
  if (kept.after.size() == personal.size()) std::copy(personal.begin(), personal.end(), kept.after.begin());
  return model.LoadParameters(EvaluatesPersonalModels(spec) ? absl::MakeConstSpan(personal) : received);
}

}  // namespace accord
