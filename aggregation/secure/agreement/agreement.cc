#include "aggregation/secure/agreement/agreement.h"

#include <algorithm>
#include <string>
#include <utility>

#include "aggregation/secure/agreement/roster_view.h"
#include "aggregation/secure/graph/graph_parameters.h"
#include "aggregation/secure/messages/limits.h"
#include "base/status.h"

namespace accord::secure {
namespace {

absl::Status CheckTerms(const AttemptTerms& terms, const AgreedEpoch& epoch) {
  const size_t cohort_size = epoch.list.members.size();
  const size_t most = std::min<size_t>(epoch.roster.sites().size(), kMaxCohort);
  if (terms.encoding_sites < cohort_size || terms.encoding_sites > most) {
    return absl::InvalidArgumentError(absl::StrCat("the encoding is made for ", terms.encoding_sites,
                                                   " sites; a cohort of ", cohort_size, " in a roster of ", most,
                                                   " needs at least the one and at most the other"));
  }
  if (terms.min_sites > cohort_size) {
    return absl::InvalidArgumentError(
        absl::StrCat("the job wants at least ", terms.min_sites, " sites; the cohort has ", cohort_size));
  }
  if (terms.ring_bits != 24 && terms.ring_bits != 32 && terms.ring_bits != 64) {
    return absl::InvalidArgumentError(absl::StrCat("rings have 24, 32 or 64 bits, not ", terms.ring_bits));
  }
  if (terms.log_head.size() > kMaxLogHeadBytes) return absl::InvalidArgumentError("the log head is too long");
  return absl::OkStatus();
}

// What a coordinator proposes may be easy to cut; what the job's rates give is checked like it.
absl::Status CheckGraphTerms(const GraphTerms& graph, const CohortTerms& quorum) {
  if (graph.max_missing > quorum.cohort_size - quorum.required_signatures) {
    return absl::InvalidArgumentError(absl::StrCat("the graph may miss ", graph.max_missing, " of ", quorum.cohort_size,
                                                   " sites, of which ", quorum.required_signatures, " must sign"));
  }
  return CheckGraphParameters(GraphDemand{quorum.cohort_size, quorum.colluding_sites, graph.max_missing},
                              GraphParameters{graph.degree, graph.share_threshold});
}

absl::Status AddGraph(const AttemptTerms& terms, const AgreedEpoch& epoch, Agreement& agreement) {
  const uint32_t size = agreement.quorum.cohort_size;
  if (!terms.graph.sparse) {
    ACCORD_ASSIGN_OR_RETURN(NeighbourGraph graph, NeighbourGraph::Complete(size));
    agreement.fields.degree = size - 1;
    agreement.fields.share_threshold = agreement.quorum.share_threshold;
    agreement.max_missing = size - agreement.quorum.required_signatures;
    agreement.graph = std::make_shared<const NeighbourGraph>(std::move(graph));
    return absl::OkStatus();
  }
  ACCORD_RETURN_IF_ERROR(CheckGraphTerms(terms.graph, agreement.quorum));
  ACCORD_ASSIGN_OR_RETURN(agreement.fields.graph_seed, GraphSeed(epoch.list, epoch.nonces));
  ACCORD_ASSIGN_OR_RETURN(NeighbourGraph graph,
                          NeighbourGraph::Harary(size, terms.graph.degree, agreement.fields.graph_seed));
  agreement.fields.graph = TranscriptGraph::kHarary;
  agreement.fields.degree = terms.graph.degree;
  agreement.fields.share_threshold = terms.graph.share_threshold;
  agreement.max_missing = terms.graph.max_missing;
  agreement.graph = std::make_shared<const NeighbourGraph>(std::move(graph));
  return absl::OkStatus();
}

void AddTerms(const AttemptTerms& terms, TranscriptFields& fields) {
  fields.charter_hash = terms.charter_hash;
  fields.job_sha256 = terms.job_sha256;
  fields.min_sites = terms.min_sites;
  fields.colluding_organisations = terms.colluding_organisations;
  fields.job_id = terms.job_id;
  fields.epoch = terms.epoch;
  fields.step = terms.step;
  fields.round = terms.round;
  fields.attempt = terms.attempt;
  fields.kind = terms.kind;
  fields.schema_hash = terms.schema_hash;
  fields.encoding_sites = terms.encoding_sites;
  fields.ring_bits = terms.ring_bits;
  fields.weight_cap = terms.weight_cap;
  fields.model_digest = terms.model_digest;
  fields.statistics_sha256 = terms.statistics_sha256;
  fields.log_head = terms.log_head;
}

}  // namespace

absl::StatusOr<Agreement> Agree(const AttemptTerms& terms, const AgreedEpoch& epoch,
                                const std::optional<PreviousOpened>& previous) {
  ACCORD_RETURN_IF_ERROR(CheckTerms(terms, epoch));
  Agreement agreement;
  TranscriptFields& fields = agreement.fields;
  AddTerms(terms, fields);
  fields.roster_hash = epoch.roster.hash();
  fields.epoch_hash = epoch.list.epoch_hash;
  fields.cohort = epoch.list.Sites();
  fields.previous = previous;
  ACCORD_ASSIGN_OR_RETURN(agreement.quorum, ComputeCohortTerms(RosterOrganisations(epoch.roster, fields.cohort),
                                                               terms.colluding_organisations));
  fields.required_signatures = agreement.quorum.required_signatures;
  fields.colluding_sites = agreement.quorum.colluding_sites;
  ACCORD_RETURN_IF_ERROR(AddGraph(terms, epoch, agreement));
  agreement.parts = PartsOf(fields);
  agreement.transcript = HashTranscript(agreement.parts);
  return agreement;
}

}  // namespace accord::secure
