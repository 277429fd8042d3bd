// Opened: every seed is here. The shell removes the masks, and what is left is the sum over the survivors.
#include "aggregation/secure/round/round_impl.h"

namespace accord::secure {

using Impl = SecureRound::Impl;

// A survivor added its self mask, and its mask with a missing neighbour: plus if it is the lower of the two, else
// minus. Pair masks between survivors have cancelled already.
void Impl::Open() {
  state = State::kOpened;
  Unmask unmask;
  Opened opened{{}, Absences()};
  for (Index u = 0; u < members.size(); ++u) {
    Member& member = members[u];
    if (!member.survivor) continue;
    opened.survivors.push_back(member.site);
    unmask.seeds.push_back({std::move(member.self_seed), MaskSign::kMinus});
    for (size_t i = 0; i < member.missing.size(); ++i) {
      unmask.seeds.push_back(
          {std::move(member.pair_seeds[i]), u < member.missing[i] ? MaskSign::kMinus : MaskSign::kPlus});
    }
  }
  actions.push_back(std::move(unmask));
  actions.push_back(std::move(opened));
}

std::vector<Absence> Impl::Absences() const {
  std::vector<Absence> absences;
  for (const Member& member : members) {
    if (member.survivor) continue;
    absences.push_back({member.site, member.absence.empty() ? "it uploaded nothing in time" : member.absence});
  }
  return absences;
}

}  // namespace accord::secure
