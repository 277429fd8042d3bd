#include "cli/local_federation/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "base/status.h"

namespace accord {
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

// Descriptors that a child gets as its standard ones.
struct ChildStreams {
  int input = -1, output = -1, errors = -1;
};

// After fork: only calls that are safe between fork and exec of a program with threads.
[[noreturn]] void ExecChild(char* const* argv, char* const* envp, const ChildStreams& streams, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  setpgid(0, 0);
  dup2(streams.input, STDIN_FILENO);
  dup2(streams.output, STDOUT_FILENO);
  dup2(streams.errors, STDERR_FILENO);
  execve(argv[0], argv, envp);
  _exit(127);
}

absl::StatusOr<UniqueFd> OpenForAppending(const std::string& path) {
  UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file.valid()) return ErrnoError("open", path);
  return file;
}

// Under which this process can open the file once more.
std::string PathOf(const UniqueFd& fd) { return absl::StrCat("/proc/self/fd/", fd.get()); }

}  // namespace

absl::StatusOr<Process> Process::Start(const Command& command) {
  if (access(command.argv[0].c_str(), X_OK) != 0) {
    return absl::NotFoundError(absl::StrCat("no program at ", command.argv[0], ": build it first"));
  }
  ACCORD_ASSIGN_OR_RETURN(const UniqueFd output, OpenForAppending(command.output_path));
  UniqueFd errors;
  if (!command.errors_path.empty()) {
    ACCORD_ASSIGN_OR_RETURN(errors, OpenForAppending(command.errors_path));
  }
  // Sockets and no pipe: writing to one whose reader is gone raises no signal.
  int ends[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return ErrnoError("make", "a pair of sockets");
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);

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
    ExecChild(argv_pointers.data(), environment_pointers.data(),
              {read_end.get(), output.get(), errors.valid() ? errors.get() : output.get()}, parent);
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

Process::Event Process::Await(int other_fd, int stop_fd, absl::Time deadline) const {
  // poll passes over descriptors below 0.
  pollfd events[3] = {{pidfd_.get(), POLLIN, 0}, {other_fd, POLLIN, 0}, {stop_fd, POLLIN, 0}};
  const int ready = poll(events, 3, PollMillis(deadline));
  if (ready == 0) return Event::kDeadline;
  return ready > 0 && events[2].revents != 0 ? Event::kStop : Event::kSomething;
}

absl::Status Process::WaitForOutput(absl::string_view text, const Patience& patience) {
  return WaitForOneOf({text}, patience).status();
}

absl::StatusOr<size_t> Process::WaitForOneOf(absl::Span<const absl::string_view> texts, const Patience& patience) {
  const absl::Time deadline = absl::Now() + patience.longest;
  UniqueFd watch(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!watch.valid() || inotify_add_watch(watch.get(), output_path_.c_str(), IN_MODIFY) < 0) {
    return ErrnoError("watch", output_path_);
  }
  while (true) {
    const bool alive = running();  // before the read: what was written before the end is seen
    const std::string output = Output();
    for (size_t i = 0; i < texts.size(); ++i) {
      if (absl::StrContains(output, texts[i])) return i;
    }
    if (!alive) {
      return absl::UnavailableError(absl::StrCat("the process ended with status ", exit_status_, " before it said '",
                                                 texts[0], "'; its last lines:\n", OutputTail()));
    }
    const Event event = Await(watch.get(), patience.stop == nullptr ? -1 : patience.stop->fd(), deadline);
    if (event == Event::kStop) return patience.stop->status();
    if (event == Event::kDeadline) {
      return absl::DeadlineExceededError(absl::StrCat("the process did not say '", texts[0], "' within ",
                                                      absl::FormatDuration(patience.longest), "; its last lines:\n",
                                                      OutputTail()));
    }
    char drained[4096];
    while (read(watch.get(), drained, sizeof(drained)) > 0) {
    }
  }
}

absl::StatusOr<int> Process::WaitForExit(const Patience& patience) {
  const absl::Time deadline = absl::Now() + patience.longest;
  while (running()) {
    const Event event = Await(-1, patience.stop == nullptr ? -1 : patience.stop->fd(), deadline);
    if (event == Event::kStop) return patience.stop->status();
    if (event == Event::kDeadline) {
      return absl::DeadlineExceededError(absl::StrCat("the process did not end within ",
                                                      absl::FormatDuration(patience.longest), "; its last lines:\n",
                                                      OutputTail()));
    }
  }
  return exit_status_;
}

void Process::Signal(int signal) {
  if (running()) kill(pid_, signal);
}

void Process::Stop(absl::Duration grace, const StopRequests* stop) {
  Signal(SIGTERM);
  const absl::Time deadline = absl::Now() + grace;
  while (running()) {
    if (Await(-1, stop == nullptr ? -1 : stop->again_fd(), deadline) != Event::kSomething) return Kill();
  }
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
  const ssize_t written = send(input_.get(), text.data(), text.size(), MSG_NOSIGNAL);
  if (written != static_cast<ssize_t>(text.size())) return ErrnoError("write to", "a process");
  return absl::OkStatus();
}

std::string Process::Output() const { return ReadFrom(output_path_, output_start_); }

std::string Process::OutputTail() const {
  std::string output = Output();
  return output.size() <= kTailBytes ? output : output.substr(output.size() - kTailBytes);
}

absl::StatusOr<std::string> RunProgram(const std::vector<std::string>& argv, const Patience& patience,
                                       absl::string_view input) {
  // Files in memory: what is printed can be a secret, and nothing is left behind whatever happens.
  ACCORD_ASSIGN_OR_RETURN(const UniqueFd output_file, MakeMemoryFile("output", 0));
  ACCORD_ASSIGN_OR_RETURN(const UniqueFd errors_file, MakeMemoryFile("errors", 0));
  const std::string errors = PathOf(errors_file);
  ACCORD_ASSIGN_OR_RETURN(
      Process process,
      Process::Start(
          {.argv = argv, .output_path = PathOf(output_file), .takes_input = !input.empty(), .errors_path = errors}));
  // A program that ended without reading says why in its status.
  if (!input.empty()) process.WriteInput(input).IgnoreError();
  process.CloseInput();
  ACCORD_ASSIGN_OR_RETURN(const int status, process.WaitForExit(patience));
  if (status == 0) return process.Output();
  return absl::FailedPreconditionError(absl::StrCat(absl::StrJoin(argv, " "), " exited with status ", status, ":\n",
                                                    ReadFrom(errors, 0), process.OutputTail()));
}

bool WaitUntilGone(pid_t pid, absl::Duration timeout) {
  const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.valid()) return errno == ESRCH;
  pollfd event = {pidfd.get(), POLLIN, 0};
  return poll(&event, 1, PollMillis(absl::Now() + timeout)) == 1;
}

}  // namespace accord
