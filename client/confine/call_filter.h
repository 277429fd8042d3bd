// A filter of system calls (seccomp) that a process puts over itself, put together rule by rule.
//
// A call that it traps fails with EACCES, puts one line into the log ("sandbox: refused system call socket") and, where
// the kernel keeps an audit log, one there too.
#pragma once

#include <seccomp.h>

#include <cerrno>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"

namespace accord {

// Keeps the first error for Load. Not thread-safe.
class CallFilter {
 public:
  // `default_action`: for calls without a rule, SCMP_ACT_TRAP or SCMP_ACT_ALLOW.
  explicit CallFilter(uint32_t default_action);

  template <typename... Comparisons>
  void Add(uint32_t action, const char* name, Comparisons... comparisons) {
    const int number = seccomp_syscall_resolve_name(name);
    // A call that this architecture or this libseccomp does not know needs no rule.
    if (error_ != 0 || number == __NR_SCMP_ERROR) return;
    error_ = seccomp_rule_add(filter_.get(), action, number, sizeof...(comparisons), comparisons...);
  }
  // What acts on memory, time, threads of this process, or descriptors that it holds, and opening files for reading.
  // No process, no socket, no name that is changed.
  void AllowHarmlessCalls();

  // Sets no_new_privs and installs the filter for this thread and all that it makes; cannot be undone. Call while the
  // process has one thread. FAILED_PRECONDITION when the kernel has no seccomp.
  absl::Status Load();

 private:
  struct Release {
    void operator()(void* filter) const { seccomp_release(filter); }
  };
  std::unique_ptr<void, Release> filter_;
  int error_ = 0;
};

}  // namespace accord
