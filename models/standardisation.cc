#include <cmath>
#include <limits>

#include "models/training.h"

namespace accord {
namespace {

float Standardised(float value, double mean, double spread) {
  if (!(spread > 0)) return 0;
  const auto z = static_cast<float>((static_cast<double>(value) - mean) / spread);
  // Missing, or statistics that are no numbers: the mean.
  return std::isfinite(z) ? z : 0;
}

size_t NumColumns(const Examples& examples) {
  return examples.input_shape.size() == 1 ? static_cast<size_t>(examples.input_shape[0]) : 0;
}

}  // namespace

void StandardiseInPlace(const v1::ColumnStatistics& statistics, Examples& examples) {
  const size_t columns = NumColumns(examples);
  if (columns == 0) return;
  const bool known = static_cast<size_t>(statistics.mean_size()) == columns &&
                     static_cast<size_t>(statistics.spread_size()) == columns;
  for (size_t i = 0; i < examples.numbers.size(); ++i) {
    float& value = examples.numbers[i];
    const int column = static_cast<int>(i % columns);
    if (known) {
      value = Standardised(value, statistics.mean(column), statistics.spread(column));
    } else if (std::isnan(value)) {
      value = 0;
    }
  }
}

v1::ColumnStatistics OwnStatistics(const Examples& examples) {
  const size_t columns = NumColumns(examples);
  v1::ColumnStatistics statistics;
  for (size_t column = 0; column < columns; ++column) {
    // Welford's recurrence: stable for large means.
    double count = 0, mean = 0, squares = 0;
    for (size_t i = column; i < examples.numbers.size(); i += columns) {
      const double value = examples.numbers[i];
      if (std::isnan(value)) continue;
      ++count;
      const double difference = value - mean;
      mean += difference / count;
      squares += difference * (value - mean);
    }
    statistics.add_mean(mean);
    statistics.add_spread(count > 1 ? std::sqrt(squares / (count - 1)) : 0);
  }
  return statistics;
}

}  // namespace accord
