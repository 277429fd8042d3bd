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
// Tiles of this many entries keep the random numbers in the first-level cache and amortise the call that draws them.
constexpr size_t kTile = 2048;

struct Limits {
  double scale;
  double bound;
  double max_encoded;
};

// Encodes up to kTile values; `rounding[i]` (20 bits) is added before the fraction is dropped.
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

// |x| <= Q is one unsigned comparison: x + Q <= 2Q. No early exit, so that the loop vectorises.
ACCORD_HOT_LOOP bool AllWithin(uint32_t largest, const uint32_t* elements, size_t size) {
  uint32_t outside = 0;
  for (size_t i = 0; i < size; ++i) outside |= elements[i] + largest > 2 * largest ? 1u : 0u;
  return outside == 0;
}

template <typename Real>
absl::StatusOr<EncodeOutcome> EncodeValues(const VectorSchema::PlacedBlock& placed, absl::Span<const Real> values,
                                           RandomStream& rounding, absl::Span<uint32_t> out) {
  if (values.size() != out.size() || values.size() > placed.block.num_elements) {
    return absl::InvalidArgumentError(absl::StrCat("block '", placed.block.name, "' of ", placed.block.num_elements,
                                                   " elements: ", values.size(), " values for ", out.size(),
                                                   " encoded elements; the numbers must agree and fit the block"));
  }
  const Limits limits = {placed.scale, placed.block.bound, static_cast<double>(placed.max_encoded)};
  const bool draws = placed.block.kind == VectorBlock::Kind::kReal;
  uint32_t addends[kTile];
  std::fill_n(addends, kTile, kHalf);
  EncodeOutcome total;
  for (size_t first = 0; first < values.size(); first += kTile) {
    const size_t size = std::min(kTile, values.size() - first);
    if (draws) rounding.Fill(absl::MakeSpan(addends, size));
    const EncodeOutcome tile = EncodeTile(limits, values.data() + first, addends, size, out.data() + first);
    total.num_clipped += tile.num_clipped;
    total.num_not_finite += tile.num_not_finite;
  }
  return total;
}

}  // namespace

absl::StatusOr<EncodeOutcome> Encode(const VectorSchema::PlacedBlock& block, absl::Span<const float> values,
                                     RandomStream& rounding, absl::Span<uint32_t> out) {
  return EncodeValues(block, values, rounding, out);
}

absl::StatusOr<EncodeOutcome> Encode(const VectorSchema::PlacedBlock& block, absl::Span<const double> values,
                                     RandomStream& rounding, absl::Span<uint32_t> out) {
  return EncodeValues(block, values, rounding, out);
}

absl::Status Decode(const VectorSchema::PlacedBlock& block, absl::Span<const uint32_t> sums, absl::Span<double> out) {
  if (sums.size() != out.size()) {
    return absl::InvalidArgumentError(absl::StrCat("block '", block.block.name, "': ", sums.size(),
                                                   " sums cannot be decoded into ", out.size(), " numbers"));
  }
  const double scale = block.scale;
  for (size_t i = 0; i < sums.size(); ++i) out[i] = static_cast<int32_t>(sums[i]) / scale;
  return absl::OkStatus();
}

bool WithinBounds(const VectorSchema& schema, absl::Span<const uint32_t> vector) {
  return vector.size() == schema.num_elements() && WithinBounds(schema, 0, vector);
}

bool WithinBounds(const VectorSchema& schema, uint64_t first, absl::Span<const uint32_t> tile) {
  if (first > schema.num_elements() || tile.size() > schema.num_elements() - first) return false;
  const uint64_t last = first + tile.size();
  for (const VectorSchema::PlacedBlock& placed : schema.blocks()) {
    const uint64_t begin = std::max(first, placed.offset);
    const uint64_t end = std::min(last, placed.offset + placed.block.num_elements);
    if (begin >= end) continue;
    const uint32_t* elements = tile.data() + (begin - first);
    if (!AllWithin(static_cast<uint32_t>(placed.max_encoded), elements, end - begin)) return false;
  }
  return true;
}

}  // namespace accord
