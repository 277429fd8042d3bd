// What a site puts into the vector of an iteration of a regression.
#include "client/trainer/programs/newton_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "aggregation/newton/regression.h"
#include "aggregation/programs/step_schema.h"

namespace accord {
namespace {

using ::testing::DoubleNear;
using ::testing::Pointwise;

class NewtonVector : public ::testing::Test {
 protected:
  NewtonVector() {
    v1::Feature& age = *spec_.mutable_data()->add_features();
    age.set_name("age");
    age.mutable_numeric()->set_max(100);
    spec_.mutable_data()->mutable_target()->mutable_numeric()->set_max(10);
    spec_.mutable_model()->mutable_linear_regression();
    spec_.mutable_aggregation()->mutable_newton()->set_tolerance(1e-8);
    spec_.mutable_aggregation()->mutable_secure_sum()->set_ring_bits(64);
    spec_.mutable_aggregation()->set_max_rows_per_site(10);
    rows_.inputs = {0, 100, 50};
    rows_.targets = {10, 5, 0};
    rows_.incomplete = 4;
    schema_ = *StepSchema(spec_, v1::STEP_NEWTON, 4, 3);
    words_.resize(schema_->num_elements());
  }

  absl::Status Fill(uint32_t round, std::vector<float> model) {
    v1::ComputeStep step;
    step.set_kind(v1::STEP_NEWTON);
    step.set_cohort_size(3);
    step.set_num_parameters(model.size());
    const auto bytes = absl::MakeSpan(reinterpret_cast<uint8_t*>(words_.data()), words_.size() * sizeof(uint64_t));
    StepVector vector = *StepVector::Create(spec_, "hospital", step, bytes);
    return FillNewton(spec_, round, model, rows_, nullptr, vector);
  }

  v1::JobSpec spec_;
  RegressionRows rows_;
  std::optional<VectorSchema> schema_;
  std::vector<uint64_t> words_;
};

TEST_F(NewtonVector, HoldsScoreAndInformationOfMappedColumnsAndTarget) {
  ASSERT_TRUE(Fill(1, {0, 0, 0, 0}).ok());
  const NewtonSums sums = ReadNewtonSums(*RegressionOf(spec_), *schema_, RingSums(words_)).value();
  EXPECT_EQ(sums.rows, 3u);
  EXPECT_EQ(sums.incomplete, 4u);
  // Rows (1, -1), (1, 1), (1, 0) with targets 1, 0, -1.
  EXPECT_THAT(sums.score, Pointwise(DoubleNear(1e-12), {0.0, -1.0}));
  EXPECT_THAT(sums.information, Pointwise(DoubleNear(1e-12), {3.0, 0.0, 2.0}));
  EXPECT_NEAR(sums.objective, -1, 1e-12);
}

TEST_F(NewtonVector, IsSummedAtAllDigitsOfTheModel) {
  const std::vector<double> coefficients = {1.0 / 3, -1.0 / 7};
  ASSERT_TRUE(Fill(2, ModelOf(*RegressionOf(spec_), coefficients)).ok());
  const NewtonSums sums = ReadNewtonSums(*RegressionOf(spec_), *schema_, RingSums(words_)).value();
  EXPECT_NEAR(sums.score[0], -3 * coefficients[0], 1e-13);
  EXPECT_NEAR(sums.score[1], -1 - 2 * coefficients[1], 1e-13);
}

TEST_F(NewtonVector, BeginsAtZerosAlone) {
  EXPECT_EQ(Fill(1, {0, 1e-30f, 0, 0}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Fill(2, {0, 0, 0}).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace accord
