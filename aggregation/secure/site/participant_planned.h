// Planned: the attempt was accepted; the shell computes the vector. Nothing of it has left.
#pragma once

#include <string>

#include "aggregation/secure/site/participant_attempt.h"

namespace accord::secure {

class PlannedState : public AttemptState {
 public:
  using AttemptState::AttemptState;
  using AttemptState::On;
  SecureParticipant::State state() const override { return SecureParticipant::State::kPlanned; }
  std::string Describe() const override;
  SiteStep On(const VectorComputed& event) override;
  SiteStep On(const PairSeedsRequested& event) override;

 protected:
  bool VoidEndsAttempt() const override { return true; }
  SiteStep OnSamePlan() override { return SiteStep::Stay(ComputeVector{}); }

 private:
  Verdict<SiteStep> Mask(const Sha256Digest& vector_name);
};

}  // namespace accord::secure
