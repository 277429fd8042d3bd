#include "client/trainer/confine/limits.h"

#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <limits>

#include "client/confine/resource_limits.h"

namespace accord {
namespace {

constexpr uint64_t kMib = uint64_t{1} << 20;
constexpr uint64_t kMaxFileBytes = 64 * kMib;  // memory files of long reports; the scratch file is made by the daemon
constexpr uint64_t kMaxOpenFiles = 256;

// What LibTorch maps after the beginning without doing anything for a job (300 MiB, by experiment, with some to spare).
// A limit near it makes the process hang instead of fail, so a job's memory is counted on top.
constexpr uint64_t kMappedLater = 464 * kMib;

// A process has mapped its libraries when it begins: Debian's LibTorch is 555 MiB, one with CUDA gigabytes. Found out
// once, for a process and all that are forked from it: later on there are rows as well.
uint64_t LibraryAddressSpace() {
  static const uint64_t kSpace = [] {
    uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) + kMappedLater;
  }();
  return kSpace;
}

}  // namespace

absl::Status LimitResources(uint64_t memory_mib, bool gpu) {
  // CUDA reserves address space for all memory of the machine and the GPU together.
  const uint64_t address_space = gpu ? std::numeric_limits<uint64_t>::max() : LibraryAddressSpace() + memory_mib * kMib;
  return SetResourceLimits({address_space, kMaxFileBytes, kMaxOpenFiles});
}

}  // namespace accord
