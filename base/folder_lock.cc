#include "base/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "base/status.h"

namespace accord {

absl::StatusOr<UniqueFd> LockFolder(const std::string& folder) {
  ACCORD_RETURN_IF_ERROR(MakeFolders(folder, 0700));
  UniqueFd lock(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock.valid()) return ErrnoError("open", folder);
  while (flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return ErrnoError("lock", folder);
  }
  return lock;
}

}  // namespace accord
