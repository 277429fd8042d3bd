// The coordinator's side of one attempt of the secure sum, as a state machine without I/O: Handle(event) -> actions.
//
//   Collecting --CloseCollecting--> Signing --t signatures--> Revealing --every seed is here--> Opened
//   Revealing <--somebody is gone: shares, pair seeds of missing sites--> Recovering --every seed is here--> Opened
//   any state --what is needed cannot come any more--> Dead (with a reason in words, and who is bound by a signature)
//
// The machine decides whose uploads count, shows the survivors to the sites, collects their signatures and the seeds of
// the masks, and hands the shell the exact list of seeds to remove. It never sees a vector. A gone site may come back
// and is waited for; a site that is gone for good (restarted, withdrawn, convicted) is not. The shell bounds every wait
// with StopWaiting: then all that are gone are gone for good. So every attempt ends. The states, what ends them and
// every failure in tables: docs/secure-sum.md, "The coordinator".
//
// Adversary: sites (up to C of them together) send anything at any time. No byte of theirs reaches an assertion; a
// message that breaks a rule is rejected by name, and what proves a lie is given out as Blame with the signed bytes.
// The machine itself is not trusted by the sites: that it shows one list to all is for the sum's sake, not for theirs.
// Deterministic: the same events give the same actions. Not thread-safe.
// Source: Bonawitz et al., CCS 2017, figure 4 (server), with the rules of docs/secure-sum.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "aggregation/secure/graph/neighbour_graph.h"
#include "aggregation/secure/messages/quorum.h"
#include "aggregation/secure/messages/signed_bytes.h"
#include "aggregation/secure/round/signed_mask_seed.h"
#include "base/hash.h"
#include "base/secret.h"
#include "trust/roster/roster.h"

namespace accord::secure {

// ---- events ----
// An upload is complete and staged, and the payload's hash is what the shell computed over the bytes it has. Not
// folded.
struct UploadVerified {
  std::string site;
  SignedBytes header;
  std::string offers;
  Sha256Digest payload_sha256;
};
// The job machine waits for no further upload.
struct CloseCollecting {};
struct StatementArrived {
  std::string site;
  SignedBytes statement;
};
struct RevealArrived {
  std::string site;
  SignedBytes statement;
  SecretBytes seeds;
};
struct VoidArrived {
  std::string site;
  SignedBytes statement;
};
// Out of reach, or silent for too long. `for_good`: it cannot answer in this attempt any more (it restarted, withdrew
// or refused), so that nobody waits for it.
struct SiteGone {
  std::string site;
  bool for_good = false;
};
// Reachable again, with its keys. Gets again whatever it has to answer.
struct SiteBack {
  std::string site;
};
// The shell's patience is over: whoever is gone now is gone for good.
struct StopWaiting {};
using RoundEvent = std::variant<UploadVerified, CloseCollecting, StatementArrived, RevealArrived, VoidArrived, SiteGone,
                                SiteBack, StopWaiting>;

// ---- actions, to be carried out in order ----
// Lists that go to every site are shared, not copied: n lists of n headers would be gigabytes.
using SharedList = std::shared_ptr<const std::vector<SignedBytes>>;

// Fold the staged upload into the sum. Keep the bytes until the attempt ends: Exclude subtracts them.
struct AcceptUpload {
  std::string site;
};
// Delete the staged upload. `reason` is in words for the site. It may send another one unless it is too late.
struct RejectUpload {
  std::string site;
  std::string reason;
};
// Subtract the folded upload from the sum and delete it: the site is not among the survivors.
struct Exclude {
  std::string site;
  std::string reason;
};
struct SendSurvivors {
  std::string site;
  SharedList headers;               // in cohort order
  std::vector<std::string> offers;  // ShownOffer of each neighbour that survived, in order
};
struct SendSignatures {
  std::string site;
  SharedList statements;  // t of them, in cohort order
};
struct RequestShares {
  std::string site;
  std::vector<std::string> gone;  // survivors, sorted
};
// To a site that is missing from the survivors: its pair seeds with survivors that are gone.
struct RequestPairSeeds {
  std::string site;
  SharedList headers;
  SharedList statements;
  std::vector<std::string> gone;  // survivors, sorted
};
struct RequestVoid {
  std::string site;
};
// Apply every seed to the sum (RemoveMasks); it is the plain sum of the survivors then. Opened follows.
struct Unmask {
  std::vector<SignedMaskSeed> seeds;
};
struct Absence {
  std::string site;
  std::string reason;
};
// What shows the next attempt's sites that this one was opened.
struct OpenedProof {
  Sha256Digest transcript;
  Sha256Digest survivors_hash;
  std::vector<SignedBytes> statements;  // t of them, in cohort order
};
struct Opened {
  std::vector<std::string> survivors;  // in cohort order
  std::vector<Absence> absences;
  OpenedProof proof;
};
// Whoever signed may take part in another attempt at the same thing only with the same set and the same vectors
// (SECURE_SUM "Another attempt"). nullopt: nobody can have signed.
struct Bound {
  std::vector<std::string> survivors;
  uint32_t encoding_sites = 0;
};
// Nothing of anybody's vector was opened. Void statements, and signatures that were on their way, are still taken.
struct Dead {
  std::string reason;
  std::vector<std::string> signed_by;  // as far as the coordinator knows
  std::optional<Bound> bound;
};
// After Dead: enough members say in signed words that they never will sign. Shown with the next plan, they free
// everybody.
struct Released {
  std::vector<SignedBytes> voids;  // in cohort order
};
// One site lied, or one of two did. `signed_bytes` are what proves it to anybody who holds the roster.
struct Blame {
  std::vector<std::string> sites;  // one: convicted; two or more: at least one of them
  std::string what;
  std::vector<SignedBytes> signed_bytes;
};
using RoundAction = std::variant<AcceptUpload, RejectUpload, Exclude, SendSurvivors, SendSignatures, RequestShares,
                                 RequestPairSeeds, RequestVoid, Unmask, Opened, Dead, Released, Blame>;

// What everybody agreed on before the first upload. The coordinator computes it as every site does.
struct RoundTerms {
  std::shared_ptr<const Roster> roster;
  Sha256Digest transcript;
  std::vector<std::string> cohort;  // the epoch's members, ascending
  CohortTerms quorum;               // n, t, C, share threshold
  std::shared_ptr<const NeighbourGraph> graph;
  uint32_t encoding_sites = 0;
  uint32_t min_sites = 0;  // the job's floor
};

class SecureRound {
 public:
  // INVALID_ARGUMENT when the terms do not fit each other (a cohort that the quorum rules refuse, another graph's
  // size).
  static absl::StatusOr<SecureRound> Create(RoundTerms terms);
  ~SecureRound();
  SecureRound(SecureRound&&) noexcept;
  SecureRound& operator=(SecureRound&&) noexcept;

  std::vector<RoundAction> Handle(RoundEvent event);

  enum class State { kCollecting, kSigning, kRevealing, kRecovering, kOpened, kDead };
  State state() const;
  bool ended() const { return state() == State::kOpened || state() == State::kDead; }
  // For whom the attempt waits and why: "waits for site-c. With 3 sites all must answer, else sums would expose single
  // sites. Nothing has been opened." Empty once it has ended.
  std::string WaitingWords() const;
  // The sites for which it waits, in cohort order: whom the shell may declare gone.
  std::vector<std::string> WaitsFor() const;

  struct Impl;  // defined in round_impl.h, for the files round_*.cc alone

 private:
  explicit SecureRound(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace accord::secure
