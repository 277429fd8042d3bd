#include <cmath>
#include <vector>

#include "base/status.h"
#include "models/row_reader.h"
#include "models/standardised_value.h"
#include "models/training.h"

namespace accord {
namespace {

size_t NumColumns(const Examples& examples) {
  return examples.input_shape.size() == 1 ? static_cast<size_t>(examples.input_shape[0]) : 0;
}

bool AreOfColumns(const v1::ColumnStatistics& statistics, size_t columns) {
  return static_cast<size_t>(statistics.mean_size()) == columns &&
         static_cast<size_t>(statistics.spread_size()) == columns;
}

// Welford's recurrence for each column over its present values: stable for large means.
class ColumnMoments {
 public:
  explicit ColumnMoments(size_t columns) : count_(columns), mean_(columns), squares_(columns) {}

  // Whole rows.
  void Add(absl::Span<const float> numbers) {
    const size_t columns = count_.size();
    for (size_t column = 0; column < columns; ++column) {
      double count = count_[column], mean = mean_[column], squares = squares_[column];
      for (size_t i = column; i < numbers.size(); i += columns) {
        const double value = numbers[i];
        if (std::isnan(value)) continue;
        ++count;
        const double difference = value - mean;
        mean += difference / count;
        squares += difference * (value - mean);
      }
      count_[column] = count, mean_[column] = mean, squares_[column] = squares;
    }
  }
  v1::ColumnStatistics Report() const {
    v1::ColumnStatistics statistics;
    for (size_t column = 0; column < count_.size(); ++column) {
      statistics.add_mean(mean_[column]);
      statistics.add_spread(count_[column] > 1 ? std::sqrt(squares_[column] / (count_[column] - 1)) : 0);
    }
    return statistics;
  }

 private:
  std::vector<double> count_, mean_, squares_;
};

}  // namespace

void StandardiseInPlace(const v1::ColumnStatistics& statistics, Examples& examples) {
  const size_t columns = NumColumns(examples);
  if (columns == 0) return;
  const bool known = AreOfColumns(statistics, columns);
  for (size_t i = 0; i < examples.numbers.size(); ++i) {
    float& value = examples.numbers[i];
    const int column = static_cast<int>(i % columns);
    if (known) {
      value = StandardisedValue(value, statistics.mean(column), statistics.spread(column));
    } else if (std::isnan(value)) {
      value = 0;
    }
  }
}

v1::ColumnStatistics OwnStatistics(const Examples& examples) {
  ColumnMoments moments(NumColumns(examples));
  moments.Add(examples.numbers);
  return moments.Report();
}

void Standardise(const v1::ColumnStatistics& statistics, Examples& table) {
  if (table.disk.file == nullptr) return StandardiseInPlace(statistics, table);
  table.disk.standardised = true;
  table.disk.mean.clear();
  table.disk.spread.clear();
  if (!AreOfColumns(statistics, NumColumns(table))) return;
  table.disk.mean.assign(statistics.mean().begin(), statistics.mean().end());
  table.disk.spread.assign(statistics.spread().begin(), statistics.spread().end());
}

absl::StatusOr<v1::ColumnStatistics> OwnStatisticsOf(const Examples& table) {
  ColumnMoments moments(NumColumns(table));
  const auto add = [&](absl::Span<const float> numbers) {
    moments.Add(numbers);
    return absl::OkStatus();
  };
  ACCORD_RETURN_IF_ERROR(ForEachRawBlock(table, table.rows(), add));
  return moments.Report();
}

}  // namespace accord
