// Everything that the coordinator keeps: database, log, object files and evidence of one state_dir.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/file.h"
#include "coordinator/store/charter_store.h"
#include "coordinator/store/complaint_store.h"
#include "coordinator/store/database.h"
#include "coordinator/store/federation_log.h"
#include "coordinator/store/job_store.h"
#include "coordinator/store/member_keys.h"
#include "coordinator/store/members.h"
#include "coordinator/store/object_store.h"
#include "coordinator/store/roster_store.h"
#include "coordinator/store/shown_store.h"

namespace accord {

// Where the database of a state_dir lies: all that `accord-coordinator token` opens.
std::string DatabasePath(const std::string& state_dir);

// Thread-safe.
class Store {
 public:
  // FAILED_PRECONDITION: another coordinator runs on this state_dir, a newer version wrote it, or its log's key is
  // gone, or its log is another project's. Else as Database. Begins the log of `project` where there is none. `clock`
  // must outlive the store.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& state_dir, Clock& clock = Clock::System(),
                                                     const std::string& project = kFederationProject);

  Members& members() { return members_; }
  MemberKeys& member_keys() { return member_keys_; }
  RosterStore& rosters() { return rosters_; }
  CharterStore& charters() { return charters_; }
  JobStore& jobs() { return jobs_; }
  ComplaintStore& complaints() { return complaints_; }
  ShownStore& shown() { return shown_; }
  ObjectStore& objects() { return *objects_; }
  FederationLog& log() { return *log_; }
  // For what proves lies of sites; made when there is some.
  const std::string& evidence_folder() const { return evidence_folder_; }

 private:
  Store(const std::string& state_dir, UniqueFd lock, std::unique_ptr<Database> database,
        std::unique_ptr<ObjectStore> objects, std::unique_ptr<FederationLog> log);
  const std::string evidence_folder_;
  UniqueFd lock_;  // held as long as this process uses the folder
  std::unique_ptr<Database> database_;
  std::unique_ptr<ObjectStore> objects_;
  std::unique_ptr<FederationLog> log_;
  Members members_;
  MemberKeys member_keys_;
  RosterStore rosters_;
  CharterStore charters_;
  JobStore jobs_;
  ComplaintStore complaints_;
  ShownStore shown_;
};

}  // namespace accord
