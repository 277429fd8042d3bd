#include "client/trainer/programs/update_blocks.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "aggregation/programs/local_steps.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr uint64_t kTile = 16'384;  // fits the first and second caches together with its encoding

}  // namespace

absl::Status FillUpdate(const v1::JobSpec& spec, uint64_t rows, uint64_t num_parameters,
                        const std::function<void(uint64_t first, absl::Span<float> out)>& change, StepVector& vector) {
  const uint64_t max_rows = spec.aggregation().max_rows_per_site();
  const uint64_t weight = std::min(rows, max_rows);
  double factor = static_cast<double>(weight) / static_cast<double>(max_rows);
  ACCORD_RETURN_IF_ERROR(vector.Put(kRowsBlock, static_cast<double>(weight)));
  if (spec.aggregation().has_fednova() && rows > 0) {
    const double steps = EffectiveSteps(spec.training(), rows);
    ACCORD_RETURN_IF_ERROR(vector.Put(kLocalStepsBlock, factor * steps));
    factor *= EffectiveSteps(spec.training(), max_rows) / steps;
  }
  const auto share = static_cast<float>(factor);
  const uint64_t clipped_before = vector.outcome().num_clipped;
  std::vector<float> tile(std::min(kTile, num_parameters));
  for (uint64_t first = 0; first < num_parameters; first += kTile) {
    const absl::Span<float> values = absl::MakeSpan(tile).first(std::min(kTile, num_parameters - first));
    change(first, values);
    for (float& value : values) value *= share;
    ACCORD_RETURN_IF_ERROR(vector.PutTile(kUpdateBlock, first, values));
  }
  const auto clipped = static_cast<double>(vector.outcome().num_clipped - clipped_before);
  return vector.Put(kClippedBlock,
                    std::ceil(clipped / static_cast<double>(num_parameters) * ClippedUnit(vector.ring())));
}

}  // namespace accord
