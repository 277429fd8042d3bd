// Euclidean distances between the sites' changes.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "aggregation/robust/site_changes.h"

namespace accord {

// sum (a[i] - b[i])^2, and sum a[i]^2: always added in the same order, so that every processor gets the same bits.
double SquaredDistance(const double* a, const double* b, size_t size);
double SquaredNorm(const double* a, size_t size);

// Symmetric, with zeros on the diagonal.
class DistanceMatrix {
 public:
  explicit DistanceMatrix(size_t num_sites) : num_sites_(num_sites), squared_(num_sites * num_sites) {}

  size_t num_sites() const { return num_sites_; }
  // The squared distance of two sites' changes.
  double operator()(size_t a, size_t b) const { return squared_[a * num_sites_ + b]; }
  void Add(size_t a, size_t b, double squared) {
    squared_[a * num_sites_ + b] += squared;
    squared_[b * num_sites_ + a] = squared_[a * num_sites_ + b];
  }

 private:
  size_t num_sites_;
  std::vector<double> squared_;
};

// One pass over the changes; n^2 / 2 differences for each parameter. Differences are squared as they are: through
// scalar products the distances of honest sites would drown in the squares of a hostile one's numbers.
absl::StatusOr<DistanceMatrix> DistancesOf(const SiteChanges& changes);

// The norm of each site's change, in one pass.
absl::StatusOr<std::vector<double>> NormsOf(const SiteChanges& changes);

}  // namespace accord
