// How much memory processes take, and how much there is, as the kernel tells it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace accord {

// From /proc/PID/status, which everybody may read, also of a process that hides its memory.
struct ProcessMemory {
  uint64_t peak_resident_bytes = 0;  // VmHWM: its own and what it shares with others, such as libraries
  uint64_t own_bytes = 0;            // RssAnon + RssShmem: without files
  uint64_t peak_address_bytes = 0;   // VmPeak: what RLIMIT_AS limits
};
// NOT_FOUND when there is no such process.
absl::StatusOr<ProcessMemory> MemoryOf(pid_t pid);

// The direct and indirect children of a process that bear this name (at most 15 characters, as in /proc/PID/comm).
std::vector<pid_t> Descendants(pid_t ancestor, absl::string_view program_name);

// What more processes of this one's control group can take without swapping: the smaller of the machine's MemAvailable
// and what memory.max of the group, or of one around it, leaves.
absl::StatusOr<uint64_t> AvailableMemoryBytes();

}  // namespace accord
