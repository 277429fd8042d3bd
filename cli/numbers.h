// How numbers are written for people: in the terminal, in summaries and in the HTML report alike.
#pragma once

#include <cstdint>
#include <string>

namespace accord {

std::string CountInWords(uint64_t count);                     // 1,234,567
std::string BytesInWords(uint64_t bytes);                     // "84 B", "1.5 KiB", "95.4 MiB"
std::string DurationInWords(double milliseconds);             // "18 ms", "2.5 s", "3 min 20 s", "2 h 5 min", "3 d 4 h"
std::string ShareInPercent(double share);                     // 0.7953 -> "79.5 %"
std::string MetricInDigits(double value);                     // four significant digits; "not a number", "infinite"
std::string AucInDigits(double auc);                          // three decimals, as AUCs are compared
std::string TimeInWords(int64_t unix_ms);                     // UTC, "2026-11-22 23:05:10 UTC"; "-" for 0
std::string Plural(uint64_t count, const std::string& noun);  // "1 site", "2 sites"

}  // namespace accord
