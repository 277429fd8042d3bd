// The one arithmetic of standardisation, for rows in memory and on disk alike.
#pragma once

#include <cmath>

namespace accord {

// In double, rounded once to float. 0, which is the mean, for a missing value, for a column that does not vary, and
// where the statistics are no numbers.
inline float StandardisedValue(float value, double mean, double spread) {
  if (!(spread > 0)) return 0;
  const auto z = static_cast<float>((static_cast<double>(value) - mean) / spread);
  return std::isfinite(z) ? z : 0;
}

}  // namespace accord
