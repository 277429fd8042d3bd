// Ready-made messages of the pieces that were sent last: sites that fetch the same model at the same time cost one
// read, one checksum and one serialisation together.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/store/object_store.h"
#include "grpcpp/support/byte_buffer.h"

namespace accord {

// Thread-safe. Memory: kPieces chunks.
class SharedChunks {
 public:
  // Sites of a round run a few chunks apart.
  static constexpr size_t kPieces = 16;

  // The serialised v1::Chunk of `object` from `offset` on, and how many of the object's bytes it holds. OUT_OF_RANGE
  // beyond the end; errors of ObjectReader::Read.
  struct Piece {
    grpc::ByteBuffer message;
    uint64_t num_bytes = 0;
  };
  absl::StatusOr<Piece> Get(const std::shared_ptr<const ObjectReader>& object, uint64_t offset);

 private:
  struct Entry {
    std::shared_ptr<const ObjectReader> object;
    uint64_t offset = 0;
    absl::Mutex mutex;  // held while the piece is made: others wait for it instead of making it too
    bool made ABSL_GUARDED_BY(mutex) = false;
    absl::StatusOr<Piece> piece ABSL_GUARDED_BY(mutex) = absl::UnknownError("");
  };
  std::shared_ptr<Entry> FindOrAdd(const std::shared_ptr<const ObjectReader>& object, uint64_t offset);

  absl::Mutex mutex_;
  std::deque<std::shared_ptr<Entry>> entries_ ABSL_GUARDED_BY(mutex_);  // the oldest first
};

}  // namespace accord
