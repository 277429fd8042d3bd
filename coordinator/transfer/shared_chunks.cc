#include "coordinator/transfer/shared_chunks.h"

#include "base/status.h"
#include "coordinator/transfer/chunk.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {
namespace {

absl::StatusOr<SharedChunks::Piece> MakePiece(const ObjectReader& object, uint64_t offset) {
  v1::Chunk chunk;
  ACCORD_RETURN_IF_ERROR(FillChunk(object, offset, chunk));
  SharedChunks::Piece piece{grpc::Slice(chunk.ByteSizeLong()), chunk.data().size()};
  // A fresh slice belongs to nobody else: writing into it is safe, though the interface shows it read-only.
  chunk.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(piece.message.begin()));
  return piece;
}

}  // namespace

absl::StatusOr<SharedChunks::Piece> SharedChunks::Get(const std::shared_ptr<const ObjectReader>& object,
                                                      uint64_t offset) {
  const std::shared_ptr<Entry> entry = FindOrAdd(object, offset);
  absl::MutexLock lock(&entry->mutex);
  if (!entry->made) {
    entry->piece = MakePiece(*object, offset);
    entry->made = true;
  }
  return entry->piece;
}

std::shared_ptr<SharedChunks::Entry> SharedChunks::FindOrAdd(const std::shared_ptr<const ObjectReader>& object,
                                                             uint64_t offset) {
  absl::MutexLock lock(&mutex_);
  for (const auto& entry : entries_) {
    if (entry->object == object && entry->offset == offset) return entry;
  }
  if (entries_.size() == kPieces) entries_.pop_front();
  auto entry = std::make_shared<Entry>();
  entry->object = object;
  entry->offset = offset;
  entries_.push_back(entry);
  return entry;
}

}  // namespace accord
