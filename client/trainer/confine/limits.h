// Limits that a trainer sets on itself before it sees any data, and cannot raise again.
#pragma once

#include <cstdint>

#include "absl/status/status.h"

namespace accord {

// No core file, no large file, few descriptors, and an address space of at most `memory_mib` beside the libraries',
// which are what this process, or the one that it was forked from, had mapped at its first call. Soft and hard limits;
// lower ones can follow. `gpu`: the address space stays as it is, because a GPU's driver maps many times the machine's
// memory; what limits the process then is the daemon's control group.
absl::Status LimitResources(uint64_t memory_mib, bool gpu = false);

}  // namespace accord
