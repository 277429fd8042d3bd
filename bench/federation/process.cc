#include "bench/federation/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "base/status.h"

namespace accord::bench {
namespace {

constexpr size_t kTailBytes = 2000;

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const std::vector<std::string>& extra) {
  std::vector<std::string> environment = extra;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  return environment;
}

std::string ReadFrom(const std::string& path, uint64_t offset) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

int PollMillis(absl::Time deadline) {
  const absl::Duration left = deadline - absl::Now();
  if (left <= absl::ZeroDuration()) return 0;
  return static_cast<int>(std::min<int64_t>(absl::ToInt64Milliseconds(left), 1 << 30)) + 1;
}

// After fork: only calls that are safe between fork and exec of a program with threads.
[[noreturn]] void ExecChild(char* const* argv, char* const* envp, int input, int output, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execve(argv[0], argv, envp);
  _exit(127);
}

}  // namespace

absl::StatusOr<Process> Process::Start(const Command& command) {
  if (access(command.argv[0].c_str(), X_OK) != 0) {
    return absl::NotFoundError(absl::StrCat("no program at ", command.argv[0], ": build it first"));
  }
  UniqueFd output(open(command.output_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!output.valid()) return ErrnoError("open", command.output_path);
  int pipe_ends[2] = {-1, -1};
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return ErrnoError("make", "a pipe");
  UniqueFd read_end(pipe_ends[0]);
  UniqueFd write_end(pipe_ends[1]);

  Process process;
  process.output_path_ = command.output_path;
  process.output_start_ = static_cast<uint64_t>(lseek(output.get(), 0, SEEK_END));
  std::vector<std::string> argv = command.argv;
  std::vector<std::string> environment = Environment(command.environment);
  const std::vector<char*> argv_pointers = Pointers(argv);
  const std::vector<char*> environment_pointers = Pointers(environment);
  const pid_t parent = getpid();
  process.pid_ = fork();
  if (process.pid_ < 0) return ErrnoError("start", command.argv[0]);
  if (process.pid_ == 0) {
    ExecChild(argv_pointers.data(), environment_pointers.data(), read_end.get(), output.get(), parent);
  }
  process.ended_ = false;
  process.pidfd_ = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, process.pid_, 0)));
  if (!process.pidfd_.valid()) return ErrnoError("watch", command.argv[0]);
  if (command.takes_input) process.input_ = std::move(write_end);
  return process;
}

Process::~Process() { Kill(); }

Process::Process(Process&& other) noexcept { *this = std::move(other); }

Process& Process::operator=(Process&& other) noexcept {
  if (this == &other) return *this;
  Kill();
  pid_ = std::exchange(other.pid_, -1);
  ended_ = std::exchange(other.ended_, true);
  exit_status_ = other.exit_status_;
  output_path_ = std::move(other.output_path_);
  output_start_ = other.output_start_;
  pidfd_ = std::move(other.pidfd_);
  input_ = std::move(other.input_);
  return *this;
}

void Process::Reap(int status) {
  exit_status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ended_ = true;
}

bool Process::running() {
  if (ended_) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) == pid_) Reap(status);
  return !ended_;
}

absl::Status Process::WaitForOutput(absl::string_view text, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  UniqueFd watch(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!watch.valid() || inotify_add_watch(watch.get(), output_path_.c_str(), IN_MODIFY) < 0) {
    return ErrnoError("watch", output_path_);
  }
  while (true) {
    const bool alive = running();  // before the read: what was written before the end is seen
    if (absl::StrContains(Output(), text)) return absl::OkStatus();
    if (!alive) {
      return absl::UnavailableError(absl::StrCat("the process ended with status ", exit_status_, " before it said '",
                                                 text, "'; its last lines:\n", OutputTail()));
    }
    pollfd events[2] = {{watch.get(), POLLIN, 0}, {pidfd_.get(), POLLIN, 0}};
    if (poll(events, 2, PollMillis(deadline)) == 0) {
      return absl::DeadlineExceededError(absl::StrCat("the process did not say '", text, "' within ",
                                                      absl::FormatDuration(timeout), "; its last lines:\n",
                                                      OutputTail()));
    }
    char drained[4096];
    while (read(watch.get(), drained, sizeof(drained)) > 0) {
    }
  }
}

absl::StatusOr<int> Process::WaitForExit(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (running()) {
    pollfd event = {pidfd_.get(), POLLIN, 0};
    if (poll(&event, 1, PollMillis(deadline)) == 0) {
      return absl::DeadlineExceededError(absl::StrCat("the process did not end within ", absl::FormatDuration(timeout),
                                                      "; its last lines:\n", OutputTail()));
    }
  }
  return exit_status_;
}

void Process::Signal(int signal) {
  if (running()) kill(pid_, signal);
}

void Process::Stop(absl::Duration grace) {
  Signal(SIGTERM);
  if (!WaitForExit(grace).ok()) Kill();
}

void Process::Kill() {
  if (ended_) return;
  kill(pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  Reap(status);
}

absl::Status Process::WriteInput(absl::string_view text) {
  const ssize_t written = write(input_.get(), text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size())) return ErrnoError("write to", "a process");
  return absl::OkStatus();
}

std::string Process::Output() const { return ReadFrom(output_path_, output_start_); }

std::string Process::OutputTail() const {
  std::string output = Output();
  return output.size() <= kTailBytes ? output : output.substr(output.size() - kTailBytes);
}

absl::StatusOr<std::string> RunProgram(const std::vector<std::string>& argv, absl::Duration timeout) {
  TempFolder folder;
  const std::string errors = folder.Path("errors");
  // A shell separates the two streams; the arguments reach it as they are.
  std::vector<std::string> wrapped = {"/bin/sh", "-c", "errors=$1; shift; exec \"$@\" 2>\"$errors\"", "sh", errors};
  wrapped.insert(wrapped.end(), argv.begin(), argv.end());
  ACCORD_ASSIGN_OR_RETURN(Process process, Process::Start({wrapped, folder.Path("output"), {}, false}));
  ACCORD_ASSIGN_OR_RETURN(const int status, process.WaitForExit(timeout));
  if (status == 0) return process.Output();
  return absl::FailedPreconditionError(absl::StrCat(absl::StrJoin(argv, " "), " exited with status ", status, ":\n",
                                                    ReadFrom(errors, 0), process.OutputTail()));
}

absl::StatusOr<double> PeakMemoryMib(pid_t pid) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(status, line);) {
    const std::vector<std::string> words = absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    double kib = 0;
    if (words.size() >= 2 && words[0] == "VmHWM:" && absl::SimpleAtod(words[1], &kib)) return kib / 1024;
  }
  return absl::NotFoundError(absl::StrCat("no VmHWM in /proc/", pid, "/status"));
}

std::vector<pid_t> Descendants(pid_t ancestor, absl::string_view program_name) {
  struct Entry {
    pid_t pid = 0;
    pid_t parent = 0;
    std::string name;
  };
  std::vector<Entry> processes;
  std::error_code error;
  for (const auto& folder : std::filesystem::directory_iterator("/proc", error)) {
    Entry entry;
    if (!absl::SimpleAtoi(folder.path().filename().string(), &entry.pid)) continue;
    const std::string stat = ReadFrom(folder.path().string() + "/stat", 0);  // "PID (NAME) STATE PARENT ..."
    const size_t open = stat.find('(');
    const size_t close = stat.rfind(')');
    if (open == std::string::npos || close == std::string::npos || close + 4 > stat.size()) continue;
    entry.name = stat.substr(open + 1, close - open - 1);
    std::istringstream(stat.substr(close + 4)) >> entry.parent;
    processes.push_back(std::move(entry));
  }
  std::vector<pid_t> family = {ancestor};
  std::vector<pid_t> found;
  for (size_t i = 0; i < family.size(); ++i) {
    for (const Entry& entry : processes) {
      if (entry.parent != family[i]) continue;
      family.push_back(entry.pid);
      if (entry.name == program_name) found.push_back(entry.pid);
    }
  }
  return found;
}

bool WaitUntilGone(pid_t pid, absl::Duration timeout) {
  const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.valid()) return errno == ESRCH;
  pollfd event = {pidfd.get(), POLLIN, 0};
  return poll(&event, 1, PollMillis(absl::Now() + timeout)) == 1;
}

TempFolder::TempFolder() {
  const char* base = std::getenv("TMPDIR");
  path_ = absl::StrCat(base != nullptr ? base : "/tmp", "/accord-XXXXXX");
  if (mkdtemp(path_.data()) == nullptr) path_.clear();
}

TempFolder::~TempFolder() {
  if (path_.empty() || std::getenv("ACCORD_KEEP") != nullptr) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempFolder::Path(absl::string_view name) const { return absl::StrCat(path_, "/", name); }

}  // namespace accord::bench
