// The strategies by which sites keep something, against their papers' algorithms written down again in double
// precision.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "aggregation/programs/step_places.h"
#include "base/random_stream.h"
#include "tests/client/trainer/strategy_rounds.h"

namespace accord {
namespace {

constexpr int kColumns = kStrategyColumns;
using Doubles = std::vector<double>;  // weights, then the bias

v1::JobSpec TwoClasses() {
  v1::JobSpec spec = TwoClassJob(7, 0.2, 4, 20);
  for (const char* site : {"a", "b", "c"}) spec.mutable_rounds()->add_sites(site);
  return spec;
}

v1::JobSpec Numbers() {
  v1::JobSpec spec = TwoClasses();
  spec.mutable_data()->mutable_target()->mutable_numeric()->set_min(-100);
  spec.mutable_data()->mutable_target()->mutable_numeric()->set_max(100);
  spec.mutable_model()->mutable_linear_regression();
  spec.mutable_training()->mutable_sgd()->set_learning_rate(0.05);
  return spec;
}

// Each site's rows lie elsewhere and follow another rule.
Examples RowsOf(const v1::JobSpec& spec, size_t rows, double shift) {
  RandomStream random({static_cast<uint64_t>(rows), "", 0, "test-rows"});
  Examples examples;
  examples.input_shape = {kColumns};
  for (size_t row = 0; row < rows; ++row) {
    double sum = shift;
    for (int i = 0; i < kColumns; ++i) {
      const float x = 2 * random.NextFloat() - 1 + static_cast<float>(shift * (i == 0 ? 0.5 : -0.2));
      examples.numbers.push_back(x);
      sum += x * (i + 1 - shift);
    }
    const bool number = spec.data().target().has_numeric();
    examples.targets.push_back(number ? static_cast<float>(sum) : sum > 0 ? 1.0f : 0.0f);
  }
  return examples;
}

std::map<std::string, StrategyRounds::Site> ThreeSites(const v1::JobSpec& spec) {
  return {{"a", {RowsOf(spec, 20, -1)}}, {"b", {RowsOf(spec, 33, 0.3)}}, {"c", {RowsOf(spec, 48, 1.5)}}};
}

// Mean gradient of log loss or squared error over all rows.
Doubles Gradient(const v1::JobSpec& spec, const Examples& rows, const Doubles& at) {
  Doubles gradient(kColumns + 1);
  const auto n = static_cast<double>(rows.rows());
  for (size_t row = 0; row < rows.rows(); ++row) {
    double z = at[kColumns];
    for (int i = 0; i < kColumns; ++i) z += at[i] * rows.numbers[row * kColumns + i];
    const double residual =
        spec.data().target().has_numeric() ? 2 * (z - rows.targets[row]) : 1 / (1 + std::exp(-z)) - rows.targets[row];
    for (int i = 0; i < kColumns; ++i) gradient[i] += residual * rows.numbers[row * kColumns + i] / n;
    gradient[kColumns] += residual / n;
  }
  return gradient;
}

void ExpectNear(absl::Span<const float> found, const Doubles& expected, const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-5) << what << ", number " << i;
}

Doubles Wide(absl::Span<const float> values) { return {values.begin(), values.end()}; }

// Karimireddy et al. 2020, algorithm 1, option II, line by line.
class Scaffold {
 public:
  Scaffold(const v1::JobSpec& spec, Doubles x) : spec_(spec), x_(std::move(x)), c_(x_.size()) {}

  void Round(const std::map<std::string, StrategyRounds::Site>& all, const std::vector<std::string>& sampled) {
    const double rate = spec_.training().sgd().learning_rate();
    const double decay = spec_.training().sgd().weight_decay();
    const int steps = static_cast<int>(spec_.training().local_epochs());
    Doubles move(x_.size()), control_move(x_.size());
    for (const std::string& site : sampled) {
      Doubles& own = controls_.try_emplace(site, x_.size()).first->second;
      Doubles y = x_;
      for (int k = 0; k < steps; ++k) {
        const Doubles g = Gradient(spec_, all.at(site).train, y);
        for (size_t i = 0; i < y.size(); ++i) y[i] -= rate * (g[i] + decay * y[i] - own[i] + c_[i]);
      }
      for (size_t i = 0; i < y.size(); ++i) {
        const double next = own[i] - c_[i] + (x_[i] - y[i]) / (steps * rate);
        move[i] += (y[i] - x_[i]) / static_cast<double>(sampled.size());
        control_move[i] += (next - own[i]) / static_cast<double>(all.size());
        own[i] = next;
      }
    }
    const double server_rate = spec_.aggregation().scaffold().server_learning_rate();
    for (size_t i = 0; i < x_.size(); ++i) {
      x_[i] += server_rate * move[i];
      c_[i] += control_move[i];
    }
  }

  const Doubles& x() const { return x_; }
  const Doubles& c() const { return c_; }
  const Doubles& control(const std::string& site) const { return controls_.at(site); }

 private:
  const v1::JobSpec& spec_;
  Doubles x_, c_;
  std::map<std::string, Doubles> controls_;
};

v1::JobSpec ScaffoldJob(v1::JobSpec spec) {
  spec.mutable_aggregation()->mutable_scaffold()->set_server_learning_rate(0.8);
  spec.mutable_aggregation()->mutable_scaffold()->set_control_bound(200);
  return spec;
}

const std::vector<std::vector<std::string>> kCohorts = {{"a", "b", "c"}, {"a", "c"}, {"a", "b", "c"},
                                                        {"b", "c"},      {"a", "b"}, {"a", "b", "c"}};

TEST(Strategies, ScaffoldIsThePapersAlgorithm) {
  for (const bool numbers : {false, true}) {
    v1::JobSpec spec = ScaffoldJob(numbers ? Numbers() : TwoClasses());
    spec.mutable_training()->mutable_sgd()->set_weight_decay(0.01);
    StrategyRounds rounds(spec, ThreeSites(spec));
    Scaffold paper(spec, Wide(rounds.parameters()));
    for (uint32_t round = 1; round <= kCohorts.size(); ++round) {
      rounds.Run(round, kCohorts[round - 1]);
      paper.Round(rounds.sites(), kCohorts[round - 1]);
      ExpectNear(rounds.parameters(), paper.x(), "the model");
      ExpectNear(rounds.control(), paper.c(), "the common control variate");
      for (const std::string& site : kCohorts[round - 1]) ExpectNear(rounds.kept(site), paper.control(site), site);
    }
  }
}

// Where sites differ, FedAvg with several local steps stops beside the optimum; SCAFFOLD finds it.
TEST(Strategies, ScaffoldFindsTheOptimumOfAllSitesWhereFedAvgDoesNot) {
  const v1::JobSpec scaffold = [] {
    v1::JobSpec spec = ScaffoldJob(Numbers());
    spec.mutable_aggregation()->mutable_scaffold()->set_server_learning_rate(1);
    spec.mutable_training()->set_local_epochs(8);
    return spec;
  }();
  v1::JobSpec fedavg = scaffold;
  fedavg.mutable_aggregation()->mutable_fedavg();
  const auto distance = [](const v1::JobSpec& spec) {
    auto sites = ThreeSites(spec);
    for (auto& [name, site] : sites) site.train = RowsOf(spec, 30, name == "a" ? -1 : name == "b" ? 0.3 : 1.5);
    StrategyRounds rounds(spec, sites);
    for (uint32_t round = 1; round <= 150; ++round) rounds.Run(round, {"a", "b", "c"});
    Doubles sum(kColumns + 1);  // of the sites' gradients: zero at the optimum
    for (const auto& [name, site] : rounds.sites()) {
      const Doubles gradient = Gradient(spec, site.train, Wide(rounds.parameters()));
      for (size_t i = 0; i < sum.size(); ++i) sum[i] += gradient[i];
    }
    double square = 0;
    for (const double g : sum) square += g * g;
    return std::sqrt(square);
  };
  EXPECT_LT(distance(scaffold), 1e-3);
  EXPECT_GT(distance(fedavg), 1e-2);
}

// Linear regression whose bias is each site's own.
v1::JobSpec OwnBias(bool rep) {
  v1::JobSpec spec = Numbers();
  if (rep) {
    spec.mutable_aggregation()->mutable_fedrep()->add_layers("linear.bias");
    spec.mutable_aggregation()->mutable_fedrep()->set_head_epochs(3);
  } else {
    spec.mutable_aggregation()->mutable_fedper()->add_layers("linear.bias");
  }
  return spec;
}

TEST(Strategies, FedPerAndFedRepAverageTheWeightsAndLeaveEachSiteItsBias) {
  for (const bool rep : {false, true}) {
    const v1::JobSpec spec = OwnBias(rep);
    const double rate = spec.training().sgd().learning_rate();
    StrategyRounds rounds(spec, ThreeSites(spec));
    Doubles common = Wide(rounds.parameters());
    const double first_bias = common[kColumns];
    std::map<std::string, double> biases;
    for (uint32_t round = 1; round <= kCohorts.size(); ++round) {
      const std::vector<std::string>& cohort = kCohorts[round - 1];
      rounds.Run(round, cohort);
      Doubles sum(kColumns);
      double total = 0;
      for (const std::string& site : cohort) {
        const Examples& rows = rounds.sites().at(site).train;
        Doubles y = common;
        y[kColumns] = biases.try_emplace(site, first_bias).first->second;
        for (int step = 0; rep && step < 3; ++step) y[kColumns] -= rate * Gradient(spec, rows, y)[kColumns];
        for (int step = 0; step < 4; ++step) {
          const Doubles g = Gradient(spec, rows, y);
          for (int i = 0; i < kColumns; ++i) y[i] -= rate * g[i];
          if (!rep) y[kColumns] -= rate * g[kColumns];
        }
        biases[site] = y[kColumns];
        const auto weight = static_cast<double>(rows.rows());
        for (int i = 0; i < kColumns; ++i) sum[i] += weight * y[i];
        total += weight;
        EXPECT_NEAR(rounds.kept(site)[kColumns], y[kColumns], 1e-5) << site;
      }
      for (int i = 0; i < kColumns; ++i) common[i] = sum[i] / total;
      ExpectNear(rounds.parameters(), common, "the common model");
    }
    EXPECT_EQ(rounds.parameters()[kColumns], static_cast<float>(first_bias)) << "nobody's bias is in it";
  }
}

v1::JobSpec TextJob() {
  v1::JobSpec spec = TwoClasses();
  spec.mutable_data()->clear_features();
  spec.mutable_data()->mutable_text()->set_vocabulary(12);
  spec.mutable_data()->mutable_text()->set_length(5);
  v1::TextTransformer& model = *spec.mutable_model()->mutable_text_transformer();
  model.set_width(4);
  model.set_heads(2);
  model.set_blocks(1);
  model.set_feed_forward(6);
  spec.mutable_aggregation()->mutable_fedbn()->set_server_learning_rate(1);
  return spec;
}

Examples Texts(size_t rows, int first_token) {
  RandomStream random({static_cast<uint64_t>(rows), "", 0, "test-texts"});
  Examples examples;
  examples.input_shape = {5};
  for (size_t row = 0; row < rows; ++row) {
    for (int i = 0; i < 5; ++i)
      examples.numbers.push_back(static_cast<float>(first_token + static_cast<int>(random.NextBelow(6))));
    examples.targets.push_back(static_cast<float>(row % 2));
  }
  return examples;
}

// Rounds written down again over the product's local training alone, which knows nothing of FedBN.
TEST(Strategies, FedBnAveragesAllButTheNormalisationLayers) {
  const v1::JobSpec spec = TextJob();
  StrategyRounds rounds(spec, {{"a", {Texts(8, 1)}}, {"b", {Texts(14, 5)}}});
  const v1::ParameterLayout& layout = rounds.model().layout();
  std::vector<bool> is_norm(layout.num_elements());
  for (int e = 0; e < layout.entries_size(); ++e) {
    const uint64_t end = e + 1 < layout.entries_size() ? layout.entries(e + 1).offset() : layout.num_elements();
    const bool norm = layout.entries(e).name().find("norm") != std::string::npos;
    for (uint64_t i = layout.entries(e).offset(); i < end; ++i) is_norm[i] = norm;
  }
  v1::JobSpec alone = rounds.spec();
  alone.mutable_aggregation()->mutable_fedavg();
  const auto model = *Model::Create(alone, "");
  std::vector<float> common(rounds.parameters().begin(), rounds.parameters().end());
  const std::vector<float> first = common;
  std::map<std::string, std::vector<float>> own = {{"a", first}, {"b", first}};
  for (uint32_t round = 1; round <= 4; ++round) {
    rounds.Run(round, {"a", "b"});
    Doubles sum(common.size());
    for (auto& [site, parameters] : own) {
      for (size_t i = 0; i < common.size(); ++i) {
        if (!is_norm[i]) parameters[i] = common[i];
      }
      const Examples& rows = rounds.sites().at(site).train;
      ASSERT_TRUE(model->LoadParameters(parameters).ok());
      ASSERT_TRUE(TrainLocally(alone, {.site = site, .round = round}, rows, *model).ok());
      ASSERT_TRUE(model->StoreParameters(absl::MakeSpan(parameters)).ok());
      for (size_t i = 0; i < common.size(); ++i) sum[i] += static_cast<double>(rows.rows()) * parameters[i] / 22;
      EXPECT_EQ(rounds.kept(site).size(), parameters.size());
      for (size_t i = 0; i < common.size(); ++i) EXPECT_NEAR(rounds.kept(site)[i], parameters[i], 1e-5) << site << i;
    }
    for (size_t i = 0; i < common.size(); ++i) {
      common[i] = is_norm[i] ? first[i] : static_cast<float>(sum[i]);
      EXPECT_NEAR(rounds.parameters()[i], common[i], 1e-5) << i;
    }
  }
  EXPECT_NE(own["a"], own["b"]);
}

// Li et al. 2021, algorithm 1.
TEST(Strategies, DittoTrainsTheCommonModelAndBesideItOneHeldNearIt) {
  v1::JobSpec spec = Numbers();
  spec.mutable_aggregation()->mutable_ditto()->set_lambda(0.7);
  const double rate = spec.training().sgd().learning_rate();
  StrategyRounds rounds(spec, ThreeSites(spec));
  Doubles common = Wide(rounds.parameters());
  std::map<std::string, Doubles> own;
  for (uint32_t round = 1; round <= kCohorts.size(); ++round) {
    const std::vector<std::string>& cohort = kCohorts[round - 1];
    rounds.Run(round, cohort);
    Doubles sum(common.size());
    double total = 0;
    for (const std::string& site : cohort) {
      const Examples& rows = rounds.sites().at(site).train;
      Doubles w = common;
      Doubles& v = own.try_emplace(site, common).first->second;
      for (int step = 0; step < 4; ++step) {
        const Doubles g = Gradient(spec, rows, w);
        const Doubles h = Gradient(spec, rows, v);
        for (size_t i = 0; i < w.size(); ++i) {
          w[i] -= rate * g[i];
          v[i] -= rate * (h[i] + 0.7 * (v[i] - common[i]));
        }
      }
      for (size_t i = 0; i < w.size(); ++i) sum[i] += static_cast<double>(rows.rows()) * w[i];
      total += static_cast<double>(rows.rows());
      ExpectNear(rounds.kept(site), v, site);
    }
    for (size_t i = 0; i < common.size(); ++i) common[i] = sum[i] / total;
    ExpectNear(rounds.parameters(), common, "the common model");
  }
}

TEST(Strategies, AStepComputedAgainGivesTheSameVectorAndTheSameThingsToKeep) {
  for (const v1::JobSpec& spec : {ScaffoldJob(TwoClasses()), OwnBias(true)}) {
    StrategyRounds rounds(spec, ThreeSites(spec));
    rounds.Run(1, {"a", "b", "c"});
    const uint64_t size = StepSchema(rounds.spec(), v1::STEP_TRAIN, kColumns + 1, 3)->num_bytes();
    std::vector<uint8_t> first(size), second(size);
    const std::vector<float> kept = rounds.Step("b", 2, 3, absl::MakeSpan(first));
    EXPECT_EQ(rounds.Step("b", 2, 3, absl::MakeSpan(second)), kept);
    EXPECT_EQ(first, second);
    EXPECT_NE(kept, rounds.kept("b"));
  }
}

TEST(Strategies, FiguresAreOfEachSitesOwnModel) {
  const v1::JobSpec spec = OwnBias(false);
  StrategyRounds rounds(spec, ThreeSites(spec));
  rounds.Run(1, {"a", "b", "c"});
  rounds.Run(2, {"a", "b", "c"});
  // The model that round 2 began with at a: the common weights of round 1 and its own bias.
  const auto expected = [&] {
    StrategyRounds again(spec, ThreeSites(spec));
    again.Run(1, {"a", "b", "c"});
    std::vector<float> personal(again.parameters().begin(), again.parameters().end());
    personal[kColumns] = again.kept("a")[kColumns];
    EXPECT_TRUE(again.model().LoadParameters(personal).ok());
    const EvaluationSums sums = *Evaluate(again.spec(), again.sites().at("a").train, 100, again.model());
    return sums.loss + sums.squared_error;
  }();
  EXPECT_DOUBLE_EQ(rounds.loss("a"), expected);
  EXPECT_GT(expected, 0);
}

TEST(Strategies, TheEvaluationKeepsTheCommonModelWithTheSitesOwnLayers) {
  const v1::JobSpec spec = OwnBias(false);
  const std::unique_ptr<Model> model = *Model::Create(spec, "");
  const std::vector<float> received = {1, 2, 3, 4}, before = {5, 6, 7, 8};
  std::vector<float> after(4);
  ASSERT_TRUE(LoadForEvaluation(spec, received, {before, absl::MakeSpan(after)}, *model).ok());
  EXPECT_THAT(after, ::testing::ElementsAre(1, 2, 3, 8));
  std::vector<float> loaded(4);
  ASSERT_TRUE(model->StoreParameters(absl::MakeSpan(loaded)).ok());
  EXPECT_EQ(loaded, after);
}

TEST(Strategies, AStepThatFailsKeepsWhatWasThere) {
  const std::vector<float> received = {1, 2, 3, 4}, before = {5, 6, 7, 8};
  std::vector<float> after(4, std::numeric_limits<float>::quiet_NaN());
  KeepAsBefore(OwnBias(false), received, {before, absl::MakeSpan(after)});
  EXPECT_EQ(after, before);
  KeepAsBefore(OwnBias(false), received, {{}, absl::MakeSpan(after)});
  EXPECT_EQ(after, received);
  KeepAsBefore(ScaffoldJob(TwoClasses()), received, {{}, absl::MakeSpan(after)});
  EXPECT_THAT(after, ::testing::Each(0));
}

// Chang et al. 2018: one model goes from site to site, and nothing is averaged.
TEST(CyclicWeightTransfer, EqualsGradientDescentAtOneSiteAfterAnother) {
  for (v1::JobSpec spec : {TwoClasses(), Numbers()}) {
    spec.mutable_aggregation()->mutable_cyclic()->set_order(v1::Cyclic::SHUFFLED);
    StrategyRounds rounds(spec, ThreeSites(spec));
    Doubles model = Wide(rounds.parameters());
    for (uint32_t cycle = 1; cycle <= 4; ++cycle) {
      for (const std::string& site : OrderOfCycle(spec, cycle)) {
        if (cycle == 2 && site == "b") continue;  // it misses its turn
        rounds.Run(cycle, {site});
        for (uint32_t step = 0; step < spec.training().local_epochs(); ++step) {
          const Doubles gradient = Gradient(spec, rounds.sites().at(site).train, model);
          for (size_t i = 0; i < model.size(); ++i) model[i] -= spec.training().sgd().learning_rate() * gradient[i];
        }
        ExpectNear(rounds.parameters(), model, "cycle " + std::to_string(cycle) + ", " + site);
      }
    }
  }
}

}  // namespace
}  // namespace accord
