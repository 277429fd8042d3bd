// The blocks that every training step has: weight, weighted change, share of clipped entries.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "client/trainer/programs/step_vector.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// Writes the entries [first, first + out.size()) of a block as large as the model; it is asked tile by tile, in order,
// so that no second copy of a large model is needed; the change is asked for twice where its length is bounded.
using TileSource = std::function<void(uint64_t first, absl::Span<float> out)>;

struct SiteUpdate {
  uint64_t rows = 0;  // training rows behind it
  uint64_t num_parameters = 0;
  TileSource change;        // of local - received model
  TileSource control = {};  // SCAFFOLD: change of the site's control variate
};
absl::Status FillUpdate(const v1::JobSpec& spec, const SiteUpdate& update, StepVector& vector);

}  // namespace accord
