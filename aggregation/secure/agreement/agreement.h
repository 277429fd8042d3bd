// From what each end knows to what both must have in common: transcript, quorum and neighbour graph of one attempt. The
// site's machine and the coordinator call this one function, so the two cannot drift apart.
//
// Adversary: none of its own; whatever of the input came from a peer (nonces, key statements) was or is checked here. A
// site that was told something else than the others gets another transcript, and is found out by that.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/secure/agreement/attempt_terms.h"
#include "aggregation/secure/graph/neighbour_graph.h"
#include "aggregation/secure/messages/epoch_list.h"
#include "aggregation/secure/messages/quorum.h"
#include "aggregation/secure/messages/transcript.h"
#include "trust/roster/roster.h"

namespace accord::secure {

// The members of an epoch, each of whose statements was verified, and the nonces that they showed.
struct AgreedEpoch {
  const Roster& roster;
  const EpochList& list;
  absl::Span<const GraphNonce> nonces;  // in cohort order; read only for a sparse graph
};

struct Agreement {
  TranscriptFields fields;
  TranscriptParts parts;
  Sha256Digest transcript{};
  CohortTerms quorum;
  std::shared_ptr<const NeighbourGraph> graph;  // immutable; both the attempt and what masks for it hold it
  uint32_t max_missing = 0;                     // members that may be missing from the survivors
};

// INVALID_ARGUMENT, in words, when the terms do not fit each other or the cohort: what the quorum rules or the graph
// refuse, an encoding made for fewer sites than the cohort or more than the roster has, a nonce unlike its commitment.
absl::StatusOr<Agreement> Agree(const AttemptTerms& terms, const AgreedEpoch& epoch,
                                const std::optional<PreviousOpened>& previous);

}  // namespace accord::secure
