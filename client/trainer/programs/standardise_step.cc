#include "client/trainer/programs/standardise_step.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "aggregation/programs/columns.h"
#include "base/status.h"
#include "models/row_reader.h"

namespace accord {

absl::Status FillStandardise(const v1::JobSpec& spec, const Examples& train, StepVector& vector) {
  const std::vector<InputColumn> columns = InputColumns(spec.data());
  const double max_rows = spec.aggregation().max_rows_per_site();
  const size_t rows = std::min<size_t>(train.rows(), spec.aggregation().max_rows_per_site());
  const bool in_memory = train.disk.file == nullptr;
  if (train.input_shape != std::vector<int64_t>{static_cast<int64_t>(columns.size())} ||
      (in_memory && train.numbers.size() != train.rows() * columns.size())) {
    return absl::InternalError("the rows do not have the schema's columns");
  }
  std::vector<double> present(columns.size());
  std::vector<double> sums(columns.size());
  std::vector<double> squares(columns.size());
  const auto add = [&](absl::Span<const float> numbers) {
    for (; !numbers.empty(); numbers.remove_prefix(columns.size())) {
      for (size_t i = 0; i < columns.size(); ++i) {
        if (std::isnan(numbers[i])) continue;
        const double z =
            (2 * static_cast<double>(numbers[i]) - columns[i].min - columns[i].max) / (columns[i].max - columns[i].min);
        present[i] += 1;
        sums[i] += z;
        squares[i] += z * z;
      }
    }
    return absl::OkStatus();
  };
  ACCORD_RETURN_IF_ERROR(ForEachRawBlock(train, rows, add));
  for (double& sum : sums) sum /= max_rows;
  for (double& square : squares) square /= max_rows;
  ACCORD_RETURN_IF_ERROR(vector.Put(kRowsBlock, static_cast<double>(rows)));
  ACCORD_RETURN_IF_ERROR(vector.Put(kPresentBlock, present));
  ACCORD_RETURN_IF_ERROR(vector.Put(kSumBlock, sums));
  return vector.Put(kSumOfSquaresBlock, squares);
}

}  // namespace accord
