// Metrics of what a model says from histograms of it, in the definitions of the field. Bins are those of score_bins.h,
// lowest first; a bin's rows count as at its centre.
#pragma once

#include <cstddef>
#include <optional>

#include "absl/types/span.h"

namespace accord {

// Rows of one kind in each bin.
using Histogram = absl::Span<const double>;

// Area under the precision-recall curve as a sum of steps, from the highest score down: the sum over thresholds of
// (recall - recall before) * precision, rows of one bin being one threshold. (scikit-learn's average_precision_score;
// Boyd, Eng and Page 2013 on why not by trapezoids.) Nothing without a positive. The histograms have the same size.
std::optional<double> AveragePrecision(Histogram negatives, Histogram positives);

// Expected calibration error (Naeini, Cooper and Hauskrecht 2015): the mean, over rows, of |mean probability - share
// that came true| of the row's bin, over `bins` equal bins, whose edges go to the nearest edge of the histograms. With
// more than two classes the probability is the one of the class that the model takes, and what comes true is that it is
// right (Guo et al. 2017). Nothing without rows.
// `said`: the probability that the rows of a bin of the histograms count as having.
std::optional<double> ExpectedCalibrationError(Histogram not_so, Histogram so, double (*said)(size_t bin, size_t bins),
                                               size_t bins);

// Cox's recalibration, from histograms of log-odds: intercept and slope of a logistic regression of what came true on
// the log-odds that were said. A slope below 1 says that probabilities are too extreme. Nothing where the likelihood
// has no maximum (all rows in one bin, classes told apart without error).
struct Recalibration {
  double intercept = 0;
  double slope = 0;
};
std::optional<Recalibration> Recalibrate(Histogram negatives, Histogram positives);

}  // namespace accord
