#include "aggregation/robust/weighted_mean.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "aggregation/robust/distances.h"
#include "base/hot_loop.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr double kSmoothing = 1e-6;      // nu, far below the distances of real changes
constexpr double kSettledWeight = 1e-4;  // a share of itself by which a weight still changes

ACCORD_HOT_LOOP void AddScaled(const double* __restrict row, double weight, size_t size, double* __restrict out) {
  for (size_t i = 0; i < size; ++i) out[i] += weight * row[i];
}

void Normalise(std::vector<double>& weights) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= total;
}

// The distance of each site's change from their mean by these weights.
absl::StatusOr<std::vector<double>> DistancesFromMean(ChangeReader& reader, const std::vector<double>& weights) {
  std::vector<double> squared(weights.size());
  std::vector<double> mean;
  ACCORD_RETURN_IF_ERROR(reader.ForEachTile([&](uint64_t, const ChangeTile& tile) {
    mean.resize(tile.num_columns);
    WeightedMean(tile, weights, absl::MakeSpan(mean));
    for (size_t site = 0; site < squared.size(); ++site) {
      squared[site] += SquaredDistance(tile.row(site), mean.data(), tile.num_columns);
    }
  }));
  for (double& distance : squared) distance = std::sqrt(distance);
  return squared;
}

}  // namespace

void WeightedMean(const ChangeTile& tile, const std::vector<double>& weights, absl::Span<double> out) {
  std::fill(out.begin(), out.end(), 0.0);
  for (size_t row = 0; row < tile.num_rows; ++row) {
    if (weights[row] != 0) AddScaled(tile.row(row), weights[row], out.size(), out.data());
  }
}

absl::StatusOr<GeometricMedianWeights> FindGeometricMedian(const SiteChanges& changes, uint32_t iterations) {
  std::vector<double> shares;  // alpha
  for (const SiteChanges::Site& site : changes.sites()) shares.push_back(static_cast<double>(site.rows));
  Normalise(shares);
  GeometricMedianWeights found = {.weights = shares};
  ChangeReader reader(changes);
  while (!found.settled && found.iterations < iterations) {
    ACCORD_ASSIGN_OR_RETURN(const std::vector<double> distances, DistancesFromMean(reader, found.weights));
    const std::vector<double> before = found.weights;
    for (size_t site = 0; site < shares.size(); ++site) {
      found.weights[site] = shares[site] / std::max(kSmoothing, distances[site]);
    }
    Normalise(found.weights);
    found.settled = std::equal(before.begin(), before.end(), found.weights.begin(),
                               [](double was, double is) { return std::abs(is - was) <= kSettledWeight * was; });
    ++found.iterations;
  }
  return found;
}

}  // namespace accord
