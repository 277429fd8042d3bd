// Limits that a process sets on itself before it sees any data, and cannot raise again.
#pragma once

#include <cstdint>

#include "absl/status/status.h"

namespace accord {

struct ResourceLimits {
  uint64_t address_space_bytes = 0;
  uint64_t file_bytes = 0;  // of files that it makes longer
  uint64_t open_files = 0;
};

// And no core file. Soft and hard limits; never raises one that is lower already, lower ones can follow.
absl::Status SetResourceLimits(const ResourceLimits& limits);

}  // namespace accord
