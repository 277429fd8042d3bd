// Signed: this site signed who is in the sum. Nothing is revealed before t members have.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "aggregation/secure/site/participant_attempt.h"
#include "aggregation/secure/site/survivor_check.h"

namespace accord::secure {

class SignedState : public AttemptState {
 public:
  SignedState(ParticipantContext& context, std::unique_ptr<JoinedEpoch> epoch, std::unique_ptr<JoinedAttempt> attempt,
              SignedUpload hand)
      : AttemptState(context, std::move(epoch), std::move(attempt)), signed_(std::move(hand)) {}
  using AttemptState::On;
  SecureParticipant::State state() const override { return SecureParticipant::State::kSigned; }
  std::string Describe() const override;
  // The same list again: the same statement again. Another one is refused.
  SiteStep On(const SurvivorsListed& event) override;
  SiteStep On(const SignaturesShown& event) override;
  SiteStep On(const PairSeedsRequested& event) override;

 protected:
  SiteStep OnSamePlan() override;
  AttemptView View() const {
    return AttemptView{context_, *epoch_, *attempt_, &signed_.upload.header, &signed_.statement};
  }
  // Own self-mask seed and the pair seeds of all missing neighbours.
  SiteStep RevealOwn() const;

  SignedUpload signed_;
};

}  // namespace accord::secure
