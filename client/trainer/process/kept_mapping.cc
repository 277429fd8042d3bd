#include "client/trainer/process/kept_mapping.h"

#include <sys/stat.h>

#include "base/status.h"

namespace accord {

absl::StatusOr<void*> KeptMapping::Map(int fd, uint64_t num_bytes, absl::string_view what) {
  struct stat status;
  if (fstat(fd, &status) != 0) return ErrnoError("look at", what);
  if (static_cast<uint64_t>(status.st_size) != num_bytes) {
    return absl::InvalidArgumentError(absl::StrCat(what, " has ", status.st_size, " bytes instead of ", num_bytes));
  }
  const bool same = memory_.size() == num_bytes && device_ == status.st_dev && inode_ == status.st_ino;
  if (!same) {
    memory_ = MappedFile();  // before the next one takes memory
    ACCORD_ASSIGN_OR_RETURN(memory_, MappedFile::Map(fd, num_bytes, access_));
    device_ = status.st_dev;
    inode_ = status.st_ino;
  }
  return memory_.data();
}

}  // namespace accord
