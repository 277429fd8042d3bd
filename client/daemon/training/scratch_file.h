// The file without a name that a job's process may use for rows that do not fit in its memory.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "base/file.h"

namespace accord {

struct ScratchFile {
  UniqueFd fd;
  uint64_t size = 0;  // bytes; a process that may not make files longer can use no more
};

// As long as it may become, and empty: it takes no room until it is written to, and gives it back when the last
// descriptor is closed, however the processes end. Less than `max_bytes` where the disk has less to spare.
// `granted_bytes`: the sum of what was handed to jobs that still run, all of which is left to them.
// FAILED_PRECONDITION: the folder's file system cannot reserve room, or is memory; RESOURCE_EXHAUSTED: the disk is as
// good as full; NOT_FOUND and the like.
absl::StatusOr<ScratchFile> MakeScratchFile(const std::string& folder, uint64_t max_bytes, uint64_t granted_bytes = 0);

}  // namespace accord
