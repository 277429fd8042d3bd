// Writes down everything that leaves this site, and what it was asked for, before it happens.
//
// What is made of rows (an upload) is on the disk before its first byte leaves. Everything else is written before it
// leaves and on the disk with the next upload at the latest: it survives the daemon's death, not a power cut. Progress
// is counted and written together, as one entry, before the next entry of its job; a daemon that dies loses the count.
//
// A coordinator that asks without end must not fill the disk: of requests and messages, kMostEntriesPerMinute have
// entries of their own. The others of that minute are counted by kind, and written when it is over. Vectors always have
// entries of their own.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "proto/accord/v1/egress.pb.h"
#include "proto/accord/v1/wire.pb.h"
#include "trust/ledger/hash_chain.h"
#include "trust/log/log_file.h"

namespace accord {

// An upload of which the site knows from elsewhere that it left.
struct LeftUpload {
  std::string job_id;
  uint32_t attempt = 0;
  uint64_t record_entries = 0;  // of the record of secure sums, that one included which shows it
};

// Thread-safe. One for each state folder: the daemon's lock sees to that.
//
// After an error the ledger no longer says what left. Every later call then fails with the same error, and nothing may
// leave.
class EgressLedger {
 public:
  static constexpr uint32_t kMostEntriesPerMinute = 1200;

  // Checks the whole file, makes it (0600) where there is none, and cuts off an entry that a crash left unfinished.
  // DATA_LOSS, with what to do, when it is damaged, or lacks one of the uploads that left for certain: then it was put
  // back from an older copy. `left`: as this site's record of secure sums has them; those from before the ledger began
  // are not asked for.
  static absl::StatusOr<std::unique_ptr<EgressLedger>> Open(const std::string& path, absl::string_view site,
                                                            Clock& clock, absl::Span<const LeftUpload> left = {});
  // Writes what is counted only.
  ~EgressLedger();
  EgressLedger(const EgressLedger&) = delete;
  EgressLedger& operator=(const EgressLedger&) = delete;

  // `record_entries`: that the record of secure sums has now.
  absl::Status DaemonStarts(const std::string& software_version, const std::string& coordinator,
                            uint64_t record_entries);
  // Its bytes are hashed as they are sent. Seeds in it stay nowhere.
  absl::Status MessageLeaves(const v1::SiteMessage& message);
  // The request for the next certificate, which is no message of a session.
  absl::Status RenewalLeaves(const v1::RenewRequest& request);
  // Messages that ask for nothing (welcome, the end of a plan) are not written down.
  absl::Status IsAskedFor(const v1::CoordinatorMessage& message);
  absl::Status Fetches(const v1::PlanId& plan, const std::string& name, uint64_t offset);

  // Durable on return.
  absl::Status UploadBegins(const v1::PlanId& plan, v1::EgressUpload upload);
  // Of the upload that has begun for this plan: goes into its end.
  void PayloadIs(const v1::PlanId& plan, std::string payload_digest);
  absl::Status UploadEnds(const v1::PlanId& plan, v1::EgressUploadEnd end);

  // The federation's log has grown to this head, under which everything is made from here on. The last one is written
  // down together with the next upload (or at the end), however many there are: a coordinator can sign any number.
  void LogGrows(HeadOfLog head);
  // The operator makes this site forget what it has seen of the log. Durable on return.
  absl::Status LogIsForgotten();
  // The operator has settled that entries of this site's record of secure sums are lost. Durable on return.
  absl::Status RecordIsLost(v1::EgressRecordLoss loss);
  // The last head in the file when it was opened; nullopt: there was none, or it was forgotten.
  const std::optional<HeadOfLog>& log_memory() const { return log_memory_; }

 private:
  struct Counted {
    uint64_t count = 0;
    uint64_t bytes = 0;
    Sha256Hasher hasher;

    void Add(absl::string_view message);
  };
  EgressLedger(std::string path, UniqueFd fd, HashChain chain, std::optional<HeadOfLog> log_memory, Clock& clock);

  v1::EgressEntry NewEntry(const v1::PlanId& plan) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Append(const v1::EgressEntry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status WriteProgress(const std::string& job_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Begins a new minute where the last one is over. False: the minute's entries are used up.
  absl::StatusOr<bool> TakesEntry() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status WriteCrowd() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status WriteLogHead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  const UniqueFd fd_;
  Clock& clock_;
  const std::optional<HeadOfLog> log_memory_;
  absl::Mutex mutex_;
  HashChain chain_ ABSL_GUARDED_BY(mutex_);
  absl::Status broken_ ABSL_GUARDED_BY(mutex_);
  std::string log_first_entry_ ABSL_GUARDED_BY(mutex_);              // that the file names last
  std::optional<HeadOfLog> log_head_ ABSL_GUARDED_BY(mutex_);        // that it does not have yet
  std::map<std::string, Counted> progress_ ABSL_GUARDED_BY(mutex_);  // by job
  absl::Duration minute_began_ ABSL_GUARDED_BY(mutex_);              // monotonic
  uint32_t entries_of_minute_ ABSL_GUARDED_BY(mutex_) = 0;
  // Beyond the minute's entries, by kind. Not by job: a job's name is the coordinator's word.
  std::map<std::string, Counted> crowded_requests_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Counted> crowded_messages_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> payload_digests_ ABSL_GUARDED_BY(mutex_);  // by job, of uploads that are open
};

// The last head of the federation's log in the file, for whoever only looks, also while a daemon writes; nullopt: there
// is none, or no file. DATA_LOSS: it is damaged.
absl::StatusOr<std::optional<HeadOfLog>> ReadLogMemory(const std::string& path, absl::string_view site);

}  // namespace accord
