// Estimates in the units of people, from the last iteration's sums. For newton_step.cc.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "aggregation/newton/information_factor.h"
#include "aggregation/newton/newton_sums.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// The log-likelihood of `rows` with this objective, in the target's units; Cox: partial.
double LogLikelihoodOf(const Regression& regression, const NewtonSums& sums, double objective);

// `coefficients`: of mapped columns, at the maximum; `objective` there. Sets everything but iterations, convergence and
// sites.
v1::Estimates EstimatesOf(const Regression& regression, const NewtonSums& sums, absl::Span<const double> coefficients,
                          double objective, const InformationFactor& factor);

}  // namespace accord
