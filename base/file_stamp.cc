#include "base/file_stamp.h"

#include <sys/stat.h>

#include <cerrno>

namespace accord {
namespace {

constexpr absl::Duration kCoarsestStep = absl::Milliseconds(100);  // of a kernel with 10 ticks a second, as none is

int64_t Nanoseconds(const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

}  // namespace

FileStamp StampOf(const std::string& path) {
  struct stat info;
  FileStamp stamp;
  if (stat(path.c_str(), &info) != 0) {
    stamp.error = errno;
    return stamp;
  }
  return FileStamp{.error = 0,
                   .device = info.st_dev,
                   .inode = info.st_ino,
                   .size = static_cast<uint64_t>(info.st_size),
                   .written_ns = Nanoseconds(info.st_mtim),
                   .changed_ns = Nanoseconds(info.st_ctim)};
}

bool IsSettled(const FileStamp& stamp, absl::Time looked) {
  return stamp.error != 0 || absl::FromUnixNanos(stamp.changed_ns) + kCoarsestStep < looked;
}

}  // namespace accord
