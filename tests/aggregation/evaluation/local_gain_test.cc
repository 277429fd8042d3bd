// What a report shows of how sites gain: every small table, and what readers, sites among them, could work out from it.
#include "aggregation/evaluation/local_gain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/evaluation/best_round.h"
#include "aggregation/evaluation/site_figure.h"
#include "aggregation/metrics.h"
#include "tests/aggregation/example_jobs.h"

namespace accord::local_gain_test {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

using Table = std::vector<uint64_t>;

// All ways to put so many sites into so many bins.
std::vector<Table> AllTables(size_t bins, uint64_t sites) {
  std::vector<Table> tables;
  Table table(bins);
  const std::function<void(size_t, uint64_t)> fill = [&](size_t bin, uint64_t left) {
    if (bin + 1 == bins) {
      table[bin] = left;
      tables.push_back(table);
      return;
    }
    for (uint64_t count = 0; count <= left; ++count) {
      table[bin] = count;
      fill(bin + 1, left - count);
    }
  };
  fill(0, sites);
  return tables;
}

std::string Published(const std::vector<JoinedBins>& joined) {
  return absl::StrJoin(joined, " ", [](std::string* out, const JoinedBins& bins) {
    absl::StrAppend(out, bins.first, "-", bins.end, ":", bins.sites);
  });
}

struct Size {
  size_t bins;
  uint64_t sites;
  uint64_t minimum;
};

class EveryTableOfGains : public ::testing::TestWithParam<Size> {};

TEST_P(EveryTableOfGains, ShowsAllSitesInAtLeastTwoBinsOfTheMinimum) {
  const auto [bins, sites, minimum] = GetParam();
  size_t shown = 0;
  for (const Table& table : AllTables(bins, sites)) {
    const std::vector<JoinedBins> joined = JoinBins(table, minimum);
    SCOPED_TRACE(absl::StrJoin(table, ","));
    if (joined.empty()) continue;
    ++shown;
    ASSERT_GE(joined.size(), 2u);
    size_t next = 0;
    uint64_t total = 0;
    for (const JoinedBins& each : joined) {
      ASSERT_EQ(each.first, next);
      ASSERT_GE(each.sites, minimum);
      ASSERT_EQ(each.sites, std::accumulate(table.begin() + static_cast<ptrdiff_t>(each.first),
                                            table.begin() + static_cast<ptrdiff_t>(each.end), uint64_t{0}));
      next = each.end;
      total += each.sites;
    }
    ASSERT_EQ(next, bins);
    ASSERT_EQ(total, sites);
  }
  EXPECT_EQ(shown > 0, sites >= 2 * minimum) << "something is shown wherever it can be";
}

// Sites know their own gains, and may put them together. Of all tables that would be published alike and that have what
// they know, the rest of the sites must not lie in one and the same bin, nor within one bin of what is shown: else each
// other site's gain would be known.
TEST_P(EveryTableOfGains, NoOtherSitesGainFollowsForFewerSitesThanTheMinimumTogether) {
  const auto [bins, sites, minimum] = GetParam();
  std::map<std::string, std::vector<Table>> alike;
  for (const Table& table : AllTables(bins, sites)) alike[Published(JoinBins(table, minimum))].push_back(table);
  for (uint64_t insiders = 0; insiders < minimum && insiders + 1 < sites; ++insiders) {
    for (const Table& known : AllTables(bins, insiders)) {
      for (const auto& [published, tables] : alike) {
        std::vector<bool> may_hold_all_others(bins, true);
        size_t possible = 0;
        for (const Table& table : tables) {
          bool fits = true;
          for (size_t bin = 0; bin < bins; ++bin) fits = fits && table[bin] >= known[bin];
          if (!fits) continue;
          ++possible;
          for (size_t bin = 0; bin < bins; ++bin) {
            if (table[bin] - known[bin] != sites - insiders) may_hold_all_others[bin] = false;
          }
        }
        if (possible == 0) continue;
        ASSERT_THAT(may_hold_all_others, ::testing::Each(false))
            << "published: " << published << ", known: " << absl::StrJoin(known, ",");
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Small, EveryTableOfGains,
                         ::testing::Values(Size{2, 5, 3}, Size{2, 6, 3}, Size{3, 6, 3}, Size{3, 7, 3}, Size{4, 8, 3},
                                           Size{3, 9, 4}, Size{5, 7, 3}, Size{2, 11, 5}),
                         [](const auto& info) {
                           return absl::StrCat(info.param.bins, "Bins", info.param.sites, "Sites", info.param.minimum,
                                               "AtLeast");
                         });

TEST(LocalGain, AGainLiesInTheBinThatItsEdgesSay) {
  const std::vector<double> edges = {-0.1, 0, 0.1};
  EXPECT_EQ(GainBin(edges, -0.2), 0u);
  EXPECT_EQ(GainBin(edges, -0.1), 1u);
  EXPECT_EQ(GainBin(edges, -1e-9), 1u);
  EXPECT_EQ(GainBin(edges, 0), 2u);
  EXPECT_EQ(GainBin(edges, 7), 3u);
}

TEST(LocalGain, IsPositiveWhereTheCommonModelDoesBetterWhicheverWayTheMetricGoes) {
  EXPECT_DOUBLE_EQ(GainOf(v1::Evaluation::ACCURACY, 0.9, 0.75), 0.15);
  EXPECT_DOUBLE_EQ(GainOf(v1::Evaluation::LOSS, 0.25, 0.5), 0.25);
  EXPECT_DOUBLE_EQ(GainOf(v1::Evaluation::SQUARED_ERROR, 3, 2), -1);
}

v1::JobSpec GainJob() {
  v1::JobSpec spec = testing_jobs::Binary();
  v1::LocalGain& gain = *spec.mutable_evaluation()->mutable_local_gain();
  gain.set_metric(v1::Evaluation::ACCURACY);
  for (const double edge : {-0.1, 0.0, 0.1}) gain.add_bins(edge);
  gain.set_minimum_sites(3);
  return spec;
}

v1::LocalGains Shown(const v1::JobSpec& spec, const std::vector<uint32_t>& bins, uint32_t num_sites) {
  const VectorSchema schema = StepSchema(spec, v1::STEP_EVALUATE, 5, num_sites).value();
  std::vector<uint32_t> elements(schema.num_elements());
  const uint64_t offset = schema.Find(kLocalGainBlock)->offset;
  std::copy(bins.begin(), bins.end(), elements.begin() + static_cast<ptrdiff_t>(offset));
  return MetricsFromSums(spec, schema, elements, num_sites).value().local_gains();
}

TEST(LocalGain, TheReportHasTheBinsOfTheSumJoinedByTheirNeighbours) {
  const v1::LocalGains gains = Shown(GainJob(), {1, 2, 0, 4}, 8);
  ASSERT_THAT(gains.bins(), SizeIs(2)) << gains.DebugString();
  EXPECT_FALSE(gains.bins(0).has_from());
  EXPECT_DOUBLE_EQ(gains.bins(0).below(), 0);
  EXPECT_EQ(gains.bins(0).sites(), 3u);
  EXPECT_DOUBLE_EQ(gains.bins(1).from(), 0);
  EXPECT_FALSE(gains.bins(1).has_below());
  EXPECT_EQ(gains.bins(1).sites(), 4u);
  EXPECT_EQ(gains.sites(), 8u) << "one has no gain";
  EXPECT_EQ(gains.withheld(), "");
}

TEST(LocalGain, TheReportDoesNotSayWhetherSitesAreTooFewOrAllAlike) {
  const v1::LocalGains few = Shown(GainJob(), {2, 1, 1, 1}, 5);
  const v1::LocalGains alike = Shown(GainJob(), {0, 0, 0, 5}, 5);
  EXPECT_THAT(few.bins(), SizeIs(0));
  EXPECT_THAT(few.withheld(), HasSubstr("no two bins have 3 sites each"));
  EXPECT_EQ(few.SerializeAsString(), alike.SerializeAsString());
}

TEST(LocalGain, MoreGainsThanSitesAreNoHistogram) {
  EXPECT_THAT(Shown(GainJob(), {4, 0, 0, 4}, 7).withheld(), HasSubstr("more gains than sites"));
}

TEST(LocalGain, OnlyTheEvaluationsVectorHasBins) {
  const v1::JobSpec spec = GainJob();
  EXPECT_EQ(StepSchema(spec, v1::STEP_TRAIN, 5, 3)->Find(kLocalGainBlock), nullptr);
  EXPECT_EQ(StepSchema(spec, v1::STEP_EVALUATE, 5, 3)->Find(kLocalGainBlock)->block.num_elements, 4u);
  v1::JobSpec without = spec;
  without.mutable_evaluation()->clear_local_gain();
  EXPECT_EQ(StepSchema(without, v1::STEP_EVALUATE, 5, 3)->num_elements() + 4,
            StepSchema(spec, v1::STEP_EVALUATE, 5, 3)->num_elements());
}

// One site's figure is what a report would say of a sum over that site alone.
TEST(SiteFigure, IsTheReportsMetricOfASumOverOneSite) {
  v1::JobSpec spec = testing_jobs::Binary();
  spec.mutable_evaluation()->mutable_calibration()->set_bins(10);
  spec.mutable_evaluation()->set_minimum_cell(1);
  spec.mutable_aggregation()->mutable_secure_sum()->set_ring_bits(64);
  EvaluationSums sums;
  EvaluationAdder adder(spec, {}, sums);
  for (int i = 0; i < 60; ++i) adder.AddLogit(3 * std::sin(i), std::sin(1.1 * i) > 0.2);
  const VectorSchema schema = StepSchema(spec, v1::STEP_EVALUATE, 5, 1).value();
  std::vector<uint64_t> elements(schema.num_elements());
  for (const MetricBlock& block : MetricBlocksOf(spec, sums)) {
    const VectorSchema::PlacedBlock& placed = *schema.Find(block.name);
    for (size_t i = 0; i < block.values.size(); ++i) {
      elements[placed.offset + i] = static_cast<uint64_t>(std::llround(block.values[i] * placed.scale));
    }
  }
  const v1::Metrics metrics = MetricsFromSums(spec, schema, elements, 1).value();
  for (const v1::Evaluation::Metric metric : {v1::Evaluation::LOSS, v1::Evaluation::ACCURACY, v1::Evaluation::AUC,
                                              v1::Evaluation::AVERAGE_PRECISION, v1::Evaluation::BRIER_SCORE}) {
    const auto figure = SiteFigure(metric, spec, sums);
    ASSERT_TRUE(figure.has_value() && ValueOf(metric, metrics).has_value()) << MetricInWords(metric);
    EXPECT_NEAR(*figure, *ValueOf(metric, metrics), 1e-9) << MetricInWords(metric);
  }
}

TEST(SiteFigure, IsNothingWithoutRowsOrWithoutTheClassThatItNeeds) {
  const v1::JobSpec spec = testing_jobs::Binary();
  EvaluationSums sums;
  EXPECT_FALSE(SiteFigure(v1::Evaluation::LOSS, spec, sums).has_value());
  EvaluationAdder adder(spec, {}, sums);
  for (int i = 0; i < 5; ++i) adder.AddLogit(i, false);
  EXPECT_TRUE(SiteFigure(v1::Evaluation::LOSS, spec, sums).has_value());
  EXPECT_FALSE(SiteFigure(v1::Evaluation::AUC, spec, sums).has_value());
  EXPECT_FALSE(SiteFigure(v1::Evaluation::AVERAGE_PRECISION, spec, sums).has_value());
  EXPECT_FALSE(SiteFigure(v1::Evaluation::CALIBRATION_ERROR, spec, sums).has_value());
}

}  // namespace
}  // namespace accord::local_gain_test
