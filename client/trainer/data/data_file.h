// Opening what a mapping names.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "base/file.h"

namespace accord {

struct DataFile {
  UniqueFd fd;
  uint64_t size = 0;  // bytes
};

// Opens a file for reading. INVALID_ARGUMENT when it is no regular file, OUT_OF_RANGE when it is larger than
// `max_bytes`, NOT_FOUND and the like.
absl::StatusOr<DataFile> OpenDataFile(const std::string& path, uint64_t max_bytes);

}  // namespace accord
