#include "client/confine/resource_limits.h"

#include <sys/resource.h>

#include <algorithm>

#include "base/file.h"
#include "base/status.h"

namespace accord {
namespace {

// The sanitizers reserve terabytes of address space for their shadow memory.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kLimitAddressSpace = false;
#else
constexpr bool kLimitAddressSpace = true;
#endif

absl::Status Limit(__rlimit_resource resource, uint64_t value, const char* name) {
  rlimit limit;
  if (getrlimit(resource, &limit) != 0) return ErrnoError("read the limit of", name);
  limit.rlim_max = std::min<rlim_t>(limit.rlim_max, value);
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(resource, &limit) != 0) return ErrnoError("limit", name);
  return absl::OkStatus();
}

}  // namespace

absl::Status SetResourceLimits(const ResourceLimits& limits) {
  ACCORD_RETURN_IF_ERROR(Limit(RLIMIT_CORE, 0, "core files"));
  ACCORD_RETURN_IF_ERROR(Limit(RLIMIT_FSIZE, limits.file_bytes, "file sizes"));
  ACCORD_RETURN_IF_ERROR(Limit(RLIMIT_NOFILE, limits.open_files, "open files"));
  if (!kLimitAddressSpace) return absl::OkStatus();
  return Limit(RLIMIT_AS, limits.address_space_bytes, "the address space");
}

}  // namespace accord
