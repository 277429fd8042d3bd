// Reading examples, in memory or on disk. Without LibTorch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "models/examples.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// Hands out rows as the model sees them, batch by batch. Not thread-safe.
class RowReader {
 public:
  // `examples` must outlive it; `elements`: of a row's input.
  RowReader(const Examples& examples, size_t elements) : examples_(examples), elements_(elements) {}

  // Copies the inputs of `rows` to `inputs`, rows.size() * elements long, and their targets to `targets`. DATA_LOSS
  // when the disk does not give them back.
  absl::Status Read(absl::Span<const uint32_t> rows, float* inputs, absl::Span<float> targets);

 private:
  const Examples& examples_;
  const size_t elements_;
  std::vector<uint8_t> records_;
};

// Calls `take` with the numbers of the first `num_rows` rows of a table as they were read, in order, some rows at a
// time. Of rows in memory these are whatever `numbers` holds. DATA_LOSS as above, or what `take` returns.
absl::Status ForEachRawBlock(const Examples& table, uint64_t num_rows,
                             absl::FunctionRef<absl::Status(absl::Span<const float> numbers)> take);

// As StandardiseInPlace and OwnStatistics (models/training.h), wherever the rows lie. Rows on disk stay as they were
// read: they are standardised whenever they are handed out, to the same bits, by the statistics given last.
void Standardise(const v1::ColumnStatistics& statistics, Examples& table);
absl::StatusOr<v1::ColumnStatistics> OwnStatisticsOf(const Examples& table);

}  // namespace accord
