#include "aggregation/secure/graph/graph_risks.h"

#include <algorithm>

#include "aggregation/secure/graph/hypergeometric.h"

namespace accord::secure {
namespace {

// By how much one number is above another, zero where it is not.
uint32_t Excess(uint32_t one, uint32_t other) { return one > other ? one - other : 0; }

// That two windows that do not overlap can be the gaps of a cut.
RoundedUp ChanceOfTwoGaps(const GraphCase& graph_case) {
  const uint32_t window = graph_case.degree / 2;                                     // h
  const uint32_t fewest_each = Excess(graph_case.share_threshold, window);           // k - h
  const uint32_t fewest_both = Excess(graph_case.degree, graph_case.missing_sites);  // 2h - d
  const Urn first{graph_case.num_sites, graph_case.corrupt_sites, window};
  RoundedUp chance;
  for (uint32_t one = fewest_each; one <= std::min(window, graph_case.corrupt_sites); ++one) {
    const RoundedUp chance_of_one = ChanceOf(first, one);
    if (chance_of_one.IsZero()) continue;
    const Urn second{graph_case.num_sites - window, graph_case.corrupt_sites - one, window};
    const uint32_t other = std::max(fewest_each, Excess(fewest_both, one));
    chance = chance + chance_of_one * ChanceOfAtLeast(second, other);
  }
  return chance;
}

}  // namespace

RoundedUp SeedRisk(const GraphCase& graph_case) {
  const Urn neighbours{graph_case.num_sites - 1, graph_case.corrupt_sites, graph_case.degree};
  const uint32_t honest = graph_case.num_sites - graph_case.corrupt_sites;
  return RoundedUp::Integer(honest) * ChanceOfAtLeast(neighbours, graph_case.share_threshold);
}

RoundedUp CutRisk(const GraphCase& graph_case) {
  const uint64_t pairs_twice = uint64_t{graph_case.num_sites} * (graph_case.num_sites - graph_case.degree - 1);
  if (pairs_twice == 0) return RoundedUp();
  return ChanceOfTwoGaps(graph_case).TimesRatio(pairs_twice, 2);
}

RoundedUp LossRisk(const GraphCase& graph_case) {
  const Urn neighbours{graph_case.num_sites - 1, graph_case.missing_sites, graph_case.degree};
  const uint32_t too_many = graph_case.degree - graph_case.share_threshold + 1;
  return RoundedUp::Integer(graph_case.num_sites) * ChanceOfAtLeast(neighbours, too_many);
}

}  // namespace accord::secure
