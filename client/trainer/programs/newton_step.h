// STEP_NEWTON at a site: score and information of a regression over its training rows.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "aggregation/newton/newton_sums.h"
#include "client/trainer/programs/step_vector.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// `received`: the model at which to sum, in the first iteration (`round` 1) zeros. That one may begin at the rows' own
// targets, whatever the model is: were any other model accepted, a coordinator could ask for the same sums over other
// sites under another name (aggregation/secure/site/another_attempt.h). INVALID_ARGUMENT then.
absl::Status FillNewton(const v1::JobSpec& spec, uint32_t round, absl::Span<const float> received,
                        const RegressionRows& rows, const NewtonProgress& progress, StepVector& vector);

}  // namespace accord
