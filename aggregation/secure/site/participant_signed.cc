#include "aggregation/secure/site/participant_signed.h"

#include "absl/strings/str_cat.h"
#include "aggregation/secure/site/participant_revealed.h"
#include "aggregation/secure/site/revealing.h"

namespace accord::secure {

std::string SignedState::Describe() const {
  return absl::StrCat("attempt ", attempt_->terms.attempt, ": signed that ", signed_.survivors.sites.size(),
                      " sites are in the sum; nothing is revealed before ", signed_.survivors.set.required_signatures,
                      " have signed");
}

SiteStep SignedState::OnSamePlan() {
  SiteStep step;
  step.actions.push_back(SendHeader{signed_.upload.header, signed_.upload.offers});
  return step;
}

SiteStep SignedState::On(const SurvivorsListed& event) {
  if (SurvivorsHash(attempt_->transcript(), event.headers) == signed_.survivors.set.survivors_hash) {
    return SiteStep::Stay(SendSurvivorStatement{signed_.statement});
  }
  return Refused(
      Refusal(SiteRefusal::kAlreadySigned, "this site has signed other survivors of this attempt, once and for all"));
}

SiteStep SignedState::On(const SignaturesShown& event) {
  if (Objection objection = CheckStatements(View(), signed_.survivors.set, event.statements)) {
    return Refused(*std::move(objection));
  }
  SiteStep step = RevealOwn();
  step.next = std::make_unique<RevealedState>(context_, std::move(epoch_), std::move(attempt_), std::move(signed_));
  return step;
}

SiteStep SignedState::RevealOwn() const {
  RevealMaker reveal(context_, signed_.survivors.set);
  reveal.AddSelf(signed_.upload.self_seed);
  for (size_t i = 0; i < attempt_->neighbours.size(); ++i) {
    const std::string& peer = epoch_->sites[attempt_->neighbours[i]];
    if (!signed_.survivors.Contains(peer)) reveal.AddPair(peer, signed_.upload.pair_seeds[i]);
  }
  return std::move(reveal).Send();
}

SiteStep SignedState::On(const PairSeedsRequested&) {
  return Refused(
      Refusal(SiteRefusal::kIsASurvivor,
              "this site signed that it is a survivor: its pair seeds with other survivors are never given"));
}

}  // namespace accord::secure
