// Collects the key statements of a coming cohort until its epoch is ready, as a state machine without I/O.
//
//   Keys --all invited have answered, or CloseKeys--> Ready (complete graph)
//   Keys --likewise--> Nonces (sparse graph) --every member's nonce--> Ready
//   any --too few members, or a nonce that never comes--> Failed
//
// The members of an epoch are exactly those whose statements are here when it closes: whoever comes later waits for the
// next epoch. A member that withholds its nonce, once it has seen the others', can give up a graph that it does not
// like: it costs it an epoch, by name, and the next one is to be tried without it.
//
// Adversary: sites. What a statement or nonce breaks is checked here as every member will check it, since one bad
// statement in the list would make all others refuse it. Deterministic. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "aggregation/secure/messages/epoch_list.h"
#include "aggregation/secure/messages/quorum.h"
#include "aggregation/secure/round/round_actions.h"
#include "aggregation/secure/round/round_events.h"
#include "trust/roster/roster.h"

namespace accord::secure {

// ---- events, besides SiteGone and StopWaiting ----
struct KeyStatementArrived {
  std::string site;
  SignedBytes statement;
};
struct NonceArrived {
  std::string site;
  GraphNonce nonce{};
};
// No further statement is waited for. StopWaiting means the same, and gives up the epoch when it waits for nonces.
struct CloseKeys {};
using EpochEvent = std::variant<KeyStatementArrived, NonceArrived, CloseKeys, SiteGone, StopWaiting>;

// ---- actions, besides RejectMessage and Blame ----
// To every member.
struct SendEpochList {
  std::string site;
  SharedList statements;  // in cohort order
};
// Last action: attempts with exactly this cohort may be planned.
struct EpochReady {
  EpochList list;
  SharedList statements;
  CohortTerms quorum;
  std::vector<GraphNonce> nonces;  // in cohort order; empty for a complete graph
  Sha256Digest graph_seed{};       // zero for a complete graph
};
// Last action. `at_fault`: the members that showed no nonce; empty when there were too few.
struct EpochFailed {
  std::string reason;
  std::vector<std::string> at_fault;
};
using EpochAction = std::variant<RejectMessage, Blame, SendEpochList, EpochReady, EpochFailed>;

struct EpochPlan {
  std::shared_ptr<const Roster> roster;  // shared by all jobs
  EpochTerms terms;
  std::vector<std::string> invited;  // ascending, all in the roster
  uint32_t colluding_organisations = 0;
  uint32_t min_sites = 2;
  bool sparse = false;  // a graph that the members' nonces seed
};

class EpochBuilder {
 public:
  explicit EpochBuilder(EpochPlan plan);

  std::vector<EpochAction> Handle(const EpochEvent& event);

  bool ended() const { return state_ == State::kEnded; }
  // Invited sites or members that have not answered, ascending.
  std::vector<std::string> WaitsFor() const;

 private:
  enum class State { kKeys, kNonces, kEnded };

  void On(const KeyStatementArrived& event);
  void On(const NonceArrived& event);
  void On(const CloseKeys& event);
  void On(const SiteGone& event);
  void On(const StopWaiting& event);
  absl::StatusOr<KeyStatement> CheckStatement(const KeyStatementArrived& event) const;
  void TakeSecondStatement(const KeyStatementArrived& event);
  bool AllHaveAnswered() const;
  void Close();
  void ConsiderReady();
  void Fail(std::string reason, std::vector<std::string> at_fault);

  const EpochPlan plan_;
  State state_ = State::kKeys;
  struct Answer {
    SignedBytes message;
    KeyStatement statement;
  };
  std::map<std::string, Answer> answers_;  // by site
  std::map<std::string, bool> gone_;       // by invited site: its key is lost
  SharedList statements_;                  // from kNonces on
  std::optional<EpochList> list_;
  CohortTerms quorum_;
  std::map<std::string, GraphNonce> nonces_;
  std::vector<EpochAction> actions_;  // of the event at hand
};

}  // namespace accord::secure
