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
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "aggregation/secure/graph/neighbour_graph.h"
#include "aggregation/secure/messages/quorum.h"
#include "aggregation/secure/messages/transcript.h"
#include "aggregation/secure/round/round_actions.h"
#include "aggregation/secure/round/round_events.h"
#include "trust/roster/roster.h"

namespace accord::secure {

// What everybody agreed on before the first upload. The coordinator computes it as every site does.
struct RoundTerms {
  std::shared_ptr<const Roster> roster;         // shared by all jobs
  TranscriptFields fields;                      // cohort, k, floors and all else that the transcript binds
  CohortTerms quorum;                           // n, t, C of this cohort
  std::shared_ptr<const NeighbourGraph> graph;  // shared by the attempts of an epoch
  uint32_t max_missing = 0;                     // sparse graphs: members that may be missing from the survivors
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
