// What the kernel lets a trainer ask for, whatever code the job's model makes it run.
//
// An allow-list (libseccomp): reading open files, memory, threads, time, and messages over the descriptors it already
// has. No new socket, no program, no tracing, no mount, no file opened for writing - not even one that a descriptor in
// /proc/self/fd names. A refused call fails with EACCES, is written to standard error by name (the daemon puts it into
// its log) and, where the kernel keeps an audit log, is recorded there too.
#pragma once

#include "absl/status/status.h"

namespace accord {

// Sets no_new_privs and installs the filter for this thread and all that it makes; cannot be undone. Call while the
// process has one thread. FAILED_PRECONDITION when the kernel has no seccomp. `gpu`: it lets through what a GPU's
// driver is asked by as well, opening for reading and writing without making a file, and the driver's own requests
// (ioctl).
absl::Status InstallSystemCallFilter(bool gpu = false);

// Tightens the filter for a job's process: no new process and no signal to another one. After InstallSystemCallFilter.
absl::Status InstallJobFilter();

}  // namespace accord
