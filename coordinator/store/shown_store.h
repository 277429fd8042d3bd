// The survivor sets that sites were shown and whose sums were not opened, so that no restart forgets what binds a step.
//
// A row is written before the first site is shown its set. It goes when a sum over the same sites is opened at the same
// place (what the sites themselves go by: PlaceOf in aggregation/secure/site/another_attempt.h), and with its job where
// the place is that job's alone. Where it is every job's (the columns of a data set), it outlives the job: a later one
// is bound by it too, or shows the sites the promises that released it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/secure/messages/signed_bytes.h"
#include "aggregation/secure/round/shown_set.h"
#include "base/hash.h"
#include "base/soci_headers.h"
#include "coordinator/store/database.h"

namespace accord {

struct StoredShownSet {
  std::string job_id;
  uint32_t attempt = 0;
  uint32_t step = 0;
  Sha256Digest place{};
  bool of_every_job = false;  // the place is
  secure::ShownSet set;
  std::vector<secure::SignedBytes> voids;  // that released it; empty: it binds
};

// Thread-safe. Every change is durable when the call returns. Errors of Database beside the ones named.
class ShownStore {
 public:
  // `database` must outlive the store.
  explicit ShownStore(Database& database) : database_(database) {}

  absl::Status Keep(const StoredShownSet& shown);
  // Enough members promised never to sign it: keeps `shown.voids` with it.
  absl::Status Release(const StoredShownSet& shown);
  // What binds `job_id` at `place`, or did: its own sets, then those of other jobs where the place is theirs
  // too; each job's in the order of attempts. DATA_LOSS: one of its own is damaged. Another job's that is damaged is
  // passed over with a line in the log: its sites still refuse.
  absl::StatusOr<std::vector<StoredShownSet>> At(const Sha256Digest& place, const std::string& job_id);

 private:
  Database& database_;
};

// As parts of other transactions; may throw. A sum over `sites` (ascending) was opened at `place`: it binds to nothing
// new. And what is left of the job's own steps below `next_step` concerns nobody any more.
void ForgetOpenedSets(soci::session& sql, const std::string& job_id, uint32_t next_step, const Sha256Digest& place,
                      absl::Span<const std::string> sites);
// The job is over.
void ForgetOwnSets(soci::session& sql, const std::string& job_id);

}  // namespace accord
