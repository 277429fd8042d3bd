// A long vector of words in which sums are taken, with its memory.
#pragma once

#include <cstdint>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/ring/page_memory.h"
#include "aggregation/ring/ring_sums.h"
#include "aggregation/ring/ring_width.h"

namespace accord {

// Memory as in page_memory.h. Move-only; moved-from vectors are empty. Not thread-safe for writes to the same elements.
class RingVector {
 public:
  // `num_elements` zeros. INVALID_ARGUMENT for 0 or more than 2^40 elements, RESOURCE_EXHAUSTED when the machine has
  // not so much memory.
  static absl::StatusOr<RingVector> Create(uint64_t num_elements, RingWidth ring = RingWidth::k32);

  RingVector() = default;

  RingWidth ring() const { return ring_; }
  uint64_t size() const { return memory_.size() / WordBytes(ring_); }
  RingSums sums() const { return ring_ == RingWidth::k64 ? RingSums(wide_elements()) : RingSums(ring_, elements()); }
  // The words of the rings of 24 and 32 bits; none of that of 64.
  absl::Span<uint32_t> elements() { return As<uint32_t>(memory_.bytes().data()); }
  absl::Span<const uint32_t> elements() const { return As<const uint32_t>(memory_.bytes().data()); }
  // The words of the ring of 64 bits; none of the others.
  absl::Span<uint64_t> wide_elements() { return As<uint64_t>(memory_.bytes().data()); }
  absl::Span<const uint64_t> wide_elements() const { return As<const uint64_t>(memory_.bytes().data()); }

 private:
  RingVector(PageMemory memory, RingWidth ring) : memory_(std::move(memory)), ring_(ring) {}
  template <typename Word, typename Byte>
  absl::Span<Word> As(Byte* data) const {
    return {reinterpret_cast<Word*>(data), sizeof(Word) == WordBytes(ring_) ? size() : 0};
  }

  PageMemory memory_;
  RingWidth ring_ = RingWidth::k32;
};

}  // namespace accord
