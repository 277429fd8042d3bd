#include "client/reader/confinement.h"

#include <asm/ioctls.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/status.h"
#include "client/confine/call_filter.h"
#include "client/confine/resource_limits.h"

namespace accord {
namespace {

// Of a row libpq holds two copies for a moment, and its libraries map some 100 MiB.
constexpr uint64_t kAddressSpaceBytes = uint64_t{512} << 20;
constexpr uint64_t kMaxOpenFiles = 64;

}  // namespace

absl::Status ConfineReader() {
  ACCORD_RETURN_IF_ERROR(SetResourceLimits({kAddressSpaceBytes, /*file_bytes=*/0, kMaxOpenFiles}));
  CallFilter filter(SCMP_ACT_TRAP);
  filter.AllowHarmlessCalls();
  for (const int family : {AF_UNIX, AF_INET, AF_INET6}) {
    filter.Add(SCMP_ACT_ALLOW, "socket", SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(family)));
  }
  // Asked for by the C library before it looks a name up, which it does without as well.
  filter.Add(SCMP_ACT_ERRNO(EAFNOSUPPORT), "socket", SCMP_A0(SCMP_CMP_EQ, AF_NETLINK));
  for (const char* name : {"connect", "setsockopt", "getsockname", "getpeername", "sendmmsg", "recvmmsg"}) {
    filter.Add(SCMP_ACT_ALLOW, name);
  }
  filter.Add(SCMP_ACT_ALLOW, "ioctl", SCMP_A1(SCMP_CMP_EQ, FIONREAD));
  filter.Add(SCMP_ACT_ERRNO(ENOTTY), "ioctl", SCMP_A1(SCMP_CMP_EQ, TCGETS));
  return filter.Load();
}

absl::Status KeepToOneConnection() {
  CallFilter filter(SCMP_ACT_ALLOW);
  for (const char* name : {"socket", "connect", "open", "openat", "sendmmsg", "kill", "tgkill"}) {
    filter.Add(SCMP_ACT_TRAP, name);
  }
  return filter.Load();
}

}  // namespace accord
