#include "aggregation/evaluation/score_metrics.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "aggregation/evaluation/score_bins.h"
#include "aggregation/evaluation/soft_plus.h"

namespace accord {
namespace {

// Score and information of a logistic regression of two coefficients, per row.
struct Fit {
  double log_likelihood = 0;
  double score[2] = {0, 0};
  double information[3] = {0, 0, 0};  // 00, 01, 11
};

Fit FitAt(const Recalibration& at, Histogram negatives, Histogram positives, double total) {
  Fit fit;
  for (size_t bin = 0; bin < negatives.size(); ++bin) {
    const double rows = negatives[bin] + positives[bin];
    if (rows == 0) continue;
    const double said = OddsOfBin(bin, negatives.size());
    const double odds = at.intercept + at.slope * said;
    const double p = 1 / (1 + std::exp(-odds));
    fit.log_likelihood -= (positives[bin] * SoftPlus(-odds) + negatives[bin] * SoftPlus(odds)) / total;
    const double residual = (positives[bin] - rows * p) / total;
    const double weight = rows * p * (1 - p) / total;
    fit.score[0] += residual;
    fit.score[1] += residual * said;
    fit.information[0] += weight;
    fit.information[1] += weight * said;
    fit.information[2] += weight * said * said;
  }
  return fit;
}

}  // namespace

std::optional<double> AveragePrecision(Histogram negatives, Histogram positives) {
  double num_positives = 0;
  for (const double count : positives) num_positives += count;
  if (num_positives <= 0) return std::nullopt;
  double taken = 0;
  double right = 0;
  double area = 0;
  for (size_t i = positives.size(); i-- > 0;) {
    if (positives[i] + negatives[i] == 0) continue;
    right += positives[i];
    taken += positives[i] + negatives[i];
    area += positives[i] / num_positives * (right / taken);
  }
  return area;
}

std::optional<double> ExpectedCalibrationError(Histogram not_so, Histogram so, double (*said)(size_t, size_t),
                                               size_t bins) {
  struct Bin {
    double said = 0;
    double so = 0;
  };
  std::vector<Bin> coarse(std::max<size_t>(bins, 1));
  double total = 0;
  for (size_t i = 0; i < so.size(); ++i) {
    const double rows = so[i] + not_so[i];
    const double centre = said(i, so.size());
    Bin& bin = coarse[std::min(static_cast<size_t>(centre * static_cast<double>(coarse.size())), coarse.size() - 1)];
    bin.said += rows * centre;
    bin.so += so[i];
    total += rows;
  }
  if (total <= 0) return std::nullopt;
  double error = 0;
  for (const Bin& bin : coarse) error += std::abs(bin.said - bin.so);  // |mean - share| times the bin's rows
  return error / total;
}

std::optional<Recalibration> Recalibrate(Histogram negatives, Histogram positives) {
  constexpr int kMostSteps = 100;
  constexpr double kMostSlope = 1000;  // beyond it the classes are told apart, and the likelihood has no maximum
  double total = 0;
  for (size_t i = 0; i < negatives.size(); ++i) total += negatives[i] + positives[i];
  if (total <= 0) return std::nullopt;
  Recalibration at = {0, 1};
  Fit fit = FitAt(at, negatives, positives, total);
  for (int step = 0; step < kMostSteps; ++step) {
    const auto& [i00, i01, i11] = fit.information;
    const double determinant = i00 * i11 - i01 * i01;
    if (!(determinant > 1e-12 * i00 * i11)) return std::nullopt;
    const double move0 = (i11 * fit.score[0] - i01 * fit.score[1]) / determinant;
    const double move1 = (i00 * fit.score[1] - i01 * fit.score[0]) / determinant;
    if (std::abs(move0) < 1e-10 && std::abs(move1) < 1e-10) return at;
    // The likelihood is concave: along the step it rises at first, so some halving of it gains.
    double length = 1;
    Recalibration next;
    Fit there;
    do {
      next = {at.intercept + length * move0, at.slope + length * move1};
      there = FitAt(next, negatives, positives, total);
      length /= 2;
    } while (!(there.log_likelihood >= fit.log_likelihood) && length > 1e-9);
    if (!(there.log_likelihood >= fit.log_likelihood)) return at;  // rounding alone is left
    at = next;
    fit = there;
    if (std::abs(at.slope) > kMostSlope || std::abs(at.intercept) > kMostSlope) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace accord
