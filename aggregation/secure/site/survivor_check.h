// What a site checks of a list of survivors and of the statements over it.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "aggregation/secure/site/participant_context.h"
#include "aggregation/secure/site/verdict.h"

namespace accord::secure {

// What a check of an attempt looks at.
struct AttemptView {
  ParticipantContext& context;
  const JoinedEpoch& epoch;
  const JoinedAttempt& attempt;
  const SignedBytes* own_header = nullptr;     // null before there is one
  const SignedBytes* own_statement = nullptr;  // likewise
};

// Headers of members, in cohort order, each signed by its site for this very transcript (evidence and an end to the job
// if not: somebody was told something else), and enough of them for the rules of the cohort and the floors of all.
Verdict<SurvivorList> CheckHeaders(const AttemptView& view, absl::Span<const SignedBytes> headers);

// This site may sign the list: its own header is in it as it was sent; in a sparse graph enough of its own neighbours
// are and not more members are missing than the graph was made for.
Objection CheckMaySign(const AttemptView& view, const SurvivorList& list, absl::Span<const SignedBytes> headers);

// At least t distinct members signed exactly `set`, and nobody that is shown signed anything else.
Objection CheckStatements(const AttemptView& view, const SurvivorSet& set, absl::Span<const SignedBytes> statements);

// "asked for X, which is Y": `gone` are survivors and neighbours of this site.
Objection CheckGone(const AttemptView& view, const SurvivorList& list, const std::vector<std::string>& gone);

// The index of `site` among this site's neighbours; -1 if it is none.
int NeighbourIndex(const JoinedEpoch& epoch, const JoinedAttempt& attempt, absl::string_view site);

}  // namespace accord::secure
