// The elements of a sum, or a run of them, read as signed numbers whatever the ring's width.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "aggregation/ring/ring_width.h"

namespace accord {

// A view of words; what it shows outlives it.
class RingSums {
 public:
  RingSums() = default;
  // Words of 32 bits, of the ring of 24 or 32 bits: of 24, the upper eight bits of a word say nothing.
  RingSums(RingWidth ring, absl::Span<const uint32_t> words)
      : ring_(ring), narrow_(words.data()), size_(words.size()) {}
  template <typename Words>
  requires std::convertible_to<const Words&, absl::Span<const uint32_t>> RingSums(
      const Words& words)  // NOLINT: the default ring's sums are their words
      : RingSums(RingWidth::k32, absl::Span<const uint32_t>(words)) {}
  template <typename Words>
  requires std::convertible_to<const Words&, absl::Span<const uint64_t>> RingSums(
      const Words& words)  // NOLINT: likewise
      : RingSums(absl::Span<const uint64_t>(words), 0) {}

  RingWidth ring() const { return ring_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  int64_t operator[](size_t i) const {
    if (wide_ != nullptr) return static_cast<int64_t>(wide_[i]);
    const int unused = ring_ == RingWidth::k24 ? 8 : 0;
    return static_cast<int32_t>(narrow_[i] << unused) >> unused;
  }

  // out[i] = this[i] * factor, or this[i] / divisor, for as many as `out` has: at most size().
  void Multiplied(double factor, absl::Span<double> out) const;
  void Divided(double divisor, absl::Span<double> out) const;

  // The elements [first, first + count), as far as they are there.
  RingSums subspan(size_t first, size_t count) const;

 private:
  RingSums(absl::Span<const uint64_t> words, int) : ring_(RingWidth::k64), wide_(words.data()), size_(words.size()) {}

  RingWidth ring_ = RingWidth::k32;
  const uint32_t* narrow_ = nullptr;
  const uint64_t* wide_ = nullptr;
  size_t size_ = 0;
};

}  // namespace accord
