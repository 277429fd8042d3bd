// The key streams of several masks, tile by tile and side by side: what mask_stream.cc adds. Two ways to the same
// bytes: OpenSSL, and the multi-buffer library where the processor has wide AES, which is twice as fast there.
//
// Adversary and source as in mask_stream.h. Each object is used by one thread; keys are shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/multi_buffer.h"
#include "base/openssl.h"
#include "base/secret.h"

namespace accord {

// An AES-256 key, expanded for both ways. Thread-safe once made.
struct MaskKey {
  // INVALID_ARGUMENT unless the seed has 32 bytes; INTERNAL with OpenSSL's reason.
  static absl::StatusOr<MaskKey> Create(const SecretBytes& seed);

  CipherContextHandle keyed;  // copied by each stream, never used itself
  SecretBytes schedule;       // round keys as the multi-buffer library wants them; empty where it is not used
};

// Through OpenSSL, from any byte on.
class OpenSslStreams {
 public:
  static absl::StatusOr<OpenSslStreams> Open(absl::Span<const MaskKey* const> keys, uint64_t byte_offset);

  // The next `size` bytes (at most kMaskTileBytes) of streams first, first + 1, ...: one to each of `lanes`. Every
  // stream is read once before the next `size` bytes of any.
  absl::Status Read(size_t first, size_t size, absl::Span<uint8_t* const> lanes);
  void Advance(size_t) {}

 private:
  std::vector<CipherContextHandle> contexts_;
};

#ifdef ACCORD_IPSEC_MB

// Through the multi-buffer library.
class WideStreams {
 public:
  // nullopt where this way is not open: no wide AES, bytes that do not begin with a block of the cipher, or a counter
  // above 32 bits, which the library does not count.
  static std::optional<WideStreams> Open(absl::Span<const MaskKey* const> keys, uint64_t byte_offset,
                                         uint64_t num_bytes);

  // As OpenSslStreams::Read. INTERNAL with the library's reason.
  absl::Status Read(size_t first, size_t size, absl::Span<uint8_t* const> lanes);
  // All streams have been read up to here; a multiple of the cipher's block unless nothing follows.
  void Advance(size_t size) { byte_offset_ += size; }

 private:
  WideStreams(MultiBuffer buffers, absl::Span<const MaskKey* const> keys, uint64_t byte_offset)
      : buffers_(std::move(buffers)), keys_(keys), byte_offset_(byte_offset) {}

  MultiBuffer buffers_;
  absl::Span<const MaskKey* const> keys_;
  uint64_t byte_offset_;
};

#endif

}  // namespace accord
