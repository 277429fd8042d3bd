// What a site keeps between its rounds (aggregation/programs/kept_state.h), as its daemon hands it over and takes it
// back: this process has no disk.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "client/trainer/programs/step_vector.h"
#include "models/examples.h"
#include "models/model.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// One for each parameter of the model.
struct KeptNumbers {
  absl::Span<const float> before;  // empty: the site has kept nothing yet
  absl::Span<float> after;         // empty: the step keeps nothing
  absl::Span<const float> first = {};  // local_gain: the job's first weights, where they are known
};

// The site goes on from where it was: what a step that failed keeps. `received`: the model's parameters.
void KeepAsBefore(const v1::JobSpec& spec, absl::Span<const float> received, const KeptNumbers& kept);

// Writes this site's own model of a received one: FedBN, FedPer and FedRep: its own layers in it; Ditto: its own.
absl::Status MakePersonal(const v1::JobSpec& spec, const Model& model, absl::Span<const float> received,
                          absl::Span<const float> before, absl::Span<float> personal);

// STEP_EVALUATE, also where sites have models of their own: loads the one whose figures the job has, and keeps the
// site's.
absl::Status LoadForEvaluation(const v1::JobSpec& spec, absl::Span<const float> received, const KeptNumbers& kept,
                               Model& model);

}  // namespace accord
