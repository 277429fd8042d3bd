// The base of all states of SecureParticipant. For the files participant_*.{h,cc} alone.
//
// A state owns exactly the secrets that it may hold; leaving it destroys them or moves them on to the next.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "aggregation/secure/site/participant_context.h"
#include "aggregation/secure/site/secure_participant.h"
#include "aggregation/secure/site/verdict.h"

namespace accord::secure {

class ParticipantState;
using StateHandle = std::unique_ptr<ParticipantState>;

// What an event leads to: actions, and the next state or null to stay.
struct Step {
  static Step Stay(SiteAction action);
  static Step To(StateHandle next);

  std::vector<SiteAction> actions;
  StateHandle next;
};

class ParticipantState {
 public:
  explicit ParticipantState(ParticipantContext& context) : context_(context) {}
  virtual ~ParticipantState() = default;

  virtual SecureParticipant::State state() const = 0;
  virtual std::string Describe() const = 0;

  // Alike in nearly all states: participant_any_state.cc.
  virtual Step On(const EpochRequested& event);
  virtual Step On(const VoidRequested& event);
  virtual Step On(const AttemptEnded& event);
  virtual Step On(const Forget& event);
  // Out of order where a state does not say otherwise.
  virtual Step On(const EpochListed& event);
  virtual Step On(const AttemptPlanned& event);
  virtual Step On(const VectorComputed& event);
  virtual Step On(const VectorMasked& event);
  virtual Step On(const SurvivorsListed& event);
  virtual Step On(const SignaturesShown& event);
  virtual Step On(const SharesRequested& event);
  virtual Step On(const PairSeedsRequested& event);

  // Refuse, evidence and a line for the operator; a permanent refusal leads to Stopped.
  Step Refused(Refusal refusal) const;

 protected:
  virtual const OwnEpoch* own_epoch() const { return nullptr; }
  virtual const JoinedAttempt* attempt() const { return nullptr; }
  // The state without its attempt; null where there is none to leave.
  virtual StateHandle LeaveAttempt() { return nullptr; }
  // Whether a promise never to sign the attempt in hand ends it.
  virtual bool VoidEndsAttempt() const { return false; }

  Step OutOfOrder(absl::string_view what) const;
  // `verdict` as a step.
  Step Settle(Verdict<Step> verdict) const;

  ParticipantContext& context_;

 private:
  Verdict<Step> OpenEpoch(const EpochRequested& event);
  Objection CheckEpochRequest(const EpochRequested& event) const;
  Verdict<Step> PromiseNeverToSign(const Sha256Digest& transcript);
};

}  // namespace accord::secure
