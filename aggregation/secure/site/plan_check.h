// What a site checks of a plan before it computes anything for it.
#pragma once

#include "aggregation/secure/site/participant_context.h"
#include "aggregation/secure/site/site_events.h"
#include "aggregation/secure/site/verdict.h"

namespace accord::secure {

// The attempt to take part in, or why not. Nothing in `context` changes but what it knows to be proven.
Verdict<JoinedAttempt> AcceptPlan(ParticipantContext& context, const JoinedEpoch& epoch, const AttemptPlanned& event);

// Whether the plan is the one of the attempt in hand, in everything that its transcript holds.
Objection CheckSamePlan(const JoinedAttempt& in_hand, const AttemptPlanned& event);

}  // namespace accord::secure
