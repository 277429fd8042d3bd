// A long vector of ring elements that owns its memory.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace accord {

// Memory comes from the operating system page by page, already zero: an untouched vector costs nothing, a released one
// goes back at once. Large vectors ask for large pages, which cost a fifth of the time that small ones take to fill.
// Move-only; moved-from vectors are empty. Not thread-safe for writes to the same elements.
class RingVector {
 public:
  // `num_elements` zeros. INVALID_ARGUMENT for 0 or more than 2^40 elements, RESOURCE_EXHAUSTED when the machine has
  // not so much memory.
  static absl::StatusOr<RingVector> Create(uint64_t num_elements);

  RingVector() = default;
  ~RingVector() { Release(); }
  RingVector(RingVector&& other) noexcept;
  RingVector& operator=(RingVector&& other) noexcept;

  absl::Span<uint32_t> elements() { return absl::MakeSpan(data_, size_); }
  absl::Span<const uint32_t> elements() const { return absl::MakeConstSpan(data_, size_); }
  uint64_t size() const { return size_; }

 private:
  RingVector(uint32_t* data, uint64_t size) : data_(data), size_(size) {}
  void Release();

  uint32_t* data_ = nullptr;
  uint64_t size_ = 0;
};

}  // namespace accord
