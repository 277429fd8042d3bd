// The roster that a running daemon goes by: the one that its coordinator published, if it is the one that this site has
// pinned or follows it by the signatures of enough organisations (trust/roster/succession.h). The site then goes over
// to it by itself: the pin is moved, durably, before anything is done by it.
//
//   what the coordinator shows                     this site
//   the pinned one                                 goes by it
//   one that follows the pinned one and holds      pins it, says so, goes by it
//   a later one, whose ancestors are missing       asks for those in between, one message after another (NextRequest)
//   another one of the version that is pinned      keeps what proves who signed both, goes by none
//   any other: earlier, of another federation, a   goes by none, and says why
//   first one, with signatures missing
//
// Where the config names the roster (roster_sha256) it is that one alone, and the site goes over to none by itself.
// Once the pinned roster has expired this site joins no round.
//
// Adversary: the coordinator, which sends any bytes and is believed in none of them; it can only withhold a roster: for
// as long as the pinned one is valid, which in the earlier format is for ever.
// Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "client/daemon/state/state_folder.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/wire.pb.h"
#include "trust/roster/roster.h"
#include "trust/roster/signed_roster.h"

namespace accord {

class PinnedRoster {
 public:
  // `public_key_der`: the key that this site signs with. `clock` outlives it.
  PinnedRoster(const v1::SiteConfig& config, std::string public_key_der, Clock& clock = Clock::System());

  // Takes what the coordinator published (the bytes of a signed roster; empty: nothing) in place of what it published
  // before, and verifies it: about 0.4 ms a listed site, unless it is the same again. Leaves it in roster.published for
  // the operator, unless a signature is bad or one of a first roster is missing. The result is for Current(), InWords()
  // and News() to tell.
  void Offer(absl::string_view signed_roster);
  // What is to be asked for, because this site is behind what was published; once for each roster that it has come to.
  std::optional<v1::RosterRequest> NextRequest();
  // The answer to it. Goes over from one to the next as far as they hold.
  void Take(const v1::RosterChain& chain);
  // Lines for the operator since the last call: where the pin went, and what proves a fork.
  std::vector<std::string> News();

  // The roster to go by. FAILED_PRECONDITION says why there is none and what the operator can do. Reads the pin anew,
  // so that a pin made by `accord-client roster` counts at once.
  absl::StatusOr<std::shared_ptr<const Roster>> Current() const;
  // The one that is pinned, whatever the coordinator publishes and whether or not it has expired; nullptr: none is.
  // FAILED_PRECONDITION: its bytes are not here.
  absl::StatusOr<std::shared_ptr<const Roster>> Pinned() const;
  // May this site take part in a round of these sites, secure or not? OK where none is pinned. UNAVAILABLE: the pinned
  // roster has expired. FAILED_PRECONDITION: one of the sites, or this one, was revoked; or the pinned roster itself is
  // not here, so that nobody can say.
  absl::Status CheckCohort(const std::vector<std::string>& sites) const;
  // One line for the operator, whether it holds or not.
  std::string InWords() const;

 private:
  using Offered = std::shared_ptr<const SignedRoster>;  // shared with the jobs that go by it

  absl::StatusOr<Offered> Examine(absl::string_view signed_roster) const;
  // Goes over to `next` if it follows the pinned one. What hinders it is in refused_.
  void Advance(const SignedRoster& next) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LookForFork(const Roster& pinned, const SignedRoster& other) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void KeepSignatures(const SignedRoster& pinned);
  absl::Status GoOver(const SignedRoster& next) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // By its hash; nullptr: its bytes are not there.
  std::shared_ptr<const Roster> OfHash(const std::string& hash) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::shared_ptr<const Roster>> ReadPinned() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckEnd(const Roster& roster) const;
  absl::Status CheckSelf(const Roster& roster) const;

  const StateFolder folder_;
  const std::string site_;
  const std::string config_hash_;
  const std::string public_key_der_;
  Clock& clock_;
  mutable absl::Mutex mutex_;
  std::string offered_bytes_ ABSL_GUARDED_BY(mutex_);
  absl::StatusOr<Offered> offered_ ABSL_GUARDED_BY(mutex_);  // what came of them
  absl::Status refused_ ABSL_GUARDED_BY(mutex_);             // why the last roster was not gone over to
  bool behind_ ABSL_GUARDED_BY(mutex_) = false;
  std::string asked_ ABSL_GUARDED_BY(mutex_);  // what follows this one was asked for
  std::vector<std::string> news_ ABSL_GUARDED_BY(mutex_);
  mutable std::shared_ptr<const Roster> pinned_ ABSL_GUARDED_BY(mutex_);  // as last read
};

}  // namespace accord
