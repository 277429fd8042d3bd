// Jobs that newton fits: what is filled in, and what does not go with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/file.h"
#include "proto/validation/job_validation.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

constexpr char kLogistic[] = R"(name: odds
purpose: to estimate odds
data:
  name: heart
  features:
    - {name: age, numeric: {unit: years, min: 18, max: 110}}
    - {name: sex, category: {levels: [female, male]}}
  target: {name: disease, category: {levels: [absent, present]}}
model: {logistic_regression: {}}
aggregation:
  newton: {}
  max_rows_per_site: 2000
rounds: {count: 25, min_sites: 3}
)";

constexpr char kCox[] = R"(name: hazards
purpose: to estimate hazards
data:
  name: registry
  features: [{name: age, numeric: {min: 18, max: 110}}]
  target:
    name: days
    survival: {max: 8000, event: {name: died, category: {levels: ["0", "1"]}}}
model: {cox: {}}
aggregation: {newton: {}, max_rows_per_site: 2000}
rounds: {count: 25, min_sites: 3}
)";

absl::StatusOr<v1::JobSpec> LoadRegression(const std::string& yaml) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/newton.yaml");
  EXPECT_TRUE(WriteFileAtomically(path, yaml, 0644, Durability::kVisible).ok());
  return LoadJobSpec(path);
}

TEST(NewtonJob, HasSumsOf64BitsAndZerosAndNoStandardisation) {
  const auto spec = LoadRegression(kLogistic);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->aggregation().secure_sum().ring_bits(), 64u);
  EXPECT_EQ(spec->aggregation().newton().tolerance(), 1e-8);
  EXPECT_EQ(spec->model().initial_weights(), v1::ModelSpec::ZEROS);
  EXPECT_FALSE(spec->has_preprocessing());
  EXPECT_FALSE(spec->has_training());
  const auto again = ParseJobSpec(spec->SerializeAsString());
  EXPECT_TRUE(again.ok()) << again.status();
}

TEST(NewtonJob, CoxHasEfronsTies) {
  const auto spec = LoadRegression(kCox);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->model().cox().ties(), v1::Cox::EFRON);
}

struct Misfit {
  const char* name;
  const char* job;
  const char* from;
  const char* to;
  const char* fault;
};

class MisfitJob : public ::testing::TestWithParam<Misfit> {};

TEST_P(MisfitJob, IsToldWhereAndWhy) {
  const Misfit& misfit = GetParam();
  ASSERT_THAT(misfit.job, HasSubstr(misfit.from));
  const auto spec = LoadRegression(absl::StrReplaceAll(misfit.job, {{misfit.from, misfit.to}}));
  ASSERT_FALSE(spec.ok());
  EXPECT_THAT(std::string(spec.status().message()), HasSubstr(misfit.fault));
}

INSTANTIATE_TEST_SUITE_P(
    Table, MisfitJob,
    ::testing::Values(
        Misfit{"Training", kLogistic,
               "aggregation:", "training: {sgd: {learning_rate: 1}, local_epochs: 1}\naggregation:",
               "training: does nothing with newton"},
        Misfit{"Preprocessing", kLogistic,
               "model:", "preprocessing: {standardise: none}\nmodel:", "preprocessing: does nothing with newton"},
        Misfit{"UpdateBound", kLogistic, "newton: {}", "newton: {}\n  update_bound: 1",
               "aggregation.update_bound: does nothing with newton"},
        Misfit{"RandomWeights", kLogistic, "{logistic_regression: {}}",
               "{logistic_regression: {}, initial_weights: random}", "model.initial_weights: is random"},
        Misfit{"EarlierWeights", kLogistic, "{logistic_regression: {}}",
               "{logistic_regression: {}, start_from: {file: model.bin}}",
               "model.start_from: names weights to begin with, and newton begins at zeros"},
        Misfit{"NarrowRing", kLogistic, "newton: {}", "newton: {}\n  secure_sum: {ring_bits: 32}",
               "aggregation.secure_sum.ring_bits: is 32, too coarse"},
        Misfit{"PlainSum", kLogistic, "newton: {}", "newton: {}\n  plain_sum: true",
               "aggregation.plain_sum: has 32 bits"},
        Misfit{"Network", kLogistic, "logistic_regression: {}", "mlp: {hidden: [4]}", "aggregation.newton: fits"},
        Misfit{"ThreeClasses", kLogistic, "[absent, present]", "[absent, mild, severe]",
               "data.target.category.levels: has 3 items"},
        Misfit{"OneIteration", kLogistic, "count: 25", "count: 1", "rounds.count: is 1; newton takes 2 to 100"},
        Misfit{"TooManyIterations", kLogistic, "count: 25", "count: 101", "rounds.count: is 101"},
        Misfit{"FineTolerance", kLogistic, "newton: {}", "newton: {tolerance: 1e-13}",
               "aggregation.newton.tolerance: is 1e-13"},
        Misfit{"NoSurvival", kLogistic, "logistic_regression: {}", "cox: {}", "model.cox: needs a time and an event"},
        Misfit{"SurvivalWithoutCox", kCox, "cox: {}", "logistic_regression: {}",
               "data.target.survival: is what model cox"},
        Misfit{"CoxByFedavg", kCox, "newton: {}", "fedavg: {}, update_bound: 1",
               "model.cox: is fitted by newton alone"},
        Misfit{"EventAmongTheFeatures", kCox, "name: died", "name: age", "data.target.survival.event.name: is 'age'"},
        Misfit{"ThreeEvents", kCox, "[\"0\", \"1\"]", "[\"0\", \"1\", \"2\"]",
               "data.target.survival.event.category.levels: has 3 items"},
        Misfit{"NegativeCounts", kLogistic,
               "target: {name: disease, category: {levels: [absent, present]}}\nmodel: {logistic_regression: {}}",
               "target: {name: visits, numeric: {min: -1, max: 9}}\nmodel: {poisson_regression: {}}",
               "data.target.numeric.min: is -1"},
        Misfit{"NoBoundWithFedavg", kLogistic, "newton: {}", "fedavg: {}", "aggregation.update_bound: is missing"},
        Misfit{"NoBoundWithFedprox", kLogistic, "newton: {}", "fedprox: {mu: 0.01}",
               "aggregation.update_bound: is missing"},
        Misfit{"NoBoundWithFedavgm", kLogistic, "newton: {}", "fedavgm: {}", "aggregation.update_bound: is missing"},
        Misfit{"NoBoundWithFedadam", kLogistic, "newton: {}", "fedadam: {server_learning_rate: 0.01}",
               "aggregation.update_bound: is missing"},
        Misfit{"NoBoundWithFedyogi", kLogistic, "newton: {}", "fedyogi: {server_learning_rate: 0.01}",
               "aggregation.update_bound: is missing"},
        Misfit{"NoBoundWithFedadagrad", kLogistic, "newton: {}", "fedadagrad: {server_learning_rate: 0.1}",
               "aggregation.update_bound: is missing"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace accord
