// Regressions by newton, and the models and targets that only they fit; for this folder's own sources.
#pragma once

#include "base/config/faults.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// Below it the sums' own rounding moves coefficients.
inline constexpr double kLeastNewtonTolerance = 1e-12;
inline constexpr double kDefaultNewtonTolerance = 1e-8;
inline constexpr uint32_t kMostNewtonColumns = 1000;
inline constexpr uint32_t kMostNewtonIterations = 100;

// Adds a fault where newton and the rest of the job contradict each other.
void CheckNewton(const v1::JobSpec& spec, FaultList& faults);

// Adds a fault where model and target are not of one kind: Cox needs survival, Poisson counts; and neither is trained
// otherwise than by newton.
void CheckRegressionModels(const v1::JobSpec& spec, FaultList& faults);

}  // namespace accord
