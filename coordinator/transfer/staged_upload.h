// One site's vector on its way: bytes are taken at the contiguous end only, each chunk against its checksum, and kept
// in a scratch file until the vector is complete and folded into the round's sum. A site that drops midway contributes
// nothing.
//
// A masked vector is hashed as it comes, because its site signs the hash. Another vector is kept by TLS and the
// checksums alone: nobody but its site would vouch for a hash.
//
// Nothing here is durable, on purpose: the upload counts when its round commits (PlanEnd SUMMED), and the site keeps
// its bytes until then. Within one run of the coordinator an upload resumes at received(); after a restart the round
// begins a new attempt.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "base/content_digest.h"
#include "base/file.h"
#include "coordinator/store/object_store.h"
#include "proto/transfer/chunk_bytes.h"

namespace accord {

// Thread-safe. Shared between the stream that fills it and the round that will fold it.
class StagedUpload {
 public:
  // Vectors up to this size are kept in memory: they are folded within the same millisecond.
  static constexpr uint64_t kMemoryBytes = 64 << 10;

  // `num_bytes` has been checked against the schema. `vector_name` names the vector, or is empty for a masked one:
  // that is whole, but not verified, when its last byte is here, and whoever knows what its hash should be says Accept
  // or StartAgain.
  static absl::StatusOr<std::shared_ptr<StagedUpload>> Create(ObjectStore& objects, uint64_t num_bytes,
                                                              std::string vector_name);

  uint64_t num_bytes() const { return num_bytes_; }
  const std::string& vector_name() const { return vector_name_; }

  // Makes the caller the only stream that may append (an older one may hang on a dead connection). `stream` is the
  // caller's name for Append.
  struct Attachment {
    uint64_t stream = 0;
    uint64_t received = 0;  // where to go on
    bool verified = false;  // all here
  };
  Attachment Attach();

  // Takes the next piece; the number of contiguous bytes held. INVALID_ARGUMENT: the piece is wrong; ABORTED: another
  // stream has taken over; CANCELLED: closed, with the reason; RESOURCE_EXHAUSTED: the disk is full.
  absl::StatusOr<uint64_t> Append(uint64_t stream, const ChunkView& chunk);

  // The digest (content_digest.h) of a masked vector's bytes, hexadecimal, once all of them are here; empty before.
  std::string received_digest() const;
  // A whole upload counts as verified; or is thrown away and starts again from 0.
  void Accept();
  void StartAgain();

  // A verified vector turns out to be none that the job allows: it loses its bytes, counts as none, and whoever sends
  // it again is told `reason`.
  void Refuse(std::string reason);

  // An incomplete upload takes no more bytes and loses what is here; `reason` is told to a stream that still sends. A
  // verified one stays as it is: its fold may be under way.
  void Close(std::string reason);

  // Fills `out` with the verified vector's bytes from `offset` on. FAILED_PRECONDITION before it is verified.
  absl::Status Read(uint64_t offset, absl::Span<char> out) const;
  // The vector is in the sum: its bytes are not needed any more; it stays known as verified.
  void ReleaseBytes();

 private:
  StagedUpload(uint64_t num_bytes, std::string vector_name)
      : num_bytes_(num_bytes), vector_name_(std::move(vector_name)) {}
  bool masked() const { return vector_name_.empty(); }
  absl::Status Put(const ChunkView& chunk) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Drop(std::string reason) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const uint64_t num_bytes_;
  const std::string vector_name_;
  mutable absl::Mutex mutex_;
  ScratchFile file_ ABSL_GUARDED_BY(mutex_);
  std::string memory_ ABSL_GUARDED_BY(mutex_);  // instead of a file
  ContentHasher hasher_ ABSL_GUARDED_BY(mutex_);
  uint64_t received_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string received_digest_ ABSL_GUARDED_BY(mutex_);
  uint64_t stream_ ABSL_GUARDED_BY(mutex_) = 0;
  bool verified_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::string close_reason_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace accord
