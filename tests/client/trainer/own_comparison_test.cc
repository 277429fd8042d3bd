#include "client/trainer/programs/own_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace accord {
namespace {

using ::testing::HasSubstr;

v1::JobSpec Classes() {
  v1::JobSpec spec;
  for (const char* level : {"no", "yes"}) spec.mutable_data()->mutable_target()->mutable_category()->add_levels(level);
  spec.mutable_model()->mutable_logistic_regression();
  return spec;
}

EvaluationSums Sums(double loss, uint64_t correct, double squared_error = 0) {
  EvaluationSums sums;
  sums.rows = 10;
  sums.loss = loss;
  sums.correct = correct;
  sums.squared_error = squared_error;
  return sums;
}

TEST(OwnComparison, SaysWhichModelDoesBetterOnTheSitesOwnRows) {
  OwnComparison comparison;
  comparison.RememberOwn(Sums(5, 7), 3);
  const auto words = comparison.Compare(Classes(), Sums(4, 8), 3);
  ASSERT_TRUE(words.has_value());
  EXPECT_EQ(
      *words,
      "on the 10 rows held out here the common model has loss 0.4 (accuracy 80.0 %); this site's own model of "
      "round 3, before it was averaged with others, has 0.5 (accuracy 70.0 %): the common model does better here");
  EXPECT_THAT(*comparison.Compare(Classes(), Sums(6, 8), 3), HasSubstr("this site's own model does better here"));
}

TEST(OwnComparison, AccuracyOfMasksIsOfPixels) {
  v1::JobSpec spec = Classes();
  for (const char* level : {"skin", "lesion"}) spec.mutable_data()->mutable_target()->mutable_mask()->add_levels(level);
  EvaluationSums sums = Sums(5, 0);
  sums.pixels = 9.25;
  OwnComparison comparison;
  comparison.RememberOwn(sums, 3);
  EXPECT_THAT(*comparison.Compare(spec, sums, 3), HasSubstr("loss 0.5 (accuracy 92.5 %)"));
}

TEST(OwnComparison, ComparesModelsOfOneRoundAlone) {
  OwnComparison comparison;
  EXPECT_FALSE(comparison.Compare(Classes(), Sums(4, 8), 0).has_value()) << "nothing of its own yet";
  comparison.RememberOwn(Sums(5, 7), 3);
  EXPECT_FALSE(comparison.Compare(Classes(), Sums(4, 8), 4).has_value()) << "it was not in round 4";
  EXPECT_TRUE(comparison.Compare(Classes(), Sums(4, 8), 0).has_value()) << "the last model, whichever it is";
}

TEST(OwnComparison, OfNumbersIsByTheSquaredError) {
  v1::JobSpec spec;
  spec.mutable_data()->mutable_target()->mutable_numeric()->set_max(9);
  spec.mutable_model()->mutable_linear_regression();
  OwnComparison comparison;
  comparison.RememberOwn(Sums(640, 0, 50), 1);
  const auto words = comparison.Compare(spec, Sums(640, 0, 40), 1);
  ASSERT_TRUE(words.has_value());
  EXPECT_THAT(*words, HasSubstr("the common model has mean squared error 4;"));
  EXPECT_THAT(*words, HasSubstr("has 5: the common model does better here"));
}

TEST(OwnComparison, SaysNothingOfNoRows) {
  OwnComparison comparison;
  comparison.RememberOwn(EvaluationSums(), 1);
  EXPECT_FALSE(comparison.Compare(Classes(), EvaluationSums(), 1).has_value());
}

}  // namespace
}  // namespace accord
