// What a site checks of an epoch's list before it uses any of its keys.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "aggregation/secure/site/participant_context.h"
#include "aggregation/secure/site/verdict.h"

namespace accord::secure {

// Every statement is signed by its site, of the roster, for this very epoch, job and roster; sites ascend; no key is
// there twice; this site's own is there as it was sent.
Verdict<EpochList> CheckEpochList(const ParticipantContext& context, const OwnEpoch& own,
                                  absl::Span<const SignedBytes> statements);

// No member says that it has seen a newer or another record of this site than it has: else the record may have been
// restored from a backup, and what it signed since may be forgotten. Nothing that this site has signed proves it, and
// any member can say so: the epoch is refused, no other one and no other job. `statements`: what the list was read
// from.
Objection CheckOwnPast(const ParticipantContext& context, const EpochList& list,
                       absl::Span<const SignedBytes> statements);

// The members meet this site's floors as far as these do not depend on the job.
Objection CheckMembers(const ParticipantContext& context, const EpochList& list);

// The pair key with every member, by index; the own one empty. kWeakKey names the member whose key gives no secret.
Verdict<std::vector<SecretBytes>> DerivePairKeys(absl::string_view site, const EpochKeyPair& own,
                                                 const EpochList& list);

}  // namespace accord::secure
