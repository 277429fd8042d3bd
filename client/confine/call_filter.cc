#include "client/confine/call_filter.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "base/status.h"

namespace accord {
namespace {

// Needs no argument check: each acts on memory, time, threads of this process, or descriptors that it already holds.
constexpr const char* kAllowed[] = {
    // descriptors
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "lseek", "close", "close_range",
    "dup", "dup2", "dup3", "fcntl", "fstat", "ftruncate", "fadvise64", "poll", "ppoll", "select", "pselect6",
    "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "eventfd2", "pipe2", "memfd_create", "sendmsg",
    "recvmsg", "sendto", "recvfrom", "shutdown", "getsockopt",
    // names, for reading
    "stat", "lstat", "newfstatat", "statx", "statfs", "fstatfs", "access", "faccessat", "faccessat2", "getdents64",
    "getcwd", "readlink", "readlinkat",
    // memory
    "mmap", "mprotect", "munmap", "mremap", "madvise", "brk", "mincore", "get_mempolicy", "mbind", "set_mempolicy",
    "membarrier",
    // threads, signals and the end
    "futex", "set_robust_list", "get_robust_list", "rseq", "set_tid_address", "arch_prctl", "sched_yield",
    "sched_getaffinity", "sched_setaffinity", "sched_getparam", "sched_getscheduler", "getcpu", "rt_sigaction",
    "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "sigaltstack", "tgkill", "kill", "wait4",
    "waitid", "exit", "exit_group", "restart_syscall", "seccomp",
    // time and facts
    "clock_gettime", "clock_getres", "gettimeofday", "time", "nanosleep", "clock_nanosleep", "times", "getpid",
    "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getpgrp", "getrusage", "getrlimit", "setrlimit",
    "sysinfo", "uname", "getrandom", "umask"};

// Named in the log when they are refused; any other is given by its number.
constexpr const char* kNamedWhenRefused[] = {"socket",
                                             "socketpair",
                                             "connect",
                                             "bind",
                                             "listen",
                                             "accept",
                                             "accept4",
                                             "ptrace",
                                             "process_vm_readv",
                                             "mount",
                                             "umount2",
                                             "pivot_root",
                                             "bpf",
                                             "keyctl",
                                             "execve",
                                             "process_vm_writev",
                                             "execveat",
                                             "fork",
                                             "vfork",
                                             "clone",
                                             "unshare",
                                             "setns",
                                             "open",
                                             "openat",
                                             "openat2",
                                             "creat",
                                             "unlink",
                                             "unlinkat",
                                             "rename",
                                             "renameat",
                                             "renameat2",
                                             "mkdir",
                                             "mkdirat",
                                             "rmdir",
                                             "link",
                                             "linkat",
                                             "symlink",
                                             "symlinkat",
                                             "chmod",
                                             "fchmod",
                                             "fchmodat",
                                             "chown",
                                             "fchownat",
                                             "truncate",
                                             "mknod",
                                             "mknodat",
                                             "setuid",
                                             "setgid",
                                             "setresuid",
                                             "capset",
                                             "chroot",
                                             "io_uring_setup",
                                             "userfaultfd",
                                             "perf_event_open",
                                             "add_key",
                                             "request_key",
                                             "init_module",
                                             "finit_module",
                                             "kexec_load",
                                             "reboot",
                                             "swapon",
                                             "personality",
                                             "prctl",
                                             "kill",
                                             "pidfd_open",
                                             "pidfd_getfd",
                                             "inotify_init1",
                                             "fanotify_init",
                                             "prlimit64",
                                             "setpriority",
                                             "kcmp",
                                             "name_to_handle_at",
                                             "open_by_handle_at",
                                             "quotactl",
                                             "syslog",
                                             "setsockopt",
                                             "utimensat",
                                             "fallocate"};

constexpr scmp_datum_t kOpenForWriting = O_ACCMODE | O_CREAT | O_TRUNC;

constexpr int kMaxNumber = 512;
constexpr int kMaxLines = 64;  // a hostile model must not fill the log
// Written before the filter is installed, read by the signal handler.
std::array<const char*, kMaxNumber> refused_names = {};
std::atomic<AnswerToTrappedCall> answer_to_trapped_call = nullptr;
std::atomic<int> lines_written = 0;

void SetReturnValue(ucontext_t* context, long value) {
#if defined(__x86_64__)
  context->uc_mcontext.gregs[REG_RAX] = value;
#elif defined(__aarch64__)
  context->uc_mcontext.regs[0] = static_cast<unsigned long long>(value);
#else
#error "the system call filter knows x86-64 and aarch64"
#endif
}

std::array<uint64_t, 6> Arguments(const ucontext_t* context) {
  std::array<uint64_t, 6> arguments = {};
#if defined(__x86_64__)
  constexpr int kRegisters[] = {REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9};
  for (size_t i = 0; i < 6; ++i) arguments[i] = static_cast<uint64_t>(context->uc_mcontext.gregs[kRegisters[i]]);
#else
  for (size_t i = 0; i < 6; ++i) arguments[i] = context->uc_mcontext.regs[i];
#endif
  return arguments;
}

// Runs instead of the refused call: async-signal-safe functions only.
void OnRefusedCall(int, siginfo_t* info, void* raw_context) {
  const int number = info->si_syscall;
  const int error_before = errno;
  auto* const context = static_cast<ucontext_t*>(raw_context);
  if (const AnswerToTrappedCall answer = answer_to_trapped_call.load(); answer != nullptr) {
    const std::optional<long> given = answer(number, Arguments(context));
    errno = error_before;
    if (given.has_value()) return SetReturnValue(context, *given);
  }
  if (lines_written.fetch_add(1) < kMaxLines) {
    char line[96] = "sandbox: refused system call ";
    size_t size = std::strlen(line);
    const char* name = number >= 0 && number < kMaxNumber ? refused_names[static_cast<size_t>(number)] : nullptr;
    if (name != nullptr) {
      const size_t length = std::strlen(name);
      std::memcpy(line + size, name, length);
      size += length;
    } else {
      char digits[12];
      size_t count = 0;
      for (unsigned rest = static_cast<unsigned>(number); count == 0 || rest != 0; rest /= 10) {
        digits[count++] = static_cast<char>('0' + rest % 10);
      }
      while (count > 0) line[size++] = digits[--count];
    }
    line[size++] = '\n';
    if (write(STDERR_FILENO, line, size) < 0) {
      // Nobody reads standard error any more; the call is refused all the same.
    }
  }
  SetReturnValue(context, -EACCES);
}

absl::Status CatchRefusedCalls() {
  for (const char* name : kNamedWhenRefused) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number >= 0 && number < kMaxNumber) refused_names[static_cast<size_t>(number)] = name;
  }
  struct sigaction action = {};
  action.sa_sigaction = OnRefusedCall;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  if (sigaction(SIGSYS, &action, nullptr) != 0) {
    return absl::InternalError("cannot catch SIGSYS");
  }
  return absl::OkStatus();
}

absl::Status FilterError(int error, absl::string_view action) {
  return absl::FailedPreconditionError(
      absl::StrCat("cannot ", action, " the system call filter: ", std::strerror(-error),
                   "; a confined process needs a kernel with seccomp filters (CONFIG_SECCOMP_FILTER)"));
}

}  // namespace

CallFilter::CallFilter(uint32_t default_action) : filter_(seccomp_init(default_action)) {
  if (filter_ == nullptr) error_ = -ENOMEM;
}

void CallFilter::AllowHarmlessCalls() {
  for (const char* name : kAllowed) Add(SCMP_ACT_ALLOW, name);
  Add(SCMP_ACT_ALLOW, "open", SCMP_A1(SCMP_CMP_MASKED_EQ, kOpenForWriting, O_RDONLY));
  Add(SCMP_ACT_ALLOW, "openat", SCMP_A2(SCMP_CMP_MASKED_EQ, kOpenForWriting, O_RDONLY));
  // Its flags are in memory that a filter cannot read; glibc then falls back to clone.
  Add(SCMP_ACT_ERRNO(ENOSYS), "clone3");
  Add(SCMP_ACT_ALLOW, "prlimit64", SCMP_A0(SCMP_CMP_EQ, 0));
  for (const int option : {PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_SET_NO_NEW_PRIVS,
                           PR_GET_DUMPABLE, PR_SET_SECCOMP, PR_SET_VMA}) {
    Add(SCMP_ACT_ALLOW, "prctl", SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(option)));
  }
}

absl::Status CallFilter::Load() {
  if (const absl::Status caught = CatchRefusedCalls(); !caught.ok()) return caught;
  if (answer_ != nullptr) answer_to_trapped_call = answer_;
  if (error_ == 0) error_ = seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_NNP, 1);
  // Kernels before 4.14 cannot log; the handler's line is there anyway.
  if (error_ == 0) seccomp_attr_set(filter_.get(), SCMP_FLTATR_CTL_LOG, 1);
  if (error_ == 0) error_ = seccomp_load(filter_.get());
  return error_ == 0 ? absl::OkStatus() : FilterError(error_, "install");
}

}  // namespace accord
