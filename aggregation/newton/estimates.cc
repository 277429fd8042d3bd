#include "aggregation/newton/estimates.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "aggregation/newton/distributions.h"

namespace accord {
namespace {

// Sum of squared residuals in the target's units.
double ResidualSquares(const Regression& regression, double objective) {
  return std::max(0.0, -2 * objective) * regression.target.half_range * regression.target.half_range;
}

// The map from coefficients of mapped columns to those of columns in their units: eta = b_0 + sum of b_j (x_j - m_j) /
// h_j, so that a slope is b_j / h_j and the intercept b_0 - sum of b_j m_j / h_j. Linear: times the target's half
// range, and its middle is added to the intercept.
class ToUnits {
 public:
  ToUnits(const Regression& regression, absl::Span<const double> covariance)
      : regression_(regression), covariance_(covariance), size_(regression.size()) {
    for (const Mapping& column : regression.columns) {
      if (regression.has_intercept() && intercept_.empty()) intercept_.push_back(1);
      if (regression.has_intercept()) intercept_.push_back(-column.middle / column.half_range);
    }
  }

  double Estimate(size_t i, absl::Span<const double> b) const {
    if (!IsIntercept(i)) return b[i] * Factor(i);
    double sum = 0;
    for (size_t k = 0; k < size_; ++k) sum += intercept_[k] * b[k];
    return sum * regression_.target.half_range + regression_.target.middle;
  }
  double Variance(size_t i) const {
    if (!IsIntercept(i)) return covariance_[i * size_ + i] * Factor(i) * Factor(i);
    double sum = 0;
    for (size_t k = 0; k < size_; ++k) {
      double row = 0;
      for (size_t m = 0; m < size_; ++m) row += covariance_[k * size_ + m] * intercept_[m];
      sum += intercept_[k] * row;
    }
    return sum * regression_.target.half_range * regression_.target.half_range;
  }

 private:
  bool IsIntercept(size_t i) const { return regression_.has_intercept() && i == 0; }
  double Factor(size_t i) const {
    const size_t column = regression_.has_intercept() ? i - 1 : i;
    return regression_.target.half_range / regression_.columns[column].half_range;
  }

  const Regression& regression_;
  const absl::Span<const double> covariance_;
  const size_t size_;
  std::vector<double> intercept_;  // its row of the map
};

void AddFit(const Regression& regression, const NewtonSums& sums, double objective, v1::Estimates& estimates) {
  const auto parameters = static_cast<double>(regression.size());
  const double log_likelihood = LogLikelihoodOf(regression, sums, objective);
  estimates.set_log_likelihood(log_likelihood);
  const bool linear = regression.family == RegressionFamily::kLinear;
  estimates.set_aic(2 * (parameters + (linear ? 1 : 0)) - 2 * log_likelihood);  // linear: the variance is one more
  if (regression.family != RegressionFamily::kCox) {
    estimates.set_deviance(linear ? ResidualSquares(regression, objective) : std::max(0.0, -2 * objective));
  }
  if (regression.family == RegressionFamily::kLogistic || regression.family == RegressionFamily::kCox) {
    estimates.set_events(sums.events);
  }
}

}  // namespace

double LogLikelihoodOf(const Regression& regression, const NewtonSums& sums, double objective) {
  if (regression.family != RegressionFamily::kLinear) return objective + sums.saturated;
  const auto rows = static_cast<double>(sums.rows);
  const double variance = std::max(ResidualSquares(regression, objective) / rows, std::numeric_limits<double>::min());
  return -rows / 2 * (std::log(2 * std::numbers::pi * variance) + 1);
}

v1::Estimates EstimatesOf(const Regression& regression, const NewtonSums& sums, absl::Span<const double> coefficients,
                          double objective, const InformationFactor& factor) {
  v1::Estimates estimates;
  std::vector<double> covariance = factor.Inverse();
  const double degrees = static_cast<double>(sums.rows) - static_cast<double>(regression.size());
  const bool linear = regression.family == RegressionFamily::kLinear;
  if (linear) {
    const double variance = std::max(0.0, -2 * objective) / degrees;  // of mapped targets
    for (double& value : covariance) value *= variance;
    estimates.set_residual_standard_error(std::sqrt(ResidualSquares(regression, objective) / degrees));
  }
  estimates.set_student_t(linear);
  const double quantile = linear ? Student975(degrees) : kNormal975;
  const ToUnits to_units(regression, covariance);
  for (size_t i = 0; i < regression.size(); ++i) {
    v1::Estimates::Coefficient& coefficient = *estimates.add_coefficients();
    const double estimate = to_units.Estimate(i, coefficients);
    const double error = std::sqrt(std::max(0.0, to_units.Variance(i)));
    const double statistic = estimate / error;
    coefficient.set_name(regression.NameOf(i));
    coefficient.set_estimate(estimate);
    coefficient.set_standard_error(error);
    coefficient.set_statistic(statistic);
    coefficient.set_p_value(linear ? StudentTwoSided(statistic, degrees) : NormalTwoSided(statistic));
    coefficient.set_lower(estimate - quantile * error);
    coefficient.set_upper(estimate + quantile * error);
  }
  estimates.set_rows(sums.rows);
  estimates.set_incomplete_rows(sums.incomplete);
  AddFit(regression, sums, objective, estimates);
  return estimates;
}

}  // namespace accord
