#include "aggregation/ring/codec.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "base/hot_loop.h"

namespace accord {
namespace {

// A double of the form kMagic + x with |x| <= 2^31 has 2^-20 as its last place, so its low 52 bits are a fixed-point
// number with 20 bits of fraction: (2^31 + x) * 2^20. Rounding is then integer arithmetic without branches that gives
// the same bits on every CPU: add 20 random bits (or one half), drop 20 bits. Probabilities are thus multiples of
// 2^-20, which shifts an entry's expectation by less than 2^-20 of its last place.
constexpr double kMagic = 0x1.8p32;
constexpr int kFractionBits = 20;
constexpr uint32_t kFractionMask = (1u << kFractionBits) - 1;
constexpr uint32_t kHalf = 1u << (kFractionBits - 1);
constexpr uint32_t kWideHalf = 1u << 31;
// Tiles of this many entries keep the random numbers in the first-level cache and amortise the call that draws them.
constexpr size_t kCodecTile = 2048;

struct Limits {
  double scale;
  double bound;
  double max_encoded;
};

// Encodes up to kCodecTile values; `rounding[i]` (20 bits) is added before the fraction is dropped.
template <typename Real>
inline __attribute__((always_inline)) EncodeOutcome EncodeLoop(const Limits& limits, const Real* __restrict values,
                                                               const uint32_t* __restrict rounding, size_t size,
                                                               uint32_t* __restrict out) {
  uint64_t clipped = 0;
  uint64_t not_finite = 0;
  for (size_t i = 0; i < size; ++i) {
    const double value = static_cast<double>(values[i]);
    const double magnitude = std::fabs(value);
    const uint64_t finite = magnitude <= std::numeric_limits<double>::max() ? ~uint64_t{0} : 0;  // 0 for NaN too
    const uint64_t inside = magnitude <= limits.bound ? ~uint64_t{0} : 0;
    clipped += inside + 1;
    not_finite += finite + 1;
    // Selections and masks instead of branches. NaN fails the first comparison.
    double scaled = value * limits.scale;
    scaled = scaled < limits.max_encoded ? scaled : limits.max_encoded;
    scaled = -limits.max_encoded < scaled ? scaled : -limits.max_encoded;
    scaled = std::bit_cast<double>(std::bit_cast<uint64_t>(scaled) & finite);
    const uint64_t fixed = std::bit_cast<uint64_t>(kMagic + scaled) + (rounding[i] & kFractionMask);
    out[i] = static_cast<uint32_t>(fixed >> kFractionBits) ^ 0x80000000u;
  }
  return {clipped, not_finite};
}

ACCORD_HOT_LOOP EncodeOutcome EncodeTile(const Limits& limits, const float* values, const uint32_t* rounding,
                                         size_t size, uint32_t* out) {
  return EncodeLoop(limits, values, rounding, size, out);
}

ACCORD_HOT_LOOP EncodeOutcome EncodeTile(const Limits& limits, const double* values, const uint32_t* rounding,
                                         size_t size, uint32_t* out) {
  return EncodeLoop(limits, values, rounding, size, out);
}

// The same for the ring of 64 bits, whose elements a double does not hold to the last digit. `rounding[i]` stands for
// rounding[i] / 2^32 in [0, 1): added to the fraction, it carries or does not. From 2^53 on there is no fraction.
template <typename Real>
inline __attribute__((always_inline)) EncodeOutcome EncodeWideLoop(const Limits& limits, const Real* __restrict values,
                                                                   const uint32_t* __restrict rounding, size_t size,
                                                                   uint64_t* __restrict out) {
  EncodeOutcome outcome;
  for (size_t i = 0; i < size; ++i) {
    const double value = static_cast<double>(values[i]);
    const double magnitude = std::fabs(value);
    const bool finite = magnitude <= std::numeric_limits<double>::max();
    outcome.num_clipped += magnitude <= limits.bound ? 0 : 1;
    outcome.num_not_finite += finite ? 0 : 1;
    double scaled = value * limits.scale;
    scaled = scaled < limits.max_encoded ? scaled : limits.max_encoded;
    scaled = -limits.max_encoded < scaled ? scaled : -limits.max_encoded;
    scaled = finite ? scaled : 0;
    const auto toward_zero = static_cast<int64_t>(scaled);
    const int64_t floor = toward_zero - (static_cast<double>(toward_zero) > scaled ? 1 : 0);
    const double fraction = scaled - static_cast<double>(floor);  // exact, but 1 for the tiniest below 0
    out[i] = static_cast<uint64_t>(floor + (fraction >= 1 - rounding[i] * 0x1p-32 ? 1 : 0));
  }
  return outcome;
}

ACCORD_HOT_LOOP EncodeOutcome EncodeTile(const Limits& limits, const float* values, const uint32_t* rounding,
                                         size_t size, uint64_t* out) {
  return EncodeWideLoop(limits, values, rounding, size, out);
}

ACCORD_HOT_LOOP EncodeOutcome EncodeTile(const Limits& limits, const double* values, const uint32_t* rounding,
                                         size_t size, uint64_t* out) {
  return EncodeWideLoop(limits, values, rounding, size, out);
}

// Encodes up to kCodecTile values as elements of `out`, by its width.
template <typename Real>
EncodeOutcome EncodeTile(const Limits& limits, const Real* values, const uint32_t* rounding, RingBytes out) {
  switch (out.ring()) {
    case RingWidth::k24: {
      uint32_t words[kCodecTile];
      const EncodeOutcome outcome = EncodeTile(limits, values, rounding, out.size(), words);
      Pack24(words, out.size(), out.data());
      return outcome;
    }
    case RingWidth::k32:
      return EncodeTile(limits, values, rounding, out.size(), out.words());
    case RingWidth::k64:
      break;
  }
  return EncodeTile(limits, values, rounding, out.size(), out.wide_words());
}

// |x| <= Q is one unsigned comparison: x + Q <= 2Q. No early exit, so that the loops vectorise.
ACCORD_HOT_LOOP bool AllWithin(uint32_t largest, const uint32_t* elements, size_t size) {
  uint32_t outside = 0;
  for (size_t i = 0; i < size; ++i) outside |= elements[i] + largest > 2 * largest ? 1u : 0u;
  return outside == 0;
}

ACCORD_HOT_LOOP bool AllWithin24(uint32_t largest, const uint32_t* elements, size_t size) {
  uint32_t outside = 0;
  for (size_t i = 0; i < size; ++i) outside |= ((elements[i] + largest) & 0xFFFFFF) > 2 * largest ? 1u : 0u;
  return outside == 0;
}

ACCORD_HOT_LOOP bool AllWithin(uint64_t largest, const uint64_t* elements, size_t size) {
  uint32_t outside = 0;
  for (size_t i = 0; i < size; ++i) outside |= elements[i] + largest > 2 * largest ? 1u : 0u;
  return outside == 0;
}

bool AllWithinPacked(uint32_t largest, ConstRingBytes elements) {
  uint32_t words[kCodecTile];
  bool within = true;
  for (size_t first = 0; first < elements.size(); first += kCodecTile) {
    const ConstRingBytes tile = elements.subspan(first, kCodecTile);
    Unpack24(tile.data(), tile.size(), words);
    within = AllWithin24(largest, words, tile.size()) && within;
  }
  return within;
}

bool AllWithin(uint64_t largest, ConstRingBytes elements) {
  switch (elements.ring()) {
    case RingWidth::k24:
      return AllWithinPacked(static_cast<uint32_t>(largest), elements);
    case RingWidth::k32:
      return AllWithin(static_cast<uint32_t>(largest), elements.words(), elements.size());
    case RingWidth::k64:
      break;
  }
  return AllWithin(largest, elements.wide_words(), elements.size());
}

template <typename Real>
absl::StatusOr<EncodeOutcome> EncodeValues(const VectorSchema::PlacedBlock& placed, absl::Span<const Real> values,
                                           RandomStream& rounding, RingBytes out) {
  if (values.size() != out.size() || values.size() > placed.block.num_elements || out.ring() != placed.ring) {
    return absl::InvalidArgumentError(absl::StrCat("block '", placed.block.name, "' of ", placed.block.num_elements,
                                                   " elements of ", BitsOf(placed.ring), " bits: ", values.size(),
                                                   " values for ", out.size(), " encoded elements of ",
                                                   BitsOf(out.ring()), "; the numbers must agree and fit the block"));
  }
  const Limits limits = {placed.scale, placed.block.bound, static_cast<double>(placed.max_encoded)};
  const bool draws = placed.block.kind == VectorBlock::Kind::kReal;
  uint32_t addends[kCodecTile];
  std::fill_n(addends, kCodecTile, placed.ring == RingWidth::k64 ? kWideHalf : kHalf);
  EncodeOutcome total;
  for (size_t first = 0; first < values.size(); first += kCodecTile) {
    const size_t size = std::min(kCodecTile, values.size() - first);
    if (draws) rounding.Fill(absl::MakeSpan(addends, size));
    const EncodeOutcome tile = EncodeTile(limits, values.data() + first, addends, out.subspan(first, size));
    total.num_clipped += tile.num_clipped;
    total.num_not_finite += tile.num_not_finite;
  }
  return total;
}

}  // namespace

absl::StatusOr<EncodeOutcome> Encode(const VectorSchema::PlacedBlock& block, absl::Span<const float> values,
                                     RandomStream& rounding, RingBytes out) {
  return EncodeValues(block, values, rounding, out);
}

absl::StatusOr<EncodeOutcome> Encode(const VectorSchema::PlacedBlock& block, absl::Span<const double> values,
                                     RandomStream& rounding, RingBytes out) {
  return EncodeValues(block, values, rounding, out);
}

absl::Status Decode(const VectorSchema::PlacedBlock& block, RingSums sums, absl::Span<double> out) {
  if (sums.size() != out.size() || sums.ring() != block.ring) {
    return absl::InvalidArgumentError(absl::StrCat("block '", block.block.name, "' of ", BitsOf(block.ring),
                                                   " bits: ", sums.size(), " sums of ", BitsOf(sums.ring()),
                                                   " bits cannot be decoded into ", out.size(), " numbers"));
  }
  sums.Divided(block.scale, out);
  return absl::OkStatus();
}

bool WithinBounds(const VectorSchema& schema, ConstRingBytes vector) {
  return vector.size() == schema.num_elements() && WithinBounds(schema, 0, vector);
}

bool WithinBounds(const VectorSchema& schema, uint64_t first, ConstRingBytes tile) {
  if (tile.ring() != schema.ring()) return false;
  if (first > schema.num_elements() || tile.size() > schema.num_elements() - first) return false;
  const uint64_t last = first + tile.size();
  for (const VectorSchema::PlacedBlock& placed : schema.blocks()) {
    const uint64_t begin = std::max(first, placed.offset);
    const uint64_t end = std::min(last, placed.offset + placed.block.num_elements);
    if (begin >= end) continue;
    if (!AllWithin(static_cast<uint64_t>(placed.max_encoded), tile.subspan(begin - first, end - begin))) return false;
  }
  return true;
}

}  // namespace accord
