// What the width of the ring in which a job's sums are taken allows: one set of numbers for whoever checks a job and
// whoever computes with it.
//
// A ring of b bits holds signed sums of up to 2^(b-1) - 1. Of that, n sites get an n-th each: the wider the ring and
// the fewer the sites, the finer the fixed-point numbers in it.
#pragma once

#include <algorithm>
#include <cstdint>

#include "proto/accord/v1/job.pb.h"

namespace accord {

inline constexpr uint32_t kDefaultRingBits = 32;
inline constexpr uint32_t kNewtonRingBits = 64;  // its sums keep a double's digits

// Three bytes an element, four, or eight.
constexpr bool IsRingWidth(uint32_t bits) { return bits == 24 || bits == 32 || bits == 64; }

// Plain sums have the default width.
inline uint32_t RingBitsOf(const v1::Aggregation& aggregation) {
  const uint32_t bits = aggregation.secure_sum().ring_bits();
  return bits == 0 ? kDefaultRingBits : bits;
}

// `bits`, here and below, is a width.
constexpr int64_t LargestRingSum(uint32_t bits) { return static_cast<int64_t>((uint64_t{1} << (bits - 1)) - 1); }

// With more sites than this a fixed-point number would have fewer than 2,047 steps on each side of 0, too coarse to
// mean anything; and no ring adds more than 2^20.
constexpr uint32_t MostPreciseSites(uint32_t bits) { return bits == 24 ? 1u << 12 : 1u << 20; }

// The share of clipped entries is told in this fraction of all of them. A finer one than 2^11 would leave the ring of
// 24 bits room for a few sites only.
constexpr uint32_t ClippedParts(uint32_t bits) { return bits == 24 ? 1u << 11 : 1u << 20; }

// The most sites whose counts and fixed-point numbers a round can add: the largest counts are a site's rows and the
// share of clipped entries. 0 where `bits` is no width.
constexpr uint32_t MostSites(uint32_t bits, uint32_t max_rows_per_site) {
  if (!IsRingWidth(bits)) return 0;
  const int64_t by_counts = LargestRingSum(bits) / std::max(max_rows_per_site, ClippedParts(bits));
  return static_cast<uint32_t>(std::min<int64_t>(by_counts, MostPreciseSites(bits)));
}

}  // namespace accord
