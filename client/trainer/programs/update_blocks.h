// The blocks that every training step has: weight, weighted change, share of clipped entries.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "client/trainer/programs/step_vector.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// `change(first, out)` writes the entries [first, first + out.size()) of local - received model; it is asked tile by
// tile, in order, so that no second copy of a large model is needed.
absl::Status FillUpdate(const v1::JobSpec& spec, uint64_t rows, uint64_t num_parameters,
                        const std::function<void(uint64_t first, absl::Span<float> out)>& change, StepVector& vector);

}  // namespace accord
