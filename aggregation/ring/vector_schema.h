// The shape of one round's vector: named blocks of numbers with a common fixed-point encoding.
//
// Everybody in a round computes the schema for himself from what was agreed (job, step, size of the cohort), so its
// length says nothing about a site's rows, and a coordinator cannot widen it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "aggregation/ring/ring_width.h"

namespace accord {

// A block of `num_elements` numbers, each in [-bound, bound] at one site.
struct VectorBlock {
  enum class Kind {
    kReal,   // fixed point with stochastic rounding; the scale uses the ring's whole width
    kCount,  // whole numbers, exact: scale 1
  };
  std::string name;
  Kind kind = Kind::kReal;
  uint64_t num_elements = 0;
  double bound = 0;
};

// Immutable, copyable. Elements are two's complement in a ring of 24, 32 or 64 bits, the same for all blocks.
class VectorSchema {
 public:
  struct PlacedBlock {
    VectorBlock block;
    uint64_t offset = 0;      // first element
    double scale = 0;         // encoded = round(value * scale)
    int64_t max_encoded = 0;  // Q: largest |encoded value| of one site; num_sites * Q <= 2^(bits-1) - 1
    RingWidth ring = RingWidth::k32;
  };

  // INVALID_ARGUMENT: no blocks, a name twice, an empty block, a bound that is not positive and finite, more sites or a
  // larger count than the ring can add without wrapping, a total over 2^40 elements.
  static absl::StatusOr<VectorSchema> Create(std::vector<VectorBlock> blocks, uint32_t num_sites,
                                             RingWidth ring = RingWidth::k32);

  const std::vector<PlacedBlock>& blocks() const { return blocks_; }
  uint64_t num_elements() const { return num_elements_; }
  RingWidth ring() const { return ring_; }
  uint64_t num_bytes() const { return num_elements_ * ElementBytes(ring_); }
  // nullptr when there is no block of that name.
  const PlacedBlock* Find(absl::string_view name) const;

 private:
  explicit VectorSchema(RingWidth ring) : ring_(ring) {}
  RingWidth ring_;
  std::vector<PlacedBlock> blocks_;
  uint64_t num_elements_ = 0;
};

}  // namespace accord
