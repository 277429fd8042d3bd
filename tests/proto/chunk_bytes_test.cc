// Chunks read and written as bytes are those of the generated classes, whatever pieces they arrive in.
#include "proto/transfer/chunk_bytes.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/hash.h"

namespace accord {
namespace {

std::string Letters(size_t size) {
  std::string text(size, ' ');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 26);
  return text;
}

v1::Chunk ChunkOf(uint64_t offset, const std::string& data) {
  v1::Chunk chunk;
  chunk.set_offset(offset);
  chunk.set_data(data);
  chunk.set_crc32c(Crc32c(0, data.data(), data.size()));
  return chunk;
}

// The bytes as gRPC may hand them over: in slices of `piece` bytes.
grpc::ByteBuffer Sliced(const std::string& bytes, size_t piece) {
  std::vector<grpc::Slice> slices;
  for (size_t i = 0; i < bytes.size(); i += piece) slices.emplace_back(bytes.substr(i, piece));
  return grpc::ByteBuffer(slices.data(), slices.size());
}

std::string Joined(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(buffer.Dump(&slices).ok());
  std::string bytes;
  for (const grpc::Slice& slice : slices) bytes.append(slice.begin(), slice.end());
  return bytes;
}

std::string DataOf(const ChunkView& chunk) {
  std::string data;
  for (const absl::string_view piece : chunk.pieces) data.append(piece.data(), piece.size());
  return data;
}

void ExpectSame(const ChunkView& view, const v1::Chunk& chunk) {
  EXPECT_EQ(view.offset, chunk.offset());
  EXPECT_EQ(view.crc32c, chunk.crc32c());
  EXPECT_EQ(view.num_bytes, chunk.data().size());
  EXPECT_EQ(DataOf(view), chunk.data());
}

TEST(ChunkBytes, WhatTheGeneratedClassWritesIsReadInWhateverPiecesItArrives) {
  for (const v1::Chunk& chunk : {ChunkOf(0, ""), ChunkOf(1, "x"), ChunkOf(uint64_t{1} << 63, Letters(1000))}) {
    for (const size_t piece : {size_t{1}, size_t{7}, size_t{64}, size_t{5000}}) {
      const grpc::ByteBuffer message = Sliced(chunk.SerializeAsString(), piece);
      const auto view = ReadChunk(message);
      ASSERT_TRUE(view.ok()) << view.status();
      ExpectSame(*view, chunk);
      EXPECT_EQ(view->ComputeCrc32c(), chunk.crc32c());
    }
  }
}

TEST(ChunkBytes, WhatIsWrittenIsReadByTheGeneratedClass) {
  const std::string data = Letters(300'000);
  v1::Chunk chunk;
  ASSERT_TRUE(chunk.ParseFromString(Joined(MakeChunk(77, grpc::Slice(data)))));
  EXPECT_EQ(chunk.SerializeAsString(), ChunkOf(77, data).SerializeAsString());
  v1::UploadMessage message;
  ASSERT_TRUE(message.ParseFromString(Joined(MakeUploadChunk(uint64_t{1} << 40, grpc::Slice(data)))));
  EXPECT_EQ(message.chunk().SerializeAsString(), ChunkOf(uint64_t{1} << 40, data).SerializeAsString());
}

TEST(ChunkBytes, AnUploadMessageIsReadAsWhatItIs) {
  v1::UploadMessage message;
  message.mutable_open()->set_num_bytes(5);
  const auto open = ReadUploadMessage(Serialise(message));
  ASSERT_TRUE(open.ok()) << open.status();
  EXPECT_FALSE(open->is_chunk);
  EXPECT_EQ(open->other.open().num_bytes(), 5u);

  *message.mutable_chunk() = ChunkOf(9, Letters(100));
  const grpc::ByteBuffer bytes = Sliced(message.SerializeAsString(), 16);
  const auto chunk = ReadUploadMessage(bytes);
  ASSERT_TRUE(chunk.ok()) << chunk.status();
  ASSERT_TRUE(chunk->is_chunk);
  ExpectSame(chunk->chunk, message.chunk());

  const auto nothing = ReadUploadMessage(Sliced(std::string(), 1));
  ASSERT_TRUE(nothing.ok()) << nothing.status();
  EXPECT_EQ(nothing->other.kind_case(), v1::UploadMessage::KIND_NOT_SET);
}

TEST(ChunkBytes, OfBytesThatWereCutOrChangedProtobufAndThisReaderThinkAlike) {
  const std::string good = ChunkOf(300, Letters(40)).SerializeAsString() + "\x4a\x03xyz";  // and an unknown field
  std::mt19937 random(20'240'607);  // NOLINT: the same bytes in every run
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good.substr(0, random() % 3 == 0 ? random() % (good.size() + 1) : good.size());
    for (size_t flips = random() % 3; flips > 0 && !bytes.empty(); --flips) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    const grpc::ByteBuffer message = Sliced(bytes, 1 + random() % 20);
    const auto view = ReadChunk(message);
    v1::Chunk chunk;
    ASSERT_EQ(view.ok(), chunk.ParseFromString(bytes)) << "message " << i;
    if (view.ok()) ExpectSame(*view, chunk);
  }
}

TEST(ChunkBytes, AnUploadChunkThatWasCutOrGoesOnIsNoMessage) {
  v1::UploadMessage message;
  *message.mutable_chunk() = ChunkOf(300, Letters(40));
  const std::string bytes = message.SerializeAsString();
  for (size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_EQ(ReadUploadMessage(Sliced(bytes.substr(0, size), 7)).status().code(), absl::StatusCode::kInvalidArgument)
        << size;
  }
  EXPECT_FALSE(ReadUploadMessage(Sliced(bytes + bytes, 7)).ok());
}

TEST(ChunkBytes, SharedDataLivesUntilTheMessageIsGone) {
  const auto owner = std::make_shared<std::string>(Letters(1000));
  auto* holder = new std::shared_ptr<std::string>(owner);
  grpc::ByteBuffer message = MakeChunk(
      0,
      grpc::Slice(
          owner->data(), owner->size(), [](void* h) { delete static_cast<std::shared_ptr<std::string>*>(h); }, holder));
  EXPECT_EQ(owner.use_count(), 2);
  message.Clear();
  EXPECT_EQ(owner.use_count(), 1);
}

}  // namespace
}  // namespace accord
