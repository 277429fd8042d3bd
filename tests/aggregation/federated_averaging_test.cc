#include "aggregation/federated_averaging.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "aggregation/programs/step_schema.h"
#include "aggregation/ring/accumulator.h"
#include "aggregation/ring/codec.h"
#include "tests/aggregation/example_jobs.h"

namespace accord {
namespace {

constexpr size_t kParameters = 5000;

struct Site {
  uint32_t rows;
  std::vector<float> local;
};

std::vector<float> RandomModel(uint64_t seed) {
  std::vector<float> model(kParameters);
  RandomStream random({seed, "", 0, "test-model"});
  for (float& value : model) value = 2 * random.NextFloat() - 1;
  return model;
}

// One site's vector: its rows and its weighted update; the other blocks stay zero.
std::vector<uint32_t> VectorOf(const v1::JobSpec& spec, const VectorSchema& schema, const Site& site,
                               const std::vector<float>& global) {
  std::vector<uint32_t> vector(schema.num_elements());
  RandomStream rounding({site.rows, "", 0, "rounding"});
  vector[schema.Find(kRowsBlock)->offset] = site.rows;
  std::vector<double> update(kParameters);
  for (size_t i = 0; i < kParameters; ++i) {
    update[i] = static_cast<double>(site.rows) / spec.aggregation().max_rows_per_site() *
                (static_cast<double>(site.local[i]) - global[i]);
  }
  const VectorSchema::PlacedBlock& block = *schema.Find(kUpdateBlock);
  const auto outcome =
      Encode(block, absl::MakeConstSpan(update), rounding, absl::MakeSpan(vector).subspan(block.offset, kParameters));
  EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->num_clipped, 0u);
  return vector;
}

TEST(FederatedAveraging, IsTheMeanOfTheModelsWeightedByRows) {
  for (const double rate : {1.0, 0.5}) {
    v1::JobSpec spec = testing_jobs::Binary();
    spec.mutable_aggregation()->mutable_fedavg()->set_server_learning_rate(rate);
    const VectorSchema schema = StepSchema(spec, v1::STEP_TRAIN, kParameters, 3).value();
    const std::vector<float> global = RandomModel(1);
    const std::vector<Site> sites = {{100, RandomModel(2)}, {250, RandomModel(3)}, {999, RandomModel(4)}};
    Accumulator accumulator = Accumulator::Create(schema.num_elements()).value();
    for (const Site& site : sites) ASSERT_TRUE(accumulator.Add(0, VectorOf(spec, schema, site, global)).ok());
    const RingVector sum = std::move(accumulator).Report().value();

    auto step = FederatedAveraging::Create(spec, schema, sum.elements());
    ASSERT_TRUE(step.ok()) << step.status();
    EXPECT_EQ(step->total_rows(), 1349u);
    std::vector<float> next(kParameters);
    const uint64_t offset = schema.Find(kUpdateBlock)->offset;
    for (size_t first = 0; first < kParameters; first += 1234) {  // tiles that are no multiple of anything
      const size_t size = std::min<size_t>(1234, kParameters - first);
      ASSERT_TRUE(step->StepTile(absl::MakeConstSpan(global).subspan(first, size),
                                 sum.elements().subspan(offset + first, size), {},
                                 absl::MakeSpan(next).subspan(first, size))
                      .ok());
    }
    EXPECT_EQ(step->remaining(), 0u);
    for (size_t i = 0; i < kParameters; ++i) {
      double mean = 0;
      for (const Site& site : sites) mean += site.rows / 1349.0 * site.local[i];
      ASSERT_NEAR(next[i], global[i] + rate * (mean - global[i]), 2e-7) << i;
    }
  }
}

TEST(FederatedAveraging, StepsInPlace) {
  const v1::JobSpec spec = testing_jobs::Drill();
  const VectorSchema schema = StepSchema(spec, v1::STEP_TRAIN, 2, 2).value();
  std::vector<uint32_t> sums(schema.num_elements());
  sums[schema.Find(kRowsBlock)->offset] = 2;
  const VectorSchema::PlacedBlock& update = *schema.Find(kUpdateBlock);
  sums[update.offset] = static_cast<uint32_t>(update.max_encoded);          // +1/2 after the mean over two rows
  sums[update.offset + 1] = 0 - static_cast<uint32_t>(update.max_encoded);  // -1/2
  auto step = FederatedAveraging::Create(spec, schema, sums);
  ASSERT_TRUE(step.ok()) << step.status();
  std::vector<float> model = {1, 1};
  ASSERT_TRUE(
      step->StepTile(model, absl::MakeConstSpan(sums).subspan(update.offset, 2), {}, absl::MakeSpan(model)).ok());
  EXPECT_EQ(model, (std::vector<float>{1.5f, 0.5f}));
}

v1::JobSpec NovaJob() {
  v1::JobSpec spec = testing_jobs::Binary();
  spec.mutable_training()->set_local_epochs(2);
  spec.mutable_training()->set_batch_size(10);
  spec.mutable_training()->mutable_sgd()->set_learning_rate(0.1);
  spec.mutable_aggregation()->mutable_fednova()->set_server_learning_rate(0.5);
  return spec;
}

TEST(FederatedAveraging, FedNovaDividesEachChangeByItsStepsAndMultipliesByTheirMean) {
  const v1::JobSpec spec = NovaJob();
  // Rows, steps (2 epochs of batches of 10) and the change of the only parameter.
  struct Change {
    double rows, steps, change;
  };
  const std::vector<Change> sites = {{100, 20, 0.25}, {300, 60, -0.5}, {5, 2, 0.125}};
  const VectorSchema schema = StepSchema(spec, v1::STEP_TRAIN, 1, 3).value();
  const VectorSchema::PlacedBlock& update = *schema.Find(kUpdateBlock);
  const VectorSchema::PlacedBlock& steps = *schema.Find(kLocalStepsBlock);
  double rows_sum = 0, steps_sum = 0, update_sum = 0, mean_steps = 0, mean = 0;
  for (const Change& site : sites) {
    rows_sum += site.rows;
    steps_sum += site.rows / 1000 * site.steps;
    update_sum += site.rows / 1000 * site.change * 200 / site.steps;  // 200: steps over max_rows_per_site rows
    mean_steps += site.rows / 405 * site.steps;
    mean += site.rows / 405 * site.change / site.steps;
  }
  std::vector<uint32_t> sums(schema.num_elements());
  sums[schema.Find(kRowsBlock)->offset] = static_cast<uint32_t>(rows_sum);
  sums[steps.offset] = static_cast<uint32_t>(std::llround(steps_sum * steps.scale));
  sums[update.offset] = static_cast<uint32_t>(std::llround(update_sum * update.scale));
  auto step = FederatedAveraging::Create(spec, schema, sums);
  ASSERT_TRUE(step.ok()) << step.status();
  std::vector<float> model = {1};
  ASSERT_TRUE(
      step->StepTile(model, absl::MakeConstSpan(sums).subspan(update.offset, 1), {}, absl::MakeSpan(model)).ok());
  EXPECT_NEAR(model[0], 1 + 0.5 * mean_steps * mean, 1e-6);

  for (const uint32_t impossible : {0u, 0 - 5u}) {
    sums[steps.offset] = impossible;
    EXPECT_EQ(FederatedAveraging::Create(spec, schema, sums).status().code(), absl::StatusCode::kFailedPrecondition);
  }
}

TEST(FederatedAveraging, ServerLearningRateIsOneWhereTheJobNamesNone) {
  v1::JobSpec spec = testing_jobs::Drill();
  ASSERT_EQ(spec.aggregation().fedavg().server_learning_rate(), 0);
  const auto optimizer = MakeServerOptimizer(spec);
  ASSERT_TRUE(optimizer.ok());
  std::vector<float> next(1);
  (*optimizer)->StepTile({1.0f}, {0.25}, {}, absl::MakeSpan(next));
  EXPECT_EQ(next[0], 1.25f);
}

TEST(FederatedAveraging, WithoutAStrategyThereIsAnError) {
  v1::JobSpec spec = testing_jobs::Drill();
  spec.mutable_aggregation()->clear_strategy();
  EXPECT_EQ(MakeServerOptimizer(spec).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(FederatedAveraging, WeightsThatAddUpToNothingAreAnError) {
  const v1::JobSpec spec = testing_jobs::Drill();
  const VectorSchema schema = StepSchema(spec, v1::STEP_TRAIN, 2, 2).value();
  std::vector<uint32_t> sums(schema.num_elements());
  EXPECT_EQ(FederatedAveraging::Create(spec, schema, sums).status().code(), absl::StatusCode::kFailedPrecondition);
  sums[schema.Find(kRowsBlock)->offset] = 0 - 5u;
  EXPECT_EQ(FederatedAveraging::Create(spec, schema, sums).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(FederatedAveraging, SumsOfAnotherLengthAreRefused) {
  const v1::JobSpec spec = testing_jobs::Drill();
  const VectorSchema schema = StepSchema(spec, v1::STEP_TRAIN, 2, 2).value();
  std::vector<uint32_t> sums(schema.num_elements() - 1, 1);
  EXPECT_EQ(FederatedAveraging::Create(spec, schema, sums).status().code(), absl::StatusCode::kInvalidArgument);
  const VectorSchema evaluate = StepSchema(testing_jobs::Binary(), v1::STEP_EVALUATE, 2, 2).value();
  EXPECT_EQ(
      FederatedAveraging::Create(spec, evaluate, std::vector<uint32_t>(evaluate.num_elements(), 1)).status().code(),
      absl::StatusCode::kInvalidArgument);
}

TEST(FederatedAveraging, TilesThatDoNotFitAreRefused) {
  const v1::JobSpec spec = testing_jobs::Drill();
  const VectorSchema schema = StepSchema(spec, v1::STEP_TRAIN, 2, 2).value();
  std::vector<uint32_t> sums(schema.num_elements(), 1);
  auto step = FederatedAveraging::Create(spec, schema, sums);
  ASSERT_TRUE(step.ok());
  std::vector<float> three(3);
  std::vector<float> two(2);
  EXPECT_FALSE(step->StepTile(three, std::vector<uint32_t>{1, 1, 1}, {}, absl::MakeSpan(three)).ok());
  EXPECT_FALSE(step->StepTile(two, std::vector<uint32_t>{1}, {}, absl::MakeSpan(two)).ok());
  EXPECT_FALSE(step->StepTile(two, std::vector<uint32_t>{1, 1}, {}, absl::MakeSpan(three)).ok());
  std::vector<float> state(2);
  EXPECT_FALSE(step->StepTile(two, std::vector<uint32_t>{1, 1}, absl::MakeSpan(state), absl::MakeSpan(two)).ok());
  EXPECT_EQ(step->remaining(), 2u);
}

}  // namespace
}  // namespace accord
