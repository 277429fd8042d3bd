#include "aggregation/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "aggregation/programs/step_schema.h"
#include "aggregation/ring/codec.h"
#include "tests/aggregation/example_jobs.h"

namespace accord {
namespace {

// A summed vector, filled block by block.
struct Sum {
  const v1::JobSpec spec;
  const VectorSchema schema;
  std::vector<uint32_t> elements;

  Sum(const v1::JobSpec& job, v1::StepKind kind, uint32_t num_sites)
      : spec(job), schema(StepSchema(job, kind, 5, num_sites).value()), elements(schema.num_elements()) {}

  void Set(const char* name, double value, size_t index = 0) {
    const VectorSchema::PlacedBlock& placed = *schema.Find(name);
    elements[placed.offset + index] = static_cast<uint32_t>(static_cast<int32_t>(std::lround(value * placed.scale)));
  }
  v1::Metrics Metrics(uint32_t num_sites) const { return MetricsFromSums(spec, schema, elements, num_sites).value(); }
};

TEST(Metrics, TrainingStepYieldsAllOfThem) {
  Sum sum(testing_jobs::Binary(), v1::STEP_TRAIN, 2);  // max_rows_per_site 1000
  sum.Set(kRowsBlock, 500);
  sum.Set(kTrainLossBlock, 0.7 * 500 / 1000);
  sum.Set(kClippedBlock, 0.25 * ClippedUnit(RingWidth::k32));
  sum.Set(kTestRowsBlock, 40);
  sum.Set(kTestLossBlock, 0.6 * 40 / 1000);
  sum.Set(kTestCorrectBlock, 30);
  const uint64_t scores = sum.schema.Find(kTestScoresBlock)->offset;
  sum.elements[scores + 10] = 20;                // negatives, low scores
  sum.elements[scores + kScoreBins + 200] = 20;  // positives, high scores
  const v1::Metrics metrics = sum.Metrics(2);
  EXPECT_EQ(metrics.train_rows(), 500u);
  EXPECT_EQ(metrics.test_rows(), 40u);
  EXPECT_NEAR(metrics.train_loss(), 0.7, 1e-5);
  EXPECT_NEAR(metrics.test_loss(), 0.6, 1e-4);
  EXPECT_DOUBLE_EQ(metrics.test_accuracy(), 0.75);
  EXPECT_DOUBLE_EQ(metrics.test_auc(), 1);
  EXPECT_DOUBLE_EQ(metrics.clipped_share(), 0.125);
  EXPECT_FALSE(metrics.has_test_mse());
}

TEST(Metrics, MasksYieldTheShareOfRightPixelsAndDiceOfEachLevel) {
  v1::JobSpec spec = testing_jobs::Binary();
  v1::Mask& mask = *spec.mutable_data()->mutable_target()->mutable_mask();
  for (const char* level : {"skin", "lesion", "vessel"}) mask.add_levels(level);
  Sum sum(spec, v1::STEP_EVALUATE, 2);
  EXPECT_EQ(sum.schema.Find(kTestCorrectBlock), nullptr);
  // 40 masks, of whose pixels 70 % have skin and are taken for it, 15 % are a lesion, 20 % are taken for one and 10 %
  // both.
  sum.Set(kTestRowsBlock, 40);
  sum.Set(kTestPixelsBlock, 0.8 * 40 / 1000);
  sum.Set(kTestOverlapBlock, 0.7 * 40 / 1000, 0);
  sum.Set(kTestExtentBlock, 0.8 * 40 / 1000, 0);
  sum.Set(kTestOverlapBlock, 0.1 * 40 / 1000, 1);
  sum.Set(kTestExtentBlock, (0.15 + 0.2) / 2 * 40 / 1000, 1);
  const v1::Metrics metrics = sum.Metrics(2);
  EXPECT_NEAR(metrics.test_accuracy(), 0.8, 1e-5);
  ASSERT_EQ(metrics.test_dice_size(), 3);
  EXPECT_NEAR(metrics.test_dice(0), 0.7 / 0.8, 1e-5);
  EXPECT_NEAR(metrics.test_dice(1), 2 * 0.1 / (0.15 + 0.2), 1e-5);
  EXPECT_EQ(metrics.test_dice(2), 1) << "nobody has it, and nobody was given it";
}

TEST(Metrics, AreTheSameInEveryRing) {
  for (const uint32_t ring_bits : {24u, 64u}) {
    v1::JobSpec spec = testing_jobs::Binary();
    spec.mutable_aggregation()->mutable_secure_sum()->set_ring_bits(ring_bits);
    const VectorSchema schema = StepSchema(spec, v1::STEP_TRAIN, 5, 2).value();
    std::vector<uint64_t> wide(schema.num_elements());
    const auto set = [&](const char* name, double value) {
      wide[schema.Find(name)->offset] = static_cast<uint64_t>(std::llround(value * schema.Find(name)->scale));
    };
    set(kRowsBlock, 500);
    set(kTrainLossBlock, 0.7 * 500 / 1000);
    set(kClippedBlock, 0.25 * ClippedUnit(schema.ring()));
    set(kTestRowsBlock, 40);
    set(kTestLossBlock, -0.5);  // rounding noise
    wide[schema.Find(kTestScoresBlock)->offset + 10] = 20;
    wide[schema.Find(kTestScoresBlock)->offset + kScoreBins + 200] = 20;
    std::vector<uint32_t> narrow(wide.begin(), wide.end());
    for (uint32_t& word : narrow) word = (word & 0xFFFFFF) | 0xA5000000;  // what stands above says nothing
    const RingSums sums = ring_bits == 64 ? RingSums(wide) : RingSums(RingWidth::k24, narrow);
    const v1::Metrics metrics = MetricsFromSums(spec, schema, sums, 2).value();
    EXPECT_EQ(metrics.train_rows(), 500u);
    EXPECT_NEAR(metrics.train_loss(), 0.7, 1e-4);
    EXPECT_DOUBLE_EQ(metrics.clipped_share(), 0.125);
    EXPECT_EQ(metrics.test_rows(), 40u);
    EXPECT_EQ(metrics.test_loss(), 0);
    EXPECT_DOUBLE_EQ(metrics.test_auc(), 1);
  }
}

TEST(Metrics, RegressionYieldsTheMeanSquaredError) {
  Sum sum(testing_jobs::Regression(), v1::STEP_EVALUATE, 2);
  sum.Set(kTestRowsBlock, 50);
  sum.Set(kTestSquaredErrorBlock, 144.0 * 50 / 1000);
  const v1::Metrics metrics = sum.Metrics(2);
  EXPECT_NEAR(metrics.test_mse(), 144, 1e-2);
  EXPECT_FALSE(metrics.has_test_accuracy());
  EXPECT_FALSE(metrics.has_test_auc());
  EXPECT_FALSE(metrics.has_train_loss());
  EXPECT_FALSE(metrics.has_clipped_share());
}

TEST(Metrics, WithoutRowsNothingIsClaimed) {
  const v1::Metrics metrics = Sum(testing_jobs::Binary(), v1::STEP_TRAIN, 2).Metrics(2);
  EXPECT_EQ(metrics.train_rows(), 0u);
  EXPECT_FALSE(metrics.has_train_loss());
  EXPECT_FALSE(metrics.has_test_loss());
  EXPECT_FALSE(metrics.has_test_accuracy());
  EXPECT_FALSE(metrics.has_test_auc());
}

TEST(Metrics, ImpossibleCountsOfALyingSiteClaimNothing) {
  Sum sum(testing_jobs::Binary(), v1::STEP_EVALUATE, 2);
  sum.Set(kTestRowsBlock, -5);
  sum.Set(kTestCorrectBlock, 7);
  EXPECT_EQ(sum.Metrics(2).test_rows(), 0u);
  EXPECT_FALSE(sum.Metrics(2).has_test_accuracy());
  sum.Set(kTestRowsBlock, 5);
  EXPECT_FALSE(sum.Metrics(2).has_test_accuracy()) << "more correct than there are";
}

TEST(Metrics, LossThatRoundingPushedBelowZeroIsZero) {
  Sum sum(testing_jobs::Binary(), v1::STEP_EVALUATE, 2);
  sum.Set(kTestRowsBlock, 5);
  sum.elements[sum.schema.Find(kTestLossBlock)->offset] = 0 - 1u;
  EXPECT_EQ(sum.Metrics(2).test_loss(), 0);
}

TEST(Metrics, SumOfAnotherLengthIsRefused) {
  const Sum sum(testing_jobs::Binary(), v1::STEP_EVALUATE, 2);
  EXPECT_FALSE(MetricsFromSums(sum.spec, sum.schema, absl::MakeConstSpan(sum.elements).first(3), 2).ok());
}

TEST(Auc, EqualsTheShareOfPairsCountedOneByOne) {
  RandomStream random({3, "", 0, "scores"});
  for (int repeat = 0; repeat < 20; ++repeat) {
    std::vector<uint32_t> negatives(16);
    std::vector<uint32_t> positives(16);
    std::vector<size_t> negative_bins;
    std::vector<size_t> positive_bins;
    for (int row = 0; row < 200; ++row) {
      const size_t bin = random.NextBelow(16);
      const bool positive = random.NextBelow(16) < bin + repeat % 5;
      ++(positive ? positives : negatives)[bin];
      (positive ? positive_bins : negative_bins).push_back(bin);
    }
    double pairs = 0;
    for (const size_t p : positive_bins) {
      for (const size_t n : negative_bins) pairs += p > n ? 1 : p == n ? 0.5 : 0;
    }
    EXPECT_NEAR(AucFromHistograms(negatives, positives), pairs / (positive_bins.size() * negative_bins.size()), 1e-12);
  }
}

TEST(Auc, IsNotDefinedForOneClass) {
  const std::vector<uint32_t> none = {0, 0};
  const std::vector<uint32_t> some = {1, 2};
  EXPECT_TRUE(std::isnan(AucFromHistograms(none, some)));
  EXPECT_TRUE(std::isnan(AucFromHistograms(some, none)));
  EXPECT_TRUE(std::isnan(AucFromHistograms({}, {})));
}

TEST(Auc, NegativeSumsCountAsNone) {
  EXPECT_EQ(AucFromHistograms(std::vector<uint32_t>{1, 0x80000000u}, std::vector<uint32_t>{0, 1}), 1);
}

}  // namespace
}  // namespace accord
