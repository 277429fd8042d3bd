// Opening what a mapping names.
#pragma once

#include <time.h>

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/file.h"

namespace accord {

struct DataFile {
  UniqueFd fd;
  uint64_t size = 0;  // bytes
  timespec written = {};
};

// Opens a file for reading. INVALID_ARGUMENT when it is no regular file, OUT_OF_RANGE when it is larger than
// `max_bytes`, NOT_FOUND and the like.
absl::StatusOr<DataFile> OpenDataFile(const std::string& path, uint64_t max_bytes);

// After it was read: UNAVAILABLE when it was written to meanwhile, so that what was read is neither the old nor the new
// content. A file that was put in its place is no change: the old one was read whole.
absl::Status CheckUnchanged(const DataFile& file, const std::string& path);

}  // namespace accord
