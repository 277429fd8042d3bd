#include "coordinator/transfer/shared_chunks.h"

#include <algorithm>

#include "base/status.h"
#include "coordinator/transfer/chunk.h"
#include "proto/transfer/chunk_bytes.h"

namespace accord {
namespace {

absl::StatusOr<SharedChunks::Piece> MakePiece(const ObjectReader& object, uint64_t offset) {
  if (offset > object.size()) {
    return absl::OutOfRangeError(absl::StrCat("offset ", offset, " is beyond the object's ", object.size(), " bytes"));
  }
  NewSlice data(std::min(kChunkBytes, object.size() - offset));
  const absl::Span<uint8_t> bytes = data.bytes();
  ACCORD_RETURN_IF_ERROR(object.Read(offset, absl::MakeSpan(reinterpret_cast<char*>(bytes.data()), bytes.size())));
  return SharedChunks::Piece{MakeChunk(offset, data.slice()), bytes.size()};
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
