#include <math.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "aggregation/newton/row_sums.h"

namespace accord {
namespace {

// What a row adds: its weight W, and the residual that multiplies z in the score.
struct RowTerms {
  double weight = 0;
  double residual = 0;
  double objective = 0;
  double saturated = 0;
};

// log(n!), reentrant: std::lgamma writes a global.
double LogFactorial(double n) {
  int sign = 0;
  return lgamma_r(n + 1, &sign);
}

RowTerms LogisticTerms(double y, double eta) {
  const double e = std::exp(-std::fabs(eta));
  const double smaller = e / (1 + e);  // of mu and 1 - mu
  const double mu = eta >= 0 ? 1 / (1 + e) : smaller;
  const double complement = eta >= 0 ? smaller : 1 / (1 + e);
  const double against = y > 0.5 ? -eta : eta;
  return {.weight = e / ((1 + e) * (1 + e)),
          .residual = y > 0.5 ? complement : -mu,
          .objective = -(std::fmax(against, 0) + std::log1p(e))};
}

RowTerms LinearTerms(double y, double eta) {
  const double residual = y - eta;
  return {.weight = 1, .residual = residual, .objective = -residual * residual / 2};
}

RowTerms PoissonTerms(double y, double eta, double log_exposure) {
  const double log_mu = eta + log_exposure;
  const double mu = std::exp(log_mu);
  const double y_log_y = y > 0 ? y * std::log(y) : 0;
  return {.weight = mu,
          .residual = y - mu,
          .objective = y * log_mu - mu - (y_log_y - y),
          .saturated = y_log_y - y - LogFactorial(y)};
}

// The weighted least squares that R's glm begins with: working response eta + (y - mu) / W at mu near y.
RowTerms StartingTerms(RegressionFamily family, double y, double log_exposure) {
  if (family == RegressionFamily::kPoisson) {
    const double mu = y + 0.1;
    return {.weight = mu, .residual = mu * (std::log(mu) - log_exposure) + (y - mu)};
  }
  const double mu = (y + 0.5) / 2;
  const double weight = mu * (1 - mu);
  return {.weight = weight, .residual = weight * std::log(mu / (1 - mu)) + (y - mu)};
}

absl::Status CheckSizes(const Regression& regression, const RegressionRows& rows, size_t num_coefficients) {
  const bool cox = regression.family == RegressionFamily::kCox;
  const bool fits = rows.num_elsewhere == 0 && rows.inputs.size() == rows.size() * regression.columns.size() &&
                    rows.events.size() == (cox ? rows.size() : 0) &&
                    (rows.exposures.empty() || rows.exposures.size() == rows.size()) &&
                    num_coefficients == regression.size();
  if (fits) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(rows.size(), " rows with ", rows.inputs.size(), " inputs and ",
                                                 num_coefficients, " coefficients are not those of a regression on ",
                                                 regression.columns.size(), " columns"));
}

}  // namespace

void SumGeneralisedLinear(const Regression& regression, const RegressionRows& rows,
                          absl::Span<const double> coefficients, bool from_targets, const NewtonProgress& progress,
                          NewtonSums& sums) {
  const size_t columns = regression.columns.size();
  std::vector<double> z(regression.size(), 1);  // z[0] stays 1
  for (size_t row = 0; row < rows.size(); ++row) {
    const double* inputs = rows.inputs.data() + row * columns;
    double eta = coefficients[0];
    for (size_t c = 0; c < columns; ++c) {
      z[c + 1] = regression.columns[c].ToUnit(inputs[c]);
      eta += z[c + 1] * coefficients[c + 1];
    }
    const double y = regression.target.ToUnit(rows.targets[row]);
    const double log_exposure = rows.exposures.empty() ? 0 : std::log(rows.exposures[row]);
    RowTerms terms;
    if (from_targets) {
      terms = StartingTerms(regression.family, y, log_exposure);
    } else if (regression.family == RegressionFamily::kPoisson) {
      terms = PoissonTerms(y, eta, log_exposure);
    } else {
      terms = regression.family == RegressionFamily::kLogistic ? LogisticTerms(y, eta) : LinearTerms(y, eta);
    }
    sums.objective += terms.objective;
    sums.saturated += terms.saturated;
    for (size_t i = 0; i < z.size(); ++i) sums.score[i] += terms.residual * z[i];
    AddOuter(z, terms.weight, sums.information);
    if (regression.family == RegressionFamily::kLogistic && y > 0.5) ++sums.events;
    if ((row + 1) % kRowsBetweenNewtonProgress == 0 && progress) progress(row + 1, rows.size());
  }
}

namespace {

absl::Status SumPieces(const Regression& regression, const RegressionRows& rows, absl::Span<const double> coefficients,
                       bool from_targets, const NewtonProgress& progress, NewtonSums& sums) {
  uint64_t before = 0;
  const NewtonProgress of_all = [&](uint64_t done, uint64_t) {
    if (progress) progress(before + done, rows.size());
  };
  return rows.read_elsewhere([&](const RegressionRows& piece) {
    absl::Status fits = CheckSizes(regression, piece, coefficients.size());
    if (!fits.ok()) return fits;
    SumGeneralisedLinear(regression, piece, coefficients, from_targets, of_all, sums);
    before += piece.size();
    return absl::OkStatus();
  });
}

}  // namespace

absl::StatusOr<NewtonSums> SumRows(const Regression& regression, const RegressionRows& rows,
                                   absl::Span<const double> coefficients, bool from_targets,
                                   const NewtonProgress& progress) {
  const bool in_pieces = rows.num_elsewhere > 0 && regression.family != RegressionFamily::kCox;
  if (!in_pieces) {
    if (absl::Status fits = CheckSizes(regression, rows, coefficients.size()); !fits.ok()) return fits;
  }
  NewtonSums sums;
  sums.rows = rows.size();
  sums.incomplete = rows.incomplete;
  sums.score.assign(regression.size(), 0);
  sums.information.assign(regression.num_information(), 0);
  if (regression.family == RegressionFamily::kCox) {
    SumCox(regression, rows, coefficients, progress, sums);
    return sums;
  }
  from_targets &= regression.StartsFromTargets();
  if (in_pieces) {
    const absl::Status read = SumPieces(regression, rows, coefficients, from_targets, progress, sums);
    if (!read.ok()) return read;
  } else {
    SumGeneralisedLinear(regression, rows, coefficients, from_targets, progress, sums);
  }
  return sums;
}

}  // namespace accord
