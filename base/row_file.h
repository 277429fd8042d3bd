// Rows of one length in a scratch space, for tables that do not fit in memory. Several can share a space.
//
// A row takes its bytes and eight for a tag, rounded up to a whole counter (16), in blocks that no row crosses. The tag
// is SipHash of the file's number in its space, the row's number and its bytes: a row that the disk damaged, or gives
// in another's place, is found out but for one chance in 2^64.
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
  // ScratchSpace::Read; DATA_LOSS too where a row is not the one that was written.
  absl::Status Read(absl::Span<const uint32_t> rows, absl::Span<uint8_t> out);

 private:
  absl::Status WriteBlock();
  uint64_t TagOf(uint64_t row, const uint8_t* record) const;
  absl::Status CheckTag(uint64_t row, const uint8_t* record) const;
  uint64_t PlaceOf(uint64_t row) const { return blocks_[row / rows_per_block_] + row % rows_per_block_ * stride_; }

  std::shared_ptr<ScratchSpace> space_;  // shared by the rows for training and those held out
  const uint64_t tag_number_;
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
