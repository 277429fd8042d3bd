#include "models/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "tests/models/jobs.h"

namespace accord {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Names(const Model& model) {
  std::vector<std::string> names;
  for (const auto& entry : model.layout().entries()) names.push_back(entry.name());
  return names;
}

absl::Status CreationError(const v1::JobSpec& spec) { return Model::Create(spec, "").status(); }

TEST(Model, LogisticRegressionHasOneOutputForTwoClasses) {
  v1::JobSpec spec = TableJob(13, 2);
  spec.mutable_model()->mutable_logistic_regression();
  const auto model = MakeModel(spec);
  EXPECT_THAT(Names(*model), ElementsAre("linear.weight", "linear.bias"));
  EXPECT_THAT(model->layout().entries(0).shape(), ElementsAre(1, 13));
  EXPECT_EQ(model->layout().entries(1).offset(), 13u);
  EXPECT_EQ(model->layout().num_elements(), 14u);
}

TEST(Model, LogisticRegressionHasOneOutputForEachOfSeveralClasses) {
  v1::JobSpec spec = TableJob(4, 3);
  spec.mutable_model()->mutable_logistic_regression();
  EXPECT_THAT(MakeModel(spec)->layout().entries(0).shape(), ElementsAre(3, 4));
}

TEST(Model, MlpHasTheLayersOfTheJob) {
  v1::JobSpec spec = TableJob(35, 2);
  spec.mutable_model()->mutable_mlp()->add_hidden(32);
  spec.mutable_model()->mutable_mlp()->add_hidden(16);
  const auto model = MakeModel(spec);
  EXPECT_THAT(Names(*model), ElementsAre("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias"));
  EXPECT_EQ(model->layout().num_elements(), 35u * 32 + 32 + 32 * 16 + 16 + 16 + 1);
}

TEST(Model, SmallCnnWithMcMahansNumbersHasHisNumberOfParameters) {
  v1::JobSpec spec = ImageJob(28, 10);
  v1::SmallCnn& cnn = *spec.mutable_model()->mutable_small_cnn();
  cnn.set_channels(0, 32);
  cnn.set_channels(1, 64);
  cnn.set_hidden(512);
  EXPECT_EQ(MakeModel(spec)->layout().num_elements(), 1663370u);
}

TEST(Model, DrillIsOneVector) {
  v1::JobSpec spec;
  spec.mutable_model()->mutable_drill()->set_num_parameters(10);
  const auto model = MakeModel(spec);
  EXPECT_THAT(Names(*model), ElementsAre("vector"));
  EXPECT_EQ(model->layout().num_elements(), 10u);
  EXPECT_NE(Parameters(*model)[0], 0);
}

TEST(Model, IsZeroUntilItIsInitialised) {
  v1::JobSpec spec = TableJob(3, 2);
  spec.mutable_model()->mutable_logistic_regression();
  auto model = Model::Create(spec, "");
  ASSERT_TRUE(model.ok());
  EXPECT_THAT(Parameters(**model), Each(0.0f));
  spec.mutable_model()->set_initial_weights(v1::ModelSpec::ZEROS);
  EXPECT_THAT(Parameters(*MakeModel(spec)), Each(0.0f));
}

TEST(Model, InitialWeightsFollowFromTheSeedAndFillTheRangeOfTheFanIn) {
  v1::JobSpec spec = TableJob(100, 2);
  spec.mutable_model()->mutable_mlp()->add_hidden(50);
  const std::vector<float> first = Parameters(*MakeModel(spec));
  EXPECT_EQ(first, Parameters(*MakeModel(spec)));
  double sum = 0, largest = 0;
  for (size_t i = 0; i < 5000; ++i) {
    sum += first[i];
    largest = std::max<double>(largest, std::abs(first[i]));
  }
  EXPECT_NEAR(sum / 5000, 0, 0.1 / std::sqrt(3 * 5000) * 5);  // five standard errors
  EXPECT_LE(largest, 0.1);                                    // 1 / sqrt(100)
  EXPECT_GT(largest, 0.0999);
  spec.set_seed(8);
  EXPECT_NE(first, Parameters(*MakeModel(spec)));
}

TEST(Model, GivesBackTheParametersItWasGiven) {
  v1::JobSpec spec = ImageJob(8, 3);
  const auto model = MakeModel(spec);
  std::vector<float> values(model->layout().num_elements());
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) * 0.001f;
  ASSERT_TRUE(model->LoadParameters(values).ok());
  EXPECT_EQ(Parameters(*model), values);
}

TEST(Model, RefusesAVectorOfAnotherLength) {
  v1::JobSpec spec = TableJob(3, 2);
  spec.mutable_model()->mutable_logistic_regression();
  const auto model = MakeModel(spec);
  std::vector<float> values(5);
  EXPECT_THAT(std::string(model->LoadParameters(values).message()), HasSubstr("4 parameters, not 5"));
  EXPECT_FALSE(model->StoreParameters(absl::MakeSpan(values)).ok());
}

TEST(Model, SaysWhatAJobLacks) {
  v1::JobSpec spec = TableJob(3, 2);
  EXPECT_THAT(std::string(CreationError(spec).message()), HasSubstr("names none of the models"));
  spec.mutable_model()->mutable_linear_regression();
  EXPECT_THAT(std::string(CreationError(spec).message()), HasSubstr("use logistic_regression"));
  spec.mutable_model()->mutable_small_cnn();
  EXPECT_THAT(std::string(CreationError(spec).message()), HasSubstr("needs data.image"));
  spec.mutable_model()->mutable_mlp();
  EXPECT_THAT(std::string(CreationError(spec).message()), HasSubstr("model.mlp.hidden"));
  spec.mutable_model()->mutable_drill();
  EXPECT_THAT(std::string(CreationError(spec).message()), HasSubstr("num_parameters"));
  spec = TableJob(0, 2);
  spec.mutable_model()->mutable_logistic_regression();
  EXPECT_THAT(std::string(CreationError(spec).message()), HasSubstr("no input"));
  spec = TableJob(3, 1);
  spec.mutable_model()->mutable_logistic_regression();
  EXPECT_THAT(std::string(CreationError(spec).message()), HasSubstr("at least two levels"));
}

TEST(Model, RefusesLayersTooLargeForAnyMachineBeforeAllocating) {
  v1::JobSpec spec = TableJob(3, 2);
  spec.mutable_model()->mutable_mlp()->add_hidden(4294967295u);
  EXPECT_THAT(std::string(CreationError(spec).message()), HasSubstr("at most 1000000000 parameters"));
  spec.mutable_model()->mutable_mlp()->set_hidden(0, 0);
  EXPECT_THAT(std::string(CreationError(spec).message()), HasSubstr("at least one output"));
  for (int i = 0; i < 4; ++i) spec.mutable_model()->mutable_mlp()->add_hidden(30000);
  spec.mutable_model()->mutable_mlp()->set_hidden(0, 30000);
  EXPECT_THAT(std::string(CreationError(spec).message()), HasSubstr("more than 1000000000 parameters"));
}

TEST(LayoutHash, IsTheSha256OfTheCanonicalText) {
  v1::JobSpec spec = TableJob(3, 2);
  spec.mutable_model()->mutable_logistic_regression();
  EXPECT_EQ(LayoutHash(MakeModel(spec)->layout()), Sha256Hex("linear.weight:1,3:0\nlinear.bias:1:3\n"));
}

}  // namespace
}  // namespace accord
