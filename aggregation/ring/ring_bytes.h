// A run of ring elements as bytes: 3, 4 or 8 each, little-endian two's complement, without gaps.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "absl/types/span.h"
#include "aggregation/ring/ring_width.h"

namespace accord {

// A view; what it shows outlives it. `Byte`: uint8_t, or const uint8_t.
template <typename Byte>
class BasicRingBytes {
  template <typename Word>
  using Like = std::conditional_t<std::is_const_v<Byte>, const Word, Word>;

 public:
  BasicRingBytes() = default;
  // Whole elements. Those of 32 and 64 bits are read as words: their bytes begin where such a word may lie.
  BasicRingBytes(RingWidth ring, absl::Span<Byte> bytes)
      : ring_(ring), data_(bytes.data()), size_(bytes.size() / ElementBytes(ring)) {}
  // Words of 32 and 64 bits are their own bytes.
  template <typename Words>
  requires std::convertible_to<const Words&, absl::Span<Like<uint32_t>>> BasicRingBytes(
      const Words& words)  // NOLINT: the same thing under another name
      : BasicRingBytes(absl::Span<Like<uint32_t>>(words), RingWidth::k32) {}
  template <typename Words>
  requires std::convertible_to<const Words&, absl::Span<Like<uint64_t>>> BasicRingBytes(
      const Words& words)  // NOLINT: likewise
      : BasicRingBytes(absl::Span<Like<uint64_t>>(words), RingWidth::k64) {}
  operator BasicRingBytes<const uint8_t>() const  // NOLINT: reading is always allowed
      requires(!std::is_const_v<Byte>) {
    return {ring_, bytes()};
  }

  RingWidth ring() const { return ring_; }
  size_t size() const { return size_; }  // in elements
  Byte* data() const { return data_; }
  absl::Span<Byte> bytes() const { return {data_, size_ * ElementBytes(ring_)}; }
  // For the ring of 32 bits, and that of 64, only.
  Like<uint32_t>* words() const { return reinterpret_cast<Like<uint32_t>*>(data_); }
  Like<uint64_t>* wide_words() const { return reinterpret_cast<Like<uint64_t>*>(data_); }

  // The elements [first, first + count), as far as they are there.
  BasicRingBytes subspan(size_t first, size_t count) const {
    first = std::min(first, size_);
    count = std::min(count, size_ - first);
    return {ring_, absl::Span<Byte>(data_ + first * ElementBytes(ring_), count * ElementBytes(ring_))};
  }

 private:
  template <typename Word>
  BasicRingBytes(absl::Span<Word> words, RingWidth ring)
      : ring_(ring), data_(reinterpret_cast<Byte*>(words.data())), size_(words.size()) {}

  RingWidth ring_ = RingWidth::k32;
  Byte* data_ = nullptr;
  size_t size_ = 0;
};

using RingBytes = BasicRingBytes<uint8_t>;
using ConstRingBytes = BasicRingBytes<const uint8_t>;

// Elements of 24 bits to and from words of 32: the words' upper bits are left out, and come back as zeros. `bytes` has
// 3 * size bytes, `words` size words; the two must not overlap.
void Pack24(const uint32_t* words, size_t size, uint8_t* bytes);
void Unpack24(const uint8_t* bytes, size_t size, uint32_t* words);

}  // namespace accord
