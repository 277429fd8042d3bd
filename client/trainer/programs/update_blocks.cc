#include "client/trainer/programs/update_blocks.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "aggregation/programs/local_steps.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr uint64_t kTile = 16'384;  // fits the first and second caches together with its encoding

absl::Status FillTiles(absl::string_view block, uint64_t size, const TileSource& source, float factor,
                       StepVector& vector) {
  std::vector<float> tile(std::min(kTile, size));
  for (uint64_t first = 0; first < size; first += kTile) {
    const absl::Span<float> values = absl::MakeSpan(tile).first(std::min(kTile, size - first));
    source(first, values);
    if (factor != 1) {
      for (float& value : values) value *= factor;
    }
    ACCORD_RETURN_IF_ERROR(vector.PutTile(block, first, values));
  }
  return absl::OkStatus();
}

// Euclidean, over all parameters; not a number where one of them is none.
double NormOf(const SiteUpdate& update) {
  std::vector<float> tile(std::min(kTile, update.num_parameters));
  double squares = 0;
  for (uint64_t first = 0; first < update.num_parameters; first += kTile) {
    const absl::Span<float> values = absl::MakeSpan(tile).first(std::min(kTile, update.num_parameters - first));
    update.change(first, values);
    for (const float value : values) squares += static_cast<double>(value) * value;
  }
  return std::sqrt(squares);
}

// Sun et al. 2019, "Can you really backdoor federated learning?", section 4, at the site itself: min(1, bound / norm).
// A change that is not a number stays one.
double Shortening(double bound, const SiteUpdate& update) {
  if (bound == 0) return 1;
  const double norm = NormOf(update);
  return norm > bound ? bound / norm : 1;
}

}  // namespace

absl::Status FillUpdate(const v1::JobSpec& spec, const SiteUpdate& update, StepVector& vector) {
  const uint64_t max_rows = spec.aggregation().max_rows_per_site();
  const uint64_t weight = std::min(update.rows, max_rows);
  double factor = static_cast<double>(weight) / static_cast<double>(max_rows);
  ACCORD_RETURN_IF_ERROR(vector.Put(kRowsBlock, static_cast<double>(weight)));
  if (spec.aggregation().has_fednova() && update.rows > 0) {
    const double steps = EffectiveSteps(spec.training(), update.rows);
    ACCORD_RETURN_IF_ERROR(vector.Put(kLocalStepsBlock, factor * steps));
    factor *= EffectiveSteps(spec.training(), max_rows) / steps;
  }
  const double shortening = Shortening(spec.aggregation().update_norm_bound(), update);
  if (spec.aggregation().update_norm_bound() > 0) {
    ACCORD_RETURN_IF_ERROR(vector.Put(kShortenedBlock, shortening < 1 && weight > 0 ? 1.0 : 0.0));
  }
  double blocks = 1;
  const uint64_t clipped_before = vector.outcome().num_clipped;
  if (spec.aggregation().has_scaffold()) {
    blocks = 2;
    ACCORD_RETURN_IF_ERROR(vector.Put(kTrainedBlock, weight > 0 ? 1 : 0));
    ACCORD_RETURN_IF_ERROR(FillTiles(kControlBlock, update.num_parameters, update.control, 1, vector));
  }
  if (CountsSitesAlike(spec)) factor = weight > 0 ? 1 : 0;
  factor *= shortening;
  ACCORD_RETURN_IF_ERROR(
      FillTiles(kUpdateBlock, update.num_parameters, update.change, static_cast<float>(factor), vector));
  const auto clipped = static_cast<double>(vector.outcome().num_clipped - clipped_before);
  return vector.Put(kClippedBlock, std::ceil(clipped / (blocks * static_cast<double>(update.num_parameters)) *
                                             ClippedUnit(vector.ring())));
}

}  // namespace accord
