// What `accord job watch` shows while a job runs.
//
// On a terminal: a block that is drawn over itself (progress bar, time left, the last rounds). Elsewhere: one plain
// line for each round and each change of state, so that a log file reads well.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// Not thread-safe. `out` and `clock` must outlive the view.
class JobView {
 public:
  JobView(std::ostream& out, bool terminal, Clock& clock) : out_(out), terminal_(terminal), clock_(clock) {}

  void Show(const v1::JobReport& report);
  // A line that stays, for example that the link was lost.
  void Say(absl::string_view line);

 private:
  void ShowLines(const v1::JobReport& report);
  void DrawBlock(const v1::JobReport& report);
  // Moves the cursor to the block's first line and clears it.
  void EraseBlock();

  std::ostream& out_;
  const bool terminal_;
  Clock& clock_;
  int block_lines_ = 0;
  int rounds_shown_ = 0;  // plain lines only
  std::string last_state_;
};

// "[#####.....]": `width` characters between the brackets.
std::string ProgressBar(uint32_t done, uint32_t total, int width);
// From the finished training rounds, or "unknown" before there are two.
std::string TimeLeftInWords(const v1::JobReport& report, absl::Time now);
// The state in words with its reason, or with what the job waits for.
std::string StateLine(const v1::JobReport& report);
// One round as a line of the table; HeadOfRounds is the line above.
std::string RoundLine(const v1::RoundReport& round);
std::string HeadOfRounds(bool regression);

}  // namespace accord
