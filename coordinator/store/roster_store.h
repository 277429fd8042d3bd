// The rosters that were published: each signed by all its sites, or following the one before it by the signatures of
// enough organisations (trust/roster/succession.h). The last one is in force.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "coordinator/store/database.h"
#include "coordinator/store/federation_log.h"
#include "trust/roster/roster.h"
#include "trust/roster/signed_roster.h"

namespace accord {

struct PublishedRoster {
  int64_t ordinal = 0;  // grows with each publication
  absl::Time published;
  std::string signed_text;               // the whole file, as sites are sent it
  std::shared_ptr<const Roster> roster;  // what it lists; shared with the rounds that use it
};

// Thread-safe. Errors are those of Database beside the ones named.
class RosterStore {
 public:
  // Both must outlive it. `log`: null for whoever only reads.
  explicit RosterStore(Database& database, FederationLog* log = nullptr) : database_(database), log_(log) {}

  // In the log, by the same transaction. FAILED_PRECONDITION: it is a first one that not all its sites have signed, or
  // a later one that does not follow the one in force. OUT_OF_RANGE: larger than what one message carries. Publishing
  // the one in force changes nothing.
  absl::Status Publish(const SignedRoster& roster, absl::Time now);
  // The one in force, if its ordinal is greater than `known`; else nullptr. DATA_LOSS: what is stored is no roster.
  absl::StatusOr<std::shared_ptr<const PublishedRoster>> Latest(int64_t known = 0);
  // The one of this hash that was published last; nullptr: none was.
  absl::StatusOr<std::shared_ptr<const PublishedRoster>> OfHash(const Sha256Digest& hash);
  // The files of the rosters that followed that one, each on the one before it: as many as have `max_bytes` together,
  // and at least the next one. Empty: that one is in force or was never published, or a first one was put in its place.
  absl::StatusOr<std::vector<std::string>> After(const Sha256Digest& hash, size_t max_bytes);

 private:
  absl::Status CheckMayFollow(const SignedRoster& roster);

  Database& database_;
  FederationLog* const log_;
};

}  // namespace accord
