#include "client/daemon/state/state_folder.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "base/status.h"

namespace accord {

absl::StatusOr<UniqueFd> StateFolder::Lock() const {
  ACCORD_RETURN_IF_ERROR(MakeFolders(path_, 0700));
  UniqueFd lock(open(LockFile().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.valid()) return ErrnoError("open", LockFile());
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return ErrnoError("lock", LockFile());
    return absl::FailedPreconditionError(
        absl::StrCat("another daemon runs with the state folder ", path_,
                     "; stop it first (`accord-client status --config ...` shows what it does)"));
  }
  return lock;
}

}  // namespace accord
