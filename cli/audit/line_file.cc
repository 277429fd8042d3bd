#include "cli/audit/line_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kReadBytes = size_t{256} << 10;

}  // namespace

LineFile::LineFile(std::string path, UniqueFd fd, size_t max_line_bytes)
    : path_(std::move(path)),
      fd_(std::move(fd)),
      max_line_bytes_(max_line_bytes),
      buffer_(std::max(kReadBytes, 2 * (max_line_bytes + 1))) {}

absl::StatusOr<LineFile> LineFile::Open(const std::string& path, size_t max_line_bytes) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoError("open", path);
  return LineFile(path, std::move(fd), max_line_bytes);
}

absl::StatusOr<bool> LineFile::Fill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  ssize_t got = 0;
  do {
    got = read(fd_.get(), buffer_.data() + end_, buffer_.size() - end_);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return ErrnoError("read", path_);
  end_ += static_cast<size_t>(got);
  return got > 0;
}

absl::StatusOr<bool> LineFile::Next(absl::string_view& line) {
  size_t searched = 0;  // bytes from begin_ on that hold no LF
  while (true) {
    const void* end = std::memchr(buffer_.data() + begin_ + searched, '\n', end_ - begin_ - searched);
    if (end != nullptr) {
      line = absl::string_view(buffer_.data() + begin_, static_cast<const char*>(end) - buffer_.data() - begin_);
      begin_ += line.size() + 1;
      if (line.size() > max_line_bytes_) break;
      return true;
    }
    searched = end_ - begin_;
    if (searched > max_line_bytes_) break;
    ACCORD_ASSIGN_OR_RETURN(const bool more, Fill());
    if (more) continue;
    if (searched == 0) return false;
    return absl::DataLossError("the file ends within a line: it was cut off");
  }
  return absl::OutOfRangeError(absl::StrCat("the line has more than ", max_line_bytes_, " bytes"));
}

}  // namespace accord
