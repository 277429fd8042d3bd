// A site's gain, its model trained alone and its shortened change against the same written down again as plain loops in
// double precision.
#include "client/trainer/programs/model_alone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random_stream.h"
#include "client/trainer/programs/kept_numbers.h"
#include "tests/client/trainer/strategy_rounds.h"

namespace accord::model_alone_test {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

constexpr int kColumns = kStrategyColumns;
using Doubles = std::vector<double>;  // weights, then the bias

v1::JobSpec GainJob() {
  v1::JobSpec spec = TwoClassJob(11, 0.3, 3, 50);
  spec.mutable_aggregation()->mutable_fedavg()->set_server_learning_rate(1);
  spec.mutable_aggregation()->set_max_rows_per_site(100);
  v1::LocalGain& gain = *spec.mutable_evaluation()->mutable_local_gain();
  gain.set_metric(v1::Evaluation::LOSS);
  for (const double edge : {-0.05, 0.0, 0.05}) gain.add_bins(edge);
  gain.set_minimum_sites(3);
  return spec;
}

Examples Rows(size_t rows, double shift, uint64_t seed) {
  RandomStream random({seed, "", 0, "rows"});
  Examples examples;
  examples.input_shape = {kColumns};
  for (size_t row = 0; row < rows; ++row) {
    double sum = shift;
    for (int i = 0; i < kColumns; ++i) {
      const float x = 2 * random.NextFloat() - 1;
      examples.numbers.push_back(x);
      sum += x * (i - 1 + shift);
    }
    examples.targets.push_back(sum + 0.5 * random.NextDouble() > 0.25 ? 1.0f : 0.0f);
  }
  return examples;
}

double Odds(const Examples& rows, size_t row, const Doubles& at) {
  double z = at[kColumns];
  for (int i = 0; i < kColumns; ++i) z += at[static_cast<size_t>(i)] * rows.numbers[row * kColumns + i];
  return z;
}

// Gradient descent on the mean log loss of all rows.
void Descend(const Examples& rows, int steps, double rate, Doubles& at) {
  for (int step = 0; step < steps; ++step) {
    Doubles gradient(kColumns + 1);
    for (size_t row = 0; row < rows.rows(); ++row) {
      const double residual = 1 / (1 + std::exp(-Odds(rows, row, at))) - rows.targets[row];
      for (size_t i = 0; i < kColumns; ++i) gradient[i] += residual * rows.numbers[row * kColumns + i];
      gradient[kColumns] += residual;
    }
    for (size_t i = 0; i < at.size(); ++i) at[i] -= rate * gradient[i] / static_cast<double>(rows.rows());
  }
}

double MeanLoss(const Examples& rows, const Doubles& at) {
  double loss = 0;
  for (size_t row = 0; row < rows.rows(); ++row) {
    const double z = Odds(rows, row, at);
    loss += std::log1p(std::exp(rows.targets[row] == 1 ? -z : z));
  }
  return loss / static_cast<double>(rows.rows());
}

std::map<std::string, StrategyRounds::Site> ThreeSites() {
  return {{"a", {Rows(30, -0.8, 1)}}, {"b", {Rows(40, 0.2, 2)}}, {"c", {Rows(50, 0.9, 3)}}};
}

Doubles Wide(absl::Span<const float> values) { return {values.begin(), values.end()}; }

void ExpectNear(absl::Span<const float> found, const Doubles& expected, const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-5) << what << ", number " << i;
}

TEST(ModelAlone, IsPlainTrainingOnTheSitesOwnRowsInTheRoundsThatItTakesPartIn) {
  for (const double mu : {0.0, 0.7}) {
    v1::JobSpec spec = GainJob();
    if (mu > 0) spec.mutable_aggregation()->mutable_fedprox()->set_mu(mu);
    StrategyRounds rounds(spec, ThreeSites());
    std::map<std::string, Doubles> alone;
    for (const char* site : {"a", "b", "c"}) alone[site] = Wide(rounds.parameters());
    const std::vector<std::vector<std::string>> cohorts = {{"a", "b", "c"}, {"a", "c"}, {"a", "b", "c"}, {"b", "c"}};
    for (uint32_t round = 1; round <= cohorts.size(); ++round) {
      rounds.Run(round, cohorts[round - 1]);
      for (const std::string& site : cohorts[round - 1]) {
        Descend(rounds.sites().at(site).train, 3, 0.3, alone[site]);
        ExpectNear(rounds.kept(site), alone[site], site);
      }
    }
  }
}

TEST(ModelAlone, ChangesNothingOfTheCommonModel) {
  const v1::JobSpec spec = GainJob();
  v1::JobSpec without = spec;
  without.mutable_evaluation()->clear_local_gain();
  StrategyRounds rounds(spec, ThreeSites());
  StrategyRounds plain(without, ThreeSites());
  for (uint32_t round = 1; round <= 3; ++round) {
    rounds.Run(round, {"a", "b", "c"});
    plain.Run(round, {"a", "b", "c"});
  }
  EXPECT_THAT(rounds.parameters(), ElementsAreArray(plain.parameters()));
}

// A step of a job over this site's rows, and its vector.
class AloneStep {
 public:
  AloneStep(v1::JobSpec spec, v1::StepKind kind) : spec_(std::move(spec)), kind_(kind) {
    model_ = *Model::Create(spec_, "");
    schema_ = *StepSchema(spec_, kind, kColumns + 1, 3);
    bytes_.resize(schema_->num_bytes());
    v1::ComputeStep step;
    step.set_kind(kind);
    step.set_cohort_size(3);
    step.set_num_parameters(kColumns + 1);
    vector_ = *StepVector::Create(spec_, "a", step, absl::MakeSpan(bytes_));
  }

  const v1::JobSpec& spec() const { return spec_; }
  Model& model() { return *model_; }
  StepVector& vector() { return *vector_; }
  const std::vector<uint8_t>& bytes() const { return bytes_; }
  std::vector<double> Block(const char* name) const {
    const VectorSchema::PlacedBlock& placed = *schema_->Find(name);
    std::vector<double> values;
    for (uint64_t i = 0; i < placed.block.num_elements; ++i) {
      int32_t element = 0;
      std::memcpy(&element, bytes_.data() + (placed.offset + i) * sizeof(element), sizeof(element));
      values.push_back(element / placed.scale);
    }
    return values;
  }
  // The bytes of all blocks but one.
  std::vector<uint8_t> AllBut(const char* name) const {
    std::vector<uint8_t> rest = bytes_;
    const VectorSchema::PlacedBlock& placed = *schema_->Find(name);
    const auto begin = rest.begin() + static_cast<ptrdiff_t>(placed.offset * 4);
    rest.erase(begin, begin + static_cast<ptrdiff_t>(placed.block.num_elements * 4));
    return rest;
  }

 private:
  v1::JobSpec spec_;
  v1::StepKind kind_;
  std::unique_ptr<Model> model_;
  std::optional<VectorSchema> schema_;
  std::vector<uint8_t> bytes_;
  std::optional<StepVector> vector_;
};

const std::vector<float> kCommon = {-0.9f, 0.1f, 1.1f, 0.05f};
const std::vector<float> kAlone = {-0.2f, 0.4f, 0.1f, -0.3f};

absl::StatusOr<std::optional<v1::OwnGain>> Evaluated(AloneStep& step, const Examples& test,
                                                     absl::Span<const float> alone) {
  EXPECT_TRUE(step.model().LoadParameters(kCommon).ok());
  const EvaluationSums common = *FillMetrics(step.spec(), test, step.model(), step.vector());
  return MeasureGain({step.spec(), test, common, alone}, step.model(), step.vector());
}

TEST(ModelAlone, TheGainIsTheDifferenceOfBothModelsFiguresOnTheHeldOutRows) {
  const Examples test = Rows(60, 0.1, 9);
  AloneStep step(GainJob(), v1::STEP_EVALUATE);
  const auto gain = Evaluated(step, test, kAlone);
  ASSERT_TRUE(gain.ok() && gain->has_value()) << gain.status();
  const double common = MeanLoss(test, Wide(kCommon));
  const double alone = MeanLoss(test, Wide(kAlone));
  EXPECT_NEAR((*gain)->common(), common, 1e-6);
  EXPECT_NEAR((*gain)->alone(), alone, 1e-6);
  EXPECT_NEAR((*gain)->gain(), alone - common, 1e-6) << "less loss is a gain";
  EXPECT_GT((*gain)->gain(), 0.05);
  EXPECT_EQ((*gain)->test_rows(), 60u);
  EXPECT_THAT(step.Block(kLocalGainBlock), ElementsAre(0, 0, 0, 1));
  EXPECT_THAT(GainInWords(**gain), HasSubstr("on the 60 rows held out here the common model has loss"));
}

TEST(ModelAlone, NothingLeavesButTheBin) {
  const Examples test = Rows(60, 0.1, 9);
  AloneStep one(GainJob(), v1::STEP_EVALUATE);
  AloneStep other(GainJob(), v1::STEP_EVALUATE);
  std::vector<float> better = kCommon;
  better[0] = -1.5f;
  ASSERT_TRUE(Evaluated(one, test, kAlone).ok());
  ASSERT_TRUE(Evaluated(other, test, better).ok());
  EXPECT_NE(one.Block(kLocalGainBlock), other.Block(kLocalGainBlock));
  EXPECT_EQ(one.AllBut(kLocalGainBlock), other.AllBut(kLocalGainBlock));
  // The same bin for another model: not one byte differs.
  std::vector<float> worse = kAlone;
  worse[3] = -0.4f;
  AloneStep again(GainJob(), v1::STEP_EVALUATE);
  ASSERT_TRUE(Evaluated(again, test, worse).ok());
  EXPECT_EQ(again.bytes(), one.bytes());
}

TEST(ModelAlone, WithoutARowOrAModelTheBinsAreZeros) {
  AloneStep none(GainJob(), v1::STEP_EVALUATE);
  const auto without_model = Evaluated(none, Rows(20, 0, 4), {});
  ASSERT_TRUE(without_model.ok());
  EXPECT_FALSE(without_model->has_value());
  EXPECT_THAT(none.Block(kLocalGainBlock), ElementsAre(0, 0, 0, 0));
  AloneStep empty(GainJob(), v1::STEP_EVALUATE);
  const auto without_rows = Evaluated(empty, Rows(0, 0, 4), kAlone);
  ASSERT_TRUE(without_rows.ok());
  EXPECT_FALSE(without_rows->has_value());
  v1::JobSpec by_area = GainJob();
  by_area.mutable_evaluation()->mutable_local_gain()->set_metric(v1::Evaluation::AUC);
  Examples one_class = Rows(20, 0, 4);
  std::fill(one_class.targets.begin(), one_class.targets.end(), 1.0f);
  AloneStep area(by_area, v1::STEP_EVALUATE);
  EXPECT_FALSE((*Evaluated(area, one_class, kAlone)).has_value());
  EXPECT_THAT(area.Block(kLocalGainBlock), ElementsAre(0, 0, 0, 0));
}

// Which the daemon says where what was kept is lost, or was never begun.
TEST(ModelAlone, ASiteWithNothingToCompareTrainsTheCommonModelAlone) {
  const v1::JobSpec spec = GainJob();
  const Examples train = Rows(30, 0.3, 5);
  const LocalTraining local = {.site = "a", .round = 4};
  for (const bool no_baseline : {false, true}) {
    AloneStep step(spec, v1::STEP_TRAIN);
    std::vector<float> after(kAlone.size());
    const auto held_out =
        FillTraining({spec, local, train, train, kCommon, {kAlone, absl::MakeSpan(after)}, no_baseline}, step.model(),
                     step.vector());
    ASSERT_TRUE(held_out.ok()) << held_out.status();
    EXPECT_EQ(held_out->trained_alone, !no_baseline);
    EXPECT_EQ(after == kAlone, no_baseline);
  }
}

TEST(ModelAlone, ASiteThatJoinsLaterBeginsWithTheFirstWeightsAndNotWithTheCommonModel) {
  const v1::JobSpec spec = GainJob();
  const Examples train = Rows(30, 0.3, 5);
  const LocalTraining local = {.site = "a", .round = 4};
  AloneStep step(spec, v1::STEP_TRAIN);
  std::vector<float> after(kAlone.size());
  const KeptNumbers kept = {{}, absl::MakeSpan(after), kAlone};
  ASSERT_TRUE(FillTraining({spec, local, train, train, kCommon, kept}, step.model(), step.vector()).ok());
  Doubles expected = Wide(kAlone);
  Descend(train, 3, 0.3, expected);
  ExpectNear(after, expected, "the model alone");
  AloneStep unknown(spec, v1::STEP_TRAIN);
  EXPECT_FALSE(
      FillTraining({spec, local, train, train, kCommon, {{}, absl::MakeSpan(after)}}, unknown.model(), unknown.vector())
          .ok());
}

// ---- update_norm_bound ----

double NormOf(const std::vector<double>& values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares);
}

struct Sent {
  std::vector<double> change;
  double shortened = 0;
};

Sent SentWithin(double bound) {
  v1::JobSpec spec = GainJob();
  spec.mutable_evaluation()->clear_local_gain();
  spec.mutable_aggregation()->set_max_rows_per_site(60);
  spec.mutable_aggregation()->set_update_norm_bound(bound);
  const Examples train = Rows(30, 0.3, 5);
  const LocalTraining local = {.site = "a", .round = 1};
  AloneStep step(spec, v1::STEP_TRAIN);
  EXPECT_TRUE(FillTraining({spec, local, train, train, kCommon}, step.model(), step.vector()).ok());
  Sent sent = {step.Block(kUpdateBlock), bound > 0 ? step.Block(kShortenedBlock)[0] : 0};
  for (double& value : sent.change) value *= 60.0 / 30;  // its weight: 30 rows of at most 60
  return sent;
}

TEST(NormBound, ALongerChangeIsShortenedToTheBoundAndKeepsItsDirection) {
  const Sent whole = SentWithin(0);
  const double norm = NormOf(whole.change);
  ASSERT_GT(norm, 0.05);
  const Sent within = SentWithin(norm / 4);
  EXPECT_EQ(within.shortened, 1);
  EXPECT_NEAR(NormOf(within.change), norm / 4, 1e-5);
  for (size_t i = 0; i < whole.change.size(); ++i) EXPECT_NEAR(within.change[i], whole.change[i] / 4, 1e-5);
}

TEST(NormBound, AShorterChangeStaysAsItIs) {
  const Sent whole = SentWithin(0);
  const Sent within = SentWithin(2 * NormOf(whole.change));
  EXPECT_EQ(within.shortened, 0);
  EXPECT_THAT(within.change, ElementsAreArray(whole.change));
}

}  // namespace
}  // namespace accord::model_alone_test
