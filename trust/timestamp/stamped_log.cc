#include "trust/timestamp/stamped_log.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "trust/timestamp/log_stamp.h"

namespace accord {
namespace {

absl::Time AtMicros(uint64_t unix_us) { return absl::FromUnixMicros(static_cast<int64_t>(unix_us)); }

}  // namespace

void StampedLog::See(const LogEntry& entry) {
  if (!uncovered_.has_value()) uncovered_ = Entry{entry.index, AtMicros(entry.unix_us)};
}

absl::Status StampedLog::Take(const SignedLogHead& head, const std::string& token) {
  ACCORD_ASSIGN_OR_RETURN(TimeStamp stamp,
                          authority_.has_value() ? CheckLogStamp(*authority_, head, token) : ReadLogStamp(head, token));
  ACCORD_ASSIGN_OR_RETURN(const LogHead parsed, ParseLogHead(head.bytes));
  if (uncovered_.has_value() && within_.has_value() && stamp.time > uncovered_->time + *within_) {
    return absl::OutOfRangeError(absl::StrCat(
        "is of ", StampInWords(stamp), ", and is the first that covers entry ", uncovered_->index,
        ", which says that it was written ",
        absl::FormatDuration(absl::Trunc(stamp.time - uncovered_->time, absl::Seconds(1))),
        " earlier; expected within ", absl::FormatDuration(*within_), ": its time is not shown to be true"));
  }
  uncovered_.reset();
  heads_.push_back({parsed.tree_size, std::move(stamp)});
  return absl::OkStatus();
}

absl::Status StampedLog::Finish(const LogHead& last, absl::Time now) {
  // The keeper's own time can only make it later: who dates entries back makes this one as old as it likes.
  const absl::Time end = std::max(now, AtMicros(last.unix_us));
  if (!uncovered_.has_value() || !within_.has_value() || end <= uncovered_->time + *within_) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat(
      "no time stamp covers the entries from ", uncovered_->index, " on, of which the first says that it was written ",
      absl::FormatDuration(absl::Trunc(end - uncovered_->time, absl::Seconds(1))), " ago; expected one within ",
      absl::FormatDuration(*within_), ": their times are not shown to be true"));
}

}  // namespace accord
