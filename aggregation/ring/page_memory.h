// A long run of bytes that comes from the operating system page by page, already zero: untouched memory costs nothing,
// released memory goes back at once. Long runs ask for large pages, which cost a fifth of the time that small ones take
// to fill.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace accord {

// Move-only; a moved-from one is empty. Not thread-safe for writes to the same bytes.
class PageMemory {
 public:
  // `num_bytes` zeros, from the beginning of a page on. INVALID_ARGUMENT for 0 or more than 2^43 bytes,
  // RESOURCE_EXHAUSTED when the machine has not so much memory.
  static absl::StatusOr<PageMemory> Create(uint64_t num_bytes);

  PageMemory() = default;
  ~PageMemory() { Release(); }
  PageMemory(PageMemory&& other) noexcept;
  PageMemory& operator=(PageMemory&& other) noexcept;

  absl::Span<uint8_t> bytes() { return absl::MakeSpan(data_, size_); }
  absl::Span<const uint8_t> bytes() const { return absl::MakeConstSpan(data_, size_); }
  uint64_t size() const { return size_; }

 private:
  PageMemory(uint8_t* data, uint64_t size) : data_(data), size_(size) {}
  void Release();

  uint8_t* data_ = nullptr;
  uint64_t size_ = 0;
};

}  // namespace accord
