// From each site's answers over the sum of vectors to the report's metrics, against the plain figures of all rows.
#include "aggregation/evaluation/evaluation_sums.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "aggregation/evaluation/subgroups.h"
#include "aggregation/metrics.h"
#include "aggregation/programs/columns.h"
#include "base/random_stream.h"
#include "tests/aggregation/example_jobs.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kSites = 3;

// One held-out row: its columns (age, cp=atypical, cp=asymptomatic, chol), what happened, and the model's logits.
struct Row {
  std::vector<float> columns;
  size_t target = 0;
  std::vector<float> logits;
};

v1::JobSpec Measured(int classes, uint32_t minimum_cell) {
  v1::JobSpec spec = testing_jobs::Binary();
  auto& levels = *spec.mutable_data()->mutable_target()->mutable_category();
  while (levels.levels_size() < classes) levels.add_levels(std::string("level") + std::to_string(levels.levels_size()));
  v1::Evaluation& evaluation = *spec.mutable_evaluation();
  evaluation.set_minimum_cell(minimum_cell);
  evaluation.add_subgroups()->set_column("cp");
  evaluation.set_confusion_matrix(true);
  evaluation.mutable_calibration()->set_bins(10);
  return spec;
}

std::vector<Row> RandomRows(int rows, int classes, uint64_t seed) {
  RandomStream random({seed, "", 0, "rows"});
  std::vector<Row> all;
  for (int i = 0; i < rows; ++i) {
    Row row;
    const uint64_t pain = random.NextBelow(3);
    row.columns = {50, pain == 1 ? 1.0f : 0.0f, pain == 2 ? 1.0f : 0.0f, 200};
    row.target = random.NextBelow(static_cast<uint64_t>(classes));
    for (int k = 0; k < classes; ++k) {
      row.logits.push_back(2 * random.NextFloat() + (static_cast<size_t>(k) == row.target ? 0.8f : 0));
    }
    all.push_back(row);
  }
  return all;
}

// The metrics of rows that lie at three sites, whose vectors are encoded and added as in a round.
v1::Metrics SummedMetrics(const v1::JobSpec& spec, const std::vector<Row>& rows, bool as_logit = false) {
  const VectorSchema schema = StepSchema(spec, v1::STEP_EVALUATE, 5, kSites).value();
  std::vector<uint32_t> sum(schema.num_elements());
  const SubgroupCells subgroups(spec);
  for (size_t site = 0; site < kSites; ++site) {
    std::vector<float> numbers;
    std::vector<const Row*> here;
    for (size_t i = site; i < rows.size(); i += kSites) {
      here.push_back(&rows[i]);
      numbers.insert(numbers.end(), rows[i].columns.begin(), rows[i].columns.end());
    }
    const std::vector<uint16_t> cells = subgroups.CellsOf(numbers);
    EvaluationSums sums;
    EvaluationAdder adder(spec, cells, sums);
    for (const Row* row : here) {
      if (as_logit) {
        adder.AddLogit(static_cast<double>(row->logits[1]) - row->logits[0], row->target == 1);
      } else {
        adder.AddClasses(row->logits, row->target);
      }
    }
    for (const MetricBlock& block : MetricBlocksOf(spec, sums)) {
      const VectorSchema::PlacedBlock* placed = schema.Find(block.name);
      EXPECT_NE(placed, nullptr) << block.name;
      if (placed == nullptr) continue;
      EXPECT_EQ(placed->block.num_elements, block.values.size()) << block.name;
      for (size_t i = 0; i < block.values.size(); ++i) {
        EXPECT_LE(std::abs(block.values[i]), placed->block.bound) << block.name;
        sum[placed->offset + i] += static_cast<uint32_t>(std::llround(block.values[i] * placed->scale));
      }
    }
  }
  return MetricsFromSums(spec, schema, sum, kSites).value();
}

std::vector<double> Probabilities(const Row& row) {
  double total = 0;
  for (const float logit : row.logits) total += std::exp(logit);
  std::vector<double> probabilities;
  for (const float logit : row.logits) probabilities.push_back(std::exp(logit) / total);
  return probabilities;
}

size_t Taken(const Row& row) {
  size_t best = 0;
  for (size_t k = 1; k < row.logits.size(); ++k) {
    if (row.logits[k] > row.logits[best]) best = k;
  }
  return best;
}

// Share of pairs of a positive and a negative that are in order, each pair by itself.
double PlainAuc(const std::vector<Row>& rows) {
  double won = 0;
  double pairs = 0;
  for (const Row& positive : rows) {
    for (const Row& negative : rows) {
      if (positive.target != 1 || negative.target != 0) continue;
      const double p = Probabilities(positive)[1];
      const double n = Probabilities(negative)[1];
      won += p > n ? 1 : p == n ? 0.5 : 0;
      ++pairs;
    }
  }
  return won / pairs;
}

TEST(EvaluationSums, TwoClassesAreMeasuredAsOverAllRows) {
  const std::vector<Row> rows = RandomRows(600, 2, 5);
  const v1::Metrics metrics = SummedMetrics(Measured(2, 10), rows);
  double brier = 0;
  std::vector<int64_t> matrix(4);
  for (const Row& row : rows) {
    const double distance = Probabilities(row)[1] - (row.target == 1 ? 1 : 0);
    brier += distance * distance;
    ++matrix[row.target * 2 + Taken(row)];
  }
  EXPECT_NEAR(metrics.test_brier(), brier / 600, 1e-5);
  EXPECT_EQ(
      std::vector<int64_t>(metrics.detail().confusion().rows().begin(), metrics.detail().confusion().rows().end()),
      matrix);
  EXPECT_THAT(metrics.detail().confusion().classes(), ElementsAre("no", "yes"));
  EXPECT_DOUBLE_EQ(metrics.test_accuracy(), static_cast<double>(matrix[0] + matrix[3]) / 600);
  EXPECT_NEAR(metrics.test_auc(), PlainAuc(rows), 0.01);
  EXPECT_TRUE(metrics.has_test_average_precision());
  EXPECT_TRUE(metrics.has_test_calibration_error());
  EXPECT_TRUE(metrics.has_test_calibration_slope());
}

TEST(EvaluationSums, ALogitAndTwoClassesAreTheSame) {
  const std::vector<Row> rows = RandomRows(300, 2, 6);
  const v1::Metrics classes = SummedMetrics(Measured(2, 10), rows);
  const v1::Metrics logit = SummedMetrics(Measured(2, 10), rows, /*as_logit=*/true);
  EXPECT_EQ(classes.detail().SerializeAsString().size(), logit.detail().SerializeAsString().size());
  EXPECT_EQ(classes.test_accuracy(), logit.test_accuracy());
  EXPECT_NEAR(classes.test_brier(), logit.test_brier(), 1e-6);
  EXPECT_NEAR(classes.test_auc(), logit.test_auc(), 1e-3);
}

TEST(EvaluationSums, EachLevelIsMeasuredAsItsRowsAlone) {
  const std::vector<Row> rows = RandomRows(600, 2, 7);
  const v1::Metrics metrics = SummedMetrics(Measured(2, 10), rows);
  ASSERT_EQ(metrics.detail().subgroups_size(), 1);
  const v1::SubgroupMetrics& subgroup = metrics.detail().subgroups(0);
  EXPECT_EQ(subgroup.column(), "cp");
  ASSERT_EQ(subgroup.groups_size(), 4);
  for (int level = 0; level < 3; ++level) {
    std::vector<Row> own;
    for (const Row& row : rows) {
      const int pain = row.columns[1] == 1 ? 1 : row.columns[2] == 1 ? 2 : 0;
      if (pain == level) own.push_back(row);
    }
    const v1::GroupMetrics& group = subgroup.groups(level);
    SCOPED_TRACE(group.level());
    std::vector<double> matrix(4);
    double loss = 0;
    for (const Row& row : own) {
      ++matrix[row.target * 2 + Taken(row)];
      loss -= std::log(Probabilities(row)[row.target]);
    }
    const auto n = static_cast<double>(own.size());
    EXPECT_FALSE(group.withheld());
    EXPECT_EQ(group.rows(), own.size());
    EXPECT_NEAR(group.loss(), loss / n, 1e-4);
    EXPECT_DOUBLE_EQ(group.accuracy(), (matrix[0] + matrix[3]) / n);
    EXPECT_DOUBLE_EQ(group.prevalence(), (matrix[2] + matrix[3]) / n);
    EXPECT_DOUBLE_EQ(group.sensitivity(), matrix[3] / (matrix[2] + matrix[3]));
    EXPECT_DOUBLE_EQ(group.specificity(), matrix[0] / (matrix[0] + matrix[1]));
    EXPECT_DOUBLE_EQ(group.predicted_share(), (matrix[1] + matrix[3]) / n);
    EXPECT_NEAR(group.auc(), PlainAuc(own), 0.03) << "64 bins";
  }
  EXPECT_EQ(subgroup.groups(3).level(), "missing");
  EXPECT_FALSE(subgroup.groups(3).withheld()) << "nobody is in it, and nothing follows from that";
  EXPECT_EQ(subgroup.groups(3).rows(), 0u);
}

TEST(EvaluationSums, ASmallLevelTakesAnotherOneWithIt) {
  std::vector<Row> rows = RandomRows(200, 2, 8);
  for (Row& row : rows) row.columns[1] = 0;  // nobody is atypical
  for (int i = 0; i < 4; ++i) rows[static_cast<size_t>(i)].columns = {50, 1, 0, 200};
  const v1::SubgroupMetrics subgroup = SummedMetrics(Measured(2, 10), rows).detail().subgroups(0);
  int withheld = 0;
  for (const v1::GroupMetrics& group : subgroup.groups()) {
    withheld += group.withheld();
    EXPECT_TRUE(!group.withheld() || (group.rows() == 0 && !group.has_accuracy())) << group.level();
  }
  EXPECT_TRUE(subgroup.groups(1).withheld());
  EXPECT_EQ(withheld, 3) << "atypical, the smaller of the others, and the empty one";
  EXPECT_EQ(SummedMetrics(Measured(2, 1), rows).detail().subgroups(0).groups(1).rows(), 4u) << "a minimum of 1";
}

TEST(EvaluationSums, RatesOfALevelAreWithheldWhereOneOfItsErrorsIsSmall) {
  std::vector<Row> rows = RandomRows(400, 2, 9);
  for (Row& row : rows) row.logits = {row.target == 0 ? 1.0f : 0.0f, row.target == 0 ? 0.0f : 1.0f};
  rows[0].logits = {rows[0].logits[1], rows[0].logits[0]};  // the only error
  const v1::Metrics metrics = SummedMetrics(Measured(2, 10), rows);
  EXPECT_TRUE(metrics.detail().confusion().rows().empty());
  int with_rates = 0;
  for (const v1::GroupMetrics& group : metrics.detail().subgroups(0).groups()) {
    with_rates += group.has_sensitivity() || group.has_specificity() || group.has_predicted_share();
    EXPECT_TRUE(group.rows() == 0 || group.has_accuracy());
  }
  EXPECT_EQ(with_rates, 2);
}

TEST(EvaluationSums, FewRowsOfOneClassWithholdWhatDependsOnTheirOrder) {
  std::vector<Row> rows = RandomRows(100, 2, 10);
  for (size_t i = 0; i < rows.size(); ++i) rows[i].target = i < 4 ? 1 : 0;
  const v1::Metrics metrics = SummedMetrics(Measured(2, 10), rows);
  EXPECT_TRUE(metrics.has_test_accuracy());
  EXPECT_FALSE(metrics.has_test_auc());
  EXPECT_FALSE(metrics.has_test_average_precision());
  EXPECT_FALSE(metrics.has_test_calibration_error());
  EXPECT_FALSE(metrics.has_detail());
  EXPECT_THAT(metrics.withheld(), ElementsAre(HasSubstr("fewer than 10 held-out rows are of one of the classes")));
}

v1::JobSpec Outlining() {
  v1::JobSpec spec = testing_jobs::Binary();
  v1::Mask& mask = *spec.mutable_data()->mutable_target()->mutable_mask();
  for (const char* level : {"skin", "lesion", "vessel"}) mask.add_levels(level);
  return spec;
}

TEST(EvaluationSums, OfAMaskAreSharesOfItsPixels) {
  EvaluationSums sums;
  EvaluationAdder adder(Outlining(), {}, sums);
  // Four pixels; the answers of each level one after the other. Taken: skin, lesion, lesion, skin (a tie).
  const std::vector<float> answer = {2, 0, 0, 1, 0, 2, 2, 1, 0, 0, 0, 0};
  adder.AddMask(answer, std::vector<uint8_t>{0, 1, 0, 2});
  EXPECT_EQ(sums.rows, 1u);
  EXPECT_EQ(sums.correct, 0u) << "a count of rows of a class";
  EXPECT_EQ(sums.pixels, 0.5);
  EXPECT_THAT(sums.overlap, ElementsAre(0.25, 0.25, 0));
  EXPECT_THAT(sums.extent, ElementsAre(0.5, 0.375, 0.125));
  const double log_total = std::log(std::exp(2.0) + 2);  // of the logits 2, 0, 0
  EXPECT_NEAR(sums.loss, (2 * (log_total - 2) + log_total + std::log(2 * std::exp(1.0) + 1)) / 4, 1e-12);
}

TEST(EvaluationSums, APixelWhoseAnswerIsNoNumberIsWrongAndCostsTheMost) {
  EvaluationSums sums;
  EvaluationAdder adder(Outlining(), {}, sums);
  const float nothing = std::numeric_limits<float>::quiet_NaN();
  adder.AddMask(std::vector<float>(6, nothing), std::vector<uint8_t>{0, 2});
  EXPECT_EQ(sums.loss, kMaxLoss);
  EXPECT_EQ(sums.pixels, 0);
  EXPECT_THAT(sums.overlap, ElementsAre(0, 0, 0));
}

TEST(EvaluationSums, BlocksOfMasksAreThoseOfTheSchemaAlsoWithoutRows) {
  const v1::JobSpec spec = Outlining();
  const VectorSchema schema = StepSchema(spec, v1::STEP_EVALUATE, 5, 3).value();
  const std::vector<MetricBlock> blocks = MetricBlocksOf(spec, {});
  ASSERT_EQ(blocks.size(), 5u);
  for (const MetricBlock& block : blocks) {
    ASSERT_NE(schema.Find(block.name), nullptr) << block.name;
    EXPECT_EQ(schema.Find(block.name)->block.num_elements, block.values.size()) << block.name;
  }
}

TEST(EvaluationSums, FewRowsWithholdEverything) {
  const v1::Metrics metrics = SummedMetrics(Measured(2, 10), RandomRows(9, 2, 11));
  EXPECT_EQ(metrics.test_rows(), 0u);
  EXPECT_FALSE(metrics.has_test_loss());
  EXPECT_FALSE(metrics.has_test_accuracy());
  EXPECT_THAT(metrics.withheld(), ElementsAre(HasSubstr("fewer than 10 of them")));
}

TEST(EvaluationSums, ManyClassesHaveBrierCalibrationAndAMatrix) {
  const std::vector<Row> rows = RandomRows(900, 3, 12);
  const v1::Metrics metrics = SummedMetrics(Measured(3, 10), rows);
  double brier = 0;
  std::vector<int64_t> matrix(9);
  std::vector<double> said(10);
  std::vector<double> right(10);
  for (const Row& row : rows) {
    const std::vector<double> p = Probabilities(row);
    for (size_t k = 0; k < 3; ++k) brier += (p[k] - (k == row.target)) * (p[k] - (k == row.target));
    ++matrix[row.target * 3 + Taken(row)];
    // Bins as declared: edges at the nearest 256th.
    size_t bin = 0;
    while (bin < 9 && p[Taken(row)] >= std::round(static_cast<double>(bin + 1) * 25.6) / 256) ++bin;
    said[bin] += p[Taken(row)];
    right[bin] += Taken(row) == row.target;
  }
  double error = 0;
  for (size_t bin = 0; bin < 10; ++bin) error += std::abs(said[bin] - right[bin]) / 900;
  EXPECT_NEAR(metrics.test_brier(), brier / 900, 1e-5);
  EXPECT_NEAR(metrics.test_calibration_error(), error, 0.5 / 256);
  EXPECT_EQ(
      std::vector<int64_t>(metrics.detail().confusion().rows().begin(), metrics.detail().confusion().rows().end()),
      matrix);
  EXPECT_FALSE(metrics.has_test_auc());
  EXPECT_EQ(metrics.detail().subgroups(0).groups_size(), 4);
  EXPECT_FALSE(metrics.detail().subgroups(0).groups(0).has_prevalence());
}

TEST(EvaluationSums, SmallCellsOfAMatrixOfManyClassesTakeOthersOfTheirKind) {
  std::vector<Row> rows;
  const auto add = [&rows](size_t target, size_t taken, int times) {
    for (int i = 0; i < times; ++i) {
      Row row = {{50, 0, 0, 200}, target, {0, 0, 0}};
      row.logits[taken] = 1;
      rows.push_back(row);
    }
  };
  add(0, 0, 50), add(1, 1, 60), add(2, 2, 70), add(0, 1, 3), add(0, 2, 20), add(1, 0, 30);
  const v1::Metrics metrics = SummedMetrics(Measured(3, 10), rows);
  // The diagonal is whole. Off it, 3 is small; 20 goes with it; the three empty ones might be either then.
  EXPECT_THAT(metrics.detail().confusion().rows(), ElementsAre(50, -1, -1, 30, 60, -1, -1, -1, 70));
}

TEST(EvaluationSums, AnAnswerThatIsNotANumberIsWrongOfEitherClass) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  for (const bool as_logit : {false, true}) {
    std::vector<Row> rows = RandomRows(100, 2, 13);
    for (Row& row : rows) row.logits = {kNan, kNan};
    const v1::Metrics metrics = SummedMetrics(Measured(2, 1), rows, as_logit);
    EXPECT_EQ(metrics.test_accuracy(), 0);
    EXPECT_EQ(metrics.detail().confusion().rows(0), 0);
    EXPECT_EQ(metrics.detail().confusion().rows(3), 0);
    EXPECT_NEAR(metrics.test_brier(), 1, 1e-5);
    EXPECT_NEAR(metrics.test_loss(), kMaxLoss, 1e-3);
  }
}

TEST(EvaluationSums, NumbersHaveASquaredErrorForEachLevel) {
  v1::JobSpec spec = testing_jobs::Regression();
  spec.mutable_evaluation()->set_minimum_cell(10);
  spec.mutable_evaluation()->add_subgroups()->set_column("cp");
  const VectorSchema schema = StepSchema(spec, v1::STEP_EVALUATE, 5, 1).value();
  std::vector<uint16_t> cells;
  for (int i = 0; i < 60; ++i) cells.push_back(static_cast<uint16_t>(i % 3));
  EvaluationSums sums;
  EvaluationAdder adder(spec, cells, sums);
  for (int i = 0; i < 60; ++i) adder.AddNumber(100, 100 + i % 3 * 4);
  std::vector<uint32_t> sum(schema.num_elements());
  for (const MetricBlock& block : MetricBlocksOf(spec, sums)) {
    for (size_t i = 0; i < block.values.size(); ++i) {
      const VectorSchema::PlacedBlock& placed = *schema.Find(block.name);
      sum[placed.offset + i] += static_cast<uint32_t>(std::llround(block.values[i] * placed.scale));
    }
  }
  const v1::Metrics metrics = MetricsFromSums(spec, schema, sum, 1).value();
  EXPECT_NEAR(metrics.test_mse(), (0 + 16 + 64) / 3.0, 1e-2);
  ASSERT_EQ(metrics.detail().subgroups_size(), 1);
  EXPECT_NEAR(metrics.detail().subgroups(0).groups(2).mse(), 64, 1e-2);
  EXPECT_EQ(metrics.detail().subgroups(0).groups(2).rows(), 20u);
  EXPECT_FALSE(metrics.detail().has_confusion());
}

TEST(EvaluationSums, RoundsSumTheDetailOnlyWhereAnyOfTheirModelsMayBeKept) {
  v1::JobSpec spec = Measured(2, 10);
  EXPECT_EQ(StepSchema(spec, v1::STEP_TRAIN, 5, 3)->Find(kGroupScoresBlock), nullptr);
  EXPECT_EQ(StepSchema(spec, v1::STEP_TRAIN, 5, 3)->Find(kTestConfusionBlock), nullptr);
  EXPECT_NE(StepSchema(spec, v1::STEP_EVALUATE, 5, 3)->Find(kGroupScoresBlock), nullptr);
  spec.mutable_evaluation()->set_keep(v1::Evaluation::BEST);
  EXPECT_NE(StepSchema(spec, v1::STEP_TRAIN, 5, 3)->Find(kGroupScoresBlock), nullptr);
}

TEST(EvaluationSums, AJobThatDeclaresNothingSendsWhatItAlwaysDid) {
  v1::JobSpec spec = testing_jobs::Binary();
  const uint64_t before = StepSchema(spec, v1::STEP_EVALUATE, 5, 3)->num_elements();
  spec.mutable_evaluation()->set_minimum_cell(10);
  spec.mutable_evaluation()->set_keep(v1::Evaluation::LAST);
  EXPECT_EQ(StepSchema(spec, v1::STEP_EVALUATE, 5, 3)->num_elements(), before);
}

}  // namespace
}  // namespace accord
