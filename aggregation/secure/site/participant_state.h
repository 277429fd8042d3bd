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
struct SiteStep {
  static SiteStep Stay(SiteAction action);
  static SiteStep To(StateHandle next);

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
  virtual SiteStep On(const EpochRequested& event);
  virtual SiteStep On(const VoidRequested& event);
  virtual SiteStep On(const AttemptEnded& event);
  virtual SiteStep On(const Forget& event);
  // Out of order where a state does not say otherwise.
  virtual SiteStep On(const EpochListed& event);
  virtual SiteStep On(const AttemptPlanned& event);
  virtual SiteStep On(const VectorComputed& event);
  virtual SiteStep On(const VectorMasked& event);
  virtual SiteStep On(const SurvivorsListed& event);
  virtual SiteStep On(const SignaturesShown& event);
  virtual SiteStep On(const SharesRequested& event);
  virtual SiteStep On(const PairSeedsRequested& event);

  // Refuse, evidence and a line for the operator; a permanent refusal leads to Stopped.
  SiteStep Refused(Refusal refusal) const;

 protected:
  virtual const OwnEpoch* own_epoch() const { return nullptr; }
  virtual const JoinedAttempt* attempt() const { return nullptr; }
  // The state without its attempt; null where there is none to leave.
  virtual StateHandle LeaveAttempt() { return nullptr; }
  // Whether a promise never to sign the attempt in hand ends it.
  virtual bool VoidEndsAttempt() const { return false; }

  SiteStep OutOfOrder(absl::string_view what) const;
  // `verdict` as a step.
  SiteStep Settle(Verdict<SiteStep> verdict) const;

  ParticipantContext& context_;

 private:
  Verdict<SiteStep> OpenEpoch(const EpochRequested& event);
  Objection CheckEpochRequest(const EpochRequested& event) const;
  Verdict<SiteStep> PromiseNeverToSign(const Sha256Digest& transcript);
};

}  // namespace accord::secure
