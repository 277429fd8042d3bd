// What a site keeps of its jobs between their rounds (aggregation/programs/kept_state.h), in files of its state folder:
//
//   JOB.pending   made in the latest step that was computed, durable before its vector leaves; counts if that does
//   JOB.counted   of the last step whose sum this site's vector is in: what the site goes on from
//   JOB.model     a model of this site's own, of a job that is over
//
// Which one counts is the coordinator's word in the next plan (wire.proto, Plan.counted_steps), or in the end of the
// job (PlanEnd.counted_step), so that a word that is lost with a connection, or a daemon that is killed at any moment,
// changes nothing: state and vector stay together.
//
// Of a file that is there and cannot be read nobody knows whether it counts: nothing is decided, and nothing deleted.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "client/daemon/state/kept_file.h"
#include "proto/accord/v1/kept.pb.h"

namespace accord {

// Thread-safe; the files of one job by one thread at a time.
class KeptStore {
 public:
  // Makes the folder (0700), removes what a crash left half written, and reserves the room of jobs that go on.
  static absl::StatusOr<std::unique_ptr<KeptStore>> Open(std::string folder, uint64_t max_bytes);

  // Makes sure that a job may keep so many numbers, if the oldest models of jobs that are over give way. Deletes
  // nothing: that many is the coordinator's word until a trainer has made them. FAILED_PRECONDITION: more than this
  // site ever keeps; UNAVAILABLE: than it can keep now, beside other jobs. Both say what to change. `bound`: for all
  // jobs from here on, where it is less than this store's own; none: no other.
  struct Bound {
    uint64_t bytes;
    std::string clause;  // where it is written, in words
  };
  absl::Status Reserve(const std::string& job_id, uint64_t num_numbers,
                       const std::optional<Bound>& bound = std::nullopt);
  // Nothing of the job is under way any more: it needs the room of its files, if it has any.
  void Release(const std::string& job_id);

  // What the site goes on from.
  struct Found {
    std::optional<KeptContent> content;  // nullopt: from the beginning
    std::string lost;                    // in words: why something that counted is not there; empty: nothing is lost
  };
  // `counted_step`: one more than the last step that this site's vector counted in, 0: none. UNAVAILABLE: the disk
  // does not do what it should.
  absl::StatusOr<Found> Find(const v1::KeptHead& job, uint32_t counted_step);
  // Durable when this returns; the oldest models of jobs that are over give way. UNAVAILABLE: it could not be written.
  absl::Status Keep(const v1::KeptHead& head, absl::Span<const uint8_t> numbers);
  // The step's sum is made, with this site's vector in it. Best effort: the next plan says it again.
  void Count(const std::string& job_id, uint32_t next_step);
  // Control variates are deleted; a model of this site's own stays, the one of the last step that counted.
  // `counted_step`: as of Find; nullopt: nobody knows, and both files of a model stay. Best effort: what stays is asked
  // about again.
  void JobOver(const std::string& job_id, std::optional<uint32_t> counted_step);

  // Of jobs that are not known to be over, or whose end could not be carried out.
  std::vector<std::string> OpenJobs() const;

 private:
  KeptStore(std::string folder, uint64_t max_bytes)
      : folder_(std::move(folder)), max_bytes_(max_bytes), most_bytes_(max_bytes) {}
  std::string PathOf(absl::string_view job_id, absl::string_view kind) const;
  bool IsOf(const v1::KeptHead& head, const v1::KeptHead& job, uint32_t next_step) const;
  // False: it stays for another time.
  bool SettlePending(const std::string& job_id, std::optional<uint32_t> counted_step);
  void SettleCounted(const std::string& job_id);
  void MakeRoom(const std::string& job_id, uint64_t num_numbers);

  const std::string folder_;
  const uint64_t max_bytes_;
  absl::Mutex mutex_;
  uint64_t most_bytes_ ABSL_GUARDED_BY(mutex_);                       // max_bytes_, or the last bound
  std::map<std::string, uint64_t> reserved_ ABSL_GUARDED_BY(mutex_);  // bytes, by job
};

// For people, also while a daemon runs: the file with this site's own model of a job, over or not. NOT_FOUND.
absl::StatusOr<std::string> KeptModelFile(const std::string& folder, const std::string& job_id);
// Its content, found even if the daemon learns at this moment that the job is over, and moves the file.
absl::StatusOr<KeptContent> ReadKeptModel(const std::string& folder, const std::string& job_id);
// Files that may hold such models.
std::vector<std::string> KeptModelFiles(const std::string& folder);
// False too for a model that this site was to train alone, and has not yet.
bool IsOwnModel(const v1::KeptHead& head);
bool IsOfJobThatIsOver(const std::string& path);

}  // namespace accord
