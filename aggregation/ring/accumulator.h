// Adds up the sites' vectors of one round in Z_2^24, Z_2^32 or Z_2^64.
//
// Addition in the ring is exact and free of order: whatever order vectors and their chunks arrive in, the sum has the
// same bits. Memory is exactly one vector, however many sites there are. Offsets and sizes may come from anywhere: what
// does not fit is an error and changes nothing.
// After the one small algebra of tensorflow-federated's Aggregator: add, merge, report; a consumed object is consumed
// in its type.
#pragma once

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aggregation/ring/ring_bytes.h"
#include "aggregation/ring/ring_vector.h"

namespace accord {

// Move-only; a moved-from one refuses everything. Not thread-safe; several accumulators can be filled by several
// threads and merged.
class Accumulator {
 public:
  // A sum of no vectors yet. Errors of RingVector::Create.
  static absl::StatusOr<Accumulator> Create(uint64_t num_elements, RingWidth ring = RingWidth::k32);
  // The same in memory that served before: an eighth of the time that new pages take.
  static Accumulator CreateIn(RingVector memory);

  // sum[offset + i] += chunk[i]. The caller sees to it that every chunk of a vector is added exactly once, in any
  // order. OUT_OF_RANGE when the chunk reaches over the end, INVALID_ARGUMENT when it is of another ring.
  absl::Status Add(uint64_t offset, ConstRingBytes chunk);

  // Takes out again what Add added: the same chunks, each exactly once. OUT_OF_RANGE as above, FAILED_PRECONDITION when
  // fewer elements were added.
  absl::Status Subtract(uint64_t offset, ConstRingBytes chunk);
  // The sum as it stands, to take masks off.
  RingVector& sum() { return sum_; }

  // Whole vectors only: false while one is added in part.
  bool CanReport() const { return sum_.size() != 0 && elements_added_ % sum_.size() == 0; }
  // The number of whole vectors in the sum, as far as their lengths tell.
  uint64_t num_vectors() const { return sum_.size() == 0 ? 0 : elements_added_ / sum_.size(); }

  // The sum. FAILED_PRECONDITION when a vector is there only in part.
  absl::StatusOr<RingVector> Report() &&;

 private:
  absl::Status CheckFits(uint64_t offset, ConstRingBytes chunk) const;

  explicit Accumulator(RingVector sum) : sum_(std::move(sum)) {}

  RingVector sum_;
  uint64_t elements_added_ = 0;
};

}  // namespace accord
