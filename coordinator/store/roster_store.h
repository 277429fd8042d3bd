// The rosters that were published: each signed by all its sites, the last one in force.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
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

  // In the log, by the same transaction. FAILED_PRECONDITION: not signed by all its sites. OUT_OF_RANGE: larger than
  // what one message carries. Publishing the one in force changes nothing.
  absl::Status Publish(const SignedRoster& roster, absl::Time now);
  // The one in force, if its ordinal is greater than `known`; else nullptr. DATA_LOSS: what is stored is no roster.
  absl::StatusOr<std::shared_ptr<const PublishedRoster>> Latest(int64_t known = 0);

 private:
  Database& database_;
  FederationLog* const log_;
};

}  // namespace accord
