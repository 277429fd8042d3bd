#include "coordinator/stamps/stamp_keeper.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "spdlog/spdlog.h"
#include "trust/timestamp/log_stamp.h"
#include "trust/timestamp/stamp_request.h"

namespace accord {

absl::Status StampKeeper::TakeUp() {
  ACCORD_ASSIGN_OR_RETURN(std::optional<KeptStamp> newest, around_.log.rows().NewestStamp(around_.log.project()));
  if (!newest.has_value()) return absl::OkStatus();
  const auto checked = CheckLogStamp(authority_, newest->head, newest->token);
  if (checked.ok()) {
    around_.board.Put(*std::move(newest));
  } else {
    spdlog::warn("the last time stamp on the federation's log does not count: {}",
                 std::string(checked.status().message()));
  }
  return absl::OkStatus();
}

absl::Duration StampKeeper::TimeToNext() {
  const absl::Duration retry = std::max(not_before_ - around_.clock.Monotonic(), absl::ZeroDuration());
  const auto newest = around_.board.newest();
  const absl::Time now = around_.clock.Now();
  // Another one is due at once where the clock says that the last one is still to come.
  if (newest == nullptr || newest->time > now + kStampTolerance) return retry;
  return std::max(retry, newest->time + cadence_ - now);
}

absl::Duration StampKeeper::Look() {
  if (const absl::Duration left = TimeToNext(); left > absl::ZeroDuration()) return left;
  last_try_ = Ask();
  if (last_try_.ok()) {
    failures_ = 0;
    not_before_ = around_.clock.Monotonic() + std::min(cadence_, absl::Seconds(1));
  } else {
    const absl::Duration wait = std::min(absl::Seconds(1) * (int64_t{1} << std::min(failures_, 20)), kLongestRetry);
    ++failures_;
    not_before_ = around_.clock.Monotonic() + wait;
    spdlog::warn("the federation's log is not stamped: {}; next try in {}", std::string(last_try_.message()),
                 absl::FormatDuration(wait));
    around_.board.Fail();
  }
  around_.changed();
  return TimeToNext();
}

absl::Status StampKeeper::Ask() {
  ACCORD_ASSIGN_OR_RETURN(const SignedLogHead head, around_.log.rows().LastHead(around_.log.project()));
  ACCORD_ASSIGN_OR_RETURN(const LogHead parsed, ParseLogHead(head.bytes));
  ACCORD_ASSIGN_OR_RETURN(KeptStamp stamp, Obtain(head));
  ACCORD_RETURN_IF_ERROR(around_.log.rows().AddStamp(around_.log.project(), parsed.tree_size, stamp.time, stamp.token));
  spdlog::info("the federation's log of {} entries was stamped at {}", parsed.tree_size,
               absl::FormatTime(absl::RFC3339_sec, stamp.time, absl::UTCTimeZone()));
  around_.board.Put(std::move(stamp));
  return absl::OkStatus();
}

absl::StatusOr<KeptStamp> StampKeeper::Obtain(const SignedLogHead& head) {
  ACCORD_ASSIGN_OR_RETURN(const StampRequest request,
                          StampRequest::Create(LogStampImprint(head), authority_, around_.entropy));
  ACCORD_ASSIGN_OR_RETURN(const std::string answer, around_.transport.Exchange(request.der()));
  ACCORD_ASSIGN_OR_RETURN(StampRequest::Granted granted, request.Accept(answer));
  ACCORD_RETURN_IF_ERROR(ReadLogStamp(head, granted.token).status());
  const absl::Time now = around_.clock.Now();
  if (absl::AbsDuration(now - granted.stamp.time) > kStampTolerance) {
    return absl::FailedPreconditionError(
        absl::StrCat("the time stamp is of ", StampInWords(granted.stamp), ", and this machine's clock says ",
                     absl::FormatTime("%H:%M:%S UTC", now, absl::UTCTimeZone()), "; expected at most ",
                     absl::FormatDuration(kStampTolerance), " between the two: keep this machine's clock right (NTP)"));
  }
  return KeptStamp{head, std::move(granted.token), granted.stamp.time};
}

}  // namespace accord
