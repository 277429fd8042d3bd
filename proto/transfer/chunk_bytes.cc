#include "proto/transfer/chunk_bytes.h"

#include <algorithm>
#include <climits>
#include <string>

#include "absl/status/status.h"
#include "base/hash.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "grpcpp/support/proto_buffer_reader.h"

namespace accord {
namespace {

using ::google::protobuf::internal::WireFormatLite;
using ::google::protobuf::io::CodedInputStream;

constexpr uint32_t kOffsetTag = WireFormatLite::MakeTag(v1::Chunk::kOffsetFieldNumber, WireFormatLite::WIRETYPE_VARINT);
constexpr uint32_t kDataTag =
    WireFormatLite::MakeTag(v1::Chunk::kDataFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
constexpr uint32_t kCrcTag = WireFormatLite::MakeTag(v1::Chunk::kCrc32CFieldNumber, WireFormatLite::WIRETYPE_FIXED32);
constexpr uint32_t kUploadChunkTag =
    WireFormatLite::MakeTag(v1::UploadMessage::kChunkFieldNumber, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);

absl::Status NoMessage() { return absl::InvalidArgumentError("the bytes are no message of this version of Accord"); }

// The pieces in which the field's bytes were received.
bool ReadData(CodedInputStream& in, ChunkView& chunk) {
  uint32_t left = 0;
  if (!in.ReadVarint32(&left) || left > INT_MAX) return false;
  chunk.pieces.clear();  // of a field that is there twice the last one counts
  chunk.num_bytes = left;
  while (left > 0) {
    const void* data = nullptr;
    int available = 0;
    if (!in.GetDirectBufferPointer(&data, &available)) return false;
    const int size = std::min(available, static_cast<int>(left));
    chunk.pieces.emplace_back(static_cast<const char*>(data), static_cast<size_t>(size));
    if (!in.Skip(size)) return false;
    left -= static_cast<uint32_t>(size);
  }
  return true;
}

bool ReadFields(CodedInputStream& in, ChunkView& chunk) {
  while (const uint32_t tag = in.ReadTag()) {
    bool read = false;
    if (tag == kOffsetTag) {
      read = in.ReadVarint64(&chunk.offset);
    } else if (tag == kDataTag) {
      read = ReadData(in, chunk);
    } else if (tag == kCrcTag) {
      read = in.ReadLittleEndian32(&chunk.crc32c);
    } else {
      read = WireFormatLite::SkipField(&in, tag);
    }
    if (!read) return false;
  }
  return in.ConsumedEntireMessage();
}

// The chunk inside an upload message, whose tag has been read.
bool ReadInnerChunk(CodedInputStream& in, ChunkView& chunk) {
  uint32_t size = 0;
  if (!in.ReadVarint32(&size) || size > INT_MAX) return false;
  const CodedInputStream::Limit outer = in.PushLimit(static_cast<int>(size));
  if (!ReadFields(in, chunk) || in.BytesUntilLimit() != 0) return false;
  in.PopLimit(outer);
  return in.ReadTag() == 0 && in.ConsumedEntireMessage();  // nothing may follow
}

void AppendVarint(uint32_t tag, uint64_t value, std::string& out) {
  uint8_t bytes[2 * 10];
  uint8_t* end = google::protobuf::io::CodedOutputStream::WriteVarint32ToArray(tag, bytes);
  end = google::protobuf::io::CodedOutputStream::WriteVarint64ToArray(value, end);
  out.append(reinterpret_cast<char*>(bytes), static_cast<size_t>(end - bytes));
}

// The fields before the data; the checksum comes first, so that nothing has to follow the data.
std::string HeaderOf(uint64_t offset, const grpc::Slice& data) {
  std::string header;
  AppendVarint(kOffsetTag, offset, header);
  uint8_t crc[1 + sizeof(uint32_t)];
  uint8_t* end = google::protobuf::io::CodedOutputStream::WriteTagToArray(kCrcTag, crc);
  end = google::protobuf::io::CodedOutputStream::WriteLittleEndian32ToArray(Crc32c(0, data.begin(), data.size()), end);
  header.append(reinterpret_cast<char*>(crc), static_cast<size_t>(end - crc));
  AppendVarint(kDataTag, data.size(), header);
  return header;
}

grpc::ByteBuffer Join(const std::string& header, const grpc::Slice& data) {
  const grpc::Slice slices[] = {grpc::Slice(header), data};
  return grpc::ByteBuffer(slices, 2);
}

}  // namespace

uint32_t ChunkView::ComputeCrc32c() const {
  uint32_t crc = 0;
  for (const absl::string_view piece : pieces) crc = Crc32c(crc, piece.data(), piece.size());
  return crc;
}

ChunkView ViewOf(const v1::Chunk& chunk) {
  return {chunk.offset(), chunk.crc32c(), chunk.data().size(), {absl::string_view(chunk.data())}};
}

absl::StatusOr<ChunkView> ReadChunk(const grpc::ByteBuffer& message) {
  grpc::ProtoBufferReader reader(const_cast<grpc::ByteBuffer*>(&message));  // which it only reads
  CodedInputStream in(&reader);
  ChunkView chunk;
  if (!reader.status().ok() || !ReadFields(in, chunk)) return NoMessage();
  return chunk;
}

absl::StatusOr<UploadMessageView> ReadUploadMessage(const grpc::ByteBuffer& message) {
  UploadMessageView view;
  grpc::ProtoBufferReader reader(const_cast<grpc::ByteBuffer*>(&message));
  if (!reader.status().ok()) return NoMessage();
  {
    CodedInputStream in(&reader);
    if (in.ReadTag() == kUploadChunkTag) {
      view.is_chunk = true;
      if (!ReadInnerChunk(in, view.chunk)) return NoMessage();
      return view;
    }
  }
  grpc::ProtoBufferReader again(const_cast<grpc::ByteBuffer*>(&message));
  if (!view.other.ParseFromZeroCopyStream(&again)) return NoMessage();
  return view;
}

grpc::ByteBuffer MakeChunk(uint64_t offset, const grpc::Slice& data) { return Join(HeaderOf(offset, data), data); }

grpc::ByteBuffer MakeUploadChunk(uint64_t offset, const grpc::Slice& data) {
  const std::string inner = HeaderOf(offset, data);
  std::string header;
  AppendVarint(kUploadChunkTag, inner.size() + data.size(), header);
  return Join(header + inner, data);
}

grpc::ByteBuffer Serialise(const google::protobuf::MessageLite& message) {
  NewSlice bytes(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(bytes.bytes().data());
  return grpc::ByteBuffer(&bytes.slice(), 1);
}

}  // namespace accord
