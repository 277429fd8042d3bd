// Missing: t members signed survivors without this site. Its self-mask seed is destroyed and it never signs in this
// attempt; all it may still give are its pair seeds with survivors that have gone.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "aggregation/secure/site/participant_attempt.h"
#include "aggregation/secure/site/survivor_check.h"

namespace accord::secure {

// Whether t members signed a set without this site, whose gone members are its neighbours.
Verdict<SurvivorList> CheckIsMissing(const AttemptView& view, const PairSeedsRequested& event);

class MissingState : public AttemptState {
 public:
  MissingState(ParticipantContext& context, std::unique_ptr<JoinedEpoch> epoch, std::unique_ptr<JoinedAttempt> attempt,
               SurvivorSet set, std::vector<SecretBytes> pair_seeds)
      : AttemptState(context, std::move(epoch), std::move(attempt)),
        set_(std::move(set)),
        pair_seeds_(std::move(pair_seeds)) {}
  using AttemptState::On;
  SecureParticipant::State state() const override { return SecureParticipant::State::kMissing; }
  std::string Describe() const override;
  SiteStep On(const PairSeedsRequested& event) override;
  // A late upload is finished by the shell and never used.
  SiteStep On(const VectorComputed&) override { return {}; }
  SiteStep On(const VectorMasked&) override { return {}; }

  // The pair seeds with `gone`, which CheckIsMissing has passed.
  SiteStep Reveal(const std::vector<std::string>& gone);

 private:
  SurvivorSet set_;
  std::vector<SecretBytes> pair_seeds_;  // by neighbour
};

}  // namespace accord::secure
