// STEP_TRAIN at a site: local training from the received model, and the weighted change that it made.
#pragma once

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "client/trainer/programs/step_vector.h"
#include "models/examples.h"
#include "models/model.h"
#include "models/training.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// What was measured on the site's held-out rows: of the received model, and of the one that training made of it.
struct HeldOut {
  EvaluationSums received;
  EvaluationSums trained;  // without rows where none are held out
};

// `train` and `test` are ready for the model (standardised); `received` are the model's parameters of this round. A
// change that is not a number shows in vector.outcome(): the caller then clears the vector.
absl::StatusOr<HeldOut> FillTraining(const v1::JobSpec& spec, const LocalTraining& local, const Examples& train,
                                     const Examples& test, absl::Span<const float> received, Model& model,
                                     StepVector& vector);

}  // namespace accord
