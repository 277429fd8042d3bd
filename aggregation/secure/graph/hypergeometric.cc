#include "aggregation/secure/graph/hypergeometric.h"

#include <algorithm>

namespace accord::secure {
namespace {

// The fewest hits that there can be: what the unmarked cannot fill.
uint32_t FewestHits(const Urn& urn) {
  const uint32_t unmarked = urn.population - urn.marked;
  return urn.drawn > unmarked ? urn.drawn - unmarked : 0;
}

uint32_t MostHits(const Urn& urn) { return std::min(urn.drawn, urn.marked); }

}  // namespace

// The drawn sites in order, the marked ones first, times the number of such orders.
RoundedUp ChanceOf(const Urn& urn, uint32_t hits) {
  if (hits < FewestHits(urn) || hits > MostHits(urn)) return RoundedUp();
  RoundedUp chance = RoundedUp::Integer(1);
  for (uint32_t i = 0; i < hits; ++i) {
    chance = chance.TimesRatio(urn.marked - i, urn.population - i).TimesRatio(urn.drawn - i, i + 1);
  }
  const uint32_t unmarked = urn.population - urn.marked;
  for (uint32_t i = 0; i < urn.drawn - hits; ++i) chance = chance.TimesRatio(unmarked - i, urn.population - hits - i);
  return chance;
}

RoundedUp ChanceOfAtLeast(const Urn& urn, uint32_t hits) {
  if (hits <= FewestHits(urn)) return RoundedUp::Integer(1);
  const uint64_t unmarked = urn.population - urn.marked;
  RoundedUp sum;
  RoundedUp term = ChanceOf(urn, hits);
  for (uint64_t i = hits; i <= MostHits(urn); ++i) {
    sum = sum + term;
    // The ratio of the next chance to this one.
    term = term.TimesRatio((urn.marked - i) * (urn.drawn - i), (i + 1) * (unmarked + i + 1 - urn.drawn));
  }
  return std::min(sum, RoundedUp::Integer(1));
}

}  // namespace accord::secure
