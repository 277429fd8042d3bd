// How many must sign, how many may collude, who may be missing: the arithmetic of one attempt, computed by each party
// for itself from the roster and the cohort.
//
//   n: cohort size. t = floor(2n/3)+1 signatures. C: the most sites of the cohort that `colluding_organisations`
//   organisations own together. k: share threshold.
//   2t > n + C             two sets with t signatures each share a signer that does not collude, and it signs once
//   |S| >= t               else t members of S could not have signed
//   |S| - C >= 2 and organisations of S - colluding_organisations >= 2
//                          else the colluders subtract themselves and see one site, or one organisation
//   n <= 3: k = 0, no shares are made and all must answer. n >= 4, complete graph: k = max(C+1, floor(n/2)+1) <= n-1.
//
// Organisations are given as one name for each site of the cohort or set. Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/secure/messages/upload_header.h"

namespace accord::secure {

// t for a cohort of n.
uint32_t RequiredSignatures(uint32_t cohort_size);

// The most elements of `organisation_of_site` that `organisations` different names own together.
uint32_t MostSitesOwnedBy(uint32_t organisations, absl::Span<const std::string> organisation_of_site);
uint32_t CountOrganisations(absl::Span<const std::string> organisation_of_site);

struct CohortTerms {
  uint32_t cohort_size = 0;              // n
  uint32_t required_signatures = 0;      // t
  uint32_t colluding_organisations = 0;  // as the job or charter declares
  uint32_t colluding_sites = 0;          // C
  uint32_t num_organisations = 0;
  uint32_t share_threshold = 0;  // k of the complete graph; 0: no shares

  friend bool operator==(const CohortTerms&, const CohortTerms&) = default;
};

// What one site (or the job) demands of cohort and set.
struct Floors {
  uint32_t sites = 3;
  uint32_t organisations = 3;
  uint32_t colluding_organisations = 1;  // the job must declare at least so many
  bool two_sites = false;                // two sites alone may compute: each learns the other's vector

  friend bool operator==(const Floors&, const Floors&) = default;
};

// What a site with these floors demands of one job. Where both say that two sites may compute, it is 2 sites of 2
// organisations and no colluder: of two sites none may collude, since the other one learns everything anyway.
Floors FloorsFor(const Floors& floors, bool job_two_sites);

// Terms of the complete graph. FAILED_PRECONDITION, in words: fewer than 2 or more than kMaxCohort sites, 2t <= n + C,
// or a cohort in which fewer than two sites or two organisations stand beside the colluders. That k <= n - 1 follows.
// Whether a set of survivors suffices says CheckSurvivors.
absl::StatusOr<CohortTerms> ComputeCohortTerms(absl::Span<const std::string> organisation_of_site,
                                               uint32_t colluding_organisations);

// FAILED_PRECONDITION, in words: the cohort is below the floors. `job_two_sites`: the job says so too.
absl::Status CheckCohortFloors(const CohortTerms& terms, const Floors& floors, bool job_two_sites);

// FAILED_PRECONDITION: a header's floors cannot be met by the cohort that its site joined. That site lies, or would
// never have uploaded; the coordinator rejects it, else one site could kill every attempt.
absl::Status CheckHeaderFloors(const CohortTerms& terms, const UploadHeader& header);

// FAILED_PRECONDITION: the set of survivors is too small, by the rules above or by the strictest floor of all headers.
absl::Status CheckSurvivors(const CohortTerms& terms, absl::Span<const UploadHeader> headers,
                            absl::Span<const std::string> organisation_of_survivor);

// n + C - t + 1: with so many distinct members of an attempt (C of which may lie) that have not signed and never will,
// at most t - 1 signatures can come together.
uint32_t VoidsNeeded(uint32_t cohort_size, uint32_t required_signatures, uint32_t colluding_sites);

}  // namespace accord::secure
