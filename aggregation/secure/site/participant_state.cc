#include "aggregation/secure/site/participant_state.h"

#include "absl/strings/str_cat.h"
#include "aggregation/secure/site/participant_stopped.h"

namespace accord::secure {

SiteStep SiteStep::Stay(SiteAction action) {
  SiteStep step;
  step.actions.push_back(std::move(action));
  return step;
}

SiteStep SiteStep::To(StateHandle next) {
  SiteStep step;
  step.next = std::move(next);
  return step;
}

SiteStep ParticipantState::Refused(Refusal refusal) const {
  SiteStep step;
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

SiteStep ParticipantState::OutOfOrder(absl::string_view what) const {
  return Refused(Refusal(SiteRefusal::kOutOfOrder, absl::StrCat(what, " came out of order: ", Describe())));
}

SiteStep ParticipantState::Settle(Verdict<SiteStep> verdict) const {
  if (!verdict.ok()) return Refused(std::move(verdict).status());
  return std::move(verdict).value();
}

SiteStep ParticipantState::On(const EpochListed&) { return OutOfOrder("the list of an epoch"); }
SiteStep ParticipantState::On(const AttemptPlanned&) { return OutOfOrder("a plan"); }
SiteStep ParticipantState::On(const VectorComputed&) { return OutOfOrder("a computed vector"); }
SiteStep ParticipantState::On(const VectorMasked&) { return OutOfOrder("a masked vector"); }
SiteStep ParticipantState::On(const SurvivorsListed&) { return OutOfOrder("a list of survivors"); }
SiteStep ParticipantState::On(const SignaturesShown&) {
  return Refused(Refusal(SiteRefusal::kNotSigned,
                         absl::StrCat("asked to reveal seeds for a set that it has not signed: ", Describe())));
}
SiteStep ParticipantState::On(const SharesRequested&) {
  return Refused(Refusal(SiteRefusal::kNotSigned,
                         absl::StrCat("asked for shares without having seen enough signatures: ", Describe())));
}
SiteStep ParticipantState::On(const PairSeedsRequested&) { return OutOfOrder("a request for pair seeds"); }

}  // namespace accord::secure
