// Masks over a whole vector at once, by several threads: what a coordinator takes off a sum, and what a site puts on a
// vector that it holds whole. Thread-safety and adversary as in mask_stream.h.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "aggregation/secure/mask_stream.h"

namespace accord {

// ApplyMasks from element 0 on, the vector cut into `num_threads` parts (at least 1; fewer where parts would be small).
// Returns when all threads are done; where the system gives no further thread, the caller's does its part. The result
// does not depend on the number of threads. Errors of ApplyMasks: the values must then be thrown away.
absl::Status MaskWholeVector(absl::Span<const SignedMask> masks, absl::Span<uint32_t> values, int num_threads);
absl::Status MaskWholeVector(absl::Span<const SignedMask> masks, absl::Span<uint64_t> values, int num_threads);

}  // namespace accord
