// The rows of a query on their way from the reader to the trainer, over a pipe: RowRecords (trainer.proto), each behind
// its length.
//
// The trainer does not believe the reader, which speaks to a server: every length is checked before memory is taken,
// what a block says of itself must add up, and a stream that ends without its last record was cut off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/accord/v1/trainer.pb.h"

namespace accord {

inline constexpr size_t kMaxStreamFieldBytes = size_t{64} << 10;  // as of a field of a CSV file
inline constexpr size_t kMaxStreamRowBytes = size_t{4} << 20;     // as of a line of one
inline constexpr size_t kMaxStreamColumns = 2048;                 // PostgreSQL has at most 1,664
inline constexpr size_t kMaxRecordBytes = size_t{8} << 20;        // a whole row beside a block that was nearly full

struct StreamField {
  v1::RowBlock::FieldClass kind = v1::RowBlock::NULL_VALUE;
  absl::string_view text;  // where it is TEXT
};

// The reader's end. Not thread-safe.
class RowWriter {
 public:
  // `fd` stays the caller's.
  explicit RowWriter(int fd) : fd_(fd) {}

  // UNAVAILABLE, here and below: the trainer is gone. INVALID_ARGUMENT: more columns than kMaxStreamColumns.
  absl::Status Begin(absl::Span<const std::string> names, absl::Span<const std::string> warnings);
  // OUT_OF_RANGE: the row's texts together are longer than kMaxStreamRowBytes. Rows are sent many at a time.
  absl::Status Add(absl::Span<const StreamField> row);
  // What was added goes out now.
  absl::Status Flush();
  // The last record: all rows are there, or why not. A failure of `why` that passes by itself is UNAVAILABLE, all else
  // is for good.
  absl::Status End();
  absl::Status Fail(const absl::Status& why);

 private:
  absl::Status Send(const v1::RowRecord& record);
  const int fd_;
  v1::RowRecord block_;
  uint64_t rows_ = 0;
};

// Who takes the rows. `on_row` and `on_block` may stop early by returning false; `on_block` is told the number of rows
// so far.
struct RowTaker {
  absl::FunctionRef<bool(const v1::RowColumns& columns)> on_columns;
  absl::FunctionRef<bool(absl::Span<const StreamField> row)> on_row;
  absl::FunctionRef<void(uint64_t rows)> on_block;
};

// The trainer's end: reads `fd` until the last record. UNAVAILABLE: the stream was cut off, or the reader says that
// trying again can help; FAILED_PRECONDITION with the reader's words otherwise; OUT_OF_RANGE: more than `max_bytes`;
// DATA_LOSS: bytes that are no rows.
absl::Status TakeRows(int fd, uint64_t max_bytes, const RowTaker& taker);

}  // namespace accord
