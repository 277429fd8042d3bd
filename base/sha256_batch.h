// SHA-256 of several messages of the same length at once. One message's digest cannot be computed faster than its chain
// of blocks allows; several chains side by side fill the processor: here twice the bytes a second.
//
// Through Intel's multi-buffer library, which picks the instructions of the processor it runs on; one after the other
// through OpenSSL where that library is not (other architectures than x86).
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "base/hash.h"

namespace accord {

// The longest message: the library counts what a lane still has to hash in 16 bits.
inline constexpr size_t kMaxBatchMessageBytes = size_t{32} << 10;

// `messages`: digests.size() messages of `message_bytes` (at most kMaxBatchMessageBytes) each, one behind the other.
// Fastest for at least a handful. Thread-safe. Memory: multi_buffer.h.
void Sha256Batch(absl::Span<const uint8_t> messages, size_t message_bytes, absl::Span<Sha256Digest> digests);

}  // namespace accord
