// Ready: the epoch's list was accepted, no attempt is in hand. Also what all states with an accepted epoch share.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "aggregation/secure/site/participant_state.h"

namespace accord::secure {

class EpochState : public ParticipantState {
 public:
  EpochState(ParticipantContext& context, std::unique_ptr<JoinedEpoch> epoch)
      : ParticipantState(context), epoch_(std::move(epoch)) {}
  using ParticipantState::On;
  // The same list again: the nonce again. Another list of the epoch is refused.
  SiteStep On(const EpochListed& event) override;
  // A newer attempt, if it is accepted, takes the place of the one in hand.
  SiteStep On(const AttemptPlanned& event) override;

 protected:
  const OwnEpoch* own_epoch() const override { return &epoch_->own; }
  StateHandle LeaveAttempt() override;
  // The plan of the attempt in hand came again.
  virtual SiteStep OnSamePlan() { return {}; }

  std::unique_ptr<JoinedEpoch> epoch_;
};

class ReadyState : public EpochState {
 public:
  using EpochState::EpochState;
  SecureParticipant::State state() const override { return SecureParticipant::State::kReady; }
  std::string Describe() const override;
};

}  // namespace accord::secure
