#include "trust/timestamp/log_stamp.h"

#include "absl/strings/str_cat.h"
#include "base/domain_hash.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr absl::string_view kStampDomain = "accord/v1/log-stamp";

}  // namespace

Sha256Digest LogStampImprint(const SignedLogHead& head) {
  return HashUnder(kStampDomain, absl::StrCat(head.bytes, head.signature));
}

absl::StatusOr<TimeStamp> ReadLogStamp(const SignedLogHead& head, absl::string_view token) {
  ACCORD_ASSIGN_OR_RETURN(const LogHead parsed, ParseLogHead(head.bytes));
  ACCORD_ASSIGN_OR_RETURN(TimeStamp stamp, ReadTimeStamp(token));
  if (stamp.imprint != LogStampImprint(head)) {
    return absl::InvalidArgumentError("the time stamp is on something else than this head of the log");
  }
  const absl::Time is_signed = absl::FromUnixMicros(static_cast<int64_t>(parsed.unix_us));
  if (stamp.time + kStampTolerance < is_signed) {
    return absl::InvalidArgumentError(
        absl::StrCat("the time stamp is of ", StampInWords(stamp), ", and the head says that it was signed later, ",
                     absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", is_signed, absl::UTCTimeZone())));
  }
  return stamp;
}

absl::StatusOr<TimeStamp> CheckLogStamp(const StampAuthority& authority, const SignedLogHead& head,
                                        absl::string_view token) {
  ACCORD_RETURN_IF_ERROR(ReadLogStamp(head, token).status());
  return authority.Check(token, LogStampImprint(head));
}

}  // namespace accord
