#include "aggregation/secure/graph/graph_parameters.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/limits.h"

namespace accord::secure {
namespace {

GraphDemand DemandOf(uint32_t num_sites, double corrupt_fraction, double dropout_fraction) {
  return {.num_sites = num_sites,
          .corrupt_sites = SitesInFraction(corrupt_fraction, num_sites).value(),
          .missing_sites = SitesInFraction(dropout_fraction, num_sites).value()};
}

struct Row {
  uint32_t num_sites;
  double corrupt_fraction, dropout_fraction;
  GraphParameters expected;
};

// Expected values from a separate implementation with exact fractions (Python's integers). docs/secure-sum-graph.md
// shows them beside those of a bound that lets sites go missing at random.
constexpr Row kTable[] = {
    {10, .1, .1, {4, 3}},       {20, .05, .05, {4, 3}},    {20, .1, .1, {6, 4}},         {50, .05, .05, {6, 4}},
    {50, .1, .1, {12, 7}},      {50, .33, .05, {20, 18}},  {100, .05, .05, {12, 7}},     {100, .1, .1, {22, 12}},
    {100, .33, .05, {40, 35}},  {100, .05, .33, {40, 14}}, {100, .2, .2, {42, 23}},      {200, .05, .05, {22, 14}},
    {300, .05, .05, {32, 21}},  {500, .05, .05, {48, 35}}, {500, .05, .33, {192, 98}},   {500, .2, .2, {180, 118}},
    {1000, .05, .05, {60, 44}}, {1000, .1, .1, {114, 82}}, {1000, .33, .05, {160, 134}}, {2000, .05, .05, {68, 50}},
    {5000, .05, .05, {72, 53}}, {5000, .1, .1, {138, 99}}, {5000, .33, .05, {210, 176}}, {10000, .05, .05, {76, 56}},
};

class GraphParametersTable : public testing::TestWithParam<Row> {
 protected:
  GraphDemand demand() const {
    return DemandOf(GetParam().num_sites, GetParam().corrupt_fraction, GetParam().dropout_fraction);
  }
};

TEST_P(GraphParametersTable, FindsTheTabledDegreeAndThreshold) {
  const absl::StatusOr<GraphParameters> found = FindGraphParameters(demand());
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->degree, GetParam().expected.degree);
  EXPECT_EQ(found->share_threshold, GetParam().expected.share_threshold);
  EXPECT_TRUE(CheckGraphParameters(demand(), *found).ok());
}

TEST_P(GraphParametersTable, NoneOfTheNextSmallerDegreesPassesWithAnyThreshold) {
  const uint32_t expected = GetParam().expected.degree;
  for (uint32_t degree = expected > 12 ? expected - 10 : 2; degree < expected; degree += 2) {
    for (uint32_t threshold = 2; threshold <= degree; ++threshold) {
      EXPECT_FALSE(CheckGraphParameters(demand(), {degree, threshold}).ok()) << degree << "/" << threshold;
    }
  }
}

TEST_P(GraphParametersTable, AGreaterThresholdWouldFailTooOften) {
  const auto& [degree, threshold] = GetParam().expected;
  const absl::Status status = CheckGraphParameters(demand(), {degree, threshold + 1});
  EXPECT_NE(std::string(status.message()).find("fails too often"), std::string::npos) << status;
}

INSTANTIATE_TEST_SUITE_P(Table, GraphParametersTable, testing::ValuesIn(kTable), [](const auto& info) {
  const Row& row = info.param;
  return absl::StrCat(row.num_sites, "sites", std::lround(100 * row.corrupt_fraction), "colluding",
                      std::lround(100 * row.dropout_fraction), "missing");
});

TEST(GraphParameters, TighterBoundsNeverAskForLess) {
  GraphDemand demand = DemandOf(500, .1, .05);
  uint32_t before = 0;
  for (uint32_t security_bits : {1u, 10u, 20u, 40u, 60u, 80u, 100u, 128u}) {
    demand.security_bits = security_bits;
    const uint32_t degree = FindGraphParameters(demand)->degree;
    EXPECT_GE(degree, before) << security_bits;
    before = degree;
  }
  demand.security_bits = 40;
  before = 0;
  for (uint32_t correctness_bits : {1u, 10u, 20u, 40u, 60u}) {
    demand.correctness_bits = correctness_bits;
    const uint32_t degree = FindGraphParameters(demand)->degree;
    EXPECT_GE(degree, before) << correctness_bits;
    before = degree;
  }
}

TEST(GraphParameters, AMillionRingsWithinTheBoundAskForAsMuchAsOneWithinAMillionthOfIt) {
  for (const auto& [num_sites, corrupt, missing] : {std::tuple(500u, .1, .05), {1000u, .05, .05}, {1000u, .33, .05}}) {
    const GraphDemand all = DemandOf(num_sites, corrupt, missing);
    GraphDemand one = all;
    one.draw_bits = 0;
    const GraphParameters enough = FindGraphParameters(all).value();
    const GraphParameters for_one = FindGraphParameters(one).value();
    EXPECT_LT(for_one.degree, enough.degree);
    EXPECT_EQ(CheckGraphParameters(all, for_one).code(), absl::StatusCode::kInvalidArgument);
    one.security_bits = 60;
    EXPECT_EQ(FindGraphParameters(one).value(), enough);
  }
}

TEST(GraphParameters, WithoutColludersAndAbsencesTheRingItselfWillDo) {
  EXPECT_EQ(FindGraphParameters({.num_sites = 100}).value(), (GraphParameters{2, 2}));
}

// More than 254 sites may be missing: two stretches of them cut any ring that positions in GF(2^8) allow.
TEST(GraphParameters, SaysInWordsWhenNoDegreeWillDo) {
  const absl::Status status = FindGraphParameters(DemandOf(1000, .05, .33)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(
      std::string(status.message()),
      "no sparse graph over 1000 sites withstands 50 colluding and 330 missing ones (at the greatest degree, 254: "
      "degree 254 with share threshold 131 is too weak: 50 colluders among 1000 sites learn a site's seed with "
      "chance zero or, with 330 sites missing as they please, cut the graph with up to one; both together must be "
      "below 2^-60 for a ring). Use the complete graph, which has up to 256 sites, or declare fewer colluding or "
      "missing "
      "sites");
  EXPECT_NE(std::string(FindGraphParameters({1000, 5, 990}).status().message()).find("random absences alone"),
            std::string::npos);
}

TEST(GraphParameters, SenselessDemandsAreRefused) {
  const GraphDemand demands[] = {
      {.num_sites = 0},
      {.num_sites = 2},
      {.num_sites = kMaxCohort + 1},
      {.num_sites = 10, .corrupt_sites = 5, .missing_sites = 5},
      {.num_sites = 10, .corrupt_sites = 10},
      {.num_sites = 10, .corrupt_sites = UINT32_MAX, .missing_sites = 1},
      {.num_sites = 10, .corrupt_sites = 1, .missing_sites = UINT32_MAX},
      {.num_sites = 10, .corrupt_sites = 1, .missing_sites = 1, .security_bits = 0},
      {.num_sites = 10, .corrupt_sites = 1, .missing_sites = 1, .security_bits = 129},
      {.num_sites = 10, .corrupt_sites = 1, .missing_sites = 1, .draw_bits = 65},
      {.num_sites = 10, .corrupt_sites = 1, .missing_sites = 1, .draw_bits = UINT32_MAX},
      {.num_sites = 10, .corrupt_sites = 1, .missing_sites = 1, .correctness_bits = 0},
      {.num_sites = 10, .corrupt_sites = 1, .missing_sites = 1, .correctness_bits = UINT32_MAX},
  };
  for (const GraphDemand& demand : demands) {
    EXPECT_EQ(FindGraphParameters(demand).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(CheckGraphParameters(demand, {4, 3}).code(), absl::StatusCode::kInvalidArgument);
  }
}

// Every demand over few sites, the extremes included, is answered by parameters that pass the check, or refused.
TEST(GraphParameters, WhatIsFoundPassesTheCheckForEveryDemandOverFewSites) {
  int found = 0;
  for (uint32_t n = 3; n <= 16; ++n) {
    for (uint32_t corrupt = 0; corrupt < n; ++corrupt) {
      for (uint32_t missing = 0; corrupt + missing < n; ++missing) {
        const GraphDemand demand{.num_sites = n, .corrupt_sites = corrupt, .missing_sites = missing};
        const absl::StatusOr<GraphParameters> parameters = FindGraphParameters(demand);
        if (!parameters.ok()) continue;
        ++found;
        EXPECT_TRUE(CheckGraphParameters(demand, *parameters).ok());
        EXPECT_LT(parameters->degree, n);
      }
    }
  }
  EXPECT_GT(found, 100);
}

TEST(GraphParameters, AProposalThatIsEasyToCutIsRefusedWithFigures) {
  const GraphDemand demand = DemandOf(1000, .05, .05);
  const absl::Status status = CheckGraphParameters(demand, {8, 6});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(status.message()).find("degree 8 with share threshold 6 is too weak: 50 colluders among 1000"),
            std::string::npos)
      << status;
  EXPECT_TRUE(CheckGraphParameters(demand, {66, 48}).ok());  // more than the least
}

// Nobody missing: the ring is hardly ever cut, but half of a site's neighbours collude now and then.
TEST(GraphParameters, AThresholdThatColludersReachIsRefusedThoughTheGraphHolds) {
  const GraphDemand demand = DemandOf(1000, .33, 0);
  const absl::Status status = CheckGraphParameters(demand, {60, 30});
  EXPECT_NE(std::string(status.message()).find("learn a site's seed with chance up to one"), std::string::npos)
      << status;
  EXPECT_TRUE(CheckGraphParameters(demand, {60, 60}).ok());
}

TEST(GraphParameters, AShapeThatNoGraphHasIsRefused) {
  const GraphDemand demand = DemandOf(300, .05, .05);
  const GraphParameters shapes[] = {{0, 0},   {31, 20}, {300, 20},           {256, 20},       {30, 1},
                                    {30, 31}, {2, 3},   {UINT32_MAX - 1, 2}, {30, UINT32_MAX}};
  for (const GraphParameters& shape : shapes) {
    EXPECT_EQ(CheckGraphParameters(demand, shape).code(), absl::StatusCode::kInvalidArgument) << shape.degree;
  }
}

TEST(GraphParameters, FractionsAreReadAsTheyAreWritten) {
  EXPECT_EQ(SitesInFraction(.05, 1000).value(), 50u);
  EXPECT_EQ(SitesInFraction(.29, 100).value(), 29u);  // .29 * 100 is 28.999... in binary
  EXPECT_EQ(SitesInFraction(.07, 100).value(), 7u);   // and .07 * 100 is 7.000...01
  EXPECT_EQ(SitesInFraction(.33, 10).value(), 3u);
  EXPECT_EQ(SitesInFraction(0, 10).value(), 0u);
  EXPECT_EQ(SitesInFraction(.999, 16384).value(), 16367u);
  for (double fraction : {-.01, 1.0, 2.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(SitesInFraction(fraction, 10).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace accord::secure
