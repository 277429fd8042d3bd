// Hashes a file on a thread of its own while it is being written: the digest of a large model is there as soon as its
// last byte.
#pragma once

#include <cstdint>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/object_name.h"

namespace accord {

// Used by the one thread that writes.
class FileHasher {
 public:
  // `fd` outlives the hasher and is written from its beginning on.
  FileHasher(int fd, NamedBy named_by);
  ~FileHasher();
  FileHasher(const FileHasher&) = delete;
  FileHasher& operator=(const FileHasher&) = delete;

  // The file's first `size` bytes will not change.
  void Advance(uint64_t size);
  // The digest of all that Advance has named; waits for it. Once. Errors of ReadFully.
  absl::StatusOr<Sha256Digest> Finish();

 private:
  void Run();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Stop();

  const int fd_;
  // Of the thread, until it is joined.
  NameHasher hasher_;
  absl::Status read_;

  absl::Mutex mutex_;
  uint64_t size_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t hashed_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: uses the others
};

}  // namespace accord
