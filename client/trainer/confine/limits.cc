#include "client/trainer/confine/limits.h"

#include <cstdint>
#include <limits>

#include "client/confine/resource_limits.h"

namespace accord {
namespace {

constexpr uint64_t kMib = uint64_t{1} << 20;
constexpr uint64_t kMaxFileBytes = 64 * kMib;  // memory files of long reports; the scratch file is made by the daemon
constexpr uint64_t kMaxOpenFiles = 256;

}  // namespace

absl::Status LimitResources(uint64_t memory_mib, bool gpu) {
  // CUDA reserves address space for all memory of the machine and the GPU together.
  const uint64_t address_space =
      gpu ? std::numeric_limits<uint64_t>::max() : (kLibraryAddressSpaceMib + memory_mib) * kMib;
  return SetResourceLimits({address_space, kMaxFileBytes, kMaxOpenFiles});
}

}  // namespace accord
