// STEP_TRAIN at a site: local training from the received model, and the weighted change that it made.
#pragma once

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "client/trainer/programs/kept_numbers.h"
#include "client/trainer/programs/step_vector.h"
#include "models/examples.h"
#include "models/model.h"
#include "models/training.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// What was measured on the site's held-out rows: of the received model (or the site's own, where the job's figures are
// of those), and of the one that training made of it.
struct HeldOut {
  EvaluationSums received;
  EvaluationSums trained;      // without rows where none are held out
  bool trained_alone = false;  // local_gain: what the site keeps has one more round of training
};

struct TrainingStep {
  const v1::JobSpec& spec;
  const LocalTraining& local;
  const Examples& train;  // ready for the model (standardised), as is `test`
  const Examples& test;
  absl::Span<const float> received;  // this round's model, and behind it what more is handed out (IsModelSize)
  KeptNumbers kept = {};
  bool no_baseline = false;  // local_gain: this site has nothing to compare with, and trains nothing alone
};

// A change that is not a number shows in vector.outcome(): the caller then clears the vector, and has the site keep
// what it had before.
absl::StatusOr<HeldOut> FillTraining(const TrainingStep& step, Model& model, StepVector& vector);

}  // namespace accord
