// A filter of system calls (seccomp) that a process puts over itself, put together rule by rule.
//
// A call that it traps fails with EACCES, puts one line into the log ("sandbox: refused system call socket") and, where
// the kernel keeps an audit log, one there too.
#pragma once

#include <seccomp.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/status.h"

namespace accord {

// What a call that the filter traps gives back instead of EACCES and its line in the log; nullopt: that it does. Asked
// in a signal handler: async-signal-safe, and by calls alone that the filter allows.
using AnswerToTrappedCall = std::optional<long> (*)(int number, const std::array<uint64_t, 6>& arguments);

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

  // For this whole process, from Load on; filters that are loaded later leave it.
  void AnswerTrappedCalls(AnswerToTrappedCall answer) { answer_ = answer; }

  // Sets no_new_privs and installs the filter for this thread and all that it makes; cannot be undone. Call while the
  // process has one thread. FAILED_PRECONDITION when the kernel has no seccomp.
  absl::Status Load();

 private:
  struct Release {
    void operator()(void* filter) const { seccomp_release(filter); }
  };
  std::unique_ptr<void, Release> filter_;
  int error_ = 0;
  AnswerToTrappedCall answer_ = nullptr;
};

}  // namespace accord
