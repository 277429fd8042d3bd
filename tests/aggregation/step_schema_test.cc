#include "aggregation/programs/step_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "aggregation/programs/columns.h"
#include "tests/aggregation/example_jobs.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> BlockNames(const VectorSchema& schema) {
  std::vector<std::string> names;
  for (const auto& placed : schema.blocks()) names.push_back(placed.block.name);
  return names;
}

TEST(Columns, NumbersYieldOneColumnAndCategoriesOneForEachLevelButTheFirst) {
  std::vector<std::string> names;
  for (const InputColumn& column : InputColumns(testing_jobs::Binary().data())) names.push_back(column.name);
  EXPECT_THAT(names, ElementsAre("age", "cp=atypical", "cp=asymptomatic", "chol"));
  const InputColumn level = InputColumns(testing_jobs::Binary().data())[2];
  EXPECT_EQ(level.feature, 1);
  EXPECT_EQ(level.level, 2);
  EXPECT_EQ(level.min, 0);
  EXPECT_EQ(level.max, 1);
  EXPECT_EQ(InputColumns(testing_jobs::Binary().data())[3].min, 50);
}

TEST(Columns, ImagesHaveNone) {
  v1::DataSchema schema;
  schema.mutable_image()->set_height(28);
  EXPECT_TRUE(InputColumns(schema).empty());
}

TEST(Columns, TaskFollowsFromTargetAndModel) {
  v1::JobSpec spec = testing_jobs::Binary();
  EXPECT_EQ(TaskOf(spec), Task::kBinary);
  EXPECT_EQ(NumClasses(spec), 2u);
  spec.mutable_data()->mutable_target()->mutable_category()->add_levels("maybe");
  EXPECT_EQ(TaskOf(spec), Task::kMulticlass);
  EXPECT_EQ(NumClasses(spec), 3u);
  EXPECT_EQ(TaskOf(testing_jobs::Regression()), Task::kRegression);
  EXPECT_EQ(NumClasses(testing_jobs::Regression()), 1u);
  EXPECT_EQ(TaskOf(testing_jobs::Drill()), Task::kNone);
  EXPECT_EQ(NumClasses(testing_jobs::Drill()), 0u);
}

TEST(StepsOf, StandardiseThenTrainThenEvaluate) {
  EXPECT_THAT(StepsOf(testing_jobs::Binary()),
              ElementsAre(v1::STEP_STANDARDISE, v1::STEP_TRAIN, v1::STEP_TRAIN, v1::STEP_TRAIN, v1::STEP_EVALUATE));
}

TEST(StepsOf, WithoutCommonStatisticsNothingComesBeforeTraining) {
  for (const auto standardise : {v1::Preprocessing::NONE, v1::Preprocessing::PER_SITE}) {
    v1::JobSpec spec = testing_jobs::Binary();
    spec.mutable_preprocessing()->set_standardise(standardise);
    EXPECT_EQ(StepsOf(spec).front(), v1::STEP_TRAIN);
  }
  v1::JobSpec images = testing_jobs::Binary();
  images.mutable_data()->clear_features();
  images.mutable_data()->mutable_image()->set_height(28);
  EXPECT_EQ(StepsOf(images).front(), v1::STEP_TRAIN);
}

TEST(StepsOf, DrillOnlyTrains) { EXPECT_EQ(StepsOf(testing_jobs::Drill()), std::vector(5, v1::STEP_TRAIN)); }

TEST(StepSchema, BlocksAreThoseOfTheContract) {
  const v1::JobSpec spec = testing_jobs::Binary();
  EXPECT_THAT(BlockNames(StepSchema(spec, v1::STEP_STANDARDISE, 5, 4).value()),
              ElementsAre("rows", "present", "sum", "sum_of_squares"));
  EXPECT_THAT(
      BlockNames(StepSchema(spec, v1::STEP_TRAIN, 5, 4).value()),
      ElementsAre("rows", "update", "clipped", "train_loss", "test_rows", "test_loss", "test_correct", "test_scores"));
  EXPECT_THAT(BlockNames(StepSchema(spec, v1::STEP_EVALUATE, 5, 4).value()),
              ElementsAre("test_rows", "test_loss", "test_correct", "test_scores"));
  EXPECT_THAT(BlockNames(StepSchema(testing_jobs::Regression(), v1::STEP_EVALUATE, 5, 4).value()),
              ElementsAre("test_rows", "test_loss", "test_squared_error"));
  EXPECT_THAT(BlockNames(StepSchema(testing_jobs::Drill(), v1::STEP_TRAIN, 10, 4).value()),
              ElementsAre("rows", "update", "clipped"));
  EXPECT_EQ(StepSchema(spec, v1::STEP_TRAIN, 5, 4)->Find(kUpdateBlock)->block.bound, 4);
  EXPECT_EQ(StepSchema(testing_jobs::Regression(), v1::STEP_EVALUATE, 5, 4)->Find("test_squared_error")->block.bound,
            200 * 200);
}

TEST(StepSchema, EveryStepOfTheLargestCohortFitsAndOneMoreSiteDoesNot) {
  for (const uint32_t ring_bits : {0u, 24u, 32u, 64u}) {
    for (const uint32_t max_rows : {1u, 1000u, 3000000u, 1000000000u}) {
      if (ring_bits == 24 && max_rows > 8388607) continue;  // not for a single site
      v1::JobSpec spec = testing_jobs::Binary();
      spec.mutable_aggregation()->mutable_secure_sum()->set_ring_bits(ring_bits);
      spec.mutable_aggregation()->set_max_rows_per_site(max_rows);
      const uint32_t most = MaxCohortSize(spec);
      for (const v1::StepKind kind : {v1::STEP_STANDARDISE, v1::STEP_TRAIN, v1::STEP_EVALUATE}) {
        EXPECT_TRUE(StepSchema(spec, kind, 5, most).ok()) << ring_bits << " " << max_rows << " " << kind;
      }
      const auto refused = StepSchema(spec, v1::STEP_TRAIN, 5, most + 1);
      ASSERT_FALSE(refused.ok()) << ring_bits << " " << max_rows;
      EXPECT_THAT(std::string(refused.status().message()), HasSubstr("max_rows_per_site"));
    }
  }
}

TEST(StepSchema, HasTheWidthThatTheJobNames) {
  v1::JobSpec spec = testing_jobs::Binary();
  const uint64_t elements = StepSchema(spec, v1::STEP_TRAIN, 5, 4)->num_elements();
  for (const uint32_t ring_bits : {24u, 32u, 64u}) {
    spec.mutable_aggregation()->mutable_secure_sum()->set_ring_bits(ring_bits);
    EXPECT_EQ(StepSchema(spec, v1::STEP_TRAIN, 5, 4)->num_bytes(), elements * ring_bits / 8);
  }
  for (const uint32_t none : {1u, 16u, 33u, 63u, 65u, 1u << 31}) {
    spec.mutable_aggregation()->mutable_secure_sum()->set_ring_bits(none);
    EXPECT_EQ(StepSchema(spec, v1::STEP_TRAIN, 5, 4).status().code(), absl::StatusCode::kInvalidArgument) << none;
    EXPECT_EQ(MaxCohortSize(spec), 0u) << none;
  }
}

TEST(StepSchema, UnknownStepsAndEmptyModelsAreErrors) {
  EXPECT_FALSE(StepSchema(testing_jobs::Binary(), v1::STEP_KIND_UNSPECIFIED, 5, 4).ok());
  EXPECT_FALSE(StepSchema(testing_jobs::Binary(), static_cast<v1::StepKind>(77), 5, 4).ok());
  EXPECT_FALSE(StepSchema(testing_jobs::Binary(), v1::STEP_TRAIN, 0, 4).ok());
  EXPECT_FALSE(StepSchema(testing_jobs::Drill(), v1::STEP_EVALUATE, 10, 4).ok());
}

}  // namespace
}  // namespace accord
