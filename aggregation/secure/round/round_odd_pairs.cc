// Before the survivors are chosen: pairs whose headers commit to different seeds. Their masks would not cancel, and
// nobody could tell afterwards whose fault it was.
#include "absl/strings/str_cat.h"
#include "aggregation/secure/round/round_impl.h"

namespace accord::secure {

using Impl = SecureRound::Impl;

std::vector<std::vector<Impl::Index>> Impl::OddPairs(const std::vector<bool>& in) const {
  std::vector<std::vector<Index>> opponents(members.size());
  for (Index u = 0; u < members.size(); ++u) {
    if (!in[u]) continue;
    for (const Index v : members[u].neighbours) {
      if (v < u || !in[v]) continue;
      if (OfferTo(members[u], v).pair_commitment == OfferTo(members[v], u).pair_commitment) continue;
      opponents[u].push_back(v);
      opponents[v].push_back(u);
    }
  }
  return opponents;
}

// Honest sites agree with each other, so a site at odds with more others than may collude is the liar; otherwise one
// liar could take the whole cohort with it. It explains all its pairs. Of any other pair either may be.
void Impl::LeaveOutOddPairs(std::vector<bool>& in) {
  const std::vector<std::vector<Index>> opponents = OddPairs(in);
  const auto is_liar = [&](Index u) { return opponents[u].size() > terms.quorum.colluding_sites; };
  for (Index u = 0; u < members.size(); ++u) {
    if (is_liar(u)) {
      in[u] = false;
      members[u].absence = absl::StrCat("committed to other pair seeds than ", opponents[u].size(),
                                        " of its neighbours, and at most ", terms.quorum.colluding_sites, " collude");
      Accuse({members[u].site}, members[u].absence, PairDisagreement(members[u], opponents[u]));
    }
    for (const Index v : opponents[u]) {
      if (v > u && !is_liar(u) && !is_liar(v)) LeaveOutPair(u, v, in);
    }
  }
}

void Impl::LeaveOutPair(Index one, Index other, std::vector<bool>& in) {
  for (const auto& [site, peer] : {std::pair(one, other), std::pair(other, one)}) {
    in[site] = false;
    members[site].absence = absl::StrCat("it and ", members[peer].site, " committed to different pair seeds");
  }
  Accuse({members[one].site, members[other].site}, "committed to different seeds for one pair",
         PairDisagreement(members[one], {other}));
}

}  // namespace accord::secure
