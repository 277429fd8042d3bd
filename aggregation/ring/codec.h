// Real numbers to ring elements and back.
//
// Encoding clips to the block's bound, scales, and rounds: counts to the nearest whole number, reals stochastically
// (up with the probability of the fraction), so that rounding has no bias over many sites and rounds. The result
// depends on nothing but values, schema and stream. Decoding reads a sum of encoded vectors as two's complement.
// In the ring of 64 bits an element is finer than the last digit of the double that it comes from, and a decoded sum
// has the 53 digits of a double. Source: Bonawitz et al., "Federated learning with autotuned communication-efficient
// secure aggregation", 2019, section 2.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/ring/ring_bytes.h"
#include "aggregation/ring/ring_sums.h"
#include "aggregation/ring/vector_schema.h"
#include "base/random_stream.h"

namespace accord {

// What one Encode call met.
struct EncodeOutcome {
  uint64_t num_clipped = 0;     // entries outside [-bound, bound]; also NaN and infinity
  uint64_t num_not_finite = 0;  // NaN or infinity, encoded as 0
};

// Encodes `values` as the elements [first, first + values.size()) of `block` into `out` (same size as `values`).
// INVALID_ARGUMENT when sizes do not fit or `out` is of another ring. `rounding` is drawn once for each real entry, in
// order, so tiles must come in order. Counts draw nothing.
absl::StatusOr<EncodeOutcome> Encode(const VectorSchema::PlacedBlock& block, absl::Span<const float> values,
                                     RandomStream& rounding, RingBytes out);
absl::StatusOr<EncodeOutcome> Encode(const VectorSchema::PlacedBlock& block, absl::Span<const double> values,
                                     RandomStream& rounding, RingBytes out);

// Decodes sums: out[i] = signed(sums[i]) / scale. INVALID_ARGUMENT when sizes differ, or the rings.
absl::Status Decode(const VectorSchema::PlacedBlock& block, RingSums sums, absl::Span<double> out);

// True when every element of one site's (unmasked) vector is within its block's max_encoded: what the daemon checks
// before anything leaves, because the trainer runs the job's model and is not believed.
bool WithinBounds(const VectorSchema& schema, ConstRingBytes vector);
// The same for the elements [first, first + tile.size()) of such a vector; false when they reach over its end.
bool WithinBounds(const VectorSchema& schema, uint64_t first, ConstRingBytes tile);

}  // namespace accord
