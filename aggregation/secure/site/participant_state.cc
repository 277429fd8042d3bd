#include "aggregation/secure/site/participant_state.h"

#include "absl/strings/str_cat.h"
#include "aggregation/secure/site/participant_stopped.h"

namespace accord::secure {

Step Step::Stay(SiteAction action) {
  Step step;
  step.actions.push_back(std::move(action));
  return step;
}

Step Step::To(StateHandle next) {
  Step step;
  step.next = std::move(next);
  return step;
}

Step ParticipantState::Refused(Refusal refusal) const {
  Step step;
  if (refusal.evidence.has_value()) step.actions.push_back(StoreEvidence{*std::move(refusal.evidence)});
  step.actions.push_back(Refuse{refusal.refusal, refusal.reason, refusal.permanent, std::move(refusal.bound)});
  if (refusal.permanent) {
    step.actions.push_back(TellOperator{absl::StrCat("stopped taking part: ", refusal.reason)});
    step.next = std::make_unique<StoppedState>(context_, std::move(refusal.reason));
  } else {
    step.actions.push_back(TellOperator{absl::StrCat("refused: ", refusal.reason)});
  }
  return step;
}

Step ParticipantState::OutOfOrder(absl::string_view what) const {
  return Refused(Refusal(SiteRefusal::kOutOfOrder, absl::StrCat(what, " came out of order: ", Describe())));
}

Step ParticipantState::Settle(Verdict<Step> verdict) const {
  if (!verdict.ok()) return Refused(std::move(verdict).status());
  return std::move(verdict).value();
}

Step ParticipantState::On(const EpochListed&) { return OutOfOrder("the list of an epoch"); }
Step ParticipantState::On(const AttemptPlanned&) { return OutOfOrder("a plan"); }
Step ParticipantState::On(const VectorComputed&) { return OutOfOrder("a computed vector"); }
Step ParticipantState::On(const VectorMasked&) { return OutOfOrder("a masked vector"); }
Step ParticipantState::On(const SurvivorsListed&) { return OutOfOrder("a list of survivors"); }
Step ParticipantState::On(const SignaturesShown&) {
  return Refused(Refusal(SiteRefusal::kNotSigned,
                         absl::StrCat("asked to reveal seeds for a set that it has not signed: ", Describe())));
}
Step ParticipantState::On(const SharesRequested&) {
  return Refused(Refusal(SiteRefusal::kNotSigned,
                         absl::StrCat("asked for shares without having seen enough signatures: ", Describe())));
}
Step ParticipantState::On(const PairSeedsRequested&) { return OutOfOrder("a request for pair seeds"); }

}  // namespace accord::secure
