#include "base/row_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/sip_hash.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kRowTagBytes = sizeof(uint64_t);  // the last ones of a row's stride; zeros lie between
constexpr size_t kLeastBlockBytes = size_t{1} << 20;
// From memory a row comes within a microsecond or two; from a disk one after the other in a hundred.
constexpr absl::Duration kSlowRead = absl::Microseconds(20);

size_t RoundUp(size_t size, size_t unit) { return (size + unit - 1) / unit * unit; }

}  // namespace

RowFile::RowFile(std::shared_ptr<ScratchSpace> space, size_t row_bytes)
    : space_(std::move(space)),
      tag_number_(space_->NextTagNumber()),
      row_bytes_(row_bytes),
      stride_(RoundUp(row_bytes + kRowTagBytes, ScratchSpace::kUnitBytes)),
      block_bytes_(RoundUp(std::max(kLeastBlockBytes, stride_), ScratchSpace::kPageBytes)),
      rows_per_block_(block_bytes_ / stride_) {}

// Encrypted with the row, so that nobody who reads the disk sees tags.
uint64_t RowFile::TagOf(uint64_t row, const uint8_t* record) const {
  return SipHash(space_->tag_key(), {tag_number_, row}, absl::MakeConstSpan(record, stride_ - kRowTagBytes));
}

absl::Status RowFile::CheckTag(uint64_t row, const uint8_t* record) const {
  uint64_t tag;
  std::memcpy(&tag, record + stride_ - kRowTagBytes, kRowTagBytes);
  if (tag == TagOf(row, record)) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("the scratch file gives back another row ", row,
                   " than was written: the disk of sandbox.scratch_dir is damaged, or somebody writes to the file"));
}

absl::Status RowFile::WriteBlock() {
  block_.resize(block_bytes_);
  ACCORD_ASSIGN_OR_RETURN(const uint64_t place, space_->Append(absl::MakeSpan(block_)));
  blocks_.push_back(place);
  block_.clear();
  return absl::OkStatus();
}

absl::Status RowFile::Append(const void* row) {
  if (block_.capacity() == 0) block_.reserve(block_bytes_);
  const size_t begin = block_.size();
  block_.resize(begin + stride_);
  std::memcpy(block_.data() + begin, row, row_bytes_);
  const uint64_t tag = TagOf(num_rows_, block_.data() + begin);
  std::memcpy(block_.data() + begin + stride_ - kRowTagBytes, &tag, kRowTagBytes);
  ++num_rows_;
  return num_rows_ % rows_per_block_ == 0 ? WriteBlock() : absl::OkStatus();
}

absl::Status RowFile::Finish() {
  if (!block_.empty()) ACCORD_RETURN_IF_ERROR(WriteBlock());
  block_ = {};
  return absl::OkStatus();
}

absl::Status RowFile::Read(absl::Span<const uint32_t> rows, absl::Span<uint8_t> out) {
  // One after the other each would wait for the disk by itself; asked for beforehand they come together.
  if (slow_) {
    for (const uint32_t row : rows) space_->Expect(PlaceOf(row), stride_);
  }
  const absl::Time begun = absl::Now();
  for (size_t i = 0; i < rows.size();) {
    // A run of neighbours in a block is one read.
    size_t end = i + 1;
    while (end < rows.size() && rows[end] == rows[end - 1] + 1 && rows[end] % rows_per_block_ != 0) ++end;
    ACCORD_RETURN_IF_ERROR(space_->Read(PlaceOf(rows[i]), out.subspan(i * stride_, (end - i) * stride_)));
    for (; i < end; ++i) ACCORD_RETURN_IF_ERROR(CheckTag(rows[i], out.data() + i * stride_));
  }
  slow_ = absl::Now() - begun > kSlowRead * static_cast<int64_t>(rows.size());
  return absl::OkStatus();
}

}  // namespace accord
