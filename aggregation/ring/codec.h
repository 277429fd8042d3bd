// Real numbers to ring elements and back.
//
// Encoding clips to the block's bound, scales, and rounds: counts to the nearest whole number, reals stochastically
// (up with the probability of the fraction), so that rounding has no bias over many sites and rounds. The result
// depends on nothing but values, schema and stream. Decoding reads a sum of encoded vectors as two's complement.
// Source: Bonawitz et al., "Federated learning with autotuned communication-efficient secure aggregation", 2019,
// section 2.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/ring/vector_schema.h"
#include "base/random_stream.h"

namespace accord {

// What one Encode call met.
struct EncodeOutcome {
  uint64_t num_clipped = 0;     // entries outside [-bound, bound]; also NaN and infinity
  uint64_t num_not_finite = 0;  // NaN or infinity, encoded as 0
};

// Encodes `values` as the elements [first, first + values.size()) of `block` into `out` (same size as `values`).
// INVALID_ARGUMENT when sizes do not fit. `rounding` is drawn once for each real entry, in order, so tiles must come in
// order. Counts draw nothing.
absl::StatusOr<EncodeOutcome> Encode(const VectorSchema::PlacedBlock& block, absl::Span<const float> values,
                                     RandomStream& rounding, absl::Span<uint32_t> out);
absl::StatusOr<EncodeOutcome> Encode(const VectorSchema::PlacedBlock& block, absl::Span<const double> values,
                                     RandomStream& rounding, absl::Span<uint32_t> out);

// Decodes sums: out[i] = signed(sums[i]) / scale. INVALID_ARGUMENT when sizes differ.
absl::Status Decode(const VectorSchema::PlacedBlock& block, absl::Span<const uint32_t> sums, absl::Span<double> out);

// True when every element of one site's (unmasked) vector is within its block's max_encoded: what the daemon checks
// before anything leaves, because the trainer runs the job's model and is not believed.
bool WithinBounds(const VectorSchema& schema, absl::Span<const uint32_t> vector);
// The same for the elements [first, first + tile.size()) of such a vector; false when they reach over its end.
bool WithinBounds(const VectorSchema& schema, uint64_t first, absl::Span<const uint32_t> tile);

}  // namespace accord
