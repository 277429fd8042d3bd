#include "aggregation/secure/graph/neighbour_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/limits.h"

namespace accord::secure {
namespace {

Sha256Digest SeedOf(uint64_t number) { return Sha256(absl::StrCat("neighbour-graph-test ", number)); }

std::vector<uint32_t> Row(const NeighbourGraph& graph, uint32_t site) {
  const auto row = graph.Neighbours(site);
  return {row.begin(), row.end()};
}

// Sites that can be reached from site 0.
size_t Reached(const NeighbourGraph& graph) {
  std::set<uint32_t> reached = {0};
  std::vector<uint32_t> open = {0};
  while (!open.empty()) {
    const uint32_t site = open.back();
    open.pop_back();
    for (uint32_t neighbour : graph.Neighbours(site)) {
      if (reached.insert(neighbour).second) open.push_back(neighbour);
    }
  }
  return reached.size();
}

void ExpectSound(const NeighbourGraph& graph, uint32_t size, uint32_t degree) {
  ASSERT_EQ(graph.size(), size);
  ASSERT_EQ(graph.degree(), degree);
  for (uint32_t site = 0; site < size; ++site) {
    const std::vector<uint32_t> row = Row(graph, site);
    ASSERT_EQ(row.size(), degree);
    ASSERT_TRUE(std::is_sorted(row.begin(), row.end()));
    ASSERT_EQ(std::set<uint32_t>(row.begin(), row.end()).size(), degree);
    for (uint32_t neighbour : row) {
      ASSERT_LT(neighbour, size);
      ASSERT_NE(neighbour, site);
      ASSERT_TRUE(graph.AreNeighbours(neighbour, site));
    }
  }
  EXPECT_EQ(Reached(graph), size);
}

TEST(NeighbourGraph, ARingGraphIsRegularSymmetricAndConnected) {
  const std::pair<uint32_t, uint32_t> shapes[] = {{3, 2}, {5, 4}, {6, 4}, {17, 6}, {100, 16}, {257, 254}, {1000, 54}};
  for (const auto& [size, degree] : shapes) {
    SCOPED_TRACE(absl::StrCat("size ", size, ", degree ", degree));
    ExpectSound(NeighbourGraph::Harary(size, degree, SeedOf(size)).value(), size, degree);
  }
}

TEST(NeighbourGraph, ACompleteGraphJoinsEverybody) {
  for (uint32_t size : {2u, 3u, 4u, 100u, 256u}) {
    SCOPED_TRACE(size);
    const NeighbourGraph graph = NeighbourGraph::Complete(size).value();
    ExpectSound(graph, size, size - 1);
    EXPECT_TRUE(graph.IsComplete());
  }
}

TEST(NeighbourGraph, ARingGraphOfFullDegreeIsTheCompleteGraph) {
  const NeighbourGraph ring = NeighbourGraph::Harary(7, 6, SeedOf(1)).value();
  const NeighbourGraph complete = NeighbourGraph::Complete(7).value();
  EXPECT_TRUE(ring.IsComplete());
  for (uint32_t site = 0; site < 7; ++site) EXPECT_EQ(Row(ring, site), Row(complete, site));
  EXPECT_FALSE(NeighbourGraph::Harary(8, 6, SeedOf(1)).value().IsComplete());
}

// Expected values from a separate implementation of the header's words (Python, hashlib and AES of another library).
TEST(NeighbourGraph, TheRingIsTheOneThatTheHeaderDescribesToTheByte) {
  Sha256Digest seed;
  for (size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<uint8_t>(i);
  const NeighbourGraph graph = NeighbourGraph::Harary(12, 4, seed).value();
  const std::vector<std::vector<uint32_t>> expected = {{1, 3, 9, 10},  {0, 8, 10, 11}, {3, 4, 6, 9}, {0, 2, 6, 9},
                                                       {2, 5, 6, 7},   {4, 6, 7, 11},  {2, 3, 4, 5}, {4, 5, 8, 11},
                                                       {1, 7, 10, 11}, {0, 2, 3, 10},  {0, 1, 8, 9}, {1, 5, 7, 8}};
  for (uint32_t site = 0; site < 12; ++site) EXPECT_EQ(Row(graph, site), expected[site]) << site;

  const NeighbourGraph large = NeighbourGraph::Harary(1000, 54, Sha256("harary")).value();
  Sha256Hasher rows;
  for (uint32_t site = 0; site < 1000; ++site) rows.Update(large.Neighbours(site).data(), 54 * sizeof(uint32_t));
  EXPECT_EQ(HexDigest(rows.Finish()), "b9df51555f5fde8188a7c7680b00e13445af2e9dc7c22dbe1f13221439738438");
}

TEST(NeighbourGraph, PositionsCountTheNeighboursFromOne) {
  const NeighbourGraph graph = NeighbourGraph::Harary(300, 254, SeedOf(2)).value();
  for (uint32_t site = 0; site < 300; ++site) {
    uint32_t next = 1;
    for (uint32_t other = 0; other < 300; ++other) {
      const std::optional<uint8_t> position = graph.PositionOf(site, other);
      ASSERT_EQ(position.has_value(), graph.AreNeighbours(site, other));
      if (position.has_value()) {
        ASSERT_EQ(*position, next++);
      }
    }
    ASSERT_EQ(next, 255u);
  }
  EXPECT_EQ(NeighbourGraph::Complete(256)->PositionOf(0, 255), 255);
}

TEST(NeighbourGraph, WhoIsNotInTheGraphHasNoNeighbours) {
  const NeighbourGraph graph = NeighbourGraph::Harary(9, 4, SeedOf(3)).value();
  EXPECT_TRUE(graph.Neighbours(9).empty());
  EXPECT_TRUE(graph.Neighbours(UINT32_MAX).empty());
  EXPECT_EQ(graph.PositionOf(9, 0), std::nullopt);
  EXPECT_EQ(graph.PositionOf(0, 9), std::nullopt);
  EXPECT_EQ(graph.PositionOf(0, UINT32_MAX), std::nullopt);
  EXPECT_FALSE(graph.AreNeighbours(4, 4));
}

TEST(NeighbourGraph, ShapesThatCannotBeAreRefused) {
  const std::pair<uint32_t, uint32_t> shapes[] = {{10, 0},
                                                  {10, 1},
                                                  {10, 3},
                                                  {10, 10},
                                                  {2, 2},
                                                  {0, 2},
                                                  {10, 12},
                                                  {1000, 255},
                                                  {1000, 256},
                                                  {1000, 1000},
                                                  {kMaxCohort + 1, 2},
                                                  {10, UINT32_MAX - 1}};
  for (const auto& [size, degree] : shapes) {
    EXPECT_EQ(NeighbourGraph::Harary(size, degree, SeedOf(4)).status().code(), absl::StatusCode::kInvalidArgument)
        << size << " sites, degree " << degree;
  }
  for (uint32_t size : {0u, 1u, 257u, 1000u, UINT32_MAX}) {
    EXPECT_EQ(NeighbourGraph::Complete(size).status().code(), absl::StatusCode::kInvalidArgument) << size;
  }
  EXPECT_TRUE(NeighbourGraph::Harary(kMaxCohort, 254, SeedOf(4)).ok());
}

TEST(NeighbourGraph, AnotherSeedIsAnotherGraphAndTheSameSeedTheSame) {
  const NeighbourGraph one = NeighbourGraph::Harary(50, 6, SeedOf(5)).value();
  const NeighbourGraph same = NeighbourGraph::Harary(50, 6, SeedOf(5)).value();
  Sha256Digest last_byte_differs = SeedOf(5);
  last_byte_differs.back() ^= 1;
  const NeighbourGraph other = NeighbourGraph::Harary(50, 6, last_byte_differs).value();
  size_t equal_rows = 0;
  for (uint32_t site = 0; site < 50; ++site) {
    EXPECT_EQ(Row(one, site), Row(same, site));
    if (Row(one, site) == Row(other, site)) ++equal_rows;
  }
  EXPECT_LT(equal_rows, 5u);
}

// Degree 2 shows the ring itself: over six sites there are 5!/2 = 60 different rings, each as likely as the others.
TEST(NeighbourGraph, EveryRingIsEquallyLikely) {
  constexpr int kSeeds = 30000;
  std::map<std::string, int> count;
  for (int i = 0; i < kSeeds; ++i) {
    const NeighbourGraph graph = NeighbourGraph::Harary(6, 2, SeedOf(1000 + i)).value();
    std::string ring;
    for (uint32_t site = 0; site < 6; ++site)
      absl::StrAppend(&ring, graph.Neighbours(site)[0], graph.Neighbours(site)[1], " ");
    ++count[ring];
  }
  ASSERT_EQ(count.size(), 60u);
  double chi_square = 0;
  for (const auto& [ring, seen] : count)
    chi_square += (seen - kSeeds / 60.0) * (seen - kSeeds / 60.0) / (kSeeds / 60.0);
  // 59 degrees of freedom: above 115 in one of 100,000 draws, below 25 likewise.
  EXPECT_LT(chi_square, 115);
  EXPECT_GT(chi_square, 25);
}

// Nor does a site's place depend on its number: over many seeds all pairs of a larger ring meet equally often.
TEST(NeighbourGraph, EveryPairMeetsEquallyOften) {
  constexpr uint32_t kSites = 30, kDegree = 6, kSeeds = 4000;
  std::vector<int> meetings(kSites * kSites);
  for (uint32_t i = 0; i < kSeeds; ++i) {
    const NeighbourGraph graph = NeighbourGraph::Harary(kSites, kDegree, SeedOf(100000 + i)).value();
    for (uint32_t site = 0; site < kSites; ++site) {
      for (uint32_t neighbour : graph.Neighbours(site)) ++meetings[site * kSites + neighbour];
    }
  }
  const double expected = kSeeds * double{kDegree} / (kSites - 1);              // 828
  const double five_sigma = 5 * std::sqrt(expected * (1 - expected / kSeeds));  // over 435 pairs
  for (uint32_t one = 0; one < kSites; ++one) {
    for (uint32_t other = 0; other < one; ++other) {
      EXPECT_NEAR(meetings[one * kSites + other], expected, five_sigma) << one << ", " << other;
    }
  }
}

}  // namespace
}  // namespace accord::secure
