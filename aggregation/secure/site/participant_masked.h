// Masked: the upload is in the record and on its way, or has arrived. Nobody has been shown survivors.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "aggregation/secure/site/participant_attempt.h"
#include "aggregation/secure/site/survivor_check.h"

namespace accord::secure {

class MaskedState : public AttemptState {
 public:
  MaskedState(ParticipantContext& context, std::unique_ptr<JoinedEpoch> epoch, std::unique_ptr<JoinedAttempt> attempt,
              OwnUpload upload)
      : AttemptState(context, std::move(epoch), std::move(attempt)), upload_(std::move(upload)) {}
  using AttemptState::On;
  SecureParticipant::State state() const override { return SecureParticipant::State::kMasked; }
  std::string Describe() const override;
  // The same vector again: the same masks again. Another one is refused.
  SiteStep On(const VectorComputed& event) override;
  SiteStep On(const VectorMasked& event) override;
  SiteStep On(const SurvivorsListed& event) override;
  SiteStep On(const PairSeedsRequested& event) override;

 protected:
  bool VoidEndsAttempt() const override { return true; }
  SiteStep OnSamePlan() override;

 private:
  AttemptView View() const;
  Verdict<SiteStep> SendUpload(const Sha256Digest& payload_digest);
  Verdict<SiteStep> SignSurvivors(const SurvivorsListed& event);
  void RecordSignature(const SurvivorList& list, SiteStep& step) const;

  OwnUpload upload_;
};

}  // namespace accord::secure
