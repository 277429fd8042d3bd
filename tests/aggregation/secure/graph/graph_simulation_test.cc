// The bounds against drawn graphs, at chances large enough to be seen. Who colludes or goes missing is fixed (the first
// sites of the cohort); only the ring is drawn, from numbered seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/graph/graph_risks.h"
#include "aggregation/secure/graph/neighbour_graph.h"

namespace accord::secure {
namespace {

constexpr int kDraws = 20000;

double ToDouble(const RoundedUp& risk) { return risk.IsZero() ? 0 : std::exp2(risk.Log2()); }

Sha256Digest DrawSeed(int number) { return Sha256(absl::StrCat("graph-simulation-test ", number)); }

// What was seen over many draws: how often something happened, and how many times at once.
struct Tally {
  int draws = 0;
  int draws_with_any = 0;
  double sum = 0;
  double sum_of_squares = 0;

  void Add(int count) {
    ++draws;
    draws_with_any += count > 0 ? 1 : 0;
    sum += count;
    sum_of_squares += double{static_cast<double>(count)} * count;
  }
  double Mean() const { return sum / draws; }
  double StandardError() const { return std::sqrt((sum_of_squares / draws - Mean() * Mean()) / draws); }
  double Frequency() const { return double{static_cast<double>(draws_with_any)} / draws; }
  double FrequencyError() const { return std::sqrt(Frequency() * (1 - Frequency()) / draws); }
};

// A union bound is the expected number of what it adds up, so the mean agrees with it both ways. That anything happens
// at all is less likely, and not by more than `looseness`.
void ExpectAgreement(const Tally& tally, double bound, double looseness) {
  SCOPED_TRACE(absl::StrCat("bound ", bound, ", mean ", tally.Mean(), " +- ", tally.StandardError(), ", frequency ",
                            tally.Frequency(), " in ", tally.draws, " draws"));
  EXPECT_NEAR(tally.Mean(), bound, 5 * tally.StandardError());
  EXPECT_LT(tally.StandardError(), bound / 12);  // else the line above would say little
  EXPECT_LT(tally.Frequency(), bound + 5 * tally.FrequencyError());
  EXPECT_GT(tally.Frequency(), bound / looseness);
}

int CountBelow(absl::Span<const uint32_t> sites, uint32_t limit) {
  return static_cast<int>(std::count_if(sites.begin(), sites.end(), [&](uint32_t site) { return site < limit; }));
}

TEST(GraphSimulation, SeedsAreLearntAsOftenAsComputed) {
  const GraphCase cases[] = {{60, 12, 0, 8, 6}, {40, 10, 0, 8, 6}, {80, 20, 0, 12, 8}};
  for (const GraphCase& c : cases) {
    Tally tally;
    for (int draw = 0; draw < kDraws; ++draw) {
      const NeighbourGraph graph = NeighbourGraph::Harary(c.num_sites, c.degree, DrawSeed(draw)).value();
      int learnt = 0;
      for (uint32_t site = c.corrupt_sites; site < c.num_sites; ++site) {
        if (CountBelow(graph.Neighbours(site), c.corrupt_sites) >= static_cast<int>(c.share_threshold)) ++learnt;
      }
      tally.Add(learnt);
    }
    ExpectAgreement(tally, ToDouble(SeedRisk(c)), 6);
  }
}

TEST(GraphSimulation, NeighboursAreLostAsOftenAsComputed) {
  const GraphCase cases[] = {{60, 0, 6, 12, 8}, {100, 0, 10, 14, 9}, {40, 0, 13, 16, 7}};
  for (const GraphCase& c : cases) {
    Tally tally;
    for (int draw = 0; draw < kDraws; ++draw) {
      const NeighbourGraph graph = NeighbourGraph::Harary(c.num_sites, c.degree, DrawSeed(draw)).value();
      int stranded = 0;
      for (uint32_t site = c.missing_sites; site < c.num_sites; ++site) {
        const int left = static_cast<int>(c.degree) - CountBelow(graph.Neighbours(site), c.missing_sites);
        if (left < static_cast<int>(c.share_threshold)) ++stranded;
      }
      tally.Add(stranded);
    }
    // The bound counts all n sites, here the n - d that are not missing.
    const double bound = ToDouble(LossRisk(c)) * (c.num_sites - c.missing_sites) / c.num_sites;
    ExpectAgreement(tally, bound, 6);
  }
}

// The ring in order, starting anywhere: with degree two the graph is the ring, and the order does not depend on the
// degree.
std::vector<uint32_t> RingOf(uint32_t num_sites, const Sha256Digest& seed) {
  const NeighbourGraph graph = NeighbourGraph::Harary(num_sites, 2, seed).value();
  std::vector<uint32_t> ring = {0, graph.Neighbours(0)[0]};
  while (ring.size() < num_sites) {
    const auto next = graph.Neighbours(ring.back());
    ring.push_back(next[0] == ring[ring.size() - 2] ? next[1] : next[0]);
  }
  return ring;
}

// One draw of the coordinator's game, on a real graph.
class CutAttempt {
 public:
  CutAttempt(const GraphCase& c, const Sha256Digest& seed)
      : case_(c),
        graph_(NeighbourGraph::Harary(c.num_sites, c.degree, seed).value()),
        ring_(RingOf(c.num_sites, seed)) {}

  // Pairs of windows that the bound counts; whether one of them cuts the graph goes to `cuts`.
  int PairsOfGaps(bool& cuts) const {
    const uint32_t n = case_.num_sites, h = case_.degree / 2;
    int pairs = 0;
    for (uint32_t one = 0; one < n; ++one) {
      if (CorruptIn(one) + h < case_.share_threshold) continue;
      for (uint32_t other = one + h + 1; other + h < one + n && other < n; ++other) {
        const uint32_t corrupt = CorruptIn(one) + CorruptIn(other);
        if (CorruptIn(other) + h < case_.share_threshold || corrupt + case_.missing_sites < case_.degree) continue;
        ++pairs;
        cuts = cuts || Cuts(one, other);
      }
    }
    return pairs;
  }

 private:
  uint32_t At(uint32_t place) const { return ring_[place % case_.num_sites]; }
  bool IsCorrupt(uint32_t site) const { return site < case_.corrupt_sites; }

  uint32_t CorruptIn(uint32_t window) const {
    uint32_t corrupt = 0;
    for (uint32_t i = 0; i < case_.degree / 2; ++i) corrupt += IsCorrupt(At(window + i)) ? 1 : 0;
    return corrupt;
  }

  // That the honest sites of both windows being missing opens the sum of a part, by the sites' own rules.
  bool Cuts(uint32_t one, uint32_t other) const {
    std::set<uint32_t> honest;
    for (uint32_t site = case_.corrupt_sites; site < case_.num_sites; ++site) honest.insert(site);
    for (uint32_t i = 0; i < case_.degree / 2; ++i) {
      honest.erase(At(one + i));
      honest.erase(At(other + i));
    }
    for (uint32_t start : honest) {
      const std::set<uint32_t> part = ComponentOf(start, honest);
      if (part.size() < honest.size() && EverySeedOpens(part)) return true;
    }
    return false;
  }

  std::set<uint32_t> ComponentOf(uint32_t start, const std::set<uint32_t>& honest) const {
    std::set<uint32_t> component = {start};
    std::vector<uint32_t> open = {start};
    while (!open.empty()) {
      const uint32_t site = open.back();
      open.pop_back();
      for (uint32_t next : graph_.Neighbours(site)) {
        if (honest.contains(next) && component.insert(next).second) open.push_back(next);
      }
    }
    return component;
  }

  bool EverySeedOpens(const std::set<uint32_t>& part) const {
    return std::all_of(part.begin(), part.end(), [&](uint32_t site) {
      const auto row = graph_.Neighbours(site);
      const auto helps = [&](uint32_t other) { return IsCorrupt(other) || part.contains(other); };
      return std::count_if(row.begin(), row.end(), helps) >= static_cast<std::ptrdiff_t>(case_.share_threshold);
    });
  }

  GraphCase case_;
  NeighbourGraph graph_;
  std::vector<uint32_t> ring_;
};

TEST(GraphSimulation, GraphsAreCutAsOftenAsComputed) {
  const GraphCase cases[] = {{40, 8, 4, 8, 7}, {60, 10, 3, 8, 7}, {100, 20, 10, 16, 13}};
  for (const GraphCase& c : cases) {
    Tally gaps, cut;
    for (int draw = 0; draw < kDraws; ++draw) {
      bool cuts = false;
      gaps.Add(CutAttempt(c, DrawSeed(draw)).PairsOfGaps(cuts));
      cut.Add(cuts ? 1 : 0);
    }
    const double bound = ToDouble(CutRisk(c));
    ExpectAgreement(gaps, bound, 8);
    EXPECT_LT(cut.Frequency(), bound + 5 * cut.FrequencyError());
    EXPECT_GT(cut.Frequency(), bound / 16);
  }
}

}  // namespace
}  // namespace accord::secure
