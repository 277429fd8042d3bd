// Limits that a trainer sets on itself before it sees any data, and cannot raise again.
#pragma once

#include <cstdint>

#include "absl/status/status.h"

namespace accord {

// What a process with LibTorch loaded maps before it does anything (about 860 MiB, by experiment, with some to spare).
// A limit near it makes the process hang instead of fail, so a job's memory is counted on top.
inline constexpr uint64_t kLibraryAddressSpaceMib = 1024;

// No core file, no large file, few descriptors, and an address space of at most `memory_mib` beside the libraries'.
// Soft and hard limits; lower ones can follow. `gpu`: the address space stays as it is, because a GPU's driver maps
// many times the machine's memory; what limits the process then is the daemon's control group.
absl::Status LimitResources(uint64_t memory_mib, bool gpu = false);

}  // namespace accord
