#include "coordinator/store/store.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <utility>

#include "base/status.h"

namespace accord {

std::string DatabasePath(const std::string& state_dir) { return absl::StrCat(state_dir, "/coordinator.db"); }

Store::Store(const std::string& state_dir, UniqueFd lock, std::unique_ptr<Database> database,
             std::unique_ptr<ObjectStore> objects, std::unique_ptr<FederationLog> log)
    : evidence_folder_(absl::StrCat(state_dir, "/evidence")),
      lock_(std::move(lock)),
      database_(std::move(database)),
      objects_(std::move(objects)),
      log_(std::move(log)),
      members_(*database_, log_.get()),
      member_keys_(*database_, log_.get()),
      rosters_(*database_, log_.get()),
      charters_(*database_, log_.get()),
      jobs_(*database_, *log_),
      complaints_(*database_, *log_),
      shown_(*database_) {}

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& state_dir, Clock& clock,
                                                   const std::string& project) {
  ACCORD_RETURN_IF_ERROR(MakeFolders(state_dir, 0700));
  const std::string lock_path = absl::StrCat(state_dir, "/lock");
  UniqueFd lock(open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.valid()) return ErrnoError("open", lock_path);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return ErrnoError("lock", lock_path);
    return absl::FailedPreconditionError(
        absl::StrCat("another accord-coordinator runs on ", state_dir, "; stop it first, or use another state_dir"));
  }
  ACCORD_ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(DatabasePath(state_dir)));
  ACCORD_ASSIGN_OR_RETURN(std::unique_ptr<ObjectStore> objects, ObjectStore::Open(state_dir, *database));
  ACCORD_ASSIGN_OR_RETURN(std::unique_ptr<FederationLog> log,
                          FederationLog::OpenOrBegin(state_dir, *database, clock, project));
  auto store = std::unique_ptr<Store>(
      new Store(state_dir, std::move(lock), std::move(database), std::move(objects), std::move(log)));
  ACCORD_RETURN_IF_ERROR(store->member_keys().Refresh());
  return store;
}

}  // namespace accord
