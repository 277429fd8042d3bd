#include "tests/aggregation/secure/graph/ring_game.h"

#include <bit>

namespace accord::secure {

std::vector<Places> AllSets(uint32_t population, uint32_t size) {
  std::vector<Places> sets;
  for (Places set = 0; set < Places{1} << population; ++set) {
    if (std::popcount(set) == static_cast<int>(size)) sets.push_back(set);
  }
  return sets;
}

RingGame::RingGame(const GraphCase& graph_case) : case_(graph_case), neighbours_(graph_case.num_sites) {
  const uint32_t n = case_.num_sites;
  for (uint32_t place = 0; place < n; ++place) {
    for (uint32_t step = 1; step <= case_.degree / 2; ++step) {
      neighbours_[place] |= Places{1} << (place + step) % n | Places{1} << (place + n - step) % n;
    }
  }
}

Places RingGame::ComponentOf(int start, Places within) const {
  Places component = Places{1} << start, before = 0;
  while (component != before) {
    before = component;
    for (Places rest = before; rest != 0; rest &= rest - 1) component |= neighbours_[std::countr_zero(rest)] & within;
  }
  return component;
}

// Each member's seed comes from itself or from shares, and both ask for k neighbours that are in the part or collude.
bool RingGame::EverySeedOpens(Places part, Places corrupt) const {
  for (Places rest = part; rest != 0; rest &= rest - 1) {
    const Places helpers = neighbours_[std::countr_zero(rest)] & (part | corrupt);
    if (std::popcount(helpers) < static_cast<int>(case_.share_threshold)) return false;
  }
  return true;
}

bool RingGame::Cuts(Places corrupt, Places missing) const {
  const Places all = (Places{1} << case_.num_sites) - 1;
  const Places honest = all & ~corrupt & ~missing;
  for (Places rest = honest; rest != 0;) {
    const Places part = ComponentOf(std::countr_zero(rest), honest);
    if (part != honest && EverySeedOpens(part, corrupt)) return true;
    rest &= ~part;
  }
  return false;
}

bool RingGame::CanCut(Places corrupt) const {
  const Places honest = ((Places{1} << case_.num_sites) - 1) & ~corrupt;
  Places missing = honest;  // goes through all subsets
  while (true) {
    if (std::popcount(missing) <= static_cast<int>(case_.missing_sites) && Cuts(corrupt, missing)) return true;
    if (missing == 0) return false;
    missing = (missing - 1) & honest;
  }
}

uint64_t RingGame::PlacesBeside(Places marked, uint32_t at_least) const {
  uint64_t count = 0;
  for (uint32_t place = 0; place < case_.num_sites; ++place) {
    const bool enough = std::popcount(neighbours_[place] & marked) >= static_cast<int>(at_least);
    if ((marked >> place & 1) == 0 && enough) ++count;
  }
  return count;
}

Places RingGame::Window(uint32_t first) const {
  Places window = 0;
  for (uint32_t i = 0; i < case_.degree / 2; ++i) window |= Places{1} << (first + i) % case_.num_sites;
  return window;
}

uint64_t RingGame::PairsOfGaps(Places corrupt) const {
  const uint32_t n = case_.num_sites, h = case_.degree / 2;
  uint64_t pairs = 0;
  for (uint32_t one = 0; one < n; ++one) {
    for (uint32_t between = 1; between + 2 * h < n; ++between) {
      const Places first = Window(one), second = Window((one + h + between) % n);
      const uint32_t c1 = std::popcount(first & corrupt), c2 = std::popcount(second & corrupt);
      const bool open = c1 + h >= case_.share_threshold && c2 + h >= case_.share_threshold;
      if (open && case_.degree <= c1 + c2 + case_.missing_sites) ++pairs;
    }
  }
  return pairs / 2;  // each pair was met from either window
}

}  // namespace accord::secure
