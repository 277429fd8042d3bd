// SipHash-2-4 (Aumasson, Bernstein: SipHash, a fast short-input PRF, 2012): a tag of 64 bits that only who holds the
// key can make, for a few hundred bytes at a time, where a call into OpenSSL would cost more than the hash.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"

namespace accord {

struct SipKey {
  uint64_t words[2] = {0, 0};  // the key's sixteen bytes, read as little-endian words
};

// Of `prefix` as little-endian words, then `bytes`, whose size is a multiple of 8.
uint64_t SipHash(const SipKey& key, absl::Span<const uint64_t> prefix, absl::Span<const uint8_t> bytes);

}  // namespace accord
