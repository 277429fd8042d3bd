// What all states with an attempt in hand share.
#pragma once

#include <memory>
#include <utility>

#include "aggregation/secure/site/participant_ready.h"

namespace accord::secure {

class AttemptState : public EpochState {
 public:
  AttemptState(ParticipantContext& context, std::unique_ptr<JoinedEpoch> epoch, std::unique_ptr<JoinedAttempt> attempt)
      : EpochState(context, std::move(epoch)), attempt_(std::move(attempt)) {}

 protected:
  const JoinedAttempt* attempt() const override { return attempt_.get(); }

  std::unique_ptr<JoinedAttempt> attempt_;
};

}  // namespace accord::secure
