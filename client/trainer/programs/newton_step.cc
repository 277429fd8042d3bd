#include "client/trainer/programs/newton_step.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "aggregation/newton/regression.h"
#include "base/status.h"

namespace accord {

absl::Status FillNewton(const v1::JobSpec& spec, uint32_t round, absl::Span<const float> received,
                        const RegressionRows& rows, const NewtonProgress& progress, StepVector& vector) {
  ACCORD_ASSIGN_OR_RETURN(const Regression regression, RegressionOf(spec));
  ACCORD_ASSIGN_OR_RETURN(const std::vector<double> coefficients, CoefficientsOf(regression, received));
  const auto is_zero = [](double value) { return value == 0; };
  if (round == 1 && !std::all_of(coefficients.begin(), coefficients.end(), is_zero)) {
    return absl::InvalidArgumentError("the first iteration of newton begins at a model of zeros");
  }
  ACCORD_ASSIGN_OR_RETURN(NewtonSums sums, SumRows(regression, rows, coefficients, round == 1, progress));
  for (const BlockValues& values : ValuesOf(regression, std::move(sums))) {
    ACCORD_RETURN_IF_ERROR(vector.Put(values.block, values.values));
  }
  return absl::OkStatus();
}

}  // namespace accord
