#include "aggregation/secure/site/participant_ready.h"

#include "absl/strings/str_cat.h"
#include "aggregation/secure/site/participant_planned.h"
#include "aggregation/secure/site/plan_check.h"

namespace accord::secure {

std::string ReadyState::Describe() const {
  return absl::StrCat("epoch ", epoch_->own.terms.epoch, " of ", epoch_->sites.size(), " sites; waits for a plan");
}

StateHandle EpochState::LeaveAttempt() { return std::make_unique<ReadyState>(context_, std::move(epoch_)); }

SiteStep EpochState::On(const EpochListed& event) {
  if (event.epoch == epoch_->own.terms.epoch && HashEpoch(event.statements) == epoch_->list.epoch_hash) {
    return SiteStep::Stay(SendNonce{epoch_->own.nonce});
  }
  return Refused(Refusal(SiteRefusal::kOtherEpoch, "another list came for an epoch whose list was accepted"));
}

SiteStep EpochState::On(const AttemptPlanned& event) {
  const JoinedAttempt* in_hand = attempt();
  if (in_hand != nullptr && in_hand->terms.attempt == event.terms.attempt) {
    if (Objection objection = CheckSamePlan(*in_hand, event)) return Refused(*std::move(objection));
    return OnSamePlan();
  }
  Verdict<JoinedAttempt> accepted = AcceptPlan(context_, *epoch_, event);
  if (!accepted.ok()) return Refused(std::move(accepted).status());
  context_.last_attempt = event.terms.attempt;
  auto joined = std::make_unique<JoinedAttempt>(std::move(accepted).value());
  SiteStep step;
  for (const Freed& free : joined->released) step.actions.push_back(AppendRecord{context_.record.Append(free)});
  step.actions.push_back(ComputeVector{});
  step.next = std::make_unique<PlannedState>(context_, std::move(epoch_), std::move(joined));
  return step;
}

}  // namespace accord::secure
