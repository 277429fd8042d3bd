// NoEpoch: no key, no seed. After a start, a pause and the end of the job.
#pragma once

#include "aggregation/secure/site/participant_state.h"

namespace accord::secure {

class NoEpochState : public ParticipantState {
 public:
  using ParticipantState::ParticipantState;
  SecureParticipant::State state() const override { return SecureParticipant::State::kNoEpoch; }
  std::string Describe() const override { return "holds no keys; waits for a new epoch"; }
};

}  // namespace accord::secure
