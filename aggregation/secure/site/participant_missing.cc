#include "aggregation/secure/site/participant_missing.h"

#include "absl/strings/str_cat.h"
#include "aggregation/secure/site/revealing.h"

namespace accord::secure {

Verdict<SurvivorList> CheckIsMissing(const AttemptView& view, const PairSeedsRequested& event) {
  ACCORD_ASSIGN_OR_RETURN(SurvivorList list, CheckHeaders(view, event.headers));
  if (list.Contains(view.context.site())) {
    return Refusal(SiteRefusal::kIsASurvivor,
                   "this site is among the survivors: its pair seeds with other survivors are never given");
  }
  ACCORD_RETURN_IF_OBJECTION(CheckStatements(view, list.set, event.statements));
  ACCORD_RETURN_IF_OBJECTION(CheckGone(view, list, event.gone));
  return list;
}

std::string MissingState::Describe() const {
  return absl::StrCat("attempt ", attempt_->terms.attempt, ": the others opened it without this site's vector");
}

SiteStep MissingState::On(const PairSeedsRequested& event) {
  Verdict<SurvivorList> list = CheckIsMissing(AttemptView{context_, *epoch_, *attempt_}, event);
  if (!list.ok()) return Refused(std::move(list).status());
  if (list.value().set != set_) {
    return Refused(Refusal(SiteRefusal::kAlreadySigned, "this site has given seeds for another set of this attempt"));
  }
  return Reveal(event.gone);
}

SiteStep MissingState::Reveal(const std::vector<std::string>& gone) {
  RevealMaker reveal(context_, set_);
  for (const std::string& site : gone) reveal.AddPair(site, pair_seeds_[NeighbourIndex(*epoch_, *attempt_, site)]);
  return std::move(reveal).Send();
}

}  // namespace accord::secure
