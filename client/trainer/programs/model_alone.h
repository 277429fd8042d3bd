// local_gain: the model that a site trains alone beside the common one, as much and in the same order of rows, and how
// much better the common one does on the site's held-out rows.
//
// It begins with the job's first weights and goes on in every round in which the site trains; what belongs to the
// federation is left out (FedProx's distance from the common model, the server's rule). Its own figure goes to the
// site's daemon; what leaves is a 1 in one of the declared bins.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/evaluation/evaluation_sums.h"
#include "client/trainer/programs/step_vector.h"
#include "client/trainer/programs/train_step.h"
#include "models/examples.h"
#include "models/model.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/kept.pb.h"

namespace accord {

// One more round: from what is kept, or from the first weights, to step.kept.after. False: the site has nothing to
// compare with (step.no_baseline), and keeps what it had. `model` is left with other parameters.
absl::StatusOr<bool> TrainAlone(const TrainingStep& step, Model& model);

struct GainMeasurement {
  const v1::JobSpec& spec;
  const Examples& test;           // ready for the model (standardised)
  const EvaluationSums& common;   // of the common model, on these rows
  absl::Span<const float> alone;  // empty: there is no model to compare with
};
// Fills the block of bins, with zeros where there is no gain: without held-out rows, a model of this site's, or the
// classes that the metric needs. `model` is left with other parameters.
absl::StatusOr<std::optional<v1::OwnGain>> MeasureGain(const GainMeasurement& measurement, Model& model,
                                                       StepVector& vector);

// For the log of the daemon, which stays at the site.
std::string GainInWords(const v1::OwnGain& gain);

}  // namespace accord
