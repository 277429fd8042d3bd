#include "trust/charter/utc_time.h"

#include <array>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/time/civil_time.h"

namespace accord {
namespace {

constexpr char kUtcForm[] = "%Y-%m-%dT%H:%M:%SZ";
constexpr absl::string_view kUtcExample = "2027-01-01T00:00:00Z";

}  // namespace

std::string FormatUtc(absl::Time time) { return absl::FormatTime(kUtcForm, time, absl::UTCTimeZone()); }

// By hand rather than absl::ParseTime, which takes spaces, signs, short years and days that it carries over as well:
// what it read would have to be written again to compare, and a site reads the times of a job's papers at each of its
// steps.
absl::StatusOr<absl::Time> ParseUtc(absl::string_view text) {
  const auto wrong = [] { return absl::InvalidArgumentError("is not a moment of the form 2027-01-01T00:00:00Z"); };
  if (text.size() != kUtcExample.size()) return wrong();
  std::array<int, 6> parts{};  // year to second
  size_t part = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!absl::ascii_isdigit(kUtcExample[i])) {
      if (text[i] != kUtcExample[i]) return wrong();
      ++part;
    } else {
      if (!absl::ascii_isdigit(text[i])) return wrong();
      parts[part] = parts[part] * 10 + (text[i] - '0');
    }
  }
  const absl::CivilSecond moment(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]);
  // Carried over: the 31st of June is no day.
  const bool is_moment = moment.month() == parts[1] && moment.day() == parts[2] && moment.hour() == parts[3] &&
                         moment.minute() == parts[4] && moment.second() == parts[5];
  const absl::Time time = absl::FromCivil(moment, absl::UTCTimeZone());
  if (!is_moment || time < absl::UnixEpoch()) return wrong();
  return time;
}

}  // namespace accord
