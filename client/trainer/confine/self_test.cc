#include "client/trainer/confine/self_test.h"

#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <functional>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/child_process.h"
#include "base/file.h"
#include "client/trainer/confine/limits.h"
#include "client/trainer/confine/system_call_filter.h"

namespace accord {
namespace {

struct Attempt {
  std::string what;
  std::function<bool()> succeeds;
};

bool Opens(const std::string& path, int flags) { return UniqueFd(open(path.c_str(), flags | O_CLOEXEC, 0600)).valid(); }

bool OpensSocket(int family) { return UniqueFd(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)).valid(); }

bool LooksUpAName() {
  addrinfo* found = nullptr;
  if (getaddrinfo("example.org", "443", nullptr, &found) != 0) return false;
  freeaddrinfo(found);
  return true;
}

// A descriptor of a memory file names a file that could be opened anew for writing.
bool ReopensForWriting() {
  const absl::StatusOr<UniqueFd> file = MakeMemoryFile("self-test", 16);
  return file.ok() && Opens(absl::StrCat("/proc/self/fd/", file->get()), O_RDWR);
}

// While the filter's handler looks at a path, another thread makes it the name of another file. Nothing but a memory
// file may come of it (system_call_filter.cc).
bool SwapsAPathUnderTheFilter() {
  constexpr int kTries = 32;  // each that is refused is a line in the log
  constexpr char kName[] = "/proc/self/task/1/comm";
  constexpr char kFile[] = "/tmp/written";
  std::array<std::atomic<char>, sizeof(kName)> path;
  const auto write = [&path](absl::string_view name) {
    for (size_t i = 0; i <= name.size(); ++i) path[i] = i < name.size() ? name[i] : '\0';
  };
  std::atomic<bool> done = false;
  write(kName);
  std::thread other([&] {
    while (!done) {
      write(kFile);
      write(kName);
    }
  });
  bool wrote = false;
  for (int i = 0; i < kTries && !wrote; ++i) {
    const UniqueFd file(static_cast<int>(syscall(SYS_openat, AT_FDCWD, path.data(), O_WRONLY | O_CREAT, 0600)));
    struct stat status = {};
    // A memory file has no name in any folder.
    wrote = file.valid() && fstat(file.get(), &status) == 0 && status.st_nlink != 0;
  }
  done = true;
  other.join();
  return wrote;
}

// Room that no limit on file sizes holds back: with the scratch file's descriptor it would be the whole disk.
bool ReservesBehindAFilesEnd() {
  const absl::StatusOr<UniqueFd> file = MakeMemoryFile("self-test", 16);
  return file.ok() && fallocate(file->get(), FALLOC_FL_KEEP_SIZE, 0, 1 << 20) == 0;
}

// Of no file at all: what the kernel says of that shows that it was asked, and not the filter.
bool AsksADriver(unsigned long request) { return ioctl(-1, request, nullptr) == -1 && errno == EBADF; }

// The system call itself: newer fork()s of the C library block every signal first, and a refusal that cannot be told by
// one ends the process, which would leave the attempts that follow untried.
bool StartsAProcess() {
  const long child = syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
  if (child == 0) _exit(0);
  if (child > 0) waitpid(static_cast<pid_t>(child), nullptr, 0);
  return child > 0;
}

std::vector<Attempt> Attempts(const std::vector<std::string>& forbidden_paths) {
  const pid_t parent = getppid();
  std::vector<Attempt> attempts = {
      {"an internet socket", [] { return OpensSocket(AF_INET); }},
      {"an IPv6 socket", [] { return OpensSocket(AF_INET6); }},
      {"a local socket", [] { return OpensSocket(AF_UNIX); }},
      {"a netlink socket", [] { return OpensSocket(AF_NETLINK); }},
      {"a name look-up", LooksUpAName},
      {"tracing process 1", [] { return ptrace(PTRACE_ATTACH, 1, nullptr, nullptr) == 0; }},
      {"tracing the warm process", [parent] { return ptrace(PTRACE_ATTACH, parent, nullptr, nullptr) == 0; }},
      {"signalling the warm process", [parent] { return kill(parent, 0) == 0; }},
      {"reading the memory of process 1", [] { return Opens("/proc/1/mem", O_RDONLY); }},
      {"reading the warm process's memory",
       [parent] { return Opens(absl::StrCat("/proc/", parent, "/mem"), O_RDONLY); }},
      {"starting a process", [] { return StartsAProcess(); }},
      {"starting a program",
       [] {
         char program[] = "/usr/bin/true";
         char* const arguments[] = {program, nullptr};
         return execve(program, arguments, nullptr) == 0;
       }},
      {"writing into the root folder", [] { return Opens("/written", O_WRONLY | O_CREAT); }},
      {"writing into /tmp", [] { return Opens("/tmp/written", O_WRONLY | O_CREAT); }},
      {"writing into /dev", [] { return Opens("/dev/written", O_WRONLY | O_CREAT); }},
      {"writing into /dev/shm", [] { return Opens("/dev/shm/written", O_WRONLY | O_CREAT); }},
      {"making a folder", [] { return mkdir("/tmp/made", 0700) == 0; }},
      {"opening a descriptor's file for writing", ReopensForWriting},
      {"changing a path while the filter looks at it", SwapsAPathUnderTheFilter},
      {"reserving room behind a file's end", ReservesBehindAFilesEnd},
      {"asking a GPU's driver", [] { return AsksADriver(_IOC(_IOC_READ | _IOC_WRITE, 'F', 42, 32)); }},
      {"asking a GPU's memory driver", [] { return AsksADriver(0x30000001) || AsksADriver(37); }},
      {"asking a terminal", [] { return AsksADriver(TIOCSTI); }},
      {"asking a file system", [] { return AsksADriver(_IO('f', 6)); }},
      {"reading /etc/passwd", [] { return Opens("/etc/passwd", O_RDONLY); }},
      {"reading /etc/shadow", [] { return Opens("/etc/shadow", O_RDONLY); }},
      {"reading /root", [] { return Opens("/root", O_RDONLY | O_DIRECTORY); }},
      {"reading /home", [] { return Opens("/home", O_RDONLY | O_DIRECTORY); }}};
  for (const std::string& path : forbidden_paths) {
    attempts.push_back({absl::StrCat("reading ", path), [path] { return Opens(path, O_RDONLY); }});
  }
  return attempts;
}

// As a job's process does it: confined first, then the attempts. Returns the process's exit code.
int TryEverything(const std::vector<std::string>& forbidden_paths) {
  absl::Status confined = DieWithParentAndHide();
  if (confined.ok()) confined = InstallJobFilter();
  if (!confined.ok()) {
    spdlog::error("NOT DENIED: anything; {}", std::string(confined.message()));
    return 1;
  }
  bool all_denied = true;
  for (const Attempt& attempt : Attempts(forbidden_paths)) {
    const bool succeeded = attempt.succeeds();
    all_denied = all_denied && !succeeded;
    spdlog::info("{}: {}", succeeded ? "NOT DENIED" : "denied", attempt.what);
  }
  return all_denied ? 0 : 1;
}

}  // namespace

bool RunSelfTest(const std::vector<std::string>& forbidden_paths, bool gpu) {
  if (const absl::Status filter = InstallSystemCallFilter(gpu); !filter.ok()) {
    spdlog::error("NOT DENIED: anything; {}", std::string(filter.message()));
    return false;
  }
  const pid_t job = fork();
  if (job == 0) _exit(TryEverything(forbidden_paths));
  int status = 1;
  return job > 0 && waitpid(job, &status, 0) == job && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace accord
