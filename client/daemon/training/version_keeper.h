// Which version each data set of this site has now, for whoever holds jobs against releases. Answers at once from what
// was found before; where the files have changed since, they are hashed in a trainer of their own, in a sandbox, on a
// thread of this object, and the answer meanwhile is that it is being found out.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/hash.h"
#include "client/daemon/training/data_facts.h"
#include "client/daemon/training/kept_versions.h"
#include "client/daemon/work/serial_queue.h"
#include "proto/accord/v1/site.pb.h"
#include "trust/charter/data_version.h"

namespace accord {

// Hashes the content of a data set: blocks for seconds a gigabyte. From a thread of its own.
using HashDataSet = std::function<absl::StatusOr<std::vector<DataPart>>(const std::string& data_set)>;

// Thread-safe.
class VersionKeeper {
 public:
  // `clock` outlives it, and so does what `hash` uses. Empty: nothing is hashed here, and the answer is what the daemon
  // found before. A data set whose mapping file cannot be read has no version.
  VersionKeeper(const v1::SiteConfig& config, HashDataSet hash, Clock& clock);
  // Waits for what is being hashed.
  ~VersionKeeper();

  // UNAVAILABLE in words that follow on "and ": it is being found out, or why it cannot be.
  absl::StatusOr<Sha256Digest> Now(const std::string& data_set) ABSL_LOCKS_EXCLUDED(mutex_);
  // The text of the version; hashes in the caller's thread where it must. UNAVAILABLE: a file was written to meanwhile.
  absl::StatusOr<std::string> Find(const std::string& data_set) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Mapped {
    Sha256Digest file{};
    v1::DatasetMapping mapping;  // with absolute paths
  };

  absl::StatusOr<const Mapped*> MappingOf(const std::string& data_set) const;
  absl::StatusOr<std::string> HashNow(const std::string& data_set, const Mapped& mapped);
  void HashLater(const std::string& data_set) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const HashDataSet hash_;
  Clock& clock_;
  const KeptVersions kept_;
  std::map<std::string, Mapped> mappings_;  // fixed after construction
  absl::Mutex mutex_;
  std::set<std::string> being_hashed_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> faults_ ABSL_GUARDED_BY(mutex_);  // of the last time, by data set
  // Its thread is made when something is to be hashed: most sites never need it.
  std::unique_ptr<SerialQueue> queue_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace accord
