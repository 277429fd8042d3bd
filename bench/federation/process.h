// A program that a bench or a test starts: its output goes to a file, its end can be awaited, and it never outlives its
// starter.
//
// Waiting is by events (inotify on the output, a pidfd for the end), never by sleeping. Not thread-safe; movable.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/file.h"

namespace accord::bench {

class Process {
 public:
  struct Command {
    std::vector<std::string> argv;              // argv[0] is a path
    std::string output_path;                    // standard output and error, appended
    std::vector<std::string> environment = {};  // "NAME=value", on top of this process's own
    bool takes_input = false;                   // WriteInput may be used
  };

  // NOT_FOUND when the program is not there or cannot be run.
  static absl::StatusOr<Process> Start(const Command& command);

  Process() = default;
  // Kills what still runs and waits for its end.
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  pid_t pid() const { return pid_; }
  bool running();
  // Blocks until `text` stands in what the process has written since its start. UNAVAILABLE with the output's tail when
  // the process ends first, DEADLINE_EXCEEDED with the tail when it takes too long.
  absl::Status WaitForOutput(absl::string_view text, absl::Duration timeout);
  // The exit status, 128 + the signal's number for a killed process. DEADLINE_EXCEEDED.
  absl::StatusOr<int> WaitForExit(absl::Duration timeout);
  void Signal(int signal);
  // SIGTERM, then SIGKILL when it does not go within `grace`.
  void Stop(absl::Duration grace = absl::Seconds(10));
  // SIGKILL, as a power cut would.
  void Kill();
  absl::Status WriteInput(absl::string_view text);

  std::string Output() const;
  // The last lines, for messages.
  std::string OutputTail() const;

 private:
  void Reap(int status);

  pid_t pid_ = -1;
  bool ended_ = true;
  int exit_status_ = 0;
  std::string output_path_;
  uint64_t output_start_ = 0;
  UniqueFd pidfd_;
  UniqueFd input_;
};

// Runs a program to its end and returns what it wrote to standard output. FAILED_PRECONDITION with its standard error
// when it exits with another status than 0.
absl::StatusOr<std::string> RunProgram(const std::vector<std::string>& argv, absl::Duration timeout);

// VmHWM of a running process in MiB.
absl::StatusOr<double> PeakMemoryMib(pid_t pid);

// The direct and indirect children of a process that bear this name (at most 15 characters, as in /proc/PID/comm).
std::vector<pid_t> Descendants(pid_t ancestor, absl::string_view program_name);

// Blocks until a process, child or not, has ended. False when it has not after `timeout`.
bool WaitUntilGone(pid_t pid, absl::Duration timeout);

// A folder of its own under the system's temporary folder, removed at the end unless ACCORD_KEEP is set.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string Path(absl::string_view name) const;

 private:
  std::string path_;
};

}  // namespace accord::bench
