#include "client/daemon/governance/job_permit.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/printable.h"

namespace accord {

std::string FloorClause(const JobPermit& permit, absl::string_view field) {
  const std::string path = absl::StrCat("floors.", field);
  if (permit.policy != nullptr) {
    const v1::PolicyFloors& own = permit.policy->rules().floors();
    const auto* written = v1::PolicyFloors::descriptor()->FindFieldByName(std::string(field));
    // A line of the policy that does not loosen is at least as strict, also where the charter's was loosened.
    if (written != nullptr && own.GetReflection()->HasField(own, written)) return permit.policy->Clause(path);
  }
  return permit.charter->charter().Clause(path);
}

absl::Status CheckPermittedCohort(const JobPermit& permit, const v1::Plan& plan) {
  if (permit.charter == nullptr) return absl::OkStatus();
  std::set<absl::string_view> sites;
  std::set<absl::string_view> organisations;
  for (const std::string& name : plan.cohort()) {
    const RosterSite* site = permit.charter->roster().Find(name);
    if (site == nullptr) {
      return absl::FailedPreconditionError(absl::StrCat("the plan names the site ", Printable(name.substr(0, 64)),
                                                        ", which the roster that this site has pinned does not list"));
    }
    sites.insert(site->site);
    organisations.insert(site->organisation);
  }
  const auto check = [&](size_t have, uint32_t least, absl::string_view what, absl::string_view field) {
    if (have >= least) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat("the plan is for ", have, " ", what, ", and ",
                                                      FloorClause(permit, field), " is ", least, " for this job"));
  };
  absl::Status status = check(sites.size(), permit.terms.min_sites, "sites", "min_sites");
  status.Update(check(organisations.size(), permit.terms.min_organisations, "organisations", "min_organisations"));
  return status;
}

secure::Floors StricterFloors(const secure::Floors& own, const JobPermit& permit) {
  if (permit.charter == nullptr) return own;
  secure::Floors floors = own;
  floors.sites = std::max(own.sites, permit.terms.min_sites);
  floors.organisations = std::max(own.organisations, permit.terms.min_organisations);
  floors.colluding_organisations = std::max(own.colluding_organisations, permit.terms.min_colluding_organisations);
  // Two sites of two organisations, none of which may collude: only where the permit asks for no more.
  floors.two_sites = own.two_sites && permit.terms.min_sites <= 2 && permit.terms.min_organisations <= 2 &&
                     permit.terms.min_colluding_organisations == 0;
  return floors;
}

}  // namespace accord
