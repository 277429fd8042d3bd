// From the sums of one iteration to the next coefficients or to the estimates: what the coordinator does.
//
// Newton's step s = I^-1 U from where the sums were taken. Whether it converged is judged by the step alone, so it
// follows from one round's sums whoever was in earlier ones; the estimates are the point and the step. Where the
// likelihood fell against the round before, over the same sites, the step is halved; so it is where a site's sums left
// their bounds.
#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/newton/newton_sums.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// One iteration's question.
struct NewtonQuestion {
  const Regression* regression = nullptr;
  double tolerance = 0;
  const NewtonSums* sums = nullptr;
  absl::Span<const double> point;  // the coefficients at which they were taken; of the first iteration: zeros
  uint32_t iteration = 1;          // from 1
  bool last = false;               // the job asks for no more
  // The finished iteration before; nullptr: none.
  const v1::NewtonRound* previous = nullptr;
  bool same_sites = false;  // the sums of `previous` were of these sites
};

struct NewtonAnswer {
  v1::NewtonRound round;
  std::vector<double> coefficients;        // where the next iteration sums; with estimates, the estimates themselves
  std::optional<v1::Estimates> estimates;  // converged, or the last iteration; `sites` are the caller's
  v1::Metrics metrics;
};

// INVALID_ARGUMENT: no fit exists or can be found from these sums, and why: columns that cannot be told apart, by name;
// too few rows; one class only; a likelihood that does not rise.
absl::StatusOr<NewtonAnswer> StepNewton(const NewtonQuestion& question);

}  // namespace accord
