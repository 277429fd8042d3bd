// The one transparency log of a folder (docs/log.md), that of a coordinator's project or a federation tree: the key in
// state_dir/log.key (mode 0600), everything else in the database (log_store.h).
//
// The log's first entry names the key, so the key is made once, before the log, and never again: a log whose key is
// gone cannot go on, and a new one would be another log. It names the project as well, which therefore stays too.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/clock.h"
#include "base/soci_headers.h"
#include "coordinator/store/database.h"
#include "coordinator/store/log_store.h"
#include "trust/identity/signing.h"
#include "trust/provenance/envelope.h"

namespace accord {

// Each entry is dated no earlier than the one before, and sites take no head that is dated ahead of their clocks. So
// one entry by a clock that is wrong by years would end the log's use for years: further than this from the last one it
// takes somebody's word that the clock is right. Commands beside a coordinator are typed by somebody, and not held to
// it.
inline constexpr absl::Duration kLongestUnlogged = absl::Hours(24 * 31);

// The project of a coordinator whose coordinator.yaml names no other.
inline constexpr char kFederationProject[] = "federation";

// Thread-safe.
class FederationLog {
 public:
  // Opens the log, or makes key and log where there is neither. Only for whoever is alone with the state_dir: its
  // maker, or a running coordinator, which holds its lock. FAILED_PRECONDITION: there is a log without its key, or with
  // another one, or of another project, or others can read the key. INVALID_ARGUMENT: `project` is no project's id.
  // `database` and `clock` must outlive it.
  static absl::StatusOr<std::unique_ptr<FederationLog>> OpenOrBegin(const std::string& state_dir, Database& database,
                                                                    Clock& clock = Clock::System(),
                                                                    const std::string& project = kFederationProject);
  // Opens the log beside a running coordinator. FAILED_PRECONDITION: also where there is none yet.
  static absl::StatusOr<std::unique_ptr<FederationLog>> Open(const std::string& state_dir, Database& database,
                                                             Clock& clock = Clock::System(),
                                                             const std::string& project = kFederationProject);

  // For a coordinator that runs: from now on the clock is held against the last entry, and against how long
  // this process has run. FAILED_PRECONDITION, with what to do: the last entry is of more than kLongestUnlogged ago,
  // and not `after_gap`, nobody's word that the clock is right.
  absl::Status HoldClock(bool after_gap);
  // Appends within a transaction of Database::Write, whose body must fail if this does. May throw SOCI's exceptions.
  // INVALID_ARGUMENT: a draft that is no entry; FAILED_PRECONDITION: the clock was set ahead by more than
  // kLongestUnlogged since HoldClock.
  absl::Status AppendIn(soci::session& sql, absl::Span<const LogDraft> drafts);

  // A statement under the log's key (docs/provenance.md).
  absl::StatusOr<Envelope> SignStatement(std::string statement) const {
    return Envelope::Sign(std::move(statement), signer_);
  }

  const LogIdentity& identity() const { return identity_; }
  const std::string& project() const { return identity_.project(); }
  LogStore& rows() { return rows_; }

 private:
  FederationLog(KeyPairSigner signer, LogIdentity identity, Database& database, Clock& clock)
      : signer_(std::move(signer)), identity_(std::move(identity)), rows_(database, signer_), clock_(clock) {}
  static absl::StatusOr<std::unique_ptr<FederationLog>> Begin(KeyPairSigner signer, const std::string& project,
                                                              Database& database, Clock& clock);

  const KeyPairSigner signer_;
  const LogIdentity identity_;
  LogStore rows_;
  Clock& clock_;
  std::optional<absl::Duration>
      clock_ahead_;  // of the monotonic clock, as HoldClock found it; set before others append
};

}  // namespace accord
