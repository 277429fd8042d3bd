#include "client/ipc/row_stream.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kLengthBytes = 4;
constexpr size_t kBlockBytes = size_t{256} << 10;  // about, before it is sent

absl::Status WriteToPipe(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EPIPE) return absl::UnavailableError("the trainer takes no more rows");
    if (written < 0) return ErrnoError("write", "rows");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// False at the end of the stream; DATA_LOSS is never said of an end, which is a reader that was killed.
absl::StatusOr<bool> ReadFromPipe(int fd, char* data, size_t size) {
  while (size > 0) {
    const ssize_t got = read(fd, data, size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoError("read", "rows");
    if (got == 0) return false;
    data += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

absl::Status CutOff() {
  return absl::UnavailableError("accord-reader, which asks the database, ended before the last row");
}

absl::Status NoRows(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("accord-reader sent what are no rows: ", what));
}

absl::Status Receive(int fd, std::string& bytes, v1::RowRecord& record) {
  std::array<char, kLengthBytes> length;
  ACCORD_ASSIGN_OR_RETURN(const bool begun, ReadFromPipe(fd, length.data(), length.size()));
  if (!begun) return CutOff();
  uint32_t size;
  std::memcpy(&size, length.data(), sizeof(size));
  if (size > kMaxRecordBytes) return NoRows("a record that is too long");
  bytes.resize(size);
  ACCORD_ASSIGN_OR_RETURN(const bool whole, ReadFromPipe(fd, bytes.data(), bytes.size()));
  if (!whole) return CutOff();
  return record.ParseFromString(bytes) ? absl::OkStatus() : NoRows("a record that cannot be read");
}

// The rows of one stream as they come.
class Taking {
 public:
  Taking(uint64_t max_bytes, const RowTaker& taker) : max_bytes_(max_bytes), taker_(taker) {}

  // False: no more is wanted, or there is no more.
  absl::StatusOr<bool> Take(const v1::RowRecord& record) {
    if (record.has_failed()) return Failure(record.failed());
    if (record.has_columns() != row_.empty()) return NoRows("a record out of turn");
    if (record.has_columns()) return TakeColumns(record.columns());
    if (record.has_rows()) return TakeBlock(record.rows());
    if (!record.has_end()) return NoRows("a record of an unknown kind");
    if (record.end().rows() != rows_) return NoRows("another number of them than it says");
    return false;
  }

 private:
  static absl::Status Failure(const v1::RowsFailed& failed) {
    return failed.permanent() ? absl::FailedPreconditionError(failed.reason())
                              : absl::UnavailableError(failed.reason());
  }
  absl::StatusOr<bool> TakeColumns(const v1::RowColumns& columns) {
    const auto count = static_cast<size_t>(columns.names_size());
    if (count == 0 || count > kMaxStreamColumns) return NoRows("no columns, or too many");
    row_.resize(count);
    return taker_.on_columns(columns);
  }
  absl::StatusOr<bool> TakeBlock(const v1::RowBlock& block) {
    if (block.kinds().empty() || block.kinds().size() % row_.size() != 0) return NoRows("a block of broken rows");
    absl::string_view text = block.text();
    if (block.ByteSizeLong() > max_bytes_ - bytes_) {
      return absl::OutOfRangeError(absl::StrCat("the query's result is larger than the ", max_bytes_ >> 20,
                                                " MiB that sandbox.max_data_mib allows"));
    }
    bytes_ += block.ByteSizeLong();
    int next_size = 0;
    for (size_t i = 0; i < block.kinds().size(); ++i) {
      StreamField& field = row_[i % row_.size()];
      const auto kind = static_cast<unsigned char>(block.kinds()[i]);
      if (!v1::RowBlock::FieldClass_IsValid(kind)) return NoRows("a field of an unknown class");
      field = {static_cast<v1::RowBlock::FieldClass>(kind), {}};
      if (kind == v1::RowBlock::TEXT) {
        const size_t size = next_size < block.sizes_size() ? block.sizes(next_size++) : SIZE_MAX;
        if (size > kMaxStreamFieldBytes || size > text.size()) return NoRows("a text of a wrong length");
        field.text = text.substr(0, size);
        text.remove_prefix(size);
      }
      if ((i + 1) % row_.size() != 0) continue;
      ++rows_;
      if (!taker_.on_row(row_)) return false;
    }
    if (!text.empty() || next_size != block.sizes_size()) return NoRows("texts of no field");
    taker_.on_block(rows_);
    return true;
  }

  const uint64_t max_bytes_;
  const RowTaker& taker_;
  std::vector<StreamField> row_;  // of as many fields as there are columns; empty until they are known
  uint64_t rows_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace

absl::Status RowWriter::Send(const v1::RowRecord& record) {
  std::string bytes(kLengthBytes, '\0');
  record.AppendToString(&bytes);
  const size_t size = bytes.size() - kLengthBytes;
  if (size > kMaxRecordBytes) return absl::InternalError("a record of rows is too long");
  const auto length = static_cast<uint32_t>(size);
  std::memcpy(bytes.data(), &length, sizeof(length));
  return WriteToPipe(fd_, bytes);
}

absl::Status RowWriter::Begin(absl::Span<const std::string> names, absl::Span<const std::string> warnings) {
  if (names.empty() || names.size() > kMaxStreamColumns) {
    return absl::InvalidArgumentError(
        absl::StrCat("the query's result has ", names.size(), " columns; expected 1 to ", kMaxStreamColumns));
  }
  v1::RowRecord record;
  for (const std::string& name : names) record.mutable_columns()->add_names(name);
  for (const std::string& warning : warnings) record.mutable_columns()->add_warnings(warning);
  return Send(record);
}

absl::Status RowWriter::Add(absl::Span<const StreamField> row) {
  size_t row_bytes = 0;
  for (const StreamField& field : row) row_bytes += field.text.size();
  if (row_bytes > kMaxStreamRowBytes) {
    return absl::OutOfRangeError(absl::StrCat("row ", rows_ + 1, " of the query's result has more than ",
                                              kMaxStreamRowBytes >> 20, " MiB of text; select fewer columns"));
  }
  v1::RowBlock& block = *block_.mutable_rows();
  for (const StreamField& field : row) {
    block.mutable_kinds()->push_back(static_cast<char>(field.kind));
    if (field.kind != v1::RowBlock::TEXT) continue;
    block.add_sizes(static_cast<uint32_t>(field.text.size()));
    block.mutable_text()->append(field.text.data(), field.text.size());
  }
  ++rows_;
  return block.text().size() + block.kinds().size() < kBlockBytes ? absl::OkStatus() : Flush();
}

absl::Status RowWriter::Flush() {
  v1::RowBlock& block = *block_.mutable_rows();
  if (block.kinds().empty()) return absl::OkStatus();
  const absl::Status sent = Send(block_);
  block.mutable_kinds()->clear();  // not Clear: their memory is used again
  block.mutable_sizes()->Clear();
  block.mutable_text()->clear();
  return sent;
}

absl::Status RowWriter::End() {
  ACCORD_RETURN_IF_ERROR(Flush());
  v1::RowRecord record;
  record.mutable_end()->set_rows(rows_);
  return Send(record);
}

absl::Status RowWriter::Fail(const absl::Status& why) {
  v1::RowRecord record;
  record.mutable_failed()->set_reason(std::string(why.message()));
  record.mutable_failed()->set_permanent(!absl::IsUnavailable(why));
  return Send(record);
}

absl::Status TakeRows(int fd, uint64_t max_bytes, const RowTaker& taker) {
  Taking taking(max_bytes, taker);
  std::string bytes;
  v1::RowRecord record;
  for (;;) {
    ACCORD_RETURN_IF_ERROR(Receive(fd, bytes, record));
    ACCORD_ASSIGN_OR_RETURN(const bool more, taking.Take(record));
    if (!more) return absl::OkStatus();
  }
}

}  // namespace accord
