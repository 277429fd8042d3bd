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
  SiteStep On(const SignaturesShown& event) override;
  SiteStep On(const SharesRequested& event) override;

 private:
  Verdict<SiteStep> RevealShares(const SharesRequested& event) const;
};

}  // namespace accord::secure
