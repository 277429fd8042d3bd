// A descriptor of the daemon as memory. Steps that come with the same file find its pages mapped already, which a model
// of 100 MB would else pay for with 25,000 page faults a round.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/file.h"

namespace accord {

// Holds one file's mapping, the last one's. Not thread-safe.
class KeptMapping {
 public:
  explicit KeptMapping(MappedFile::Access access) : access_(access) {}

  // The file's memory, valid until the next call; the file must be exactly `num_bytes` long. INVALID_ARGUMENT when it
  // is not, naming `what`.
  absl::StatusOr<void*> Map(int fd, uint64_t num_bytes, absl::string_view what);

 private:
  const MappedFile::Access access_;
  MappedFile memory_;
  // The mapping keeps the file alive, so no other file can have these meanwhile.
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace accord
