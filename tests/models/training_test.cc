#include "models/training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "aggregation/metrics.h"
#include "tests/models/jobs.h"

namespace accord {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

LocalTraining Site(const std::string& site, uint32_t round = 1) {
  return {.site = site, .round = round, .progress = {}};
}

v1::JobSpec LogisticJob(int columns, int levels) {
  v1::JobSpec spec = TableJob(columns, levels);
  spec.mutable_model()->mutable_logistic_regression();
  return spec;
}

struct Outcome {
  double loss_before, loss_after;
  double accuracy;
};

Outcome TrainAndMeasure(const v1::JobSpec& spec, const Examples& rows) {
  const auto model = MakeModel(spec);
  const auto before = Evaluate(spec, rows, rows.rows(), *model);
  const absl::Status trained = TrainLocally(spec, Site("a"), rows, *model);
  EXPECT_TRUE(trained.ok()) << trained;
  const auto after = Evaluate(spec, rows, rows.rows(), *model);
  EXPECT_TRUE(before.ok() && after.ok());
  const auto n = static_cast<double>(rows.rows());
  return {before->loss / n, after->loss / n, static_cast<double>(after->correct) / n};
}

TEST(Training, LogisticRegressionLearnsASeparableSetOfTwoClasses) {
  v1::JobSpec spec = LogisticJob(4, 2);
  spec.mutable_training()->set_local_epochs(20);
  spec.mutable_training()->set_batch_size(8);
  const Outcome outcome = TrainAndMeasure(spec, SeparableRows(60, 4, 2));
  EXPECT_LT(outcome.loss_after, 0.5 * outcome.loss_before);
  EXPECT_EQ(outcome.accuracy, 1);
}

TEST(Training, LogisticRegressionLearnsASeparableSetOfThreeClasses) {
  v1::JobSpec spec = LogisticJob(6, 3);
  spec.mutable_training()->set_local_epochs(20);
  spec.mutable_training()->set_batch_size(7);
  EXPECT_EQ(TrainAndMeasure(spec, SeparableRows(60, 6, 3)).accuracy, 1);
}

TEST(Training, MlpWithDropoutAndAdamLearnsASeparableSet) {
  v1::JobSpec spec = TableJob(6, 3);
  spec.mutable_model()->mutable_mlp()->add_hidden(16);
  spec.mutable_model()->mutable_mlp()->set_dropout(0.2);
  UseAdam(0.01, spec);
  spec.mutable_training()->set_local_epochs(20);
  spec.mutable_training()->set_batch_size(10);
  const Outcome outcome = TrainAndMeasure(spec, SeparableRows(60, 6, 3));
  EXPECT_LT(outcome.loss_after, 0.2 * outcome.loss_before);
  EXPECT_EQ(outcome.accuracy, 1);
}

TEST(Training, SmallCnnLearnsWhichQuarterIsBright) {
  v1::JobSpec spec = ImageJob(12, 4);
  spec.mutable_training()->mutable_sgd()->set_learning_rate(0.05);
  spec.mutable_training()->mutable_sgd()->set_momentum(0.9);
  spec.mutable_training()->set_local_epochs(10);
  spec.mutable_training()->set_batch_size(8);
  const Outcome outcome = TrainAndMeasure(spec, SeparableImages(64, 12, 4));
  EXPECT_LT(outcome.loss_after, 0.2 * outcome.loss_before);
  EXPECT_EQ(outcome.accuracy, 1);
}

// y = 3 x0 - 2 x1 + 1, which gradient descent on a quadratic must find.
TEST(Training, LinearRegressionFindsTheClosedForm) {
  v1::JobSpec spec = TableJob(2, 0);
  spec.mutable_model()->mutable_linear_regression();
  spec.mutable_training()->set_local_steps(400);
  Examples rows = SeparableRows(40, 2, 2);
  for (size_t i = 0; i < rows.rows(); ++i) {
    rows.numbers[2 * i] *= static_cast<float>(i % 3);  // not collinear
    rows.targets[i] = 3 * rows.numbers[2 * i] - 2 * rows.numbers[2 * i + 1] + 1;
  }
  const auto model = MakeModel(spec);
  ASSERT_TRUE(TrainLocally(spec, Site("a"), rows, *model).ok());
  const std::vector<float> found = Parameters(*model);
  EXPECT_NEAR(found[0], 3, 1e-3);
  EXPECT_NEAR(found[1], -2, 1e-3);
  EXPECT_NEAR(found[2], 1, 1e-3);
}

// One weight and one bias on one row (x = 2, y = 1), mean squared error: gradients 2 (2 w + b - 1) * {2, 1}.
struct OneRow {
  double w = 0.5, b = 0;
  double gradient_w() const { return 4 * (2 * w + b - 1); }
  double gradient_b() const { return 2 * (2 * w + b - 1); }
};

std::vector<float> TrainOneRow(v1::JobSpec spec) {
  spec.mutable_model()->mutable_linear_regression();
  Examples rows{.input_shape = {1}, .numbers = {2}, .bytes = {}, .targets = {1}};
  const auto model = MakeModel(spec);
  EXPECT_TRUE(model->LoadParameters(std::vector<float>{0.5f, 0.25f}).ok());
  EXPECT_TRUE(TrainLocally(spec, Site("a"), rows, *model).ok());
  return Parameters(*model);
}

TEST(Training, AdamTakesTheStepsOfThePaper) {
  v1::JobSpec spec = TableJob(1, 0);
  spec.mutable_training()->set_local_steps(5);
  UseAdam(0.1, spec);
  spec.mutable_training()->mutable_adam()->set_weight_decay(0.01);
  OneRow row{0.5, 0.25};
  double m[2] = {}, v[2] = {};
  for (int t = 1; t <= 5; ++t) {
    const double gradients[2] = {row.gradient_w() + 0.01 * row.w, row.gradient_b() + 0.01 * row.b};
    double* values[2] = {&row.w, &row.b};
    for (int i = 0; i < 2; ++i) {
      m[i] = 0.9 * m[i] + 0.1 * gradients[i];
      v[i] = 0.999 * v[i] + 0.001 * gradients[i] * gradients[i];
      *values[i] -= 0.1 * (m[i] / (1 - std::pow(0.9, t))) / (std::sqrt(v[i] / (1 - std::pow(0.999, t))) + 1e-8);
    }
  }
  const std::vector<float> found = TrainOneRow(spec);
  EXPECT_NEAR(found[0], row.w, 1e-6);
  EXPECT_NEAR(found[1], row.b, 1e-6);
}

TEST(Training, MomentumAndWeightDecayTakeTheStepsOfTorchOptim) {
  v1::JobSpec spec = TableJob(1, 0);
  spec.mutable_training()->set_local_steps(4);
  spec.mutable_training()->mutable_sgd()->set_learning_rate(0.01);
  spec.mutable_training()->mutable_sgd()->set_momentum(0.8);
  spec.mutable_training()->mutable_sgd()->set_weight_decay(0.1);
  OneRow row{0.5, 0.25};
  double velocity_w = 0, velocity_b = 0;
  for (int t = 0; t < 4; ++t) {
    velocity_w = 0.8 * velocity_w + row.gradient_w() + 0.1 * row.w;
    velocity_b = 0.8 * velocity_b + row.gradient_b() + 0.1 * row.b;
    row.w -= 0.01 * velocity_w;
    row.b -= 0.01 * velocity_b;
  }
  const std::vector<float> found = TrainOneRow(spec);
  EXPECT_NEAR(found[0], row.w, 1e-6);
  EXPECT_NEAR(found[1], row.b, 1e-6);
}

TEST(Training, ALongGradientIsShortenedAndTheScheduleMultipliesTheRate) {
  v1::JobSpec spec = TableJob(1, 0);
  spec.mutable_training()->set_local_steps(3);
  spec.mutable_training()->mutable_sgd()->set_learning_rate(0.01);
  spec.mutable_training()->set_clip_gradient_norm(0.5);
  spec.mutable_training()->mutable_schedule()->mutable_exponential()->set_factor(0.5);
  spec.mutable_rounds()->set_count(10);
  OneRow row{0.5, 0.25};
  for (int t = 0; t < 3; ++t) {
    const double norm = std::hypot(row.gradient_w(), row.gradient_b());
    ASSERT_GT(norm, 0.5);
    const double w = row.gradient_w() * 0.5 / norm, b = row.gradient_b() * 0.5 / norm;
    row.w -= 0.01 * w;
    row.b -= 0.01 * b;
  }
  const std::vector<float> found = TrainOneRow(spec);  // round 1
  EXPECT_NEAR(found[0], row.w, 1e-6);
  EXPECT_NEAR(found[1], row.b, 1e-6);
}

// One step of logistic regression from zeros: every row's error is p - y = 1/2 - y, times its class's share of the
// weight.
TEST(Training, ClassWeightsWeighTheRowsOfTheirClass) {
  for (const bool three_classes : {false, true}) {
    v1::JobSpec spec = LogisticJob(1, three_classes ? 3 : 2);
    spec.mutable_model()->set_initial_weights(v1::ModelSpec::ZEROS);
    spec.mutable_training()->mutable_sgd()->set_learning_rate(1);
    spec.mutable_training()->add_class_weights(1);
    spec.mutable_training()->add_class_weights(3);
    if (three_classes) spec.mutable_training()->add_class_weights(2);
    Examples rows;
    rows.input_shape = {1};
    rows.numbers = {1, 2, -1};
    rows.targets = {0, 1, 0};
    const auto model = MakeModel(spec);
    ASSERT_TRUE(model->Initialise().ok());
    ASSERT_TRUE(TrainLocally(spec, Site("a"), rows, *model).ok());
    const std::vector<float> trained = Parameters(*model);
    if (!three_classes) {
      EXPECT_NEAR(trained[0], -(1 * 0.5 * 1 + 3 * -0.5 * 2 + 1 * 0.5 * -1) / 5, 1e-6);
      EXPECT_NEAR(trained[1], -(1 * 0.5 + 3 * -0.5 + 1 * 0.5) / 5, 1e-6);
    } else {
      // Class 1's weight: p = 1/3 everywhere.
      EXPECT_NEAR(trained[1], -(1 / 3.0 * 1 + 3 * (1 / 3.0 - 1) * 2 + 1 / 3.0 * -1) / 5, 1e-6);
    }
  }
}

// Against the gradient by hand: mean squared error of one column and a bias, plus mu/2 |w - global|^2.
TEST(Training, FedProxHoldsTheModelNearTheOneThatItWasGiven) {
  constexpr double kMu = 0.7, kRate = 0.05;
  v1::JobSpec spec = TableJob(1, 0);
  spec.mutable_model()->mutable_linear_regression();
  spec.mutable_model()->set_initial_weights(v1::ModelSpec::ZEROS);
  spec.mutable_training()->mutable_sgd()->set_learning_rate(kRate);
  spec.mutable_training()->set_local_steps(5);
  spec.mutable_aggregation()->mutable_fedprox()->set_mu(kMu);
  Examples rows;
  rows.input_shape = {1};
  rows.numbers = {1, 2, -1};
  rows.targets = {3, 5, 0};
  const auto model = MakeModel(spec);
  const std::vector<float> global = {0.5f, -0.25f};
  ASSERT_TRUE(model->LoadParameters(global).ok());
  ASSERT_TRUE(TrainLocally(spec, Site("a"), rows, *model).ok());
  double w = 0.5, b = -0.25;
  for (int step = 0; step < 5; ++step) {
    double dw = 0, db = 0;
    for (size_t i = 0; i < 3; ++i) {
      const double error = w * rows.numbers[i] + b - rows.targets[i];
      dw += 2 * error * rows.numbers[i] / 3;
      db += 2 * error / 3;
    }
    w -= kRate * (dw + kMu * (w - 0.5));
    b -= kRate * (db + kMu * (b + 0.25));
  }
  const std::vector<float> trained = Parameters(*model);
  EXPECT_NEAR(trained[0], w, 1e-5);
  EXPECT_NEAR(trained[1], b, 1e-5);
  // Without the term it goes further.
  spec.mutable_aggregation()->mutable_fedavg();
  ASSERT_TRUE(model->LoadParameters(global).ok());
  ASSERT_TRUE(TrainLocally(spec, Site("a"), rows, *model).ok());
  EXPECT_GT(Parameters(*model)[0], trained[0] + 0.01);
}

TEST(Training, CountsStepsByEpochsAndReportsEachOne) {
  v1::JobSpec spec = LogisticJob(2, 2);
  spec.mutable_training()->set_local_epochs(3);
  spec.mutable_training()->set_batch_size(4);
  const Examples rows = SeparableRows(10, 2, 2);
  const auto model = MakeModel(spec);
  std::vector<uint64_t> seen;
  LocalTraining local = Site("a");
  local.progress = [&](uint64_t done, uint64_t total) {
    EXPECT_EQ(total, 9u);  // three batches (4, 4, 2) in each of three epochs
    seen.push_back(done);
  };
  ASSERT_TRUE(TrainLocally(spec, local, rows, *model).ok());
  EXPECT_EQ(seen, (std::vector<uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(Training, ABatchLargerThanTheRowsIsAllRows) {
  v1::JobSpec spec = LogisticJob(2, 2);
  spec.mutable_training()->set_local_steps(3);
  const Examples rows = SeparableRows(10, 2, 2);
  const auto all = MakeModel(spec);
  ASSERT_TRUE(TrainLocally(spec, Site("a"), rows, *all).ok());
  spec.mutable_training()->set_batch_size(1000);
  const auto large = MakeModel(spec);
  ASSERT_TRUE(TrainLocally(spec, Site("a"), rows, *large).ok());
  EXPECT_EQ(Parameters(*all), Parameters(*large));
}

TEST(Training, OneClassOnlyTrainsAndStaysFinite) {
  v1::JobSpec spec = LogisticJob(3, 2);
  spec.mutable_training()->set_local_steps(50);
  Examples rows = SeparableRows(30, 3, 2);
  for (float& target : rows.targets) target = 1;
  const auto model = MakeModel(spec);
  ASSERT_TRUE(TrainLocally(spec, Site("a"), rows, *model).ok());
  for (const float value : Parameters(*model)) EXPECT_TRUE(std::isfinite(value));
  EXPECT_EQ(Evaluate(spec, rows, 30, *model)->correct, 30u);
}

TEST(Training, RefusesRowsThatDoNotFitWithoutQuotingThem) {
  const v1::JobSpec spec = LogisticJob(3, 2);
  const auto model = MakeModel(spec);
  const auto error = [&](const Examples& rows) {
    return std::string(TrainLocally(spec, Site("a"), rows, *model).message());
  };
  EXPECT_THAT(error(Examples{.input_shape = {3}, .numbers = {}, .bytes = {}, .targets = {}}),
              HasSubstr("no training rows"));
  Examples rows = SeparableRows(4, 2, 2);
  EXPECT_THAT(error(rows), HasSubstr("shape [2], the model takes [3]"));
  rows = SeparableRows(4, 3, 2);
  rows.numbers.pop_back();
  EXPECT_THAT(error(rows), HasSubstr("11 values for 4 rows, expected 12"));
  rows = SeparableRows(4, 3, 2);
  for (const float bad : {77777.0f, -1.0f, 0.5f, std::numeric_limits<float>::quiet_NaN()}) {
    rows.targets[2] = bad;
    EXPECT_EQ(error(rows), "rows: the target of row 3 is not one of the declared classes");
  }
}

TEST(Training, ADrillAnswersWithASixteenthLess) {
  v1::JobSpec spec;
  spec.mutable_model()->mutable_drill()->set_num_parameters(5);
  const auto model = MakeModel(spec);
  ASSERT_TRUE(model->LoadParameters(std::vector<float>{16, -32, 0, 1, 160}).ok());
  ASSERT_TRUE(TrainLocally(spec, Site("a"), Examples{}, *model).ok());
  EXPECT_EQ(Parameters(*model), (std::vector<float>{15, -30, 0, 0.9375, 150}));
  EXPECT_FALSE(Evaluate(spec, Examples{}, 1, *model).ok());
}

TEST(Evaluation, SumsOverAtMostTheRowsAskedFor) {
  const v1::JobSpec spec = LogisticJob(2, 2);
  const Examples rows = SeparableRows(10, 2, 2);
  const auto model = MakeModel(spec);
  ASSERT_TRUE(model->LoadParameters(std::vector<float>{-1, 1, 0}).ok());
  const auto sums = Evaluate(spec, rows, 6, *model);
  ASSERT_TRUE(sums.ok());
  EXPECT_EQ(sums->rows, 6u);
  EXPECT_EQ(sums->correct, 6u);
  double loss = 0;
  for (size_t i = 0; i < 6; ++i) {
    const double logit = rows.numbers[2 * i + 1] - rows.numbers[2 * i];
    loss += std::log1p(std::exp(rows.targets[i] == 1 ? -logit : logit));
  }
  EXPECT_NEAR(sums->loss, loss, 1e-6);
  uint32_t negatives = 0, positives = 0;
  for (int bin = 0; bin < kScoreBins; ++bin) {
    negatives += sums->scores[static_cast<size_t>(bin)];
    positives += sums->scores[static_cast<size_t>(bin + kScoreBins)];
  }
  EXPECT_EQ(negatives, 3u);
  EXPECT_EQ(positives, 3u);
  EXPECT_EQ(Evaluate(spec, Examples{}, 6, *model)->rows, 0u);
}

TEST(Evaluation, AModelThatDivergedIsWrongEverywhereAndItsLossIsBounded) {
  for (const int levels : {0, 2, 3}) {
    v1::JobSpec spec = LogisticJob(2, levels);
    if (levels == 0) spec.mutable_model()->mutable_linear_regression();
    const auto model = MakeModel(spec);
    const std::vector<float> nothing(model->layout().num_elements(), std::numeric_limits<float>::quiet_NaN());
    ASSERT_TRUE(model->LoadParameters(nothing).ok());
    const auto sums = Evaluate(spec, SeparableRows(10, 2, 2), 10, *model);
    ASSERT_TRUE(sums.ok());
    EXPECT_EQ(sums->correct, 0u) << levels;
    EXPECT_EQ(sums->loss, 10 * kMaxLoss) << levels;
    if (levels == 0) {
      EXPECT_EQ(sums->squared_error, 10 * 200.0 * 200.0);
    }
  }
}

// All probabilities are above .997, yet most pairs are in the right order.
TEST(Evaluation, TellsRowsApartOfWhichTheModelIsSure) {
  const v1::JobSpec spec = LogisticJob(1, 2);
  const auto model = MakeModel(spec);
  ASSERT_TRUE(model->LoadParameters(std::vector<float>{1, 6}).ok());
  Examples rows{.input_shape = {1}, .numbers = {}, .bytes = {}, .targets = {}};
  constexpr int kPairs = 50;
  for (int i = 0; i < kPairs; ++i) {
    rows.numbers.insert(rows.numbers.end(), {0.2f * static_cast<float>(i), 2.05f + 0.2f * static_cast<float>(i)});
    rows.targets.insert(rows.targets.end(), {0, 1});
  }
  double in_order = 0;
  for (size_t i = 0; i < rows.rows(); ++i) {
    for (size_t j = 0; j < rows.rows(); ++j) {
      in_order += rows.targets[i] == 1 && rows.targets[j] == 0 && rows.numbers[i] > rows.numbers[j];
    }
  }
  const auto sums = Evaluate(spec, rows, rows.rows(), *model);
  ASSERT_TRUE(sums.ok());
  const std::vector<uint32_t> negatives(sums->scores.begin(), sums->scores.begin() + kScoreBins);
  const std::vector<uint32_t> positives(sums->scores.begin() + kScoreBins, sums->scores.end());
  EXPECT_NEAR(AucFromHistograms(negatives, positives), in_order / (kPairs * kPairs), 0.01);
}

TEST(Evaluation, PutsEndlessScoresIntoTheOutermostBins) {
  const v1::JobSpec spec = LogisticJob(1, 2);
  const auto model = MakeModel(spec);
  const Examples row{.input_shape = {1}, .numbers = {0}, .bytes = {}, .targets = {1}};
  for (const bool up : {false, true}) {
    const float endless = std::numeric_limits<float>::infinity();
    ASSERT_TRUE(model->LoadParameters(std::vector<float>{0, up ? endless : -endless}).ok());
    const auto sums = Evaluate(spec, row, 1, *model);
    ASSERT_TRUE(sums.ok());
    EXPECT_EQ(sums->scores[up ? 2 * kScoreBins - 1 : kScoreBins], 1u);
  }
}

TEST(Evaluation, SumsSquaredErrorsOfNumbers) {
  v1::JobSpec spec = TableJob(1, 0);
  spec.mutable_model()->mutable_linear_regression();
  const auto model = MakeModel(spec);
  ASSERT_TRUE(model->LoadParameters(std::vector<float>{2, 1}).ok());
  const Examples rows{.input_shape = {1}, .numbers = {1, 2, 3}, .bytes = {}, .targets = {3, 4, 27}};
  const auto sums = Evaluate(spec, rows, 3, *model);
  ASSERT_TRUE(sums.ok());
  EXPECT_EQ(sums->squared_error, 0 + 1 + 400);
  EXPECT_EQ(sums->loss, 0 + 1 + kMaxLoss);
}

TEST(Standardisation, ReplacesMissingValuesByTheMeanAndGuardsConstantColumns) {
  const float missing = std::numeric_limits<float>::quiet_NaN();
  Examples rows{.input_shape = {2}, .numbers = {1, 5, missing, missing, 3, 5}, .bytes = {}, .targets = {0, 1, 0}};
  const v1::ColumnStatistics statistics = OwnStatistics(rows);
  EXPECT_EQ(statistics.mean(0), 2);
  EXPECT_EQ(statistics.spread(0), std::sqrt(2.0));
  EXPECT_EQ(statistics.mean(1), 5);
  EXPECT_EQ(statistics.spread(1), 0);
  StandardiseInPlace(statistics, rows);
  const auto z = static_cast<float>(1 / std::sqrt(2.0));
  EXPECT_EQ(rows.numbers, (std::vector<float>{-z, 0, 0, 0, z, 0}));
}

TEST(Standardisation, WithoutStatisticsOnlyFillsInWhatIsMissing) {
  Examples rows{
      .input_shape = {2}, .numbers = {1, std::numeric_limits<float>::quiet_NaN()}, .bytes = {}, .targets = {0}};
  StandardiseInPlace({}, rows);
  EXPECT_EQ(rows.numbers, (std::vector<float>{1, 0}));
}

TEST(Standardisation, StatisticsFromALyingPeerNeverGiveAnythingButNumbers) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double mean : {infinity, std::nan(""), 1e308}) {
    for (const double spread : {infinity, std::nan(""), 1e-320, -1.0}) {
      Examples rows{.input_shape = {2}, .numbers = {1, 5, 2, 6}, .bytes = {}, .targets = {0, 1}};
      v1::ColumnStatistics statistics;
      for (int i = 0; i < 2; ++i) {
        statistics.add_mean(mean);
        statistics.add_spread(spread);
      }
      StandardiseInPlace(statistics, rows);
      for (const float value : rows.numbers) EXPECT_TRUE(std::isfinite(value));
    }
  }
}

TEST(Standardisation, OfAColumnThatIsMissingEverywhereIsZero) {
  const float missing = std::numeric_limits<float>::quiet_NaN();
  Examples rows{.input_shape = {1}, .numbers = {missing, missing}, .bytes = {}, .targets = {0, 1}};
  const v1::ColumnStatistics statistics = OwnStatistics(rows);
  EXPECT_EQ(statistics.mean(0), 0);
  StandardiseInPlace(statistics, rows);
  EXPECT_THAT(rows.numbers, Each(0.0f));
}

}  // namespace
}  // namespace accord
