// The sums of one site, by kind of regression. For newton_sums.h's own sources.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "aggregation/newton/newton_sums.h"

namespace accord {

// `sums` has zeros of the right sizes. Rows and sizes are checked.
void SumGeneralisedLinear(const Regression& regression, const RegressionRows& rows,
                          absl::Span<const double> coefficients, bool from_targets, const NewtonProgress& progress,
                          NewtonSums& sums);
void SumCox(const Regression& regression, const RegressionRows& rows, absl::Span<const double> coefficients,
            const NewtonProgress& progress, NewtonSums& sums);

inline constexpr uint64_t kRowsBetweenNewtonProgress = 4096;

// information += weight * z z', upper triangle by rows.
inline void AddOuter(absl::Span<const double> z, double weight, std::vector<double>& information) {
  double* out = information.data();
  for (size_t i = 0; i < z.size(); ++i) {
    const double weighted = weight * z[i];
    for (size_t j = i; j < z.size(); ++j) *out++ += weighted * z[j];
  }
}

}  // namespace accord
