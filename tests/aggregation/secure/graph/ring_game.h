// The coordinator's game against a sparse round, played out on a small ring: what the bounds of graph_risks.h bound.
#pragma once

#include <cstdint>
#include <vector>

#include "aggregation/secure/graph/graph_risks.h"

namespace accord::secure {

// Sets of places on a ring of up to 31, as bits.
using Places = uint32_t;

// Plays by the rules of the secure sum and not by the bound's reasoning: it knows nothing of gaps and windows.
class RingGame {
 public:
  explicit RingGame(const GraphCase& graph_case);

  // That with these colluders some choice of at most d missing sites opens the sum of a part of the honest survivors.
  bool CanCut(Places corrupt) const;

  // The same for one choice of who is missing.
  bool Cuts(Places corrupt, Places missing) const;

  // Of all places but the marked ones, how many have at least so many marked neighbours.
  uint64_t PlacesBeside(Places marked, uint32_t at_least) const;

  // Pairs of windows as in CutRisk: h places each, at least one site between them on either side.
  uint64_t PairsOfGaps(Places corrupt) const;

 private:
  // The sites of `within` that can be reached from `start` over sites of `within`.
  Places ComponentOf(int start, Places within) const;
  bool EverySeedOpens(Places part, Places corrupt) const;
  Places Window(uint32_t first) const;

  GraphCase case_;
  std::vector<Places> neighbours_;  // of each place
};

// All sets of `size` of the first `population` places.
std::vector<Places> AllSets(uint32_t population, uint32_t size);

}  // namespace accord::secure
