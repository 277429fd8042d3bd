// Rows of one length in a scratch space, for tables that do not fit in memory. Several can share a space.
//
// A row takes its bytes, rounded up to a whole counter (16), in blocks that no row crosses.
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "base/scratch_space.h"

namespace accord {

class RowFile {
 public:
  // `row_bytes` > 0: of one row.
  RowFile(std::shared_ptr<ScratchSpace> space, size_t row_bytes);

  // The next row, `row_bytes` long. Errors of ScratchSpace::Append.
  absl::Status Append(const void* row);
  // After the last row, before the first is read.
  absl::Status Finish();

  uint64_t num_rows() const { return num_rows_; }
  size_t row_bytes() const { return row_bytes_; }
  // Rows lie this far apart in what is read.
  size_t stride() const { return stride_; }

  // Copies rows, in the order asked for, to `out`, rows.size() * stride() long. Valid numbers only. Errors of
  // ScratchSpace::Read.
  absl::Status Read(absl::Span<const uint32_t> rows, absl::Span<uint8_t> out);

 private:
  absl::Status WriteBlock();
  uint64_t PlaceOf(uint64_t row) const { return blocks_[row / rows_per_block_] + row % rows_per_block_ * stride_; }

  std::shared_ptr<ScratchSpace> space_;  // shared by the rows for training and those held out
  const size_t row_bytes_;
  const size_t stride_;
  const size_t block_bytes_;
  const uint64_t rows_per_block_;
  std::vector<uint64_t> blocks_;  // places
  std::vector<uint8_t> block_;    // that is being filled
  uint64_t num_rows_ = 0;
  bool slow_ = false;  // the last rows came from the disk, not from the system's memory
};

}  // namespace accord
