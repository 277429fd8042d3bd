// Between the wire's messages and what a site's part in the secure sum is told. Bytes from the coordinator are only
// checked for what the machine's types demand (a digest has 32 bytes); what they say is the machine's business.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "aggregation/secure/site/site_events.h"
#include "base/hash.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

struct AddressedEvent {
  v1::PlanId plan;
  secure::SiteEvent event;
};
// UNIMPLEMENTED: not a message of secure sums. INVALID_ARGUMENT: one that no event can be made of.
absl::StatusOr<AddressedEvent> ToSiteEvent(const v1::CoordinatorMessage& message);
// `charter_hash`: of the charter that this site permitted the job under; zero: it goes by none.
absl::StatusOr<secure::SiteEvent> ToAttemptPlanned(const v1::Plan& plan, const v1::JobSpec& spec,
                                                   const Sha256Digest& charter_hash = {});
secure::AttemptOutcome OutcomeOf(v1::PlanEnd::Outcome outcome);

}  // namespace accord
