// Taking a new job in: what is checked before anything is stored, and the artifacts' bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "coordinator/governance/charter_in_force.h"
#include "coordinator/store/store.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/operations.pb.h"

namespace accord {

// TorchScript files are code, not weights: a larger one is a mistake.
inline constexpr uint64_t kMaxTorchScriptBytes = 64 << 20;

// One submission on its way. Not thread-safe. What it wrote goes away unless Finish succeeds.
class Submission {
 public:
  // INVALID_ARGUMENT, with everything that is wrong, for a job that could not run: fields, layout, artifacts, sizes.
  // Also as JobPapers::Accept and JobStore::CheckRoomFor. `max_upload_bytes` bounds artifacts and the vectors of every
  // round. `store`, `clock` and `charters` must outlive it.
  struct Around {
    uint64_t max_upload_bytes = 0;
    Store& store;
    Clock& clock;
    CharterInForce& charters;
  };
  static absl::StatusOr<std::unique_ptr<Submission>> Open(const v1::SubmitOpen& open, const std::string& person,
                                                          const Around& around);

  // The next piece of the artifacts, one after another; offsets count within each.
  absl::Status Append(const v1::Chunk& chunk);
  // All artifacts are here: makes the job durable. INVALID_ARGUMENT when bytes are missing.
  absl::StatusOr<JobRecord> Finish();

 private:
  explicit Submission(Store& store, Clock& clock) : store_(store), clock_(clock) {}
  absl::Status EndArtifact();
  absl::Status OpenArtifact();

  Store& store_;
  Clock& clock_;
  JobSubmission job_;
  std::vector<v1::Artifact> artifacts_;
  size_t current_ = 0;                    // artifact
  uint64_t received_ = 0;                 // of it
  std::unique_ptr<ObjectWriter> writer_;  // nullptr: a small model, which goes into the database
};

}  // namespace accord
