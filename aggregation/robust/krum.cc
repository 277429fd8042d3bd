#include "aggregation/robust/krum.h"

#include <algorithm>
#include <numeric>

namespace accord {
namespace {

std::vector<size_t> AllSites(const DistanceMatrix& distances) {
  std::vector<size_t> sites(distances.num_sites());
  std::iota(sites.begin(), sites.end(), size_t{0});
  return sites;
}

}  // namespace

std::vector<double> KrumScores(const DistanceMatrix& distances, const std::vector<size_t>& among, size_t neighbours) {
  std::vector<double> scores;
  std::vector<double> others;
  for (const size_t site : among) {
    others.clear();
    for (const size_t other : among) {
      if (other != site) others.push_back(distances(site, other));
    }
    const auto end = others.begin() + static_cast<std::ptrdiff_t>(std::min(neighbours, others.size()));
    std::partial_sort(others.begin(), end, others.end());
    scores.push_back(std::accumulate(others.begin(), end, 0.0));
  }
  return scores;
}

std::vector<size_t> KrumChoice(const DistanceMatrix& distances, size_t hostile_sites, size_t count) {
  std::vector<size_t> order = AllSites(distances);
  const std::vector<double> scores = KrumScores(distances, order, order.size() - hostile_sites - 2);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] < scores[b]; });
  order.resize(count);
  return order;
}

std::vector<size_t> BulyanChoice(const DistanceMatrix& distances, size_t hostile_sites) {
  std::vector<size_t> left = AllSites(distances);
  std::vector<size_t> chosen;
  const size_t wanted = left.size() - 2 * hostile_sites;
  while (chosen.size() < wanted) {
    const size_t neighbours = left.size() > hostile_sites + 3 ? left.size() - hostile_sites - 2 : 1;
    const std::vector<double> scores = KrumScores(distances, left, neighbours);
    const auto best = std::min_element(scores.begin(), scores.end()) - scores.begin();
    chosen.push_back(left[static_cast<size_t>(best)]);
    left.erase(left.begin() + best);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace accord
