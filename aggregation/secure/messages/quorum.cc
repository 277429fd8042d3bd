#include "aggregation/secure/messages/quorum.h"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/limits.h"
#include "base/status.h"

namespace accord::secure {
namespace {

// How many sites each organisation has, most first.
std::vector<uint32_t> SitesOfEach(absl::Span<const std::string> organisation_of_site) {
  std::map<std::string, uint32_t> count;
  for (const std::string& organisation : organisation_of_site) ++count[organisation];
  std::vector<uint32_t> counts;
  for (const auto& [organisation, sites] : count) counts.push_back(sites);
  std::sort(counts.begin(), counts.end(), std::greater<>());
  return counts;
}

// k of the complete graph: more than the colluders hold, and more than half of the members, so that no two groups that
// were told different stories can both rebuild.
uint32_t CompleteGraphThreshold(uint32_t cohort_size, uint32_t colluding_sites) {
  if (cohort_size <= 3) return 0;
  return std::max(colluding_sites + 1, cohort_size / 2 + 1);
}

// Beside the colluders there must be two sites of two organisations: else they subtract themselves and see one.
absl::Status CheckBesideColluders(absl::string_view whose, uint32_t sites, uint32_t organisations,
                                  const CohortTerms& terms) {
  if (sites < terms.colluding_sites + 2) {
    return absl::FailedPreconditionError(absl::StrCat(whose, " has ", sites, " sites of which ", terms.colluding_sites,
                                                      " may collude: fewer than two others would be summed"));
  }
  if (organisations < uint64_t{terms.colluding_organisations} + 2) {
    return absl::FailedPreconditionError(absl::StrCat(whose, " has sites of ", organisations,
                                                      " organisations of which ", terms.colluding_organisations,
                                                      " may collude: fewer than two others would be summed"));
  }
  return absl::OkStatus();
}

absl::Status AtLeast(absl::string_view what, uint32_t is, uint32_t least, absl::string_view who) {
  if (is >= least) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(what, ": ", is, ", but ", who, " demands at least ", least));
}

}  // namespace

uint32_t RequiredSignatures(uint32_t cohort_size) { return static_cast<uint32_t>(uint64_t{cohort_size} * 2 / 3 + 1); }

uint32_t MostSitesOwnedBy(uint32_t organisations, absl::Span<const std::string> organisation_of_site) {
  const std::vector<uint32_t> counts = SitesOfEach(organisation_of_site);
  const size_t taken = std::min<size_t>(organisations, counts.size());
  return std::accumulate(counts.begin(), counts.begin() + static_cast<ptrdiff_t>(taken), 0u);
}

uint32_t CountOrganisations(absl::Span<const std::string> organisation_of_site) {
  return static_cast<uint32_t>(SitesOfEach(organisation_of_site).size());
}

absl::StatusOr<CohortTerms> ComputeCohortTerms(absl::Span<const std::string> organisation_of_site,
                                               uint32_t colluding_organisations) {
  if (organisation_of_site.size() < 2 || organisation_of_site.size() > kMaxCohort) {
    return absl::FailedPreconditionError(
        absl::StrCat("a secure sum has 2 to ", kMaxCohort, " sites, not ", organisation_of_site.size()));
  }
  CohortTerms terms;
  terms.cohort_size = static_cast<uint32_t>(organisation_of_site.size());
  terms.required_signatures = RequiredSignatures(terms.cohort_size);
  terms.colluding_organisations = colluding_organisations;
  terms.colluding_sites = MostSitesOwnedBy(colluding_organisations, organisation_of_site);
  terms.num_organisations = CountOrganisations(organisation_of_site);
  terms.share_threshold = CompleteGraphThreshold(terms.cohort_size, terms.colluding_sites);
  ACCORD_RETURN_IF_ERROR(CheckBesideColluders("the cohort", terms.cohort_size, terms.num_organisations, terms));
  if (2 * terms.required_signatures <= terms.cohort_size + terms.colluding_sites) {
    return absl::FailedPreconditionError(absl::StrCat(
        colluding_organisations, " organisations that may collude own ", terms.colluding_sites, " of ",
        terms.cohort_size, " sites: ", terms.required_signatures, " signatures could be collected over two sets"));
  }
  return terms;
}

Floors FloorsFor(const Floors& floors, bool job_two_sites) {
  if (!floors.two_sites || !job_two_sites) return floors;
  return {.sites = 2, .organisations = 2, .colluding_organisations = 0, .two_sites = true};
}

absl::Status CheckCohortFloors(const CohortTerms& terms, const Floors& floors, bool job_two_sites) {
  if (terms.cohort_size == 2 && !(floors.two_sites && job_two_sites)) {
    return absl::FailedPreconditionError(
        absl::StrCat("with two sites each can compute the other's vector from the result; ",
                     job_two_sites ? "this site's configuration does not allow that (floors: {allow_two_sites: true})"
                                   : "the job does not allow that (secure_sum: {two_sites: true})"));
  }
  const Floors least = FloorsFor(floors, job_two_sites);
  ACCORD_RETURN_IF_ERROR(AtLeast("organisations that are assumed to collude", terms.colluding_organisations,
                                 least.colluding_organisations, "this site"));
  ACCORD_RETURN_IF_ERROR(AtLeast("sites in the cohort", terms.cohort_size, least.sites, "this site"));
  return AtLeast("organisations in the cohort", terms.num_organisations, least.organisations, "this site");
}

absl::Status CheckHeaderFloors(const CohortTerms& terms, const UploadHeader& header) {
  if (header.floor_survivors > terms.cohort_size || header.floor_organisations > terms.num_organisations) {
    return absl::FailedPreconditionError(absl::StrCat(
        header.site, " demands ", header.floor_survivors, " sites of ", header.floor_organisations,
        " organisations; the cohort that it joined has ", terms.cohort_size, " of ", terms.num_organisations));
  }
  return absl::OkStatus();
}

absl::Status CheckSurvivors(const CohortTerms& terms, absl::Span<const UploadHeader> headers,
                            absl::Span<const std::string> organisation_of_survivor) {
  const auto count = static_cast<uint32_t>(headers.size());
  if (organisation_of_survivor.size() != headers.size()) {
    return absl::InternalError("not one organisation for each survivor");
  }
  const uint32_t organisations = CountOrganisations(organisation_of_survivor);
  ACCORD_RETURN_IF_ERROR(AtLeast("survivors", count, terms.required_signatures, "the number of signatures needed"));
  ACCORD_RETURN_IF_ERROR(CheckBesideColluders("the set of survivors", count, organisations, terms));
  for (const UploadHeader& header : headers) {
    ACCORD_RETURN_IF_ERROR(CheckHeaderFloors(terms, header));
    ACCORD_RETURN_IF_ERROR(AtLeast("survivors", count, header.floor_survivors, header.site));
    ACCORD_RETURN_IF_ERROR(
        AtLeast("organisations of survivors", organisations, header.floor_organisations, header.site));
  }
  return absl::OkStatus();
}

uint32_t VoidsNeeded(uint32_t cohort_size, uint32_t required_signatures, uint32_t colluding_sites) {
  return cohort_size + colluding_sites + 1 - std::min(required_signatures, cohort_size);
}

}  // namespace accord::secure
