#include "client/trainer/confine/limits.h"

#include <sys/resource.h>

#include <algorithm>

#include "base/file.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr uint64_t kMib = uint64_t{1} << 20;
constexpr uint64_t kMaxFileBytes = 64 * kMib;  // memory files of long reports; the scratch file is made by the daemon
constexpr uint64_t kMaxOpenFiles = 256;

// The sanitizers reserve terabytes of address space for their shadow memory.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kLimitAddressSpace = false;
#else
constexpr bool kLimitAddressSpace = true;
#endif

// Never raises a limit that is already lower.
absl::Status Limit(__rlimit_resource resource, uint64_t value, const char* name) {
  rlimit limit;
  if (getrlimit(resource, &limit) != 0) return ErrnoError("read the limit of", name);
  limit.rlim_max = std::min<rlim_t>(limit.rlim_max, value);
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(resource, &limit) != 0) return ErrnoError("limit", name);
  return absl::OkStatus();
}

}  // namespace

absl::Status LimitResources(uint64_t memory_mib) {
  ACCORD_RETURN_IF_ERROR(Limit(RLIMIT_CORE, 0, "core files"));
  ACCORD_RETURN_IF_ERROR(Limit(RLIMIT_FSIZE, kMaxFileBytes, "file sizes"));
  ACCORD_RETURN_IF_ERROR(Limit(RLIMIT_NOFILE, kMaxOpenFiles, "open files"));
  if (!kLimitAddressSpace) return absl::OkStatus();
  return Limit(RLIMIT_AS, (kLibraryAddressSpaceMib + memory_mib) * kMib, "the address space");
}

}  // namespace accord
