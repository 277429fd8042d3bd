// A plan as AttemptTermsOf asks for it. Apart from attempt_terms.h because the wire's messages are not linked by this
// room, only by its callers.
#pragma once

#include "aggregation/programs/attempt_terms.h"
#include "base/hash.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

// `plan` outlives the result. `charter_hash`: of the charter that the job's order names, which is not the plan's to
// say; zero where the job has no order.
inline PlannedAttempt PlannedBy(const v1::Plan& plan, const Sha256Digest& charter_hash = {}) {
  return {.job_id = plan.id().job_id(),
          .job_sha256 = plan.job_sha256(),
          .epoch = plan.secure().epoch(),
          .kind = plan.kind(),
          .step = plan.id().step(),
          .round = plan.round(),
          .attempt = plan.id().attempt(),
          .cohort_size = static_cast<uint32_t>(plan.cohort_size()),
          .encoding_sites = plan.encoding_sites(),
          .num_parameters = plan.num_parameters(),
          .model_digest = plan.model_digest(),
          .statistics = &plan.statistics(),
          .log_head = plan.log_head().head(),
          .charter_hash = charter_hash};
}

}  // namespace accord
