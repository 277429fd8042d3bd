// Adds and removes the pseudo-random masks of one secure-sum attempt.
//
// A mask is the AES-256-CTR key stream of a 32-byte seed from a zero counter on, read as little-endian ring elements of
// 32 or 64 bits. Adding it is element-wise addition modulo 2^32 or 2^64; modulo 2^24 too, once the upper eight bits of
// each element are left out (ring_width.h). A seed masks one named vector of one transcript and nothing else: under two
// vectors it would open their difference.
//
// Adversary: the coordinator sees every masked vector and, after the attempt, the seeds that its survivors revealed; it
// must not learn a seed that nobody revealed. Timing depends on lengths, offsets and signs only.
// Thread-safe: concurrent calls on disjoint spans, also with the same streams.
// Source: Bonawitz et al., CCS 2017, section 3 (PRG); NIST SP 800-38A, section 6.5 (CTR).
#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/secret.h"

namespace accord {

struct MaskKey;

enum class MaskSign { kPlus, kMinus };

// Every masked element lies before this one, so that no byte offset overflows.
inline constexpr uint64_t kMaxMaskedElements = uint64_t{1} << 56;

// One seed's mask. Move-only; a moved-from one refuses. The expanded key is wiped when the stream goes.
class MaskStream {
 public:
  // `seed`: b_u or s_uv of the paper. INVALID_ARGUMENT unless it has 32 bytes; INTERNAL with OpenSSL's reason.
  static absl::StatusOr<MaskStream> Create(const SecretBytes& seed);

  // values[i] += sign * mask[offset_elements + i]: tiles may be masked in any order and by any thread. For several
  // masks ApplyMasks is faster. Errors of ApplyMasks.
  absl::Status Apply(MaskSign sign, uint64_t offset_elements, absl::Span<uint32_t> values) const;
  absl::Status Apply(MaskSign sign, uint64_t offset_elements, absl::Span<uint64_t> values) const;

 private:
  friend struct MaskKeys;
  MaskStream() = default;
  struct Free {
    void operator()(const MaskKey* key) const;
  };

  std::unique_ptr<const MaskKey, Free> key_;
};

// A stream and what to do with it. The stream must outlive every call.
struct SignedMask {
  const MaskStream* stream = nullptr;
  MaskSign sign = MaskSign::kPlus;
};

// values[i] += sum over masks of sign * mask[offset_elements + i], tile by tile, so that each tile is loaded once and
// all masks are added while it is in the first cache. Memory: 20 KiB of stack and about 500 bytes a mask, however long
// the values are; a call costs about 0.2 us a mask beside the key stream. INVALID_ARGUMENT: a mask without a stream.
// OUT_OF_RANGE: an element at or behind kMaxMaskedElements. INTERNAL with the cipher's reason: `values` are half masked
// and must be thrown away.
absl::Status ApplyMasks(absl::Span<const SignedMask> masks, uint64_t offset_elements, absl::Span<uint32_t> values);
absl::Status ApplyMasks(absl::Span<const SignedMask> masks, uint64_t offset_elements, absl::Span<uint64_t> values);

}  // namespace accord
