#include "aggregation/newton/newton_step.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/newton/estimates.h"
#include "aggregation/newton/information_factor.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr uint32_t kMostHalvings = 20;
constexpr size_t kMostNamed = 8;
// Near the maximum the likelihood moves less than its own rounding.
constexpr double kLikelihoodSlack = 1e-10;

std::string Named(const Regression& regression, const std::vector<size_t>& columns) {
  std::vector<std::string> names;
  for (const size_t column : columns) {
    if (names.size() == kMostNamed) break;
    names.push_back(absl::StrCat("'", regression.NameOf(column), "'"));
  }
  const std::string more = columns.size() > names.size() ? " and others" : "";
  return absl::StrCat(absl::StrJoin(names, ", "), more);
}

std::string InWords(const Regression& regression, const Dependence& dependence) {
  const std::string name = absl::StrCat("'", regression.NameOf(dependence.column), "'");
  const bool on_intercept = regression.has_intercept() && dependence.others == std::vector<size_t>{0};
  if (on_intercept) return absl::StrCat(name, " has the same value in every row");
  if (dependence.others.empty()) {
    return absl::StrCat(name, regression.has_intercept() ? " has no spread" : " has no spread among those at risk");
  }
  return absl::StrCat(name, " is a combination of ", Named(regression, dependence.others));
}

absl::Status CannotTellApart(const Regression& regression, const std::vector<Dependence>& dependences) {
  std::vector<std::string> words;
  for (const Dependence& dependence : dependences) {
    if (words.size() == kMostNamed) break;
    words.push_back(InWords(regression, dependence));
  }
  const std::string more = dependences.size() > words.size() ? "; and others" : "";
  return absl::InvalidArgumentError(absl::StrCat(
      "the columns do not determine the coefficients: over all sites' rows ", absl::StrJoin(words, "; "), more,
      ". Leave such columns out of data.features, or narrow bounds that are far wider than the numbers"));
}

absl::Status CheckRows(const NewtonQuestion& question) {
  const Regression& regression = *question.regression;
  const NewtonSums& sums = *question.sums;
  if (sums.rows <= regression.size()) {
    return absl::InvalidArgumentError(absl::StrCat(sums.rows, " complete training rows at all sites for ",
                                                   regression.size(), " coefficients; expected more rows than that"));
  }
  if (regression.family == RegressionFamily::kCox && sums.events == 0) {
    return absl::InvalidArgumentError("at no site did the event happen: there is nothing to fit");
  }
  if (regression.family == RegressionFamily::kLogistic && (sums.events == 0 || sums.events >= sums.rows)) {
    return absl::InvalidArgumentError("all rows of all sites are of one class: there is nothing to tell apart");
  }
  return absl::OkStatus();
}

double RelativeStep(double step, double coefficient) { return std::fabs(step) / std::max(1.0, std::fabs(coefficient)); }

// Is the point worse than the one before?
bool Fell(const NewtonQuestion& question, double log_likelihood) {
  if (question.previous == nullptr || question.previous->step().empty()) return false;
  if (question.sums->outside > 0) return true;
  if (!question.same_sites || !question.previous->has_point_log_likelihood()) return false;
  const double before = question.previous->point_log_likelihood();
  return !(log_likelihood >= before - kLikelihoodSlack * (1 + std::fabs(before)));
}

absl::StatusOr<NewtonAnswer> Halve(const NewtonQuestion& question, NewtonAnswer answer) {
  const v1::NewtonRound& previous = *question.previous;
  const uint32_t halvings = previous.halvings() + 1;
  if (halvings > kMostHalvings || question.last) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the fit did not converge: after ", question.iteration,
        " iterations the likelihood does not rise along the step",
        question.last ? "; allow more iterations in rounds.count, or check the columns for values that are not real"
                      : ", however short: check the columns' bounds and values"));
  }
  *answer.round.mutable_point() = previous.point();
  *answer.round.mutable_step() = previous.step();
  if (previous.has_point_log_likelihood()) answer.round.set_point_log_likelihood(previous.point_log_likelihood());
  answer.round.set_halvings(halvings);
  answer.round.set_largest_step(previous.largest_step());
  for (int i = 0; i < previous.point_size(); ++i) {
    answer.coefficients.push_back(previous.point(i) + std::ldexp(previous.step(i), -static_cast<int>(halvings)));
  }
  return answer;
}

void SetTrainLoss(const Regression& regression, const NewtonSums& sums, double log_likelihood, v1::Metrics& metrics) {
  const auto rows = static_cast<double>(sums.rows);
  switch (regression.family) {
    case RegressionFamily::kLinear: {
      const double half_range = regression.target.half_range;
      return metrics.set_train_loss(std::max(0.0, -2 * sums.objective) * half_range * half_range / rows);
    }
    case RegressionFamily::kCox:
      return metrics.set_train_loss(-log_likelihood / static_cast<double>(sums.events));
    default:
      return metrics.set_train_loss(-log_likelihood / rows);
  }
}

void SetNull(const NewtonQuestion& question, double log_likelihood, v1::NewtonRound& round) {
  if (question.regression->family != RegressionFamily::kCox) return;
  if (question.iteration == 1) round.set_null_log_likelihood(log_likelihood);
  if (question.previous != nullptr && question.same_sites && question.previous->has_null_log_likelihood()) {
    round.set_null_log_likelihood(question.previous->null_log_likelihood());
  }
}

v1::Estimates MakeEstimates(const NewtonQuestion& question, const NewtonAnswer& answer, absl::Span<const double> step,
                            const InformationFactor& factor) {
  const Regression& regression = *question.regression;
  // To second order, exactly for a linear regression: the step gains half its product with the score.
  double objective = question.sums->objective;
  for (size_t i = 0; i < step.size(); ++i) objective += step[i] * question.sums->score[i] / 2;
  v1::Estimates estimates = EstimatesOf(regression, *question.sums, answer.coefficients, objective, factor);
  estimates.set_iterations(question.iteration);
  estimates.set_converged(answer.round.converged());
  if (answer.round.has_null_log_likelihood()) {
    estimates.set_null_log_likelihood(answer.round.null_log_likelihood());
  }
  for (size_t i = 0; i < step.size() && !answer.round.converged(); ++i) {
    if (RelativeStep(step[i], question.point[i]) > question.tolerance) estimates.add_unsettled(regression.NameOf(i));
  }
  return estimates;
}

}  // namespace

absl::StatusOr<NewtonAnswer> StepNewton(const NewtonQuestion& question) {
  const Regression& regression = *question.regression;
  const NewtonSums& sums = *question.sums;
  const bool from_targets = question.iteration == 1 && regression.StartsFromTargets();
  if (question.point.size() != regression.size()) {
    return absl::InvalidArgumentError(absl::StrCat("a point of ", question.point.size(), " coefficients for a ",
                                                   "regression of ", regression.size()));
  }
  ACCORD_RETURN_IF_ERROR(CheckRows(question));
  NewtonAnswer answer;
  answer.metrics.set_train_rows(sums.rows);
  const bool measured = !from_targets && sums.outside == 0;
  const double log_likelihood = measured ? LogLikelihoodOf(regression, sums, sums.objective) : 0;
  if (measured) {
    answer.round.set_log_likelihood(log_likelihood);
    SetTrainLoss(regression, sums, log_likelihood, answer.metrics);
    SetNull(question, log_likelihood, answer.round);
  }
  if (Fell(question, log_likelihood)) return Halve(question, std::move(answer));
  if (sums.outside > 0) {
    return absl::InvalidArgumentError("a site's sums are beyond what its rows can give: check the columns' bounds");
  }
  const InformationFactor factor(regression.size(), sums.information);
  if (!factor.dependences().empty()) return CannotTellApart(regression, factor.dependences());
  const std::vector<double> step = factor.Solve(sums.score);
  double largest = 0;
  for (size_t i = 0; i < step.size(); ++i) {
    const double relative = RelativeStep(step[i], question.point[i]);
    largest = relative > largest || std::isnan(relative) ? relative : largest;
    answer.coefficients.push_back(question.point[i] + step[i]);
  }
  if (!std::isfinite(largest)) {
    return absl::InvalidArgumentError("the sums give no finite step: check the columns' bounds and values");
  }
  answer.round.mutable_point()->Assign(question.point.begin(), question.point.end());
  answer.round.mutable_step()->Assign(step.begin(), step.end());
  answer.round.set_largest_step(largest);
  if (measured) answer.round.set_point_log_likelihood(log_likelihood);
  answer.round.set_converged(measured && largest <= question.tolerance);
  if (measured && (answer.round.converged() || question.last)) {
    answer.estimates = MakeEstimates(question, answer, step, factor);
  }
  return answer;
}

}  // namespace accord
