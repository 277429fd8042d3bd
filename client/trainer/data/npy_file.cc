#include "client/trainer/data/npy_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/trainer/data/data_file.h"

namespace accord {
namespace {

static_assert(std::endian::native == std::endian::little, "the numbers of a file are taken as they are");

constexpr absl::string_view kNpyMagic = "\x93NUMPY";
constexpr size_t kMaxHeaderBytes = size_t{64} << 10;
constexpr absl::string_view kOtherLength = "the file is not as long as the shape in its header says";
constexpr uint64_t kBufferBytes = uint64_t{1} << 20;

absl::Status NotNpy(const std::string& path, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(path, " is not a NumPy array as expected: ", why));
}

template <typename Number>
void Convert(const char* bytes, absl::Span<double> out) {
  for (double& number : out) {
    Number value;
    std::memcpy(&value, bytes, sizeof(value));
    number = static_cast<double>(value);
    bytes += sizeof(value);
  }
}

// Where the header's literal lies.
struct Extent {
  uint64_t offset = 0;
  uint64_t size = 0;
};

absl::StatusOr<Extent> FindHeader(const std::string& path, const DataFile& file) {
  std::array<char, 12> front = {};
  const size_t size = std::min<uint64_t>(front.size(), file.size);
  ACCORD_RETURN_IF_ERROR(Annotate(ReadFully(file.fd.get(), front.data(), size, 0), path));
  if (!absl::StartsWith(absl::string_view(front.data(), size), kNpyMagic)) {
    return NotNpy(path, "it does not begin with \\x93NUMPY (an .npz file must be unpacked first)");
  }
  const auto byte = [&](size_t at) { return uint64_t{static_cast<uint8_t>(front[at])}; };
  const uint64_t version = byte(6);
  if (version < 1 || version > 3) return NotNpy(path, "its format version is not 1, 2 or 3");
  const Extent extent = version == 1 ? Extent{10, byte(8) | byte(9) << 8}
                                     : Extent{12, byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24};
  if (extent.offset > file.size || extent.size > file.size - extent.offset) {
    return NotNpy(path, "it ends within its header");
  }
  if (extent.size > kMaxHeaderBytes) return NotNpy(path, "its header is longer than 64 KiB");
  return extent;
}

}  // namespace

size_t BytesOf(NpyType type) {
  switch (type) {
    case NpyType::kUint8:
      return 1;
    case NpyType::kInt16:
      return 2;
    case NpyType::kInt32:
    case NpyType::kFloat32:
      return 4;
    case NpyType::kFloat64:
      return 8;
  }
  return 0;
}

absl::StatusOr<NpyFile> NpyFile::Open(const std::string& path, uint64_t max_bytes) {
  ACCORD_ASSIGN_OR_RETURN(DataFile file, OpenDataFile(path, max_bytes));
  ACCORD_ASSIGN_OR_RETURN(const Extent extent, FindHeader(path, file));
  std::string literal(extent.size, '\0');
  ACCORD_RETURN_IF_ERROR(Annotate(ReadFully(file.fd.get(), literal.data(), literal.size(), extent.offset), path));
  absl::StatusOr<NpyHeader> header = ParseNpyHeader(literal);
  if (!header.ok()) return NotNpy(path, header.status().message());
  NpyFile npy;
  npy.data_offset_ = extent.offset + extent.size;
  const uint64_t data_bytes = file.size - npy.data_offset_;
  // Divided, not multiplied: a product of lengths that are made up may wrap to the very size of the file.
  uint64_t rows = data_bytes / BytesOf(header->type);
  bool fits = data_bytes % BytesOf(header->type) == 0;
  npy.row_elements_ = 1;
  for (size_t i = 1; i < header->shape.size(); ++i) {
    const uint64_t length = header->shape[i];
    fits = fits && length > 0 && length <= rows && rows % length == 0;
    if (!fits) break;
    rows /= length;
    npy.row_elements_ *= length;
  }
  if (!fits || header->shape[0] != rows) return NotNpy(path, kOtherLength);
  npy.path_ = path;
  npy.fd_ = std::move(file.fd);
  npy.header_ = *std::move(header);
  return npy;
}

absl::Status NpyFile::Read(uint64_t row, absl::Span<double> out) {
  const uint64_t row_bytes = row_elements_ * BytesOf(header_.type);
  if (row < buffer_first_ || row >= buffer_first_ + buffer_rows_) {
    buffer_rows_ = 0;
    const uint64_t count = std::min(std::max<uint64_t>(kBufferBytes / row_bytes, 1), num_rows() - row);
    buffer_.resize(count * row_bytes);
    ACCORD_RETURN_IF_ERROR(
        Annotate(ReadFully(fd_.get(), buffer_.data(), buffer_.size(), data_offset_ + row * row_bytes), path_));
    buffer_first_ = row;
    buffer_rows_ = count;
  }
  const char* bytes = buffer_.data() + (row - buffer_first_) * row_bytes;
  switch (header_.type) {
    case NpyType::kUint8:
      Convert<uint8_t>(bytes, out);
      break;
    case NpyType::kInt16:
      Convert<int16_t>(bytes, out);
      break;
    case NpyType::kInt32:
      Convert<int32_t>(bytes, out);
      break;
    case NpyType::kFloat32:
      Convert<float>(bytes, out);
      break;
    case NpyType::kFloat64:
      Convert<double>(bytes, out);
      break;
  }
  return absl::OkStatus();
}

absl::Status NpyFile::ReadBytes(uint64_t row, absl::Span<uint8_t> out) const {
  return Annotate(ReadFully(fd_.get(), out.data(), out.size(), data_offset_ + row * row_elements_), path_);
}

}  // namespace accord
