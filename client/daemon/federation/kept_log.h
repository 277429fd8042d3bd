// The federation's log (docs/log.md) as this site has seen it, and that it takes no plan under a log which does not
// continue that.
//
//   log.head           the last head that it took (HeadOfLog): for `accord audit verify --against` and `compare`
//   log.contradiction  a head that contradicts it: both files together convict the log's keeper
//   evidence/HEX.log-head  a signed head of another size that does not continue it, or has fewer entries and no proof:
//                      a whole log of its keeper that agrees with log.head convicts him by it where it is of another
//                      story (accord audit verify --against)
//
// What counts after a restart is the later one of log.head and of what the ledger of what left says. log.head outlives
// the daemon's death; the ledger has the head, and is on the disk, before the first byte of an upload leaves. So
// nothing that was made under a head leaves before the head is kept for good, and keeping it costs no sync of its own.
//
// Which log: the one that is pinned (log_pin.h), else the one that was shown first.
//
// A head that is dated further ahead of this machine's clock than clocks differ is not taken, and nothing under it: the
// date of the newest head is what a site's clock is held against (posture_file.h), and one of another year would
// convict every clock until then. One that was kept all the same gives way to the next head of the log.
//
// A plan may name an older head than the kept one, where its attempt began before; but none that is older than what
// this site has had for kGreetingToPlan. Else a keeper with two stories could name, in each plan of a round over
// sites of both, the last head that the two have in common.
//
// Adversary: the coordinator, which keeps the log's key. It can show this site a log of its own making from the first
// head on and stay with it: heads of other sites find that out, each attempt's transcript has the head. It cannot
// change its story, nor let rounds go on over sites of two of them for longer than kGreetingToPlan.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "client/daemon/federation/log_history.h"
#include "client/daemon/ledger/egress_ledger.h"
#include "client/daemon/state/state_folder.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/wire.pb.h"
#include "trust/log/log_file.h"
#include "trust/log/log_head.h"
#include "trust/log/log_witness.h"

namespace accord {

// As for time stamps and releases: a clock that is off by more is wrong.
inline constexpr absl::Duration kMostHeadSkew = absl::Minutes(5);
// In one session plans come in the order in which they were made. So an older head than the kept one is named by a plan
// that was made before the session began alone, and comes right behind the greeting that showed the newer one.
inline constexpr absl::Duration kGreetingToPlan = absl::Seconds(30);

// Not thread-safe.
class KeptLog {
 public:
  // Goes on from what was kept. `ledger` outlives the log, and so does `clock`; null where nobody keeps one (tests):
  // then log.head counts alone. FAILED_PRECONDITION, with what to do: a file is damaged.
  static absl::StatusOr<std::unique_ptr<KeptLog>> Open(const v1::SiteConfig& config, EgressLedger* ledger,
                                                       Clock& clock = Clock::System());
  // The same for whoever only looks (`accord-client check` and `log`), also while a daemon runs: knows what the daemon
  // would know, and is to keep nothing.
  static absl::StatusOr<std::unique_ptr<KeptLog>> Look(const v1::SiteConfig& config, Clock& clock = Clock::System());

  // What a session begins with.
  absl::Status Greeted(const v1::Welcome& welcome);
  // What would come of a greeting; keeps nothing.
  absl::Status LookAt(const v1::Welcome& welcome) const;

  // The proof that came ahead of the next plan.
  void Hold(const v1::LogProof& proof) { proof_ = proof; }
  // To be asked before anything else is done with the plan, whether or not it can be taken part in: OK, or why not. The
  // head is kept then, and on the disk before the first upload that begins afterwards. ABORTED: the keeper of the log
  // has signed two stories, and this site takes no plan any more. FAILED_PRECONDITION also where the head is dated
  // ahead: a clock can be set while the job waits; and where it is older than what this site has had for a while: the
  // next attempt's is newer. A plan that was taken before may come again at any time.
  absl::Status Take(const v1::Plan& plan);
  // Whether anything may be done for this coordinator that comes before a plan.
  absl::Status MayBegin();
  // OK where the last look of this session found what this site has seen, and nothing else: only then does the
  // coordinator's word take anything away that this site keeps.
  absl::Status Stands() const;

  // Entries of the head that is kept; 0: none.
  uint64_t size() const { return witness_.has_value() ? witness_->kept_size() : 0; }
  const std::optional<HeadOfLog>& head() const;
  // The log that the coordinator of this session says it keeps; nullopt: it said nothing.
  const std::optional<LogIdentity>& identity() const { return identity_; }
  // A head that a plan named, as others can check it; nullopt where the coordinator never said which log it keeps.
  std::optional<HeadOfLog> Named(const v1::SignedLogHead& head) const;
  // One line for the operator.
  std::string InWords() const;

 private:
  struct Seen {
    absl::Status status;
    bool is_newer = false;
    std::optional<LogWitness> witness;  // to go on with
  };

  KeptLog(const v1::SiteConfig& config, EgressLedger* ledger, Clock& clock);
  // `ledger`: what the ledger of what left says; an error where it cannot be read.
  absl::Status Restore(const absl::StatusOr<std::optional<HeadOfLog>>& ledger);
  absl::Status RestoreContradiction();
  // May this site go by that log?
  absl::Status CheckLog(const Sha256Digest& id) const;
  absl::Status CheckDate(const LogHead& head) const;
  bool IsContradicted(const Sha256Digest& id) const;
  // The greeting shows more than is kept, with the proof from less: this site has taken a plan since its hello.
  bool IsProvenFromEarlier() const;
  Seen See(const LogIdentity& identity, const v1::SignedLogHead& head, const v1::LogProof* proof) const;
  absl::Status Keep(const v1::SignedLogHead& head, const v1::LogProof* proof);
  absl::Status WriteDown(const HeadOfLog& head);
  absl::Status Contradicts(const Seen& seen);
  bool IsOlderAndUnproven(const absl::Status& why, const v1::SignedLogHead& head) const;
  // `why`, with the head kept for whoever has the whole log, if it is signed by the log's key.
  absl::Status WithShownHead(const absl::Status& why, const v1::SignedLogHead& head) const;
  // The head of a plan that was not taken before.
  absl::Status CheckNotOutdated(const v1::SignedLogHead& head) const;

  const StateFolder folder_;
  const std::string config_id_;
  const bool require_pin_;
  EgressLedger* const ledger_;
  Clock& clock_;
  std::optional<LogWitness> witness_;
  std::optional<Sha256Digest> log_id_;   // of witness_
  std::optional<LogIdentity> identity_;  // the log that the coordinator says it keeps, of this session
  v1::Welcome greeting_;                 // of this session, as long as it was not taken
  bool greeting_taken_ = false;
  LogHistory history_;                            // of witness_
  std::map<std::string, Sha256Digest> taken_;     // the last one of each job, by job
  std::optional<v1::LogProof> proof_;             // for the next plan
  absl::Status contradicted_;                     // unless OK: no plan of the log contradicted_log_ any more
  std::optional<Sha256Digest> contradicted_log_;  // nullopt: of none, whichever it is
  absl::Status trouble_;                          // of the last look
};

}  // namespace accord
