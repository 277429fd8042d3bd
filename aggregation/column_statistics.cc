#include "aggregation/column_statistics.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/step_schema.h"
#include "aggregation/ring/codec.h"
#include "base/status.h"

namespace accord {
namespace {

using PlacedBlock = VectorSchema::PlacedBlock;

double ToUnit(const InputColumn& column, double value) {
  const double range = column.max - column.min;
  if (!(range > 0)) return 0;
  return std::clamp((2 * value - column.min - column.max) / range, -1.0, 1.0);
}

// The blocks of a STANDARDISE vector, found once and known to fit the job's columns.
struct StandardiseBlocks {
  const PlacedBlock* rows;
  const PlacedBlock* present;
  const PlacedBlock* sum;
  const PlacedBlock* sum_of_squares;
};

absl::StatusOr<StandardiseBlocks> FindBlocks(const VectorSchema& schema, size_t num_columns, size_t vector_size) {
  const StandardiseBlocks blocks = {schema.Find(kRowsBlock), schema.Find(kPresentBlock), schema.Find(kSumBlock),
                                    schema.Find(kSumOfSquaresBlock)};
  const auto fits = [](const PlacedBlock* placed, size_t size) {
    return placed != nullptr && placed->block.num_elements == size;
  };
  if (!fits(blocks.rows, 1) || !fits(blocks.present, num_columns) || !fits(blocks.sum, num_columns) ||
      !fits(blocks.sum_of_squares, num_columns) || vector_size != schema.num_elements()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a vector of ", vector_size, " elements is not that of a standardisation of ", num_columns, " columns"));
  }
  return blocks;
}

struct UnitMoments {
  double count = 0;
  double sum = 0;             // of z
  double sum_of_squares = 0;  // of z^2
  double blur = 0;            // the most by which encoding and arithmetic may have moved each of the two sums
};

// The most by which sums of `count` terms of at most 1, no more than `max_rows` of them at one site, can be wrong for
// want of digits: m terms added one after another are off by at most m roundings of their sum (Higham, Accuracy and
// Stability of Numerical Algorithms, 2nd ed., section 4.2), and what is done with the result takes some more.
double SummationError(double count, double max_rows) {
  constexpr double kOtherRoundings = 8;
  return count * (std::min(count, max_rows) + kOtherRoundings) * 0x1p-53;
}

// Sets mean and spread of one column, in the column's own unit.
void AddColumn(const InputColumn& column, const UnitMoments& z, v1::ColumnStatistics& statistics) {
  const double half_range = std::max(0.0, (column.max - column.min) / 2);
  const double middle = column.min / 2 + column.max / 2;
  const double mean = z.count > 0 ? std::clamp(z.sum / z.count, -1.0, 1.0) : 0;
  statistics.add_mean(middle + mean * half_range);
  const double deviations = z.sum_of_squares - z.count * mean * mean;
  // |d(S2 - S1^2 / n)| <= blur + 2 |mean| blur (and blur^2 / n, which is smaller): below it a spread is only rounding.
  const bool varies = z.count > 1 && deviations > 4 * z.blur;
  statistics.add_spread(varies ? std::sqrt(deviations / (z.count - 1)) * half_range : 0);
}

}  // namespace

ColumnSums::ColumnSums(const v1::JobSpec& spec)
    : columns_(InputColumns(spec.data())),
      max_rows_(spec.aggregation().max_rows_per_site()),
      present_(columns_.size()),
      sum_(columns_.size()),
      sum_of_squares_(columns_.size()) {}

absl::Status ColumnSums::AddRow(absl::Span<const float> values) {
  if (values.size() != columns_.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("a row of ", values.size(), " values; the schema has ", columns_.size(), " input columns"));
  }
  if (rows_ == max_rows_) return absl::OkStatus();
  ++rows_;
  for (size_t c = 0; c < columns_.size(); ++c) {
    if (std::isnan(values[c])) continue;
    const double z = ToUnit(columns_[c], values[c]);
    present_[c] += 1;
    sum_[c] += z;
    sum_of_squares_[c] += z * z;
  }
  return absl::OkStatus();
}

absl::Status ColumnSums::Encode(const VectorSchema& schema, RandomStream& rounding, RingBytes out) const {
  ACCORD_ASSIGN_OR_RETURN(const StandardiseBlocks blocks, FindBlocks(schema, columns_.size(), out.size()));
  const auto encode = [&](const PlacedBlock* placed, const std::vector<double>& values) {
    return accord::Encode(*placed, absl::MakeConstSpan(values), rounding,
                          out.subspan(placed->offset, placed->block.num_elements))
        .status();
  };
  const auto share = [&](std::vector<double> sums) {
    for (double& sum : sums) sum /= static_cast<double>(max_rows_);
    return sums;
  };
  ACCORD_RETURN_IF_ERROR(encode(blocks.rows, {static_cast<double>(rows_)}));
  ACCORD_RETURN_IF_ERROR(encode(blocks.present, present_));
  ACCORD_RETURN_IF_ERROR(encode(blocks.sum, share(sum_)));
  return encode(blocks.sum_of_squares, share(sum_of_squares_));
}

absl::StatusOr<v1::ColumnStatistics> StatisticsFromSums(const v1::JobSpec& spec, const VectorSchema& schema,
                                                        RingSums sums) {
  const std::vector<InputColumn> columns = InputColumns(spec.data());
  ACCORD_ASSIGN_OR_RETURN(const StandardiseBlocks blocks, FindBlocks(schema, columns.size(), sums.size()));
  const double max_rows = spec.aggregation().max_rows_per_site();
  const auto decode = [&](const PlacedBlock* placed, size_t i) {
    return static_cast<double>(sums[placed->offset + i]) / placed->scale;
  };
  // Each site rounds by at most one unit, and no more sites than this fit beside the largest encoded value.
  const double most_sites =
      std::ldexp(1, static_cast<int>(BitsOf(schema.ring())) - 1) / static_cast<double>(blocks.sum->max_encoded);
  v1::ColumnStatistics statistics;
  for (size_t c = 0; c < columns.size(); ++c) {
    const double count = std::max(0.0, decode(blocks.present, c));
    const UnitMoments z = {.count = count,
                           .sum = decode(blocks.sum, c) * max_rows,
                           .sum_of_squares = decode(blocks.sum_of_squares, c) * max_rows,
                           .blur = most_sites * max_rows / blocks.sum->scale + SummationError(count, max_rows)};
    AddColumn(columns[c], z, statistics);
  }
  return statistics;
}

}  // namespace accord
