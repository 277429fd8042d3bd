// The charters that were published: each active under the roster of its day, the last one in force. Earlier ones are
// kept, because jobs that ran under them name them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "coordinator/store/database.h"
#include "coordinator/store/federation_log.h"
#include "trust/charter/charter.h"
#include "trust/charter/signed_charter.h"
#include "trust/roster/roster.h"

namespace accord {

struct PublishedCharter {
  int64_t ordinal = 0;  // grows with each publication
  absl::Time published;
  std::shared_ptr<const SignedCharter> file;
  std::shared_ptr<const Charter> former;  // the version before; null: there is none, or nobody had it at hand
};

// Thread-safe. Errors are those of Database beside the ones named.
class CharterStore {
 public:
  // Both must outlive it. `log`: null for whoever only reads.
  explicit CharterStore(Database& database, FederationLog* log = nullptr) : database_(database), log_(log) {}

  // In the log, by the same transaction. `former`: the version before, where the operator has it; else the one in force
  // is taken, if it is that. FAILED_PRECONDITION: not active under `roster`; or it is no amendment of the one in force.
  // Publishing the file in force changes nothing; the same charter with other signatures is another file.
  absl::Status Publish(const SignedCharter& charter, std::shared_ptr<const Charter> former,
                       std::shared_ptr<const Roster> roster, absl::Time now);
  // The one in force, if its ordinal is greater than `known`; else nullptr. DATA_LOSS: what is stored is none.
  absl::StatusOr<std::shared_ptr<const PublishedCharter>> Latest(int64_t known = 0);
  // The latest file of this charter. NOT_FOUND: it was never published.
  absl::StatusOr<std::string> FileOf(const Sha256Digest& hash);

 private:
  Database& database_;
  FederationLog* const log_;
};

// "heart-network, version 2".
std::string CharterName(const Charter& charter);

}  // namespace accord
