#include "aggregation/robust/distances.h"

#include <cmath>

#include "base/hot_loop.h"
#include "base/status.h"

namespace accord {
namespace {

// Partial sums side by side, as many whatever the processor's vectors hold.
constexpr size_t kLanes = 16;

double Total(const double* lanes) {
  double total = 0;
  for (size_t lane = 0; lane < kLanes; ++lane) total += lanes[lane];
  return total;
}

}  // namespace

ACCORD_HOT_LOOP double SquaredDistance(const double* a, const double* b, size_t size) {
  double lanes[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const double difference = a[i + lane] - b[i + lane];
      lanes[lane] += difference * difference;
    }
  }
  for (size_t lane = 0; i < size; ++i, ++lane) lanes[lane] += (a[i] - b[i]) * (a[i] - b[i]);
  return Total(lanes);
}

ACCORD_HOT_LOOP double SquaredNorm(const double* a, size_t size) {
  double lanes[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += a[i + lane] * a[i + lane];
  }
  for (size_t lane = 0; i < size; ++i, ++lane) lanes[lane] += a[i] * a[i];
  return Total(lanes);
}

absl::StatusOr<DistanceMatrix> DistancesOf(const SiteChanges& changes) {
  const size_t num_sites = changes.sites().size();
  DistanceMatrix distances(num_sites);
  ChangeReader reader(changes);
  ACCORD_RETURN_IF_ERROR(reader.ForEachTile([&](uint64_t, const ChangeTile& tile) {
    for (size_t a = 0; a < num_sites; ++a) {
      for (size_t b = a + 1; b < num_sites; ++b) {
        distances.Add(a, b, SquaredDistance(tile.row(a), tile.row(b), tile.num_columns));
      }
    }
  }));
  return distances;
}

absl::StatusOr<std::vector<double>> NormsOf(const SiteChanges& changes) {
  std::vector<double> norms(changes.sites().size());
  ChangeReader reader(changes);
  ACCORD_RETURN_IF_ERROR(reader.ForEachTile([&](uint64_t, const ChangeTile& tile) {
    for (size_t site = 0; site < norms.size(); ++site) norms[site] += SquaredNorm(tile.row(site), tile.num_columns);
  }));
  for (double& norm : norms) norm = std::sqrt(norm);
  return norms;
}

}  // namespace accord
