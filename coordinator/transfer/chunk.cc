#include "coordinator/transfer/chunk.h"

#include <algorithm>
#include <string>

#include "base/hash.h"
#include "base/status.h"

namespace accord {

absl::Status CheckChunk(const ChunkView& chunk, uint64_t received, uint64_t total) {
  if (chunk.offset != received) {
    return absl::InvalidArgumentError(
        absl::StrCat("chunk at offset ", chunk.offset, ", expected offset ", received, "; open the transfer again"));
  }
  const uint64_t size = chunk.num_bytes;
  if (size == 0 || size > kChunkBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("chunk of ", size, " bytes at offset ", received, ", expected 1 to ", kChunkBytes));
  }
  if (size > total - received) {
    return absl::InvalidArgumentError(absl::StrCat("chunk of ", size, " bytes at offset ", received,
                                                   " reaches over the announced ", total, " bytes"));
  }
  if (chunk.ComputeCrc32c() != chunk.crc32c) {
    return absl::InvalidArgumentError(
        absl::StrCat("the checksum of the chunk at offset ", received, " does not match its bytes; send it again"));
  }
  return absl::OkStatus();
}

absl::Status FillChunk(const ObjectReader& object, uint64_t offset, v1::Chunk& chunk) {
  if (offset > object.size()) {
    return absl::OutOfRangeError(absl::StrCat("offset ", offset, " is beyond the object's ", object.size(), " bytes"));
  }
  std::string& data = *chunk.mutable_data();
  data.resize(std::min(kChunkBytes, object.size() - offset));
  ACCORD_RETURN_IF_ERROR(object.Read(offset, absl::MakeSpan(data)));
  chunk.set_offset(offset);
  chunk.set_crc32c(Crc32c(0, data.data(), data.size()));
  return absl::OkStatus();
}

}  // namespace accord
