#include "client/trainer/confine/system_call_filter.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "client/confine/call_filter.h"

namespace accord {
namespace {

constexpr scmp_datum_t kNewNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                        CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME;

// Requests to a GPU's driver (ioctl). Those of nvidia.ko are of kind 'F' (NV_IOCTL_MAGIC); those of nvidia-uvm.ko are
// bare numbers below 256 but for the first and the last one (UVM_INITIALIZE, UVM_DEINITIALIZE). A terminal's are of
// kind 'T'. The kernel reads 32 bits of a request.
constexpr scmp_datum_t kRequest = 0xffffffff;
constexpr scmp_datum_t kRequestKind = 0xff00;
constexpr scmp_datum_t kDriverRequests = scmp_datum_t{'F'} << 8;
constexpr scmp_datum_t kMemoryRequests[] = {0x30000001, 0x30000002};

// /proc/self/task/ID/comm
bool IsNameOfAThread(const char* path) {
  constexpr char kTasks[] = "/proc/self/task/";
  if (std::strncmp(path, kTasks, sizeof(kTasks) - 1) != 0) return false;
  path += sizeof(kTasks) - 1;
  while (*path >= '0' && *path <= '9') ++path;
  return std::strcmp(path, "/comm") == 0;
}

long OrError(long result) { return result >= 0 ? result : -errno; }

std::optional<long> ReadOnlyWhereItIsInDev(const char* path) {
  if (std::strncmp(path, "/dev/", 5) != 0) return std::nullopt;
  return -EROFS;
}

// What CUDA's library cannot do without, or tries at every start. Nothing of it is let through, and none of it is a
// line in the log.
// - It writes names of its threads to /proc/self/task/ID/comm, opened as a file to be made or emptied, and gives up
//   where it cannot: it gets a memory file that nobody reads.
// - It listens at a local socket for processes that would share its memory, and gives up without one: it gets a
//   descriptor at which nobody ever calls, and no socket is made.
// - It calls at a socket of the driver's own service, and tries to change what lies in /dev. It goes on without either.
//
// Adversary: another thread of the trainer, which can change a path while it is looked at here. It gains nothing: the
// trapped call is over, the kernel never goes on with it, and no path that was read here is handed to the kernel. A
// path only chooses between answers that are all harmless and that the trainer could have had anyway (a memory file, an
// error). So it must stay: a call that is answered by doing what was asked belongs to a supervisor outside, which opens
// the file itself and hands over the descriptor.
std::optional<long> AnswerForGpu(int number, const std::array<uint64_t, 6>& arguments) {
  const auto path = [&](size_t i) { return reinterpret_cast<const char*>(arguments[i]); };
  constexpr uint64_t kSocketFlags = SOCK_CLOEXEC | SOCK_NONBLOCK;
  switch (number) {
    case SYS_openat:
      if (!IsNameOfAThread(path(1))) return std::nullopt;
      return OrError(syscall(SYS_memfd_create, "name", MFD_CLOEXEC));
    case SYS_socket:
      if (arguments[0] != AF_UNIX || (arguments[1] & ~kSocketFlags) != SOCK_SEQPACKET) return std::nullopt;
      return OrError(syscall(SYS_eventfd2, 0, EFD_CLOEXEC));
    case SYS_setsockopt:
    case SYS_bind:
    case SYS_listen:
      return 0;
    case SYS_connect:
      return -ECONNREFUSED;
    case SYS_symlinkat:
      return ReadOnlyWhereItIsInDev(path(2));
    case SYS_unlinkat:
    case SYS_mkdirat:
    case SYS_fchmodat:
      return ReadOnlyWhereItIsInDev(path(1));
#ifdef SYS_unlink  // x86-64
    case SYS_unlink:
      if (*path(0) == 0) return -ENOENT;  // of its socket, which has no name in a folder
      return ReadOnlyWhereItIsInDev(path(0));
    case SYS_symlink:
      return ReadOnlyWhereItIsInDev(path(1));
    case SYS_mkdir:
    case SYS_chmod:
      return ReadOnlyWhereItIsInDev(path(0));
#endif
    default:
      return std::nullopt;
  }
}

// A filter sees no path: the device files cannot be told from others that could be opened for writing, of which the
// sandbox has none but descriptors of memory files.
void AllowGpu(CallFilter& filter) {
  constexpr scmp_datum_t kMakesAFile = O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
  filter.Add(SCMP_ACT_ALLOW, "open", SCMP_A1(SCMP_CMP_MASKED_EQ, O_ACCMODE | kMakesAFile, O_RDWR));
  filter.Add(SCMP_ACT_ALLOW, "openat", SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | kMakesAFile, O_RDWR));
  filter.Add(SCMP_ACT_ALLOW, "ioctl", SCMP_A1(SCMP_CMP_MASKED_EQ, kRequestKind, kDriverRequests));
  filter.Add(SCMP_ACT_ALLOW, "ioctl", SCMP_A1(SCMP_CMP_MASKED_EQ, kRequest & ~scmp_datum_t{0xff}, 0));
  for (const char* fact : {"sched_get_priority_min", "sched_get_priority_max"}) filter.Add(SCMP_ACT_ALLOW, fact);
  filter.AnswerTrappedCalls(&AnswerForGpu);
  for (const scmp_datum_t request : kMemoryRequests) {
    filter.Add(SCMP_ACT_ALLOW, "ioctl", SCMP_A1(SCMP_CMP_MASKED_EQ, kRequest, request));
  }
}

}  // namespace

absl::Status InstallSystemCallFilter(bool gpu) {
  CallFilter filter(SCMP_ACT_TRAP);
  filter.AllowHarmlessCalls();
  if (gpu) AllowGpu(filter);
  // Room behind a file's end (FALLOC_FL_KEEP_SIZE) is outside what RLIMIT_FSIZE limits: it could fill the disk through
  // the scratch file. Without flags it is within.
  filter.Add(SCMP_ACT_ALLOW, "fallocate", SCMP_A1(SCMP_CMP_EQ, 0));
  filter.Add(SCMP_ACT_ALLOW, "clone", SCMP_A0(SCMP_CMP_MASKED_EQ, kNewNamespaces, 0));
  // Asked by the C library of every descriptor it prints to ("is it a terminal?").
  if (gpu) {
    filter.Add(SCMP_ACT_ERRNO(ENOTTY), "ioctl", SCMP_A1(SCMP_CMP_MASKED_EQ, kRequestKind, uint64_t{'T'} << 8));
  } else {
    filter.Add(SCMP_ACT_ERRNO(ENOTTY), "ioctl");
  }
  return filter.Load();
}

absl::Status InstallJobFilter() {
  CallFilter filter(SCMP_ACT_ALLOW);
  filter.Add(SCMP_ACT_TRAP, "clone", SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
  filter.Add(SCMP_ACT_TRAP, "kill");
  return filter.Load();
}

}  // namespace accord
