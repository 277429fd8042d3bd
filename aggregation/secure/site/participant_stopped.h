// Stopped: a permanent refusal. Every secret is gone and everything is refused until the operator starts the daemon
// anew.
#pragma once

#include <string>
#include <utility>

#include "aggregation/secure/site/participant_state.h"

namespace accord::secure {

class StoppedState : public ParticipantState {
 public:
  StoppedState(ParticipantContext& context, std::string reason)
      : ParticipantState(context), reason_(std::move(reason)) {}
  SecureParticipant::State state() const override { return SecureParticipant::State::kStopped; }
  std::string Describe() const override { return "stopped taking part: " + reason_; }

 private:
  std::string reason_;
};

}  // namespace accord::secure
