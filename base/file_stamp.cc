#include "base/file_stamp.h"

#include <sys/stat.h>

#include <cerrno>

namespace accord {
namespace {

constexpr absl::Duration kCoarsestTick = absl::Milliseconds(100);       // of a kernel with 10 a second, as none is
constexpr absl::Duration kCoarsestFileTime = absl::Milliseconds(2100);  // FAT has two seconds; ext3, small inodes one
constexpr int64_t kNanosecondsOfSecond = 1'000'000'000;

int64_t Nanoseconds(const timespec& time) { return int64_t{time.tv_sec} * kNanosecondsOfSecond + time.tv_nsec; }

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
  const bool whole_seconds = stamp.changed_ns % kNanosecondsOfSecond == 0;
  const absl::Duration step = whole_seconds ? kCoarsestFileTime : kCoarsestTick;
  return stamp.error != 0 || absl::FromUnixNanos(stamp.changed_ns) + step < looked;
}

}  // namespace accord
