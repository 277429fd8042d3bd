// Bulk bytes on the wire: pieces of at most 1 MiB with offset and CRC-32C.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "coordinator/store/object_store.h"
#include "proto/accord/v1/wire.pb.h"
#include "proto/transfer/chunk_bytes.h"

namespace accord {

inline constexpr uint64_t kChunkBytes = 1 << 20;

// Is this the next piece of a transfer of `total` bytes, `received` of which are here? INVALID_ARGUMENT says what is
// wrong: the offset, the length, or the checksum (the bytes were damaged on their way).
absl::Status CheckChunk(const ChunkView& chunk, uint64_t received, uint64_t total);

// The piece of `object` that begins at `offset`; `chunk`'s memory is used again.
absl::Status FillChunk(const ObjectReader& object, uint64_t offset, v1::Chunk& chunk);

}  // namespace accord
