// How many marked sites there are among some that were drawn at random without replacement: upper bounds on the
// chances.
//
// Every result is at least the exact value and above it by less than one part in 2^50.
// Pure functions, thread-safe. Time: O(drawn).
#pragma once

#include <cstdint>

#include "aggregation/secure/graph/rounded_up.h"

namespace accord::secure {

// `marked` and `drawn` at most `population`; `population` below 2^31.
struct Urn {
  uint32_t population = 0;
  uint32_t marked = 0;
  uint32_t drawn = 0;
};

// That exactly `hits` of the drawn are marked:
//   binomial(marked, hits) * binomial(population - marked, drawn - hits) / binomial(population, drawn).
RoundedUp ChanceOf(const Urn& urn, uint32_t hits);

// That at least `hits` are. Exactly one where that is certain, zero where it is impossible.
RoundedUp ChanceOfAtLeast(const Urn& urn, uint32_t hits);

}  // namespace accord::secure
