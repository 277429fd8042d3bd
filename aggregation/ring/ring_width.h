// The rings in which vectors are added: integers modulo 2^24, 2^32 or 2^64, read as two's complement.
//
// A vector has two forms. Its bytes, as a trainer writes them, a site sends them and a coordinator stages them, are 3,
// 4 or 8 an element, little-endian, without gaps (ring_bytes.h). Sums and masks are computed in words: 32 bits for the
// rings of 24 and 32, 64 for the widest (ring_vector.h, ring_sums.h). The ring of 24 bits is that of 32 with the upper
// eight bits of every word left out of account: reduction modulo 2^24 keeps sums and differences, so what they hold
// never matters, and they never leave a process.
#pragma once

#include <cstddef>
#include <cstdint>

#include "proto/validation/ring_limits.h"

namespace accord {

enum class RingWidth : uint32_t { k24 = 24, k32 = 32, k64 = 64 };

constexpr uint32_t BitsOf(RingWidth ring) { return static_cast<uint32_t>(ring); }
// Of one element in a vector's bytes.
constexpr size_t ElementBytes(RingWidth ring) { return BitsOf(ring) / 8; }
// Of one element in a sum.
constexpr size_t WordBytes(RingWidth ring) { return ring == RingWidth::k64 ? sizeof(uint64_t) : sizeof(uint32_t); }
// What a signed sum can be, on either side of 0.
constexpr int64_t LargestSum(RingWidth ring) { return LargestRingSum(BitsOf(ring)); }

}  // namespace accord
