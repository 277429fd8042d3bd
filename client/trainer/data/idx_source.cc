#include "client/trainer/data/idx_source.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>

#include "base/status.h"

namespace accord {
namespace {

constexpr uint8_t kUnsignedBytes = 0x08;
constexpr size_t kMaxDimensions = 4;

absl::Status NotIdx(const std::string& path, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat(path, " is not an IDX file of bytes: ", why, " (a compressed file must be unpacked first)"));
}

}  // namespace

absl::StatusOr<IdxFile> IdxFile::Open(const std::string& path, uint64_t max_bytes) {
  IdxFile file;
  file.path_ = path;
  file.fd_ = UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.fd_.valid()) return ErrnoError("open", path);
  struct stat status;
  if (fstat(file.fd_.get(), &status) != 0) return ErrnoError("look at", path);
  if (!S_ISREG(status.st_mode)) return NotIdx(path, "no regular file");
  const auto size = static_cast<uint64_t>(status.st_size);
  if (size > max_bytes) {
    return absl::OutOfRangeError(
        absl::StrCat(path, " has ", size, " bytes, but sandbox.max_data_mib allows ", max_bytes >> 20, " MiB"));
  }
  std::array<uint8_t, 4> magic;
  if (size < magic.size()) return NotIdx(path, "it is too short");
  ACCORD_RETURN_IF_ERROR(ReadFully(file.fd_.get(), magic.data(), magic.size(), 0));
  const size_t dimensions = magic[3];
  if (magic[0] != 0 || magic[1] != 0 || magic[2] != kUnsignedBytes || dimensions == 0 || dimensions > kMaxDimensions) {
    return NotIdx(path, "it does not begin with 00 00 08 and a number of dimensions");
  }
  file.data_offset_ = 4 + 4 * dimensions;
  if (size < file.data_offset_) return NotIdx(path, "it ends within its header");
  std::vector<uint8_t> header(4 * dimensions);
  ACCORD_RETURN_IF_ERROR(ReadFully(file.fd_.get(), header.data(), header.size(), 4));
  file.item_bytes_ = 1;
  for (size_t i = 0; i < dimensions; ++i) {
    const uint8_t* bytes = header.data() + 4 * i;
    const uint64_t length = uint64_t{bytes[0]} << 24 | uint64_t{bytes[1]} << 16 | uint64_t{bytes[2]} << 8 | bytes[3];
    file.sizes_.push_back(length);
    // No product can overflow: what is larger than the file ends here.
    if (i > 0 && (length == 0 || (file.item_bytes_ *= length) > size)) return NotIdx(path, "its header fits no file");
  }
  if (file.sizes_[0] > size || file.sizes_[0] * file.item_bytes_ != size - file.data_offset_) {
    return NotIdx(path, absl::StrCat("its header announces ", file.sizes_[0], " items of ", file.item_bytes_,
                                     " bytes, but ", size - file.data_offset_, " bytes follow"));
  }
  return file;
}

absl::Status IdxFile::Read(uint64_t first, uint64_t count, uint8_t* out) const {
  return Annotate(ReadFully(fd_.get(), out, count * item_bytes_, data_offset_ + first * item_bytes_), path_);
}

}  // namespace accord
