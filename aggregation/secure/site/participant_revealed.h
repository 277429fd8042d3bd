// Revealed: t members signed the set that this site signed; its own part is revealed. Shares of survivors that have
// gone may follow.
#pragma once

#include <string>

#include "aggregation/secure/site/participant_signed.h"

namespace accord::secure {

class RevealedState : public SignedState {
 public:
  using SignedState::On;
  using SignedState::SignedState;
  SecureParticipant::State state() const override { return SecureParticipant::State::kRevealed; }
  std::string Describe() const override;
  // Again: the same seeds again.
  Step On(const SignaturesShown& event) override;
  Step On(const SharesRequested& event) override;

 private:
  Verdict<Step> RevealShares(const SharesRequested& event) const;
};

}  // namespace accord::secure
