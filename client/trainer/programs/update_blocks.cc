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
  double blocks = 1;
  const uint64_t clipped_before = vector.outcome().num_clipped;
  if (spec.aggregation().has_scaffold()) {
    factor = weight > 0 ? 1 : 0;
    blocks = 2;
    ACCORD_RETURN_IF_ERROR(vector.Put(kTrainedBlock, factor));
    ACCORD_RETURN_IF_ERROR(FillTiles(kControlBlock, update.num_parameters, update.control, 1, vector));
  }
  // A combiner compares changes, and is told the rows beside them.
  if (spec.aggregation().has_combiner()) factor = weight > 0 ? 1 : 0;
  ACCORD_RETURN_IF_ERROR(
      FillTiles(kUpdateBlock, update.num_parameters, update.change, static_cast<float>(factor), vector));
  const auto clipped = static_cast<double>(vector.outcome().num_clipped - clipped_before);
  return vector.Put(kClippedBlock, std::ceil(clipped / (blocks * static_cast<double>(update.num_parameters)) *
                                             ClippedUnit(vector.ring())));
}

}  // namespace accord
