// Chunks as bytes of gRPC messages: bulk data is read where it was received and sent from where it lies, instead of
// being copied through protobuf's strings.
//
// The bytes are those of v1::Chunk and v1::UploadMessage (wire.proto); a peer that uses the generated classes sees no
// difference. Everything that is read came from a peer: what is no message is an error, and nothing is allocated by a
// length that it names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/message_lite.h"
#include "grpcpp/support/byte_buffer.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

// A chunk whose data lies elsewhere: `pieces`, in order. Valid as long as the message that it was read from.
struct ChunkView {
  uint64_t offset = 0;
  uint32_t crc32c = 0;  // as the sender says
  uint64_t num_bytes = 0;
  std::vector<absl::string_view> pieces;

  // Of the data.
  uint32_t ComputeCrc32c() const;
};

ChunkView ViewOf(const v1::Chunk& chunk);

// A serialised v1::Chunk. INVALID_ARGUMENT when it is none.
absl::StatusOr<ChunkView> ReadChunk(const grpc::ByteBuffer& message);

// A serialised v1::UploadMessage: either `open` or `chunk` is there, as in the message, or neither in one without
// content.
struct UploadMessageView {
  bool is_chunk = false;
  ChunkView chunk;
  v1::UploadMessage other;  // what it is if no chunk
};
absl::StatusOr<UploadMessageView> ReadUploadMessage(const grpc::ByteBuffer& message);

// Memory of a message's own, to be filled before the slice is handed on.
class NewSlice {
 public:
  explicit NewSlice(size_t size) : slice_(size) {}
  // Nobody else has a fresh slice: writing is safe, though gRPC's interface shows it read-only.
  absl::Span<uint8_t> bytes() { return absl::MakeSpan(const_cast<uint8_t*>(slice_.begin()), slice_.size()); }
  const grpc::Slice& slice() const { return slice_; }

 private:
  grpc::Slice slice_;
};

// The messages around `data`, which is shared, not copied.
grpc::ByteBuffer MakeChunk(uint64_t offset, const grpc::Slice& data);
grpc::ByteBuffer MakeUploadChunk(uint64_t offset, const grpc::Slice& data);

// Any other message of a stream of bytes.
grpc::ByteBuffer Serialise(const google::protobuf::MessageLite& message);

}  // namespace accord
