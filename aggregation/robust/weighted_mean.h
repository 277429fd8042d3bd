// Means of the sites' changes with other weights than rows.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/robust/site_changes.h"

namespace accord {

// out[k] = sum over the rows of weights[row] * tile[row][k], added in the order of the rows.
void WeightedMean(const ChangeTile& tile, const std::vector<double>& weights, absl::Span<double> out);

// The geometric median as weights of the sites that sum to 1: it lies between their changes, so it is never in memory.
struct GeometricMedianWeights {
  std::vector<double> weights;
  uint32_t iterations = 0;  // that were made
  bool settled = false;     // false: a hostile site's weight may be on its way down still
};

// The smoothed Weiszfeld algorithm (Pillutla et al. 2022, algorithm 2): from the mean weighted by rows on, each
// iteration weighs a site by rows / max(1e-6, distance of its change from the last point). At most `iterations` passes
// over the changes, fewer once no weight changes by more than a ten-thousandth of itself: of the sum of distances, in
// which a hostile site's may hide all others, that cannot be told.
absl::StatusOr<GeometricMedianWeights> FindGeometricMedian(const SiteChanges& changes, uint32_t iterations);

}  // namespace accord
