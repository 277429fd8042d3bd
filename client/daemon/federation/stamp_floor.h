// floors.require_time_stamps: a site that takes no plan unless an authority of its own choice has lately stamped the
// federation's log (docs/log.md).
//
// What that shows: the log up to the stamped head was there when the stamp was made, and what the plan names goes on
// from it. So whoever has the log's key can fork the log, but not a log that is older than the last stamp. A stamp on
// less than plans had named before it was made is not taken: else the log's first head, stamped anew each day, would
// do.
//
// Adversary: the coordinator. It can show a stamp of its choice on a head of its choice; each is held against the
// authority's certificate, the log's key, the head that the plan names and this machine's clock.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/hash.h"
#include "client/daemon/federation/log_history.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/wire.pb.h"
#include "trust/log/log_head.h"
#include "trust/timestamp/stamp_authority.h"
#include "trust/timestamp/time_stamp.h"

namespace accord {

// From the moment that a head is there to the time in a stamp on it, and by how much an authority's clock may differ.
inline constexpr absl::Duration kStampDelay = absl::Minutes(15);

// Not thread-safe.
class StampFloor {
 public:
  // Null where the config asks for no stamps. NOT_FOUND, INVALID_ARGUMENT: the authority's file. `clock` outlives it.
  static absl::StatusOr<std::unique_ptr<StampFloor>> Open(const v1::SiteConfig& config, Clock& clock);

  // May a plan be taken that names `named`, a head of `log` that this site has taken, and brings `stamp` (null: none)?
  // FAILED_PRECONDITION: there is no stamp, or it is too old, or from the future, or on less than plans had named by
  // then; else what the stamp, its head or the proof between the two heads is not.
  absl::Status Take(const v1::LogStamp* stamp, const v1::SignedLogHead& named, const LogIdentity& log);

  // One line for the operator: the last stamp that was taken.
  std::string InWords() const;

 private:
  StampFloor(StampAuthority authority, absl::Duration max_age, Clock& clock)
      : authority_(std::move(authority)), max_age_(max_age), clock_(clock), named_(max_age + kStampDelay, clock) {}

  const StampAuthority authority_;
  const absl::Duration max_age_;
  Clock& clock_;
  std::optional<TimeStamp> last_;
  LogHistory named_;                    // by plans that were taken
  std::optional<Sha256Digest> log_id_;  // of named_
};

}  // namespace accord
