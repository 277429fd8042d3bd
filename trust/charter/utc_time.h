// Moments in what people sign: UTC to the second, in one spelling.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace accord {

// "2027-01-01T00:00:00Z", of the years 1970 to 9999. INVALID_ARGUMENT for any other spelling, for a day that no
// calendar has and for a leap second.
absl::StatusOr<absl::Time> ParseUtc(absl::string_view text);
std::string FormatUtc(absl::Time time);

}  // namespace accord
