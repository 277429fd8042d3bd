// Whether a file is still the one that was read, by what the file system says of it, for whoever would read the same
// files many times in a second.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace accord {

struct FileStamp {
  int error = 0;  // errno of looking at it; 0: it is there
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t written_ns = 0;  // since 1970, by the file system's clock
  int64_t changed_ns = 0;  // likewise; unlike the one before, no program can set it

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

FileStamp StampOf(const std::string& path);

// Whether a change after `looked`, the moment at which the stamp was taken, is sure to show in the next one. Not yet
// where the file changed a moment before: the file system's clock goes on in steps, of milliseconds or, where it keeps
// whole seconds alone, of up to two. Expects a file system of this machine, and nobody who writes through a mapping.
bool IsSettled(const FileStamp& stamp, absl::Time looked);

}  // namespace accord
