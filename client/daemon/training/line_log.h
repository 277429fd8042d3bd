// Turns what a trainer prints, which may be anything, into log lines that are safe to show.
#pragma once

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "base/clock.h"

namespace accord {

// Gets the name of who printed it and one line.
using LineSink = std::function<void(const std::string& name, const std::string& line)>;

// Cuts at line ends and after kMaxBytes, replaces every byte that is not printable ASCII, and passes at most
// kMaxLinesPerMinute on (then one line says how many were left out). Not thread-safe.
class LineLog {
 public:
  static constexpr size_t kMaxBytes = 1024;
  static constexpr int kMaxLinesPerMinute = 300;

  LineLog(std::string name, LineSink sink, Clock& clock = Clock::System());
  void Add(absl::string_view bytes);
  // Passes an unfinished line on.
  void Finish();
  const std::string& last_line() const { return last_line_; }

 private:
  void EndLine();
  std::string name_;
  LineSink sink_;
  Clock& clock_;
  std::string line_;
  std::string last_line_;
  absl::Duration window_begin_;
  int lines_in_window_ = 0;
  int left_out_ = 0;
};

}  // namespace accord
