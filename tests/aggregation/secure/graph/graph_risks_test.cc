#include "aggregation/secure/graph/graph_risks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/aggregation/secure/graph/ring_game.h"

namespace accord::secure {
namespace {

double Value(const RoundedUp& risk) { return risk.IsZero() ? 0 : std::exp2(risk.Log2()); }

std::string Named(const GraphCase& c) {
  return absl::StrCat("n ", c.num_sites, " C ", c.corrupt_sites, " d ", c.missing_sites, " degree ", c.degree, " k ",
                      c.share_threshold);
}

// Over all places of the colluders, each with every choice of who is missing.
double ChanceToCut(const GraphCase& c) {
  const RingGame game(c);
  const std::vector<Places> colluders = AllSets(c.num_sites, c.corrupt_sites);
  const auto cut =
      std::count_if(colluders.begin(), colluders.end(), [&](Places corrupt) { return game.CanCut(corrupt); });
  return static_cast<double>(cut) / static_cast<double>(colluders.size());
}

// Every case of 5, 8 and 10 sites that leaves somebody honest.
std::vector<GraphCase> SmallCases() {
  std::vector<GraphCase> cases;
  for (uint32_t n : {5u, 8u, 10u}) {
    for (uint32_t corrupt = 0; corrupt <= 4; ++corrupt) {
      for (uint32_t missing = 0; missing <= 3 && corrupt + missing < n; ++missing) {
        for (uint32_t degree = 2; degree < n; degree += 2) {
          for (uint32_t k = 1; k <= degree; ++k) cases.push_back({n, corrupt, missing, degree, k});
        }
      }
    }
  }
  return cases;
}

// Over all places of the marked sites: how many others have at least so many marked neighbours, on the average.
double MeanBeside(const GraphCase& c, uint32_t marked, uint32_t at_least) {
  const RingGame game(c);
  const std::vector<Places> places = AllSets(c.num_sites, marked);
  uint64_t sum = 0;
  for (Places set : places) sum += game.PlacesBeside(set, at_least);
  return static_cast<double>(sum) / static_cast<double>(places.size());
}

TEST(SeedRisk, IsTheExactNumberOfHonestSitesWithKCorruptNeighbours) {
  for (const GraphCase& c : SmallCases()) {
    const double exact = MeanBeside(c, c.corrupt_sites, c.share_threshold);
    EXPECT_NEAR(Value(SeedRisk(c)), exact, exact * 1e-12) << Named(c);
  }
}

TEST(LossRisk, IsTheExactNumberOfSitesWithFewerThanKNeighboursLeftAsIfAllWerePresent) {
  for (const GraphCase& c : SmallCases()) {
    const double survivors = c.num_sites - c.missing_sites;
    const double exact = MeanBeside(c, c.missing_sites, c.degree - c.share_threshold + 1) * c.num_sites / survivors;
    EXPECT_NEAR(Value(LossRisk(c)), exact, exact * 1e-12) << Named(c);
  }
}

TEST(CutRisk, IsTheExactNumberOfPairsOfGapsOverAllPlacesOfTheColluders) {
  for (const GraphCase& c : SmallCases()) {
    const RingGame game(c);
    const std::vector<Places> colluders = AllSets(c.num_sites, c.corrupt_sites);
    uint64_t pairs = 0;
    for (Places corrupt : colluders) pairs += game.PairsOfGaps(corrupt);
    const double exact = static_cast<double>(pairs) / static_cast<double>(colluders.size());
    EXPECT_NEAR(Value(CutRisk(c)), exact, exact * 1e-12) << Named(c);
  }
}

TEST(CutRisk, IsNeverBelowTheChanceThatTheCoordinatorWinsTheGame) {
  int possible = 0, impossible = 0;
  for (const GraphCase& c : SmallCases()) {
    const double chance = ChanceToCut(c);
    EXPECT_GE(Value(CutRisk(c)) * (1 + 1e-12), chance) << Named(c);
    ++(chance > 0 ? possible : impossible);
  }
  EXPECT_GT(possible, 100);
  EXPECT_GT(impossible, 100);
}

// Where cuts are rare, the bound is not much above the truth: within a factor of four, found by trying everything.
TEST(CutRisk, IsNotMuchAboveThatChanceWhereCutsAreRare) {
  const GraphCase rare[] = {{10, 2, 1, 2, 2}, {11, 4, 3, 6, 5}, {14, 4, 2, 6, 5}, {14, 4, 2, 4, 4},
                            {14, 5, 1, 6, 5}, {16, 4, 3, 4, 4}, {16, 5, 1, 6, 4}};
  for (const GraphCase& c : rare) {
    const double chance = ChanceToCut(c);
    EXPECT_GT(chance, 0) << Named(c);
    EXPECT_LE(Value(CutRisk(c)), 4 * chance) << Named(c);
  }
}

}  // namespace
}  // namespace accord::secure
