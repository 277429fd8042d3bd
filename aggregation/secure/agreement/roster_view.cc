#include "aggregation/secure/agreement/roster_view.h"

namespace accord::secure {

const VerifyingKey* RosterKey(const Roster& roster, absl::string_view site) {
  const RosterSite* found = roster.Find(site);
  return found == nullptr ? nullptr : &found->key;
}

std::string RosterOrganisation(const Roster& roster, absl::string_view site) {
  const RosterSite* found = roster.Find(site);
  return found == nullptr ? std::string() : found->organisation;
}

std::vector<std::string> RosterOrganisations(const Roster& roster, const std::vector<std::string>& sites) {
  std::vector<std::string> organisations;
  organisations.reserve(sites.size());
  for (const std::string& site : sites) organisations.push_back(RosterOrganisation(roster, site));
  return organisations;
}

}  // namespace accord::secure
