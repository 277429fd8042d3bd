// What one attempt is about, as each end computes it for itself: the coordinator from its job and model, a site from
// the bytes that it received. agreement.h turns it into the transcript.
#pragma once

#include <cstdint>
#include <string>

#include "base/hash.h"

namespace accord::secure {

// How the pair masks are drawn. Complete: everybody with everybody. Sparse: a Harary graph over the shuffled cohort,
// whose degree, share threshold and tolerated absences follow from the job's declared rates and the cohort's size
// (aggregation/secure/graph), never from what a peer says.
struct GraphTerms {
  bool sparse = false;
  uint32_t degree = 0;           // sparse only
  uint32_t share_threshold = 0;  // k; sparse only: for the complete graph it follows from the cohort
  uint32_t max_missing = 0;      // sparse only: members that may be missing from the survivors

  friend bool operator==(const GraphTerms&, const GraphTerms&) = default;
};

struct AttemptTerms {
  std::string job_id;
  Sha256Digest job_sha256{};    // of the job's bytes
  Sha256Digest charter_hash{};  // that the job's order names; zero: the job has no order
  uint32_t epoch = 0;
  uint32_t step = 0;  // index among the program's steps
  uint32_t kind = 0;  // v1::StepKind
  uint32_t round = 0;
  uint32_t attempt = 0;
  std::string data_set;         // the name under which a site released it; empty: the step reads no rows (a drill)
  Sha256Digest schema_hash{};   // HashSchema, of the vector's schema for `encoding_sites`
  uint32_t encoding_sites = 0;  // cohort size that the fixed-point scale was made for; at least the cohort's
  uint32_t ring_bits = 0;
  uint64_t weight_cap = 0;               // max_rows_per_site; 0 when nothing is weighted
  uint32_t colluding_organisations = 0;  // the charter's `colluders`
  uint32_t min_sites = 0;                // the job's floor
  bool two_sites = false;                // the job says in words that a cohort of two is meant
  GraphTerms graph;
  Sha256Digest model_digest{};       // of the bytes received; zero when the step has no model
  Sha256Digest statistics_sha256{};  // HashStatistics; zero when there are none
  std::string log_head;              // the signed head's bytes that the plan named; empty: none

  friend bool operator==(const AttemptTerms&, const AttemptTerms&) = default;
};

}  // namespace accord::secure
