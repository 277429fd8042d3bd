#include "aggregation/programs/attempt_terms.h"

#include <algorithm>

#include "aggregation/programs/step_schema.h"
#include "aggregation/secure/graph/graph_parameters.h"
#include "aggregation/secure/messages/transcript.h"
#include "base/hash.h"
#include "base/status.h"

namespace accord {
namespace {

// The graph withstands the declared share of the sites, and at least one site of each colluding organisation.
absl::StatusOr<secure::GraphTerms> GraphTermsOf(const v1::SecureSum& sum, uint32_t cohort_size) {
  secure::GraphTerms terms;
  if (sum.graph() != v1::SecureSum::SPARSE) return terms;
  secure::GraphDemand demand;
  demand.num_sites = cohort_size;
  ACCORD_ASSIGN_OR_RETURN(const uint32_t corrupt_sites, secure::SitesInFraction(sum.corrupt_fraction(), cohort_size));
  demand.corrupt_sites = std::max(corrupt_sites, sum.colluding_organisations());
  ACCORD_ASSIGN_OR_RETURN(demand.missing_sites, secure::SitesInFraction(sum.dropout_fraction(), cohort_size));
  const auto found = secure::FindGraphParameters(demand);
  if (!found.ok()) {
    return Annotate(found.status(), "aggregation.secure_sum.graph: sparse does not work here; take the complete graph");
  }
  terms.sparse = true;
  terms.degree = found->degree;
  terms.share_threshold = found->share_threshold;
  terms.max_missing = demand.missing_sites;
  return terms;
}

}  // namespace

bool HasSecureSum(const v1::JobSpec& spec) { return !spec.aggregation().plain_sum(); }

uint32_t ColludingOrganisationsOf(const v1::JobSpec& spec) {
  const v1::SecureSum& sum = spec.aggregation().secure_sum();
  return sum.two_sites() ? 0 : sum.colluding_organisations();
}

absl::StatusOr<secure::AttemptTerms> AttemptTermsOf(const v1::JobSpec& spec, const PlannedAttempt& planned) {
  const v1::SecureSum& sum = spec.aggregation().secure_sum();
  secure::AttemptTerms terms;
  terms.job_id = planned.job_id;
  ACCORD_ASSIGN_OR_RETURN(terms.job_sha256, ParseHexDigest(planned.job_sha256));
  terms.epoch = planned.epoch;
  terms.step = planned.step;
  terms.kind = planned.kind;
  terms.round = planned.round;
  terms.attempt = planned.attempt;
  if (!spec.model().has_drill()) terms.data_set = spec.data().name();
  ACCORD_ASSIGN_OR_RETURN(const VectorSchema schema,
                          StepSchema(spec, planned.kind, planned.num_parameters, planned.encoding_sites));
  terms.ring_bits = BitsOf(schema.ring());
  terms.schema_hash = secure::HashSchema(schema);
  terms.encoding_sites = planned.encoding_sites;
  terms.weight_cap = spec.aggregation().max_rows_per_site();
  terms.colluding_organisations = ColludingOrganisationsOf(spec);
  terms.min_sites = spec.rounds().min_sites();
  terms.two_sites = sum.two_sites();
  ACCORD_ASSIGN_OR_RETURN(terms.graph, GraphTermsOf(sum, planned.cohort_size));
  // What sums the same of every model is the same question whatever the model is: so that a site does not add it up
  // again with others because a job starts from other weights.
  if (ReadsModel(planned.kind)) {
    ACCORD_ASSIGN_OR_RETURN(terms.model_digest, ParseHexDigest(planned.model_digest));
  }
  if (planned.statistics != nullptr && planned.statistics->mean_size() > 0) {
    terms.statistics_sha256 = secure::HashStatistics(planned.statistics->mean(), planned.statistics->spread());
  }
  terms.log_head = planned.log_head;
  terms.charter_hash = planned.charter_hash;
  return terms;
}

}  // namespace accord
