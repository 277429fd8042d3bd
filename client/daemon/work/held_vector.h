// The vector that a trainer wrote, as this daemon's own: checked, named, and out of the trainer's reach.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/ring/page_memory.h"
#include "aggregation/ring/ring_bytes.h"
#include "aggregation/ring/vector_schema.h"
#include "base/secret.h"
#include "client/daemon/work/shared_vector.h"

namespace accord {

// Movable.
class HeldVector {
 public:
  // Copies what the trainer wrote into memory of this process first (the trainer may still change the original while it
  // is looked at), tile by tile. `memory` is used for it if it has the right size. INVALID_ARGUMENT when an element is
  // larger than one site's may be: the trainer lied or failed. Nothing of such a vector may leave. RESOURCE_EXHAUSTED.
  // `key`: of a KeyedFingerprint, for name().
  static absl::StatusOr<HeldVector> Take(const SharedVector& shared, const VectorSchema& schema, PageMemory memory,
                                         const SecretBytes& key);

  // The vector as it is sent.
  absl::Span<const uint8_t> bytes() const { return memory_.bytes(); }
  ConstRingBytes elements() const { return {ring_, bytes()}; }
  // What this site calls the vector: its KeyedFingerprint, hexadecimal. A vector computed again has the same name.
  const std::string& name() const { return name_; }
  // The memory, for the next vector.
  PageMemory Release() && { return std::move(memory_); }

 private:
  HeldVector(PageMemory memory, RingWidth ring, std::string name)
      : memory_(std::move(memory)), ring_(ring), name_(std::move(name)) {}

  PageMemory memory_;
  RingWidth ring_;
  std::string name_;
};

}  // namespace accord
