#include "aggregation/ring/ring_bytes.h"

#include <bit>
#include <cstring>

#include "base/hot_loop.h"

namespace accord {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are little-endian and are used in place");

constexpr size_t kBytes = 3;
// Elements that are moved together: their words fill a vector register of the smallest kind, their bytes all of it but
// a fourth. That fourth is written too, before what belongs there; so the last ones go byte by byte.
constexpr size_t kGroup = 4;
using Register [[gnu::vector_size(16)]] = uint8_t;

// The end of the last group that another whole group follows.
size_t EndOfGroups(size_t size) { return size < 2 * kGroup ? 0 : (size - kGroup) / kGroup * kGroup; }

}  // namespace

ACCORD_HOT_LOOP void Pack24(const uint32_t* __restrict words, size_t size, uint8_t* __restrict bytes) {
  const size_t end = EndOfGroups(size);
  for (size_t i = 0; i < end; i += kGroup) {
    Register group;
    std::memcpy(&group, words + i, sizeof(group));
    group = __builtin_shufflevector(group, Register{}, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 16, 16, 16);
    std::memcpy(bytes + kBytes * i, &group, sizeof(group));
  }
  for (size_t i = end; i < size; ++i) std::memcpy(bytes + kBytes * i, words + i, kBytes);
}

ACCORD_HOT_LOOP void Unpack24(const uint8_t* __restrict bytes, size_t size, uint32_t* __restrict words) {
  const size_t end = EndOfGroups(size);
  for (size_t i = 0; i < end; i += kGroup) {
    Register group;
    std::memcpy(&group, bytes + kBytes * i, sizeof(group));
    group = __builtin_shufflevector(group, Register{}, 0, 1, 2, 16, 3, 4, 5, 16, 6, 7, 8, 16, 9, 10, 11, 16);
    std::memcpy(words + i, &group, sizeof(group));
  }
  for (size_t i = end; i < size; ++i) {
    words[i] = 0;
    std::memcpy(words + i, bytes + kBytes * i, kBytes);
  }
}

}  // namespace accord
