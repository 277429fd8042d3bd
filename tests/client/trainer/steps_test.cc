// What a site puts into a step's vector.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "aggregation/ring/accumulator.h"
#include "client/trainer/programs/drill_step.h"
#include "client/trainer/programs/standardise_step.h"
#include "client/trainer/programs/train_step.h"
#include "client/trainer/programs/update_blocks.h"

namespace accord {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

constexpr float kFloatNan = std::numeric_limits<float>::quiet_NaN();

absl::Span<uint8_t> BytesOf(std::vector<uint32_t>& elements) {
  return {reinterpret_cast<uint8_t*>(elements.data()), elements.size() * sizeof(uint32_t)};
}

class Steps : public ::testing::Test {
 protected:
  Steps() {
    spec_.set_seed(7);
    v1::Feature& age = *spec_.mutable_data()->add_features();
    age.set_name("age");
    age.mutable_numeric()->set_max(100);
    v1::Target& target = *spec_.mutable_data()->mutable_target();
    target.set_name("ill");
    for (const char* level : {"no", "yes"}) target.mutable_category()->add_levels(level);
    spec_.mutable_model()->mutable_logistic_regression();
    spec_.mutable_training()->mutable_sgd()->set_learning_rate(0.1);
    spec_.mutable_training()->set_local_epochs(1);
    spec_.mutable_aggregation()->set_update_bound(1);
    spec_.mutable_aggregation()->set_max_rows_per_site(10);
    train_.input_shape = {1};
  }

  StepVector Vector(v1::StepKind kind, uint64_t parameters) {
    schema_ = *StepSchema(spec_, kind, parameters, 2);
    elements_.assign(schema_->num_elements(), 99);
    v1::ComputeStep step;
    step.set_kind(kind);
    step.set_cohort_size(2);
    step.set_num_parameters(parameters);
    return *StepVector::Create(spec_, "hospital", step, BytesOf(elements_));
  }
  std::vector<double> Block(const char* name) const {
    const VectorSchema::PlacedBlock& placed = *schema_->Find(name);
    std::vector<double> values(placed.block.num_elements);
    const auto encoded = absl::MakeConstSpan(elements_).subspan(placed.offset, values.size());
    EXPECT_TRUE(Decode(placed, encoded, absl::MakeSpan(values)).ok());
    return values;
  }

  v1::JobSpec spec_;
  Examples train_;
  std::optional<VectorSchema> schema_;
  std::vector<uint32_t> elements_;
};

TEST_F(Steps, StandardiseCountsPresentRowsAndSumsMappedValues) {
  train_.numbers = {0, 100, kFloatNan, 75};
  train_.targets = {0, 0, 1, 1};
  StepVector vector = Vector(v1::STEP_STANDARDISE, 0);
  ASSERT_TRUE(FillStandardise(spec_, train_, vector).ok());
  EXPECT_THAT(Block(kRowsBlock), ElementsAre(4));
  EXPECT_THAT(Block(kPresentBlock), ElementsAre(3));
  EXPECT_THAT(Block(kSumBlock), ElementsAre(DoubleNear((-1 + 1 + 0.5) / 10, 1e-8)));
  EXPECT_THAT(Block(kSumOfSquaresBlock), ElementsAre(DoubleNear(2.25 / 10, 1e-8)));
}

TEST_F(Steps, AVectorIsWrittenInTheWidthThatTheJobNames) {
  for (const uint32_t ring_bits : {24u, 64u}) {
    spec_.mutable_aggregation()->mutable_secure_sum()->set_ring_bits(ring_bits);
    const VectorSchema schema = *StepSchema(spec_, v1::STEP_TRAIN, 4, 2);
    std::vector<uint8_t> bytes(schema.num_bytes(), 99);
    v1::ComputeStep step;
    step.set_kind(v1::STEP_TRAIN);
    step.set_cohort_size(2);
    step.set_num_parameters(4);
    StepVector vector = *StepVector::Create(spec_, "hospital", step, absl::MakeSpan(bytes));
    const auto change = [](uint64_t, absl::Span<float> out) { out[0] = 0.5f, out[1] = -1, out[2] = 4, out[3] = 0; };
    ASSERT_TRUE(FillUpdate(spec_, {5, 4, change}, vector).ok());
    Accumulator sum = *Accumulator::Create(schema.num_elements(), schema.ring());
    ASSERT_TRUE(sum.Add(0, ConstRingBytes(schema.ring(), bytes)).ok());
    const RingVector total = *std::move(sum).Report();
    std::vector<double> update(4);
    ASSERT_TRUE(Decode(*schema.Find(kUpdateBlock), total.sums().subspan(1, 4), absl::MakeSpan(update)).ok());
    EXPECT_EQ(total.sums()[0], 5);
    EXPECT_THAT(update, ElementsAre(DoubleNear(0.25, 1e-6), DoubleNear(-0.5, 1e-6), DoubleNear(1, 1e-6), 0));
    EXPECT_EQ(total.sums()[5], ring_bits == 24 ? 1 << 9 : 1 << 18) << "a quarter was clipped";
    vector.Clear();
    EXPECT_THAT(bytes, ::testing::Each(0));
    bytes.pop_back();
    EXPECT_FALSE(StepVector::Create(spec_, "hospital", step, absl::MakeSpan(bytes)).ok());
  }
}

TEST_F(Steps, StandardiseTakesNoMoreRowsThanASiteMayCount) {
  train_.numbers.assign(25, 50);
  train_.targets.assign(25, 0);
  StepVector vector = Vector(v1::STEP_STANDARDISE, 0);
  ASSERT_TRUE(FillStandardise(spec_, train_, vector).ok());
  EXPECT_THAT(Block(kRowsBlock), ElementsAre(10));
  EXPECT_THAT(Block(kPresentBlock), ElementsAre(10));
}

TEST_F(Steps, TrainingWeighsTheChangeByTheRowsAndClipsIt) {
  StepVector vector = Vector(v1::STEP_TRAIN, 4);
  const auto change = [](uint64_t first, absl::Span<float> out) {
    EXPECT_EQ(first, 0u);
    out[0] = 0.5f, out[1] = -1, out[2] = 4, out[3] = 0;
  };
  ASSERT_TRUE(FillUpdate(spec_, {5, 4, change}, vector).ok());
  EXPECT_THAT(Block(kRowsBlock), ElementsAre(5));
  EXPECT_THAT(Block(kUpdateBlock), ElementsAre(DoubleNear(0.25, 1e-7), DoubleNear(-0.5, 1e-7), DoubleNear(1, 1e-7), 0));
  EXPECT_THAT(Block(kClippedBlock), ElementsAre(ClippedUnit(RingWidth::k32) / 4));
}

TEST_F(Steps, WithFedNovaTheChangeCountsByTheStep) {
  spec_.mutable_aggregation()->mutable_fednova();
  spec_.mutable_training()->set_local_epochs(3);
  spec_.mutable_training()->set_batch_size(2);
  StepVector vector = Vector(v1::STEP_TRAIN, 1);
  const auto change = [](uint64_t, absl::Span<float> out) { out[0] = 0.5f; };
  ASSERT_TRUE(FillUpdate(spec_, {5, 1, change}, vector).ok());
  // 9 steps over 5 rows, 15 over the 10 of max_rows_per_site.
  EXPECT_THAT(Block(kLocalStepsBlock), ElementsAre(DoubleNear(0.5 * 9, 1e-6)));
  EXPECT_THAT(Block(kUpdateBlock), ElementsAre(DoubleNear(0.5 * 0.5 * 15 / 9, 1e-6)));
}

TEST_F(Steps, TheSameStepGivesTheSameBits) {
  train_.numbers = {0.25f, -1, 0.5f, 2};
  train_.targets = {0, 0, 1, 1};
  const LocalTraining local = {.site = "hospital", .round = 1};
  const std::vector<float> received = {0.1f, 0.2f};
  std::vector<uint32_t> first;
  for (int repeat = 0; repeat < 2; ++repeat) {
    const std::unique_ptr<Model> model = *Model::Create(spec_, "");
    StepVector vector = Vector(v1::STEP_TRAIN, 2);
    ASSERT_TRUE(FillTraining({spec_, local, train_, train_, received}, *model, vector).ok());
    if (repeat == 0) first = elements_;
  }
  EXPECT_EQ(first, elements_);
  EXPECT_THAT(Block(kTestRowsBlock), ElementsAre(4));
}

TEST_F(Steps, AChangeThatIsNoNumberIsSeenAndCanBeCleared) {
  StepVector vector = Vector(v1::STEP_TRAIN, 2);
  const auto change = [](uint64_t, absl::Span<float> out) { out[0] = kFloatNan, out[1] = 1; };
  ASSERT_TRUE(FillUpdate(spec_, {5, 2, change}, vector).ok());
  EXPECT_EQ(vector.outcome().num_not_finite, 1u);
  vector.Clear();
  EXPECT_THAT(elements_, ::testing::Each(0u));
}

// The rows stand beside it: whoever combines changes must be able to compare them.
TEST_F(Steps, ACombinerGetsChangesThatNoRowsAreMultipliedInto) {
  const auto change = [](uint64_t, absl::Span<float> out) { out[0] = 0.5f, out[1] = -0.25f; };
  StepVector vector = Vector(v1::STEP_TRAIN, 2);
  ASSERT_TRUE(FillUpdate(spec_, {5, 2, change}, vector).ok());
  EXPECT_THAT(Block(kUpdateBlock), ElementsAre(DoubleNear(0.25, 1e-6), DoubleNear(-0.125, 1e-6)));
  spec_.mutable_aggregation()->mutable_combiner()->mutable_median();
  StepVector combined = Vector(v1::STEP_TRAIN, 2);
  ASSERT_TRUE(FillUpdate(spec_, {5, 2, change}, combined).ok());
  EXPECT_THAT(Block(kUpdateBlock), ElementsAre(DoubleNear(0.5, 1e-6), DoubleNear(-0.25, 1e-6)));
  EXPECT_THAT(Block(kRowsBlock), ElementsAre(5));
  StepVector empty = Vector(v1::STEP_TRAIN, 2);
  ASSERT_TRUE(FillUpdate(spec_, {0, 2, change}, empty).ok());
  EXPECT_THAT(Block(kUpdateBlock), ElementsAre(0, 0));
}

TEST_F(Steps, ADrillTakesASixteenthAway) {
  spec_.Clear();
  spec_.mutable_model()->mutable_drill()->set_num_parameters(40'000);
  spec_.mutable_aggregation()->set_update_bound(1);
  spec_.mutable_aggregation()->set_max_rows_per_site(1);
  StepVector vector = Vector(v1::STEP_TRAIN, 40'000);
  ASSERT_TRUE(FillDrill(spec_, std::vector<float>(40'000, 0.5f), vector).ok());
  EXPECT_THAT(Block(kUpdateBlock), ::testing::Each(DoubleNear(-0.03125, 1e-7)));
}

TEST_F(Steps, AVectorOfAnotherLengthIsRefused) {
  std::vector<uint32_t> short_elements(3);
  v1::ComputeStep step;
  step.set_kind(v1::STEP_TRAIN);
  step.set_cohort_size(2);
  step.set_num_parameters(100);
  EXPECT_EQ(StepVector::Create(spec_, "hospital", step, BytesOf(short_elements)).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace accord
