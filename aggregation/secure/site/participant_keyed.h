// Keyed: this site's key statement has been sent; the list of all members' statements is awaited.
#pragma once

#include <string>
#include <utility>

#include "aggregation/secure/site/participant_state.h"

namespace accord::secure {

class KeyedState : public ParticipantState {
 public:
  KeyedState(ParticipantContext& context, OwnEpoch own) : ParticipantState(context), own_(std::move(own)) {}
  using ParticipantState::On;
  SecureParticipant::State state() const override { return SecureParticipant::State::kKeyed; }
  std::string Describe() const override;
  SiteStep On(const EpochListed& event) override;

 protected:
  const OwnEpoch* own_epoch() const override { return &own_; }

 private:
  Verdict<SiteStep> Join(const EpochListed& event);

  OwnEpoch own_;
};

}  // namespace accord::secure
