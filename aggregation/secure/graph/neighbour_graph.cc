#include "aggregation/secure/graph/neighbour_graph.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "aggregation/secure/messages/limits.h"
#include "base/random_stream.h"

namespace accord::secure {
namespace {

RandomStream StreamOf(const Sha256Digest& seed) {
  const absl::string_view bytes(reinterpret_cast<const char*>(seed.data()), seed.size());
  return RandomStream({.job_seed = 0, .site = "", .round = 0, .use = absl::StrCat("secure-sum-graph", bytes)});
}

std::vector<uint32_t> RandomRing(uint32_t num_sites, const Sha256Digest& seed) {
  std::vector<uint32_t> ring(num_sites);
  std::iota(ring.begin(), ring.end(), 0u);
  RandomStream stream = StreamOf(seed);
  for (uint32_t i = num_sites - 1; i > 0; --i) std::swap(ring[i], ring[stream.NextBelow(uint64_t{i} + 1)]);
  return ring;
}

}  // namespace

absl::StatusOr<NeighbourGraph> NeighbourGraph::Complete(uint32_t num_sites) {
  if (num_sites < 2 || num_sites > kMaxNeighbours + 1) {
    return absl::InvalidArgumentError(absl::StrCat("a complete graph has 2 to ", kMaxNeighbours + 1, " sites, not ",
                                                   num_sites, "; more sites need a sparse graph"));
  }
  std::vector<uint32_t> neighbours;
  neighbours.reserve(size_t{num_sites} * (num_sites - 1));
  for (uint32_t site = 0; site < num_sites; ++site) {
    for (uint32_t other = 0; other < num_sites; ++other) {
      if (other != site) neighbours.push_back(other);
    }
  }
  return NeighbourGraph(num_sites, num_sites - 1, std::move(neighbours));
}

absl::StatusOr<NeighbourGraph> NeighbourGraph::Harary(uint32_t num_sites, uint32_t degree, const Sha256Digest& seed) {
  if (degree < 2 || degree % 2 != 0 || degree >= num_sites || degree > kMaxNeighbours) {
    return absl::InvalidArgumentError(absl::StrCat("the degree of a sparse graph over ", num_sites,
                                                   " sites is even, at least 2, below the number of sites and at most ",
                                                   kMaxNeighbours, "; it is not ", degree));
  }
  if (num_sites > kMaxCohort) {
    return absl::InvalidArgumentError(absl::StrCat(num_sites, " sites are more than ", kMaxCohort));
  }
  const std::vector<uint32_t> ring = RandomRing(num_sites, seed);
  std::vector<uint32_t> neighbours(size_t{num_sites} * degree);
  for (uint32_t place = 0; place < num_sites; ++place) {
    const auto row = neighbours.begin() + static_cast<ptrdiff_t>(size_t{ring[place]} * degree);
    for (uint32_t step = 1; step <= degree / 2; ++step) {
      row[2 * step - 2] = ring[(uint64_t{place} + step) % num_sites];
      row[2 * step - 1] = ring[(uint64_t{place} + num_sites - step) % num_sites];
    }
    std::sort(row, row + degree);
  }
  return NeighbourGraph(num_sites, degree, std::move(neighbours));
}

absl::Span<const uint32_t> NeighbourGraph::Neighbours(uint32_t site) const {
  if (site >= size_) return {};
  return absl::MakeConstSpan(neighbours_).subspan(size_t{site} * degree_, degree_);
}

std::optional<uint8_t> NeighbourGraph::PositionOf(uint32_t site, uint32_t neighbour) const {
  const absl::Span<const uint32_t> row = Neighbours(site);
  const auto found = std::lower_bound(row.begin(), row.end(), neighbour);
  if (found == row.end() || *found != neighbour) return std::nullopt;
  return static_cast<uint8_t>(found - row.begin() + 1);
}

}  // namespace accord::secure
