#include "client/trainer/confine/system_call_filter.h"

#include <fcntl.h>
#include <sched.h>

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

// A filter sees no path: the device files cannot be told from others that could be opened for writing, of which the
// sandbox has none but descriptors of memory files.
void AllowGpu(CallFilter& filter) {
  constexpr scmp_datum_t kMakesAFile = O_CREAT | O_TRUNC;
  filter.Add(SCMP_ACT_ALLOW, "open", SCMP_A1(SCMP_CMP_MASKED_EQ, O_ACCMODE | kMakesAFile, O_RDWR));
  filter.Add(SCMP_ACT_ALLOW, "openat", SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | kMakesAFile, O_RDWR));
  filter.Add(SCMP_ACT_ALLOW, "ioctl", SCMP_A1(SCMP_CMP_MASKED_EQ, kRequestKind, kDriverRequests));
  filter.Add(SCMP_ACT_ALLOW, "ioctl", SCMP_A1(SCMP_CMP_MASKED_EQ, kRequest & ~scmp_datum_t{0xff}, 0));
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
