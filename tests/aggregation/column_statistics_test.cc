#include "aggregation/column_statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "aggregation/programs/step_schema.h"
#include "aggregation/ring/accumulator.h"
#include "aggregation/ring/codec.h"
#include "tests/aggregation/example_jobs.h"

namespace accord {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
using Rows = std::vector<std::vector<float>>;

v1::ColumnStatistics StatisticsOf(const v1::JobSpec& spec, const std::vector<Rows>& sites) {
  const VectorSchema schema = StepSchema(spec, v1::STEP_STANDARDISE, 0, sites.size()).value();
  Accumulator accumulator = Accumulator::Create(schema.num_elements(), schema.ring()).value();
  for (size_t s = 0; s < sites.size(); ++s) {
    ColumnSums sums(spec);
    for (const auto& row : sites[s]) EXPECT_TRUE(sums.AddRow(row).ok());
    std::vector<uint8_t> bytes(schema.num_bytes());
    const RingBytes vector(schema.ring(), absl::MakeSpan(bytes));
    RandomStream rounding({s, "", 0, "rounding"});
    EXPECT_TRUE(sums.Encode(schema, rounding, vector).ok());
    EXPECT_TRUE(WithinBounds(schema, vector));
    EXPECT_TRUE(accumulator.Add(0, vector).ok());
  }
  const RingVector sum = std::move(accumulator).Report().value();
  const auto statistics = StatisticsFromSums(spec, schema, sum.sums());
  EXPECT_TRUE(statistics.ok()) << statistics.status();
  return *statistics;
}

// Mean and sample standard deviation of the present values of one column, directly.
std::pair<double, double> Direct(const std::vector<Rows>& sites, size_t column) {
  std::vector<double> values;
  for (const Rows& rows : sites) {
    for (const auto& row : rows) {
      if (!std::isnan(row[column])) values.push_back(row[column]);
    }
  }
  double mean = 0;
  for (const double value : values) mean += value / values.size();
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / (values.size() - 1))};
}

v1::JobSpec InRing(uint32_t ring_bits) {
  v1::JobSpec spec = testing_jobs::Binary();
  spec.mutable_aggregation()->mutable_secure_sum()->set_ring_bits(ring_bits);
  return spec;
}

std::vector<Rows> RandomSites(size_t num_sites, size_t rows_each) {
  RandomStream random({5, "", 0, "rows"});
  std::vector<Rows> sites(num_sites);
  for (Rows& rows : sites) {
    for (size_t r = 0; r < rows_each; ++r) {
      std::vector<float> row = {30 + 50 * random.NextFloat(), random.NextBelow(10) == 0 ? 1.0f : 0.0f,
                                random.NextBelow(2) == 0 ? 1.0f : 0.0f, 150 + 200 * random.NextFloat()};
      for (float& value : row) {
        if (random.NextBelow(7) == 0) value = kMissing;
      }
      rows.push_back(row);
    }
  }
  return sites;
}

TEST(ColumnStatistics, EqualMeanAndSampleDeviationOfThePooledRows) {
  const std::vector<Rows> sites = RandomSites(4, 200);
  const v1::ColumnStatistics statistics = StatisticsOf(testing_jobs::Binary(), sites);
  ASSERT_EQ(statistics.mean_size(), 4);
  ASSERT_EQ(statistics.spread_size(), 4);
  for (int column = 0; column < 4; ++column) {
    const auto [mean, deviation] = Direct(sites, column);
    EXPECT_NEAR(statistics.mean(column), mean, 1e-5 * std::max(1.0, mean)) << column;
    EXPECT_NEAR(statistics.spread(column), deviation, 1e-5 * std::max(1.0, deviation)) << column;
  }
}

// In the widest ring what is left are the roundings of the sums themselves.
TEST(ColumnStatistics, ConstantColumnHasNoSpreadWhateverRoundingDid) {
  for (const uint32_t ring_bits : {24u, 32u, 64u}) {
    for (const float value : {0.0f, 61.3f, 120.0f}) {
      const std::vector<Rows> sites(4, Rows(150, {value, 0, 1, 333.3f}));
      const v1::ColumnStatistics statistics = StatisticsOf(InRing(ring_bits), sites);
      for (int column = 0; column < 4; ++column) EXPECT_EQ(statistics.spread(column), 0) << ring_bits << " " << column;
      EXPECT_NEAR(statistics.mean(0), value, ring_bits == 24 ? 1e-2 : 1e-4);
      EXPECT_NEAR(statistics.mean(2), 1, ring_bits == 24 ? 1e-4 : 1e-6);
    }
  }
}

TEST(ColumnStatistics, AWiderRingComesNearerToThePooledRows) {
  const std::vector<Rows> sites = RandomSites(4, 200);
  double error_before = 1;
  for (const auto& [ring_bits, most] : std::vector<std::pair<uint32_t, double>>{{24, 1e-3}, {32, 1e-5}, {64, 1e-11}}) {
    const v1::ColumnStatistics statistics = StatisticsOf(InRing(ring_bits), sites);
    double error = 0;
    for (int column = 0; column < 4; ++column) {
      const auto [mean, deviation] = Direct(sites, column);
      error = std::max(error, std::fabs(statistics.mean(column) / mean - 1));
      error = std::max(error, std::fabs(statistics.spread(column) / deviation - 1));
    }
    EXPECT_LT(error, most) << ring_bits;
    EXPECT_LT(error, error_before / 50) << ring_bits;
    error_before = error;
  }
}

TEST(ColumnStatistics, SingleDifferentRowIsSpread) {
  std::vector<Rows> sites(4, Rows(150, {50, 0, 1, 200}));
  sites[2][17][1] = 1;
  const v1::ColumnStatistics statistics = StatisticsOf(testing_jobs::Binary(), sites);
  EXPECT_NEAR(statistics.spread(1), std::sqrt(1.0 / 600), 1e-4);
}

TEST(ColumnStatistics, ColumnThatNobodyHasIsTheMiddleOfItsBoundsWithoutSpread) {
  const std::vector<Rows> sites(2, Rows(10, {kMissing, 0, 1, 100}));
  const v1::ColumnStatistics statistics = StatisticsOf(testing_jobs::Binary(), sites);
  EXPECT_EQ(statistics.mean(0), 60);
  EXPECT_EQ(statistics.spread(0), 0);
}

TEST(ColumnStatistics, OneValueHasNoSpread) {
  const v1::ColumnStatistics statistics = StatisticsOf(testing_jobs::Binary(), {{{40, 1, 0, 100}}, {}});
  EXPECT_NEAR(statistics.mean(0), 40, 1e-3);
  EXPECT_EQ(statistics.spread(0), 0);
}

TEST(ColumnStatistics, RowsBeyondTheMostAreNotCounted) {
  v1::JobSpec spec = testing_jobs::Binary();
  spec.mutable_aggregation()->set_max_rows_per_site(3);
  ColumnSums sums(spec);
  for (int row = 0; row < 10; ++row) ASSERT_TRUE(sums.AddRow({1, 0, 1, 60}).ok());
  EXPECT_EQ(sums.rows(), 3u);
}

TEST(ColumnStatistics, ValuesOutsideTheSchemasBoundsCountAsTheBound) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<Rows> sites(2, Rows(5, {infinity, -7, 9, 1e30f}));
  const v1::ColumnStatistics statistics = StatisticsOf(testing_jobs::Binary(), sites);
  EXPECT_NEAR(statistics.mean(0), 120, 1e-3);
  EXPECT_NEAR(statistics.mean(1), 0, 1e-4);
  EXPECT_NEAR(statistics.mean(2), 1, 1e-4);
  EXPECT_NEAR(statistics.mean(3), 750, 1e-2);
}

TEST(ColumnStatistics, WhatDoesNotBelongTogetherIsRefused) {
  const v1::JobSpec spec = testing_jobs::Binary();
  ColumnSums sums(spec);
  EXPECT_FALSE(sums.AddRow({1, 2}).ok());
  const VectorSchema schema = StepSchema(spec, v1::STEP_STANDARDISE, 0, 2).value();
  const VectorSchema other = StepSchema(spec, v1::STEP_EVALUATE, 0, 2).value();
  std::vector<uint32_t> vector(schema.num_elements());
  RandomStream rounding({0, "", 0, "rounding"});
  EXPECT_FALSE(sums.Encode(other, rounding, absl::MakeSpan(vector)).ok());
  EXPECT_FALSE(sums.Encode(schema, rounding, absl::MakeSpan(vector).first(3)).ok());
  EXPECT_FALSE(StatisticsFromSums(spec, other, vector).ok());
  EXPECT_FALSE(StatisticsFromSums(testing_jobs::Drill(), schema, vector).ok());
}

}  // namespace
}  // namespace accord
