// What the other survivors made for this site: their shares of their self-mask seeds, and their word for the pair
// seeds.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "aggregation/secure/site/survivor_check.h"

namespace accord::secure {

struct TakenOffers {
  std::vector<SecretBytes> shares;      // by neighbour; empty where there is none to use
  std::vector<std::string> complaints;  // makers, ascending: what they signed for this site does not hold
};

// `offers`: one ShownOffer for each neighbour among the survivors, in order. One that is left out, or that its maker
// did not sign, is the coordinator's doing: kTamperedOffer. One that its maker did sign and that does not open, does
// not match its commitment, or commits to another pair seed than `pair_seeds`, is the maker's: a complaint.
Verdict<TakenOffers> TakeOffers(const AttemptView& view, const SurvivorList& list, absl::Span<const std::string> offers,
                                absl::Span<const SecretBytes> pair_seeds);

}  // namespace accord::secure
