#include "client/daemon/training/line_log.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace accord {

LineLog::LineLog(std::string name, LineSink sink, Clock& clock)
    : name_(std::move(name)), sink_(std::move(sink)), clock_(clock), window_begin_(clock.Monotonic()) {}

void LineLog::Add(absl::string_view bytes) {
  for (const char byte : bytes) {
    if (byte == '\n') {
      EndLine();
      continue;
    }
    if (line_.size() == kMaxBytes) EndLine();
    line_.push_back(absl::ascii_isprint(static_cast<unsigned char>(byte)) ? byte : '?');
  }
}

void LineLog::Finish() {
  if (!line_.empty()) EndLine();
}

void LineLog::EndLine() {
  const absl::Duration now = clock_.Monotonic();
  if (now - window_begin_ >= absl::Minutes(1)) {
    if (left_out_ > 0) sink_(name_, absl::StrCat("(", left_out_, " lines left out)"));
    window_begin_ = now;
    lines_in_window_ = 0;
    left_out_ = 0;
  }
  last_line_ = std::exchange(line_, "");
  if (++lines_in_window_ <= kMaxLinesPerMinute) {
    sink_(name_, last_line_);
  } else {
    ++left_out_;
  }
}

}  // namespace accord
