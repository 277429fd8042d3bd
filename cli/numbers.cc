#include "cli/numbers.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"

namespace accord {

std::string CountInWords(uint64_t count) {
  const std::string digits = absl::StrCat(count);
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) grouped.push_back(',');
    grouped.push_back(digits[i]);
  }
  return grouped;
}

std::string BytesInWords(uint64_t bytes) {
  if (bytes < 1024) return absl::StrCat(bytes, " B");
  static constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  int unit = 0;
  while (value >= 1024 && unit < 5) {
    value /= 1024;
    ++unit;
  }
  return absl::StrFormat("%.1f %s", value, kUnits[unit]);
}

std::string DurationInWords(double milliseconds) {
  if (!std::isfinite(milliseconds) || milliseconds < 0) return "unknown";
  if (milliseconds < 10) return absl::StrFormat("%.1f ms", milliseconds);
  if (milliseconds < 1000) return absl::StrFormat("%.0f ms", milliseconds);
  const double seconds = milliseconds / 1000;
  if (seconds < 60) return absl::StrFormat("%.1f s", seconds);
  if (seconds > 1e12) return "unknown";
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (whole < 3600) return absl::StrCat(whole / 60, " min ", whole % 60, " s");
  if (whole < 86400) return absl::StrCat(whole / 3600, " h ", whole % 3600 / 60, " min");
  return absl::StrCat(whole / 86400, " d ", whole % 86400 / 3600, " h");
}

std::string ShareInPercent(double share) {
  if (!std::isfinite(share)) return "not a number";
  return absl::StrFormat("%.1f %%", share * 100);
}

std::string MetricInDigits(double value) {
  if (std::isnan(value)) return "not a number";
  if (std::isinf(value)) return "infinite";
  return absl::StrFormat("%.4g", value);
}

std::string AucInDigits(double auc) { return std::isfinite(auc) ? absl::StrFormat("%.3f", auc) : MetricInDigits(auc); }

std::string TimeInWords(int64_t unix_ms) {
  if (unix_ms == 0) return "-";
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", absl::FromUnixMillis(unix_ms), absl::UTCTimeZone());
}

std::string Plural(uint64_t count, const std::string& noun) {
  return absl::StrCat(CountInWords(count), " ", noun, count == 1 ? "" : "s");
}

}  // namespace accord
