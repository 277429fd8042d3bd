#include "aggregation/secure/site/participant_revealed.h"

#include "absl/strings/str_cat.h"
#include "aggregation/secure/site/revealing.h"

namespace accord::secure {

std::string RevealedState::Describe() const {
  return absl::StrCat("attempt ", attempt_->terms.attempt, ": revealed its part of the masks; the sum over ",
                      signed_.survivors.sites.size(), " sites can be opened");
}

SiteStep RevealedState::On(const SignaturesShown& event) {
  if (Objection objection = CheckStatements(View(), signed_.survivors.set, event.statements)) {
    return Refused(*std::move(objection));
  }
  return RevealOwn();
}

SiteStep RevealedState::On(const SharesRequested& event) { return Settle(RevealShares(event)); }

Verdict<SiteStep> RevealedState::RevealShares(const SharesRequested& event) const {
  if (!attempt_->makes_shares()) {
    return Refusal(SiteRefusal::kNoShares, "with three sites or fewer no shares are made: all must answer");
  }
  ACCORD_RETURN_IF_OBJECTION(CheckGone(View(), signed_.survivors, event.gone));
  RevealMaker reveal(context_, signed_.survivors.set);
  for (const std::string& maker : event.gone) {
    const int index = NeighbourIndex(*epoch_, *attempt_, maker);
    const SecretBytes& share = signed_.shares[index];
    if (share.empty()) continue;  // it complained about this one
    const uint32_t number = attempt_->neighbours[index];
    const auto position = attempt_->agreement.graph->PositionOf(number, static_cast<uint32_t>(epoch_->self));
    reveal.AddShare(maker, *position, share);
  }
  if (!reveal.empty()) return std::move(reveal).Send();
  return Refusal(SiteRefusal::kNoShares, "this site has no good share of any of these sites");
}

}  // namespace accord::secure
