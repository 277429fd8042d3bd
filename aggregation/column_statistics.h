// Common means and spreads of the input columns from one secure sum: the site's side and the coordinator's.
//
// A site maps each value x of a column to z = (2x - min - max) / (max - min) in [-1, 1] by the schema's bounds, and
// sends counts and sums of z and z^2 (step_schema.h). From their totals come mean and sample standard deviation of x.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/programs/columns.h"
#include "aggregation/ring/ring_bytes.h"
#include "aggregation/ring/ring_sums.h"
#include "aggregation/ring/vector_schema.h"
#include "base/random_stream.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// One site's sums over its training rows. Not thread-safe.
class ColumnSums {
 public:
  explicit ColumnSums(const v1::JobSpec& spec);

  // One row of the values of InputColumns(spec.data()), NaN = missing. A value outside its column's bounds counts as
  // the bound. Rows after the first aggregation.max_rows_per_site are not counted. INVALID_ARGUMENT for a wrong length.
  absl::Status AddRow(absl::Span<const float> values);

  // The site's whole vector of the STANDARDISE step into `out`. INVALID_ARGUMENT when `schema` is not of that step or
  // `out` has not its length. `rounding` as in Encode.
  absl::Status Encode(const VectorSchema& schema, RandomStream& rounding, RingBytes out) const;

  uint64_t rows() const { return rows_; }

 private:
  const std::vector<InputColumn> columns_;
  const uint64_t max_rows_;
  uint64_t rows_ = 0;
  std::vector<double> present_;
  std::vector<double> sum_;             // of z
  std::vector<double> sum_of_squares_;  // of z^2
};

// Mean and sample standard deviation (n - 1) of each column from the summed vector. A column without spread beyond what
// encoding and arithmetic can blur, or with fewer than two values, has the spread 0; one without any value has the
// middle of its bounds as mean. INVALID_ARGUMENT when schema, sums and job do not belong together.
absl::StatusOr<v1::ColumnStatistics> StatisticsFromSums(const v1::JobSpec& spec, const VectorSchema& schema,
                                                        RingSums sums);

}  // namespace accord
