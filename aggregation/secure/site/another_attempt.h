// May this site take part in another attempt at what it already signed once?
//
// Two sums of one question over sets that differ in one site give that site's vector by subtraction. So a site that
// signed a set is bound: at the same *place* (data set, kind of step, and the model where the step reads one) it signs
// only the identical set, over vectors that count the same number of rows at most, and at the same *question* (place,
// job, step) it sends only the identical vector; across jobs, epochs and restarts. What sets it free: so many members
// of the signed attempt that promise never to sign it (VoidsNeeded) that it cannot have been opened.
//
// Sites that did not sign are free, so two sums can still come out over different sets; but with 2t > n + C each opened
// set has more than half of its honest members as signers of no other set, so no linear combination of opened sums is
// one honest site's vector (docs/secure-sum.md, "Another attempt").
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "aggregation/secure/agreement/attempt_terms.h"
#include "aggregation/secure/messages/signed_bytes.h"
#include "aggregation/secure/site/record_entry.h"
#include "aggregation/secure/site/site_record.h"
#include "aggregation/secure/site/verdict.h"

namespace accord::secure {

struct AttemptPlace {
  Sha256Digest place{};
  Sha256Digest question{};
};
// A step that reads no rows is a place of its own job only.
AttemptPlace PlaceOf(const AttemptTerms& terms);

// What the earlier signatures of this site at `place` demand, but for those that are released.
std::vector<Signed> BindingSignatures(const SiteRecord& record, const AttemptPlace& place);
// Those of them that `voids` release. Void statements that are not valid, of no member or of no such attempt count for
// nothing.
std::vector<Freed> FreedBy(const SiteRecord& record, const AttemptPlace& place, absl::Span<const SignedBytes> voids,
                           SiteKeys keys);

// At the plan: the cohort must be the signed survivors, since they alone could be signed for at its end; the scale must
// be the same for the same question; and the most rows that a vector counts at the same place: of two sums over one set
// that differ in it, the difference is of those sites alone that have more.
Objection CheckPlanAgainst(const std::vector<Signed>& binding, const AttemptPlace& place,
                           const std::vector<std::string>& cohort, const AttemptTerms& terms);
// At the vector: identical for the same question.
Objection CheckVectorAgainst(const std::vector<Signed>& binding, const AttemptPlace& place,
                             const Sha256Digest& vector_name);
// At the survivors: the identical set, and again the rows.
Objection CheckSurvivorsAgainst(const std::vector<Signed>& binding, const std::vector<std::string>& survivors,
                                uint64_t weight_cap);

}  // namespace accord::secure
