// The digest of large content (vectors, models): a hash over the hashes of its pieces, so that pieces are hashed side
// by side, twice as fast as one chain over all bytes.
//
//   digest = SHA-256("accord/v1/content" || 0x00 || SHA-256(piece_0) || SHA-256(piece_1) || ... || u64 size)
//
// Pieces have 16 KiB, the last one what is left; empty content has none. `size` is in bytes, little-endian. Two
// contents of one digest would give a collision of SHA-256: the last eight bytes name the size, hence the number of
// pieces and the place of each hash. No file can pass for the list of another's pieces, because the list is hashed
// behind its prefix and a piece is never hashed to be the result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/hash.h"

namespace accord {

inline constexpr size_t kContentPieceBytes = size_t{16} << 10;

// One pass over bytes that arrive in any portions. Movable, not copyable. Not thread-safe. Portions that are a multiple
// of kContentPieceBytes long are hashed where they lie; others are gathered in 128 KiB, kept until Finish.
class ContentHasher {
 public:
  ContentHasher();
  ContentHasher(ContentHasher&&) noexcept = default;
  ContentHasher& operator=(ContentHasher&&) noexcept = default;

  void Update(absl::Span<const uint8_t> bytes);
  void Update(absl::string_view bytes);
  // The digest of everything so far; the hasher starts anew.
  Sha256Digest Finish();

 private:
  void Gather(absl::Span<const uint8_t> bytes);
  void HashGathered();
  void HashPieces(absl::Span<const uint8_t> pieces);

  Sha256Hasher list_;
  uint64_t size_ = 0;
  std::unique_ptr<uint8_t[]> gathered_;
  size_t gathered_bytes_ = 0;
};

Sha256Digest ContentDigest(absl::string_view bytes);

}  // namespace accord
