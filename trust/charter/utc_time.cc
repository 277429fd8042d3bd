#include "trust/charter/utc_time.h"

namespace accord {
namespace {

constexpr char kUtcForm[] = "%Y-%m-%dT%H:%M:%SZ";

}  // namespace

std::string FormatUtc(absl::Time time) { return absl::FormatTime(kUtcForm, time, absl::UTCTimeZone()); }

absl::StatusOr<absl::Time> ParseUtc(absl::string_view text) {
  absl::Time time;
  std::string ignored;
  // The parser also takes spaces, signs, short years and days that it carries over.
  if (!absl::ParseTime(kUtcForm, text, absl::UTCTimeZone(), &time, &ignored) || time < absl::UnixEpoch() ||
      FormatUtc(time) != text) {
    return absl::InvalidArgumentError("is not a moment of the form 2027-01-01T00:00:00Z");
  }
  return time;
}

}  // namespace accord
