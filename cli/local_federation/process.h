// A program that another of ours starts on the same machine: its output goes to a file, its end can be awaited, and it
// never outlives its starter.
//
// Waiting is by events (inotify on the output, a pidfd for the end), never by sleeping. Not thread-safe; movable.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/file.h"
#include "cli/local_federation/stop_requests.h"

namespace accord {

// How long a caller waits, and whose request makes it give up before, with CANCELLED.
struct Patience {
  Patience(absl::Duration longest, const StopRequests* stop = nullptr) : longest(longest), stop(stop) {}
  absl::Duration longest;
  const StopRequests* stop;  // null: nobody's
};

class Process {
 public:
  struct Command {
    std::vector<std::string> argv;              // argv[0] is a path
    std::string output_path;                    // standard output and error, appended
    std::vector<std::string> environment = {};  // "NAME=value", on top of this process's own
    bool takes_input = false;                   // WriteInput may be used; else standard input is at its end
    std::string errors_path = "";               // standard error there instead, where not empty
  };

  // NOT_FOUND when the program is not there or cannot be run. The process is of a group of its own, so that a
  // terminal's Ctrl-C reaches its starter alone, which ends it in order; it dies with the thread that started it.
  static absl::StatusOr<Process> Start(const Command& command);

  Process() = default;
  // Kills what still runs and waits for its end.
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  pid_t pid() const { return pid_; }
  // Readable once the process has ended; from any thread.
  int end_fd() const { return pidfd_.get(); }
  bool running();
  // Blocks until `text` stands in what the process has written since its start. UNAVAILABLE with the output's tail when
  // the process ends first, DEADLINE_EXCEEDED with the tail when it takes too long.
  absl::Status WaitForOutput(absl::string_view text, const Patience& patience);
  // The same for the first one of several; its index.
  absl::StatusOr<size_t> WaitForOneOf(absl::Span<const absl::string_view> texts, const Patience& patience);
  // The exit status, 128 + the signal's number for a killed process. DEADLINE_EXCEEDED.
  absl::StatusOr<int> WaitForExit(const Patience& patience);
  void Signal(int signal);
  // SIGTERM, then SIGKILL when it does not go within `grace`, or as soon as `stop` is asked a second time.
  void Stop(absl::Duration grace = absl::Seconds(10), const StopRequests* stop = nullptr);
  // SIGKILL, as a power cut would.
  void Kill();
  absl::Status WriteInput(absl::string_view text);
  // The process reads the end of its input.
  void CloseInput() { input_.Reset(); }

  std::string Output() const;
  // The last lines, for messages.
  std::string OutputTail() const;

 private:
  // Until the process ends, `other_fd` (-1: none) or `stop_fd` becomes readable, a signal comes, or the deadline
  // passes.
  enum class Event { kSomething, kStop, kDeadline };
  Event Await(int other_fd, int stop_fd, absl::Time deadline) const;
  void Reap(int status);

  pid_t pid_ = -1;
  bool ended_ = true;
  int exit_status_ = 0;
  std::string output_path_;
  uint64_t output_start_ = 0;
  UniqueFd pidfd_;
  UniqueFd input_;
};

// Runs a program to its end and returns what it wrote to standard output; `input` is what it reads, of at most a pipe's
// 64 KiB. Both can be secrets: they stand in no argument, no environment and no file on a disk. FAILED_PRECONDITION
// with its standard error when it exits with another status than 0.
absl::StatusOr<std::string> RunProgram(const std::vector<std::string>& argv, const Patience& patience,
                                       absl::string_view input = "");

// Blocks until a process, child or not, has ended. False when it has not after `timeout`.
bool WaitUntilGone(pid_t pid, absl::Duration timeout);

}  // namespace accord
