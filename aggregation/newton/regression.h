// Which regression a job fits by newton, and the space in which its sums are taken.
//
// Each input column is mapped to z in [-1, 1] by its schema bounds, z = (x - middle) / half_range, and so is the target
// of a linear regression. Coefficients are those of mapped columns, behind the intercept (Cox has none): a common space
// that needs no round of its own, in which sums have bounds and matrices are well scaled.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

enum class RegressionFamily { kLogistic, kLinear, kPoisson, kCox };

struct Mapping {
  double middle = 0;
  double half_range = 1;
  double ToUnit(double value) const { return (value - middle) / half_range; }
};

// Immutable once made.
struct Regression {
  RegressionFamily family = RegressionFamily::kLogistic;
  bool breslow = false;                   // Cox: ties by Breslow's rule, else by Efron's
  std::vector<std::string> column_names;  // of the inputs
  std::vector<Mapping> columns;
  Mapping target;            // linear regression: of the target; else as it is
  double largest_count = 1;  // Poisson: of the target, at least 1
  double log_exposure = 0;   // Poisson: largest |log| of the exposure's bounds
  double max_rows = 1;       // of one site

  bool has_intercept() const { return family != RegressionFamily::kCox; }
  // p: the coefficients.
  size_t size() const { return columns.size() + (has_intercept() ? 1 : 0); }
  // Of the model that travels.
  size_t model_size() const { return 2 * size(); }
  size_t num_information() const { return size() * (size() + 1) / 2; }
  // Of coefficient i, as people know it.
  std::string NameOf(size_t i) const;
  // The first round of these starts from the rows' own targets, as R's glm does, and not from a point: from 0 the first
  // step to a mean of 1,000 would be to e^999.
  bool StartsFromTargets() const {
    return family == RegressionFamily::kLogistic || family == RegressionFamily::kPoisson;
  }
};

// INVALID_ARGUMENT: the job is not one that newton fits (model, target or columns).
absl::StatusOr<Regression> RegressionOf(const v1::JobSpec& spec);

// The model that travels is a vector of float32 like any other: the weights, then the bias, as PyTorch's linear layer
// has them, and in the same order what rounding to float32 took from each, so that 48 bits of a coefficient arrive.
// INVALID_ARGUMENT: not of this regression's size, or not finite.
absl::StatusOr<std::vector<double>> CoefficientsOf(const Regression& regression, absl::Span<const float> model);
std::vector<float> ModelOf(const Regression& regression, absl::Span<const double> coefficients);

// Middles and half ranges in the form in which standardised models carry theirs: with them a model of mapped columns is
// evaluated and exported like any other.
v1::ColumnStatistics MappingStatistics(const Regression& regression);

}  // namespace accord
