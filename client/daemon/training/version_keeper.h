// Which version each data set of this site has now, for whoever holds jobs against releases. Nobody waits for a disk:
// files are looked at on a thread for each data set, and where they have changed they are hashed in a trainer of their
// own, in a sandbox, on another thread. What was found holds for seconds, and as long as a data set is asked about it
// is looked at again before that time is over, so that a round which lasts for hours finds an answer at each of its
// steps. A mount that hangs lets the answer grow old: it is then that the version is not known.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
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
// LookAtData, unless a test looks otherwise.
using LookAtFiles =
    std::function<absl::StatusOr<DataFacts>(const v1::DatasetMapping& mapping, const std::atomic<bool>& cancelled)>;

// A version, and what the file system said of the files by which it was told (DataFacts): where that is the same before
// and after rows were read, the files were not written to meanwhile, nor written to and put back.
struct FoundVersion {
  Sha256Digest version{};
  Sha256Digest files{};
};

// What a look found holds for so long from its beginning, and six times as long as it took on top, so that the next
// look of a data set with many files ends before.
inline constexpr absl::Duration kVersionHolds = absl::Seconds(5);
// So long, and four times as long as the last one took, passes before the next look: a fifth of a processor at most.
inline constexpr absl::Duration kLookEvery = absl::Seconds(2);
// A data set that nobody has asked about for so long is not looked at any more.
inline constexpr absl::Duration kWatchedFor = absl::Hours(24);
// Files that are few are looked at while who asks waits: no longer than this, and once for each look.
inline constexpr absl::Duration kVersionPatience = absl::Milliseconds(50);

// Thread-safe.
class VersionKeeper {
 public:
  struct Options {
    HashDataSet hash = {};  // empty: nothing is hashed here, and the answer is what the daemon found before
    LookAtFiles look = LookAtData;
    absl::Duration patience = kVersionPatience;  // of Now
  };
  // `clock` outlives it, and so does what `options` uses. A data set whose mapping file cannot be read has no version.
  VersionKeeper(const v1::SiteConfig& config, Options options, Clock& clock);
  // Breaks looks off between two files. Waits for what is being hashed, which ends with the trainers.
  ~VersionKeeper();

  // Is called, from a thread of the keeper, when Now would answer otherwise than it last did. Empty: nobody is; when
  // this returns, who was called before is not called any more.
  void TellWhenFound(std::function<void()> found) ABSL_LOCKS_EXCLUDED(tell_mutex_);

  // What was found of late. UNAVAILABLE in words that follow on "and ": it is being found out, or why it cannot be.
  absl::StatusOr<Sha256Digest> Now(const std::string& data_set) ABSL_LOCKS_EXCLUDED(mutex_);
  // The same by a look that began at `since`, of the clock's monotonic time, or later. UNAVAILABLE also where that one
  // is not over: few files are looked at at once, many by the look that is next.
  absl::StatusOr<FoundVersion> Since(const std::string& data_set, absl::Duration since) ABSL_LOCKS_EXCLUDED(mutex_);
  // The same by a look in the caller's thread, however long that takes: for commands.
  absl::StatusOr<Sha256Digest> LookNow(const std::string& data_set) ABSL_LOCKS_EXCLUDED(mutex_);
  // The text of the version; hashes in the caller's thread where it must. UNAVAILABLE: a file was written to meanwhile.
  absl::StatusOr<std::string> Find(const std::string& data_set) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Mapped {
    Sha256Digest file{};
    v1::DatasetMapping mapping;  // with absolute paths
  };
  // A data set that was asked about. Times are the clock's, monotonic.
  struct Watch {
    absl::Duration asked;
    absl::Duration next_look = -absl::InfiniteDuration();
    absl::Duration holds_until = -absl::InfiniteDuration();
    absl::Duration began = -absl::InfiniteDuration();  // the last look that has ended
    absl::Duration took;                               // the same
    absl::Duration wanted_since = -absl::InfiniteDuration();
    Sha256Digest files{};                                  // by the last look
    std::optional<absl::StatusOr<Sha256Digest>> found;     // by the last look
    std::optional<absl::StatusOr<Sha256Digest>> answered;  // to who asked last
    uint64_t looks = 0;                                    // that have ended
    bool is_slow = false;                                  // who asks does not wait for the look under way
    bool wake = false;
    std::thread thread;
  };

  absl::StatusOr<const Mapped*> MappingOf(const std::string& data_set) const;
  absl::StatusOr<DataFacts> Look(const Mapped& mapped) const { return options_.look(mapped.mapping, stopping_); }
  // What Now says of files that were just looked at.
  absl::StatusOr<Sha256Digest> Judge(const std::string& data_set, const Mapped& mapped,
                                     const absl::StatusOr<DataFacts>& facts) ABSL_LOCKS_EXCLUDED(mutex_);
  // The thread of a watch.
  void KeepLooking(const std::string& data_set, const Mapped& mapped, Watch& watch) ABSL_LOCKS_EXCLUDED(mutex_);
  // One look. True: who asked last was told something else.
  bool LookOnce(const std::string& data_set, const Mapped& mapped, Watch& watch) ABSL_LOCKS_EXCLUDED(mutex_);
  void Tell() ABSL_LOCKS_EXCLUDED(tell_mutex_);
  absl::StatusOr<std::string> HashNow(const std::string& data_set, const Mapped& mapped);
  void HashLater(const std::string& data_set) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  Clock& clock_;
  const KeptVersions kept_;
  std::map<std::string, Mapped> mappings_;  // fixed after construction
  std::atomic<bool> stopping_ = false;      // set under mutex_
  absl::Mutex tell_mutex_;
  std::function<void()> tell_ ABSL_GUARDED_BY(tell_mutex_);
  absl::Mutex mutex_;
  std::map<std::string, Watch> watches_ ABSL_GUARDED_BY(mutex_);  // each stays to the end
  std::set<std::string> being_hashed_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, absl::Duration> hashed_at_ ABSL_GUARDED_BY(mutex_);  // when the last time ended
  std::map<std::string, std::string> faults_ ABSL_GUARDED_BY(mutex_);  // of the last time, by data set
  // Its thread is made when something is to be hashed: most sites never need it.
  std::unique_ptr<SerialQueue> queue_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace accord
