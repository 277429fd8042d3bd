// Metrics of a model on a site's held-out rows, as sums: STEP_EVALUATE, and the same blocks of STEP_TRAIN.
#pragma once

#include "absl/status/statusor.h"
#include "aggregation/evaluation/evaluation_sums.h"
#include "client/trainer/programs/step_vector.h"
#include "models/examples.h"
#include "models/model.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// `test` is ready for the model (standardised). No rows give zeros. What the step's vector has no room for is not sent.
// What was summed, for the site itself.
absl::StatusOr<EvaluationSums> FillMetrics(const v1::JobSpec& spec, const Examples& test, Model& model,
                                           StepVector& vector);

}  // namespace accord
