#include "client/daemon/work/own_floors.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "aggregation/programs/attempt_terms.h"
#include "aggregation/secure/messages/quorum.h"
#include "client/daemon/secure/secure_site.h"
#include "client/daemon/work/admission.h"

namespace accord {
namespace {

constexpr char kAllowTwoSites[] = "floors: {allow_two_sites: true}";

// Who can be in a cohort.
struct Reach {
  size_t sites = 0;
  std::set<absl::string_view> organisations;
};

Reach ReachOf(const Roster& roster, const google::protobuf::RepeatedPtrField<std::string>& named) {
  Reach reach;
  for (const RosterSite& site : roster.sites()) {
    if (!named.empty() && std::find(named.begin(), named.end(), site.site) == named.end()) continue;
    ++reach.sites;
    reach.organisations.insert(site.organisation);
  }
  return reach;
}

void HoldAgainst(const secure::Floors& least, const Reach& reach, std::vector<std::string>& refused) {
  const auto hold = [&](size_t there, uint32_t floor, absl::string_view what, absl::string_view field) {
    if (there >= floor) return;
    refused.push_back(absl::StrCat("the roster has ", there, " ", what, " that can take part, and this site asks for ",
                                   floor, " or more in a sum (", field, ")"));
  };
  hold(reach.sites, least.sites, "sites", "floors.min_sites");
  hold(reach.organisations.size(), least.organisations, "organisations", "floors.min_organisations");
}

void HoldSecureSum(const v1::JobSpec& spec, const v1::Floors& config, const Roster* roster,
                   std::vector<std::string>& refused) {
  const bool job_two_sites = spec.aggregation().secure_sum().two_sites();
  const secure::Floors least = secure::FloorsFor(FloorsOf(config), job_two_sites);
  const uint32_t colluding = ColludingOrganisationsOf(spec);
  const size_t sites = roster == nullptr ? 0 : ReachOf(*roster, spec.rounds().sites()).sites;
  if (sites == 2 && !job_two_sites) {
    refused.push_back(
        "the roster has two sites that can take part, each of which could compute the other's numbers, and the job "
        "does not say that this is meant (aggregation: {secure_sum: {two_sites: true}})");
    return;
  }
  if (job_two_sites && !config.allow_two_sites() && (roster == nullptr || sites == 2)) {
    refused.push_back(
        absl::StrCat("in the job's sums of two sites each learns the other's numbers, and this site's "
                     "config does not allow that: write ",
                     kAllowTwoSites, " into it if that is meant, and restart the daemon"));
    return;
  }
  if (colluding < least.colluding_organisations) {
    refused.push_back(absl::StrCat("the job's sums bear ", colluding,
                                   " colluding organisations, and this site asks for ", least.colluding_organisations,
                                   " or more (floors.min_colluding_organisations)"));
  }
  if (roster != nullptr) HoldAgainst(least, ReachOf(*roster, spec.rounds().sites()), refused);
}

}  // namespace

std::vector<std::string> RefusedByConfig(const v1::JobSpec& spec, const v1::SiteConfig& config, const Roster* roster) {
  std::vector<std::string> refused;
  if (const absl::Status may = CheckJobAlone(spec, config); !may.ok()) refused.emplace_back(may.message());
  if (HasSecureSum(spec)) HoldSecureSum(spec, config.floors(), roster, refused);
  return refused;
}

std::vector<std::string> RosterBelowFloors(const v1::Floors& floors, const Roster& roster) {
  const Reach reach = ReachOf(roster, {});
  std::vector<std::string> refused;
  if (reach.sites != 2) {
    HoldAgainst(FloorsOf(floors), reach, refused);
  } else if (!floors.allow_two_sites()) {
    refused.push_back(
        absl::StrCat("the roster has two sites, each of which can compute the other's numbers from a sum, "
                     "and this site's config does not allow that: write ",
                     kAllowTwoSites, " into it if that is meant, and restart the daemon"));
  }
  return refused;
}

std::string OwnFloorsInWords(const v1::Floors& floors) {
  const uint32_t colluding = floors.min_colluding_organisations();
  return absl::StrCat("at least ", floors.min_sites(), " sites of ", floors.min_organisations(),
                      " organisations, sums that bear ", colluding, " colluding ",
                      colluding == 1 ? "organisation" : "organisations", "; sums of two sites ",
                      floors.allow_two_sites() ? "where a job says so" : "never", "; plain sums ",
                      floors.allow_plain_sums() ? "where a job says so" : "never");
}

}  // namespace accord
