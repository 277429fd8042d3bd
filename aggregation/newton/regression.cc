#include "aggregation/newton/regression.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/columns.h"

namespace accord {
namespace {

Mapping MappingOf(double min, double max) { return {min / 2 + max / 2, max / 2 - min / 2}; }

std::optional<RegressionFamily> FamilyOf(const v1::JobSpec& spec) {
  const v1::Target& target = spec.data().target();
  const bool two_classes = target.has_category() && target.category().levels_size() == 2;
  switch (spec.model().kind_case()) {
    case v1::ModelSpec::kLogisticRegression:
      return two_classes ? std::optional(RegressionFamily::kLogistic) : std::nullopt;
    case v1::ModelSpec::kLinearRegression:
      return target.has_numeric() ? std::optional(RegressionFamily::kLinear) : std::nullopt;
    case v1::ModelSpec::kPoissonRegression:
      return target.has_numeric() ? std::optional(RegressionFamily::kPoisson) : std::nullopt;
    case v1::ModelSpec::kCox:
      return target.has_survival() ? std::optional(RegressionFamily::kCox) : std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string Regression::NameOf(size_t i) const {
  if (!has_intercept()) return column_names[i];
  return i == 0 ? "(Intercept)" : column_names[i - 1];
}

absl::StatusOr<Regression> RegressionOf(const v1::JobSpec& spec) {
  const std::optional<RegressionFamily> family = FamilyOf(spec);
  const std::vector<InputColumn> inputs = InputColumns(spec.data());
  if (!spec.aggregation().has_newton() || !family.has_value() || inputs.empty()) {
    return absl::InvalidArgumentError(
        "the job is no regression that newton fits: a linear model with a target of its kind, over a table's columns");
  }
  Regression regression;
  regression.family = *family;
  regression.breslow = spec.model().cox().ties() == v1::Cox::BRESLOW;
  regression.max_rows = std::max(1u, spec.aggregation().max_rows_per_site());
  for (const InputColumn& input : inputs) {
    if (!(input.min < input.max)) {
      return absl::InvalidArgumentError(absl::StrCat("the bounds of column '", input.name, "' leave no range"));
    }
    regression.column_names.push_back(input.name);
    regression.columns.push_back(MappingOf(input.min, input.max));
  }
  const v1::Numeric& target = spec.data().target().numeric();
  if (*family == RegressionFamily::kLinear) regression.target = MappingOf(target.min(), target.max());
  if (*family == RegressionFamily::kPoisson) {
    regression.largest_count = std::max(1.0, target.max());
    if (const v1::Exposure& exposure = spec.model().poisson_regression().exposure(); exposure.min() > 0) {
      regression.log_exposure = std::max(std::fabs(std::log(exposure.min())), std::fabs(std::log(exposure.max())));
    }
  }
  return regression;
}

absl::StatusOr<std::vector<double>> CoefficientsOf(const Regression& regression, absl::Span<const float> model) {
  const bool finite = std::all_of(model.begin(), model.end(), [](float value) { return std::isfinite(value); });
  if (model.size() != regression.model_size() || !finite) {
    return absl::InvalidArgumentError(absl::StrCat("the model has ", model.size(), " parameters, ",
                                                   finite ? "" : "some of them no numbers, ",
                                                   "and the regression needs ", regression.model_size(), " numbers"));
  }
  std::vector<double> coefficients(regression.size());
  for (size_t i = 0; i < regression.size(); ++i) {
    coefficients[i] = static_cast<double>(model[i]) + static_cast<double>(model[regression.size() + i]);
  }
  if (regression.has_intercept()) std::rotate(coefficients.begin(), coefficients.end() - 1, coefficients.end());
  return coefficients;
}

std::vector<float> ModelOf(const Regression& regression, absl::Span<const double> coefficients) {
  std::vector<double> ordered(coefficients.begin(), coefficients.end());
  if (regression.has_intercept()) std::rotate(ordered.begin(), ordered.begin() + 1, ordered.end());
  std::vector<float> model(ordered.begin(), ordered.end());
  for (size_t i = 0; i < ordered.size(); ++i) {
    model.push_back(static_cast<float>(ordered[i] - static_cast<double>(model[i])));
  }
  return model;
}

v1::ColumnStatistics MappingStatistics(const Regression& regression) {
  v1::ColumnStatistics statistics;
  for (const Mapping& column : regression.columns) {
    statistics.add_mean(column.middle);
    statistics.add_spread(column.half_range);
  }
  return statistics;
}

}  // namespace accord
