#include "proto/validation/job_validation.h"

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "google/protobuf/stubs/logging.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "proto/validation/ring_limits.h"

namespace accord {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kTableJob[] = R"(name: heart-risk
purpose: to estimate risk
data:
  name: heart
  features:
    - {name: age, numeric: {unit: years, min: 18, max: 110}}
    - {name: sex, category: {levels: [female, male]}}
  target:
    name: disease
    category: {levels: [absent, present]}
model:
  logistic_regression: {}
training:
  sgd: {learning_rate: 0.5}
  local_epochs: 1
aggregation:
  fedavg: {}
  update_bound: 2
  max_rows_per_site: 2000
rounds:
  count: 60
  min_sites: 3
)";

constexpr char kImageJob[] = R"(name: digits
purpose: to read digits
data:
  name: mnist
  image: {height: 28, width: 28, channels: 1}
  target: {name: digit, category: {levels: ["0", "1", "2"]}}
model:
  small_cnn: {}
training:
  adam: {learning_rate: 0.001}
  local_steps: 10
  batch_size: 32
aggregation: {fedavg: {}, update_bound: 1, max_rows_per_site: 6000}
rounds: {count: 3, min_sites: 3}
)";

constexpr char kDrillJob[] = R"(name: drill
purpose: to measure rounds
model:
  drill: {num_parameters: 10}
aggregation: {fedavg: {}, update_bound: 1, max_rows_per_site: 10}
rounds: {count: 5, min_sites: 3}
)";

std::string WriteJob(absl::string_view yaml) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/job.yaml");
  EXPECT_TRUE(WriteFileAtomically(path, yaml, 0644, Durability::kVisible).ok());
  return path;
}

// "LINE: path: text" of each fault.
std::vector<std::string> Faults(absl::string_view yaml) {
  const std::string path = WriteJob(yaml);
  const auto spec = LoadJobSpec(path);
  if (spec.ok()) return {};
  std::vector<std::string> faults = absl::StrSplit(std::string(spec.status().message()), '\n');
  for (std::string& fault : faults) {
    if (fault.rfind(path + ":", 0) == 0) fault = fault.substr(path.size() + 1);
  }
  return faults;
}

v1::JobSpec Load(absl::string_view yaml) {
  auto spec = LoadJobSpec(WriteJob(yaml));
  EXPECT_TRUE(spec.ok()) << spec.status();
  return spec.ok() ? *std::move(spec) : v1::JobSpec();
}

std::string Replaced(absl::string_view job, absl::string_view from, absl::string_view to) {
  EXPECT_THAT(std::string(job), HasSubstr(std::string(from)));
  return absl::StrReplaceAll(job, {{from, to}});
}

TEST(LoadJobSpec, FillsInEveryDocumentedDefault) {
  const v1::JobSpec spec = Load(kTableJob);
  EXPECT_EQ(spec.preprocessing().standardise(), v1::Preprocessing::FEDERATED);
  EXPECT_EQ(spec.model().initial_weights(), v1::ModelSpec::RANDOM);
  EXPECT_EQ(spec.aggregation().fedavg().server_learning_rate(), 1);
  EXPECT_EQ(spec.rounds().target_sites(), 3u);
  EXPECT_EQ(spec.rounds().gather_s(), 10u);
  EXPECT_EQ(spec.rounds().silence_s(), 60u);
  EXPECT_EQ(spec.rounds().deadline_s(), 3600u);
  EXPECT_EQ(spec.rounds().max_attempts(), 5u);
  EXPECT_EQ(spec.rounds().patience_s(), 86400u);
  EXPECT_EQ(spec.compute().threads(), 1u);
  EXPECT_EQ(spec.compute().memory_mib(), 4096u);
}

TEST(LoadJobSpec, StrategiesHaveTheDefaultsOfTheirPapersAndZerosThatAreWrittenStay) {
  const auto with = [](absl::string_view strategy) {
    return Load(Replaced(kTableJob, "fedavg: {}", strategy)).aggregation();
  };
  EXPECT_EQ(with("fedprox: {mu: 0.5}").fedprox().server_learning_rate(), 1);
  EXPECT_EQ(with("fednova: {}").fednova().server_learning_rate(), 1);
  EXPECT_EQ(with("fedavgm: {}").fedavgm().momentum(), 0.9);
  EXPECT_EQ(with("fedavgm: {}").fedavgm().server_learning_rate(), 1);
  const v1::FedAdam adam = with("fedadam: {server_learning_rate: 0.01}").fedadam();
  EXPECT_EQ(adam.beta1(), 0.9);
  EXPECT_EQ(adam.beta2(), 0.99);
  EXPECT_EQ(adam.tau(), 1e-3);
  const v1::FedYogi yogi = with("fedyogi: {server_learning_rate: 0.01, beta1: 0}").fedyogi();
  EXPECT_EQ(yogi.beta1(), 0);
  EXPECT_EQ(yogi.beta2(), 0.99);
  const v1::FedAdagrad adagrad = with("fedadagrad: {server_learning_rate: 0.1}").fedadagrad();
  EXPECT_EQ(adagrad.beta1(), 0);
  EXPECT_EQ(adagrad.tau(), 1e-3);
}

TEST(LoadJobSpec, RefusesStrategiesThatCannotWork) {
  const auto faults = [](absl::string_view strategy) { return Faults(Replaced(kTableJob, "fedavg: {}", strategy)); };
  EXPECT_THAT(faults("fedprox: {}"), Contains(HasSubstr("aggregation.fedprox.mu")));
  EXPECT_THAT(faults("fedprox: {mu: 1e5}"), Contains(HasSubstr("expected below 2")));
  EXPECT_THAT(faults("fedadam: {}"), Contains(HasSubstr("aggregation.fedadam.server_learning_rate")));
  EXPECT_THAT(faults("fedyogi: {server_learning_rate: 0.1, tau: 0}"),
              Contains(HasSubstr("aggregation.fedyogi.tau: is 0")));
  EXPECT_THAT(faults("fedavgm: {server_learning_rate: 0}"), Contains(HasSubstr("the model would never change")));
  EXPECT_THAT(faults("fedavgm: {}\n  fedavg: {}"), Not(IsEmpty())) << "two strategies";
  for (const char* strategy : {"fedprox: {mu: 1}", "fednova: {}"}) {
    EXPECT_THAT(Faults(Replaced(kDrillJob, "fedavg: {}", strategy)), Contains(HasSubstr("a drill trains nothing")));
  }
  EXPECT_THAT(faults("fednova: {server_learning_rate: 0}"), Contains(HasSubstr("the model would never change")));
  EXPECT_THAT(Faults(Replaced(Replaced(kTableJob, "fedavg: {}", "fednova: {}"), "sgd: {learning_rate: 0.5}",
                              "adam: {learning_rate: 0.5}")),
              Contains(HasSubstr("aggregation.fednova: divides a site's change by its steps of SGD")));
}

TEST(LoadJobSpec, SchedulesAndClassWeightsFitTheJob) {
  const auto with = [](absl::string_view training) {
    return Faults(Replaced(kTableJob, "sgd: {learning_rate: 0.5}", training));
  };
  EXPECT_THAT(with("sgd: {learning_rate: 0.5}\n  class_weights: [1, 4]\n  clip_gradient_norm: 1"), IsEmpty());
  EXPECT_THAT(with("sgd: {learning_rate: 0.5}\n  class_weights: [1, 4, 2]"),
              Contains(HasSubstr("training.class_weights: has 3 items; expected one for each of the 2 levels")));
  EXPECT_THAT(with("sgd: {learning_rate: 0.5}\n  class_weights: [1, 0]"),
              Contains(HasSubstr("training.class_weights[1]: is 0; expected above 0")));
  EXPECT_THAT(with("sgd: {learning_rate: 0.5}\n  schedule: {cosine: {}, warmup_rounds: 1000000}"),
              Contains(HasSubstr("expected fewer than rounds.count")));
  EXPECT_THAT(with("sgd: {learning_rate: 0.5}\n  schedule: {step: {factor: 0.5}}"),
              Contains(HasSubstr("training.schedule.step.every_rounds")));
}

TEST(LoadJobSpec, AWarmStartTakesThePlaceOfInitialWeights) {
  const std::string warm =
      Replaced(kTableJob, "logistic_regression: {}", "logistic_regression: {}\n  start_from: {file: m}");
  EXPECT_EQ(Load(warm).model().initial_weights(), v1::ModelSpec::INITIAL_WEIGHTS_UNSPECIFIED);
  EXPECT_THAT(Faults(Replaced(warm, "start_from:", "initial_weights: zeros\n  start_from:")),
              Contains(HasSubstr("model.start_from: says where the weights come from")));
}

TEST(LoadJobSpec, SumsAreSecureUnlessTheJobSaysPlain) {
  const v1::Aggregation secure = Load(kTableJob).aggregation();
  EXPECT_TRUE(secure.has_secure_sum());
  EXPECT_FALSE(secure.plain_sum());
  EXPECT_EQ(secure.secure_sum().colluding_organisations(), 1u);
  EXPECT_EQ(secure.secure_sum().graph(), v1::SecureSum::COMPLETE);
  EXPECT_EQ(secure.secure_sum().ring_bits(), 32u);
  EXPECT_EQ(secure.secure_sum().corrupt_fraction(), 0);
  EXPECT_EQ(secure.secure_sum().dropout_fraction(), 0);
  const v1::Aggregation plain = Load(Replaced(kTableJob, "fedavg: {}", "fedavg: {}\n  plain_sum: true")).aggregation();
  EXPECT_TRUE(plain.plain_sum());
  EXPECT_FALSE(plain.has_secure_sum());
  const v1::Aggregation unsaid =
      Load(Replaced(kTableJob, "fedavg: {}", "fedavg: {}\n  plain_sum: false")).aggregation();
  EXPECT_TRUE(unsaid.has_secure_sum());
}

TEST(LoadJobSpec, FillsInTheSharesOfASparseGraph) {
  const auto sum = [](absl::string_view fields) {
    return Load(
               Replaced(kTableJob, "fedavg: {}", absl::StrCat("fedavg: {}\n  secure_sum: {graph: sparse", fields, "}")))
        .aggregation()
        .secure_sum();
  };
  EXPECT_EQ(sum("").corrupt_fraction(), 0.05);
  EXPECT_EQ(sum("").dropout_fraction(), 0.05);
  EXPECT_EQ(sum(", dropout_fraction: 0, corrupt_fraction: 0.2").dropout_fraction(), 0);
  EXPECT_EQ(sum(", dropout_fraction: 0, corrupt_fraction: 0.2").corrupt_fraction(), 0.2);
}

TEST(LoadJobSpec, TakesTwoSitesThatSaySoAndOneWhoseSumIsPlain) {
  const std::string two = Replaced(kTableJob, "min_sites: 3", "min_sites: 2");
  const v1::JobSpec said = Load(Replaced(two, "fedavg: {}", "fedavg: {}\n  secure_sum: {two_sites: true}"));
  EXPECT_EQ(said.aggregation().secure_sum().colluding_organisations(), 0u);
  EXPECT_TRUE(ParseJobSpec(said.SerializeAsString()).ok());
  const std::string one = Replaced(kTableJob, "min_sites: 3", "min_sites: 1");
  EXPECT_TRUE(
      ParseJobSpec(Load(Replaced(one, "fedavg: {}", "fedavg: {}\n  plain_sum: true")).SerializeAsString()).ok());
}

// With n sites and t = floor(2n/3)+1 signatures: 2t > n + C, and two honest sites left of the t, for every n from the
// least on.
TEST(LoadJobSpec, TakesAsManyColludersAsEveryRoundWithstands) {
  const auto withstands = [](uint32_t n, uint32_t colluding) {
    const uint32_t t = 2 * n / 3 + 1;
    return 2 * t > n + colluding && t >= colluding + 2;
  };
  for (uint32_t sites = 3; sites <= 40; ++sites) {
    uint32_t most = 0;
    const auto job = [&](uint32_t colluding) {
      return Replaced(Replaced(kTableJob, "min_sites: 3", absl::StrCat("min_sites: ", sites)), "fedavg: {}",
                      absl::StrCat("fedavg: {}\n  secure_sum: {colluding_organisations: ", colluding, "}"));
    };
    while (Faults(job(most + 1)).empty()) ++most;
    bool all = true;
    bool one_more = true;
    for (uint32_t n = sites; n <= 200; ++n) {
      all = all && withstands(n, most);
      one_more = one_more && withstands(n, most + 1);
    }
    EXPECT_TRUE(all) << sites << " sites, " << most << " colluders";
    EXPECT_FALSE(one_more) << sites << " sites, " << most << " colluders";
  }
}

TEST(LoadJobSpec, FillsInTheDefaultsOfAnImageJob) {
  const v1::JobSpec spec = Load(kImageJob);
  EXPECT_EQ(spec.preprocessing().standardise(), v1::Preprocessing::NONE);
  EXPECT_THAT(spec.model().small_cnn().channels(), ElementsAre(16u, 32u));
  EXPECT_EQ(spec.model().small_cnn().hidden(), 128u);
  EXPECT_EQ(spec.training().adam().beta1(), 0.9);
  EXPECT_EQ(spec.training().adam().beta2(), 0.999);
  EXPECT_EQ(spec.training().adam().epsilon(), 1e-8);
}

TEST(LoadJobSpec, GivesADrillNoPreprocessing) {
  const v1::JobSpec spec = Load(kDrillJob);
  EXPECT_FALSE(spec.has_preprocessing());
  EXPECT_FALSE(spec.has_training());
}

TEST(LoadJobSpec, KeepsAnExplicitZero) {
  EXPECT_EQ(Load(absl::StrCat(kTableJob, "  gather_s: 0\n")).rounds().gather_s(), 0u);
  const std::string adam = Replaced(kTableJob, "sgd: {learning_rate: 0.5}", "adam: {learning_rate: 0.5, beta1: 0}");
  EXPECT_EQ(Load(adam).training().adam().beta1(), 0);
  EXPECT_EQ(Load(adam).training().adam().beta2(), 0.999);
}

TEST(ApplyDefaults, ChangesNothingTheSecondTime) {
  const v1::JobSpec once = Load(kImageJob);
  v1::JobSpec twice = once;
  ApplyDefaults(twice);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(once, twice));
}

TEST(LoadJobSpec, TellsFaultsOfFieldsAndContradictionsBetweenThemAtOnce) {
  const std::string job = Replaced(Replaced(kTableJob, "min: 18", "min: 120"), "update_bound: 2", "update_bound: -1");
  EXPECT_THAT(Faults(job), ElementsAre("6: data.features[0].numeric.max: is 110; expected more than min, which is 120",
                                       "18: aggregation.update_bound: is -1; expected above 0 and at most 1000000"));
}

TEST(LoadJobSpec, DoesNotRepeatAFaultInOtherWords) {
  EXPECT_THAT(Faults(Replaced(kTableJob, "min: 18", "min: low")),
              ElementsAre("6: data.features[0].numeric.min: is 'low'; expected a number"));
  EXPECT_THAT(Faults(Replaced(kTableJob, "min_sites: 3", "min_sites: two")),
              ElementsAre(StartsWith("22: rounds.min_sites: is 'two'; expected a whole number")));
}

struct Contradiction {
  std::string what;
  std::string job;
  std::string from;
  std::string to;
  std::string fault;
};
void PrintTo(const Contradiction& contradiction, std::ostream* out) { *out << contradiction.what; }

class ContradictoryJob : public ::testing::TestWithParam<Contradiction> {};

TEST_P(ContradictoryJob, IsRefusedWithLineAndReason) {
  const Contradiction& c = GetParam();
  EXPECT_THAT(Faults(Replaced(c.job, c.from, c.to)), ElementsAre(StartsWith(c.fault)));
}

INSTANTIATE_TEST_SUITE_P(
    Table, ContradictoryJob,
    ::testing::Values(
        Contradiction{"FeaturesAndImage", kTableJob, "  target:\n    name",
                      "  image: {height: 8, width: 8, channels: 1}\n  target:\n    name",
                      "8: data.image: cannot stand beside features"},
        Contradiction{"NeitherFeaturesNorImage", kImageJob, "  image: {height: 28, width: 28, channels: 1}\n", "",
                      "3: data.features: is missing; list the input columns"},
        Contradiction{"FeatureTwice", kTableJob, "name: sex", "name: age",
                      "7: data.features[1].name: is 'age', as features[0]"},
        Contradiction{"TargetAmongTheFeatures", kTableJob, "name: sex", "name: disease",
                      "7: data.features[1].name: is the target's name too"},
        Contradiction{"LevelTwice", kTableJob, "[female, male]", "[male, male]",
                      "7: data.features[1].category.levels[1]: is 'male' a second time"},
        Contradiction{"EmptyLevel", kTableJob, "[female, male]", "[female, '']",
                      "7: data.features[1].category.levels[1]: is empty"},
        Contradiction{"OneLevel", kTableJob, "[absent, present]", "[absent]",
                      "10: data.target.category.levels: has 1 items; expected at least 2"},
        Contradiction{"EmptyRange", kTableJob, "max: 110", "max: 18",
                      "6: data.features[0].numeric.max: is 18; expected more"},
        Contradiction{"HugeRange", kTableJob, "max: 110", "max: 1e200",
                      "6: data.features[0].numeric.max: is beyond 1e15"},
        Contradiction{"ClassesFromANumber", kTableJob, "    category: {levels: [absent, present]}\n",
                      "    numeric: {min: 0, max: 1}\n", "12: model.logistic_regression: tells classes apart"},
        Contradiction{"NumberFromClasses", kTableJob, "logistic_regression", "linear_regression",
                      "12: model.linear_regression: predicts a number, but data.target is a category"},
        Contradiction{"CnnOnATable", kTableJob, "logistic_regression", "small_cnn",
                      "12: model.small_cnn: needs images"},
        Contradiction{"TinyImage", kImageJob, "height: 28", "height: 3", "5: data.image: is too small for small_cnn"},
        Contradiction{"OneChannelNumber", kImageJob, "small_cnn: {}", "small_cnn: {channels: [8]}",
                      "8: model.small_cnn.channels: has 1 items; expected 2"},
        Contradiction{"NoUnits", kTableJob, "logistic_regression: {}", "mlp: {hidden: [8, 0]}",
                      "12: model.mlp.hidden[1]: is 0; expected at least 1"},
        Contradiction{"GiantModel", kTableJob, "logistic_regression: {}", "mlp: {hidden: [65536, 65536]}",
                      "11: model: has more than 1,000,000,000 parameters"},
        Contradiction{"StandardisedImage", kImageJob, "model:\n", "preprocessing: {standardise: federated}\nmodel:\n",
                      "7: preprocessing.standardise: works on columns, and an image has none"},
        Contradiction{"NoTraining", kTableJob, "training:\n  sgd: {learning_rate: 0.5}\n  local_epochs: 1\n", "",
                      "1: training: is missing; say which optimizer"},
        Contradiction{"NoData", kDrillJob, "  drill: {num_parameters: 10}\n",
                      "  mlp: {hidden: [2]}\ntraining: {sgd: {learning_rate: 1}, local_epochs: 1}\n",
                      "1: data: is missing"},
        Contradiction{"DrillWithTraining", kDrillJob, "model:\n",
                      "training: {sgd: {learning_rate: 1}, local_epochs: 1}\nmodel:\n",
                      "3: training: does nothing in a drill"},
        Contradiction{"DrillWithPreprocessing", kDrillJob, "model:\n", "preprocessing: {standardise: none}\nmodel:\n",
                      "3: preprocessing: does nothing in a drill"},
        Contradiction{"TargetBelowMinimum", kTableJob, "min_sites: 3\n", "min_sites: 3\n  target_sites: 2\n",
                      "23: rounds.target_sites: is 2; expected at least min_sites, which is 3"},
        Contradiction{"TooFewNamedSites", kTableJob, "min_sites: 3\n", "min_sites: 3\n  sites: [a]\n",
                      "23: rounds.sites: names 1 sites; expected at least min_sites"},
        Contradiction{"TargetBeyondNamedSites", kTableJob, "min_sites: 3\n",
                      "min_sites: 3\n  sites: [a, b, c]\n  target_sites: 4\n",
                      "24: rounds.target_sites: is 4, but rounds.sites names only 3"},
        Contradiction{"SiteTwice", kTableJob, "min_sites: 3\n", "min_sites: 3\n  sites: [a, b, a]\n",
                      "23: rounds.sites[2]: is 'a' a second time"},
        Contradiction{"SiteOfWrongForm", kTableJob, "min_sites: 3\n", "min_sites: 3\n  sites: [a, B, c]\n",
                      "23: rounds.sites[1]: is 'B'; expected the form"},
        Contradiction{"MoreRowsThanTheRingCanAdd", kTableJob, "max_rows_per_site: 2000\nrounds:\n",
                      "max_rows_per_site: 1000000000\nrounds:\n  target_sites: 3\n",
                      "19: aggregation.max_rows_per_site: is 1000000000: with it a round adds at most 2 sites"},
        Contradiction{"MoreSitesThanTheRingCanAdd", kTableJob, "min_sites: 3\n", "min_sites: 3048\n",
                      "19: aggregation.max_rows_per_site: is 2000: with it a round adds at most 2047 sites"},
        Contradiction{"SecureAndPlain", kTableJob, "fedavg: {}", "fedavg: {}\n  secure_sum: {}\n  plain_sum: true",
                      "19: aggregation.plain_sum: cannot stand beside secure_sum"},
        Contradiction{"SumOfOneSite", kTableJob, "min_sites: 3\n", "min_sites: 1\n",
                      "22: rounds.min_sites: is 1: the sum of one site is that site's own numbers"},
        Contradiction{
            "SumOfOneSiteThoughTwoAreAllowed", kTableJob,
            "fedavg: {}\n  update_bound: 2\n  max_rows_per_site: 2000\nrounds:\n  count: 60\n  min_sites: 3\n",
            "fedavg: {}\n  secure_sum: {two_sites: true}\n  update_bound: 2\n  max_rows_per_site: 2000\n"
            "rounds:\n  count: 60\n  min_sites: 1\n",
            "23: rounds.min_sites: is 1"},
        Contradiction{"SumOfTwoSitesUnsaid", kTableJob, "min_sites: 3\n", "min_sites: 2\n",
                      "22: rounds.min_sites: is 2: each of two sites learns the other's numbers"},
        Contradiction{"TwoSitesThatCollude", kTableJob, "fedavg: {}",
                      "fedavg: {}\n  secure_sum: {two_sites: true, colluding_organisations: 1}",
                      "18: aggregation.secure_sum.colluding_organisations: is 1, but with two_sites"},
        Contradiction{
            "MoreColludersThanThreeSitesWithstand", kTableJob, "fedavg: {}",
            "fedavg: {}\n  secure_sum: {colluding_organisations: 2}",
            "18: aggregation.secure_sum.colluding_organisations: is 2: rounds of 3 sites withstand at most 1"},
        Contradiction{"NobodyColludes", kTableJob, "fedavg: {}",
                      "fedavg: {}\n  secure_sum: {colluding_organisations: 0}",
                      "18: aggregation.secure_sum.colluding_organisations: is 0: no site takes part"},
        Contradiction{"FractionOfACompleteGraph", kTableJob, "fedavg: {}",
                      "fedavg: {}\n  secure_sum: {dropout_fraction: 0.1}",
                      "18: aggregation.secure_sum.dropout_fraction: belongs to graph: sparse"},
        Contradiction{"ThirdOfTheSitesCorrupt", kTableJob, "fedavg: {}",
                      "fedavg: {}\n  secure_sum: {graph: sparse, corrupt_fraction: 0.34}",
                      "18: aggregation.secure_sum.corrupt_fraction: is 0.34; expected at least 0 and at most 0.33"},
        Contradiction{"RingOfOtherWidth", kTableJob, "fedavg: {}", "fedavg: {}\n  secure_sum: {ring_bits: 16}",
                      "18: aggregation.secure_sum.ring_bits: is 16; expected 24, 32 or 64"},
        Contradiction{"RingOfMoreBitsThanANumberHas", kTableJob, "fedavg: {}",
                      "fedavg: {}\n  secure_sum: {ring_bits: 65}",
                      "18: aggregation.secure_sum.ring_bits: is 65; expected at most 64"},
        Contradiction{"MoreRowsThanTheNarrowRingCanAdd", kTableJob,
                      "fedavg: {}\n  update_bound: 2\n  max_rows_per_site: 2000",
                      "fedavg: {}\n  secure_sum: {ring_bits: 24}\n  update_bound: 2\n  max_rows_per_site: 4000000",
                      "20: aggregation.max_rows_per_site: is 4000000: with it a round adds at most 2 sites without "
                      "overflow in a ring of 24 bits, and 3 are asked for; lower it or the number of sites, or take a "
                      "wider ring"},
        Contradiction{
            "MoreSitesThanTheNarrowRingTellsApart", kTableJob,
            "fedavg: {}\n  update_bound: 2\n  max_rows_per_site: 2000\nrounds:\n  count: 60\n  min_sites: 3\n",
            "fedavg: {}\n  secure_sum: {ring_bits: 24}\n  update_bound: 2\n  max_rows_per_site: 20\n"
            "rounds:\n  count: 60\n  min_sites: 5000\n",
            "18: aggregation.secure_sum.ring_bits: is 24: of its numbers each of 5000 sites gets 1677 steps "
            "on either side of 0, so that a change is told to the nearest 0.00119261; expected at least 2047 "
            "steps: take 64 bits, or fewer sites"},
        Contradiction{"NoPatience", kTableJob, "min_sites: 3\n", "min_sites: 3\n  patience_s: 0\n",
                      "23: rounds.patience_s: is 0; expected at least 1"},
        Contradiction{"TooLittleMemory", kTableJob, "rounds:\n", "compute: {memory_mib: 512}\nrounds:\n",
                      "20: compute.memory_mib: is 512; expected at least 1024"},
        Contradiction{"NoServerStep", kTableJob, "fedavg: {}", "fedavg: {server_learning_rate: 0}",
                      "17: aggregation.fedavg.server_learning_rate: is 0"},
        Contradiction{"HashOfTheScriptFromTheFile", kTableJob, "logistic_regression: {}",
                      "torchscript: {file: a.pt, sha256: ab}", "12: model.torchscript.sha256: is filled in by Accord"}),
    [](const auto& info) { return info.param.what; });

TEST(RingLimits, AreThoseOfTheWidth) {
  EXPECT_EQ(MostSites(32, 1), 2047u);
  EXPECT_EQ(MostSites(32, 1 << 21), 1023u);
  EXPECT_EQ(MostSites(24, 1), 4095u);
  EXPECT_EQ(MostSites(24, 1 << 20), 7u);
  EXPECT_EQ(MostSites(64, 1'000'000'000), 1u << 20);
  EXPECT_EQ(MostSites(16, 1), 0u);
}

TEST(LoadJobSpec, EveryWidthOfTheRingIsTakenForAsManySitesAsItBears) {
  const auto job = [](int bits, int max_rows, int sites) {
    return Replaced(kTableJob,
                    "fedavg: {}\n  update_bound: 2\n  max_rows_per_site: 2000\nrounds:\n  count: 60\n  min_sites: 3\n",
                    absl::StrCat("fedavg: {}\n  secure_sum: {ring_bits: ", bits,
                                 "}\n  update_bound: 2\n  max_rows_per_site: ", max_rows,
                                 "\nrounds:\n  count: 60\n  min_sites: ", sites, "\n"));
  };
  EXPECT_EQ(Load(job(24, 2000, 4095)).aggregation().secure_sum().ring_bits(), 24u);
  EXPECT_EQ(Load(job(32, 2000, 2047)).aggregation().secure_sum().ring_bits(), 32u);
  EXPECT_EQ(Load(job(64, 1'000'000'000, 16384)).aggregation().secure_sum().ring_bits(), 64u);
}

TEST(ParseJobSpec, TakesTheBytesOfACompletedJobUnchanged) {
  for (const char* job : {kTableJob, kImageJob, kDrillJob}) {
    const v1::JobSpec spec = Load(job);
    const auto parsed = ParseJobSpec(spec.SerializeAsString());
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(spec, *parsed));
  }
}

std::string Refusal(const v1::JobSpec& spec) {
  const auto parsed = ParseJobSpec(spec.SerializeAsString());
  EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(parsed.status().message());
}

TEST(ParseJobSpec, RefusesBytesThatAreNoJob) {
  EXPECT_FALSE(ParseJobSpec("\xff\xff\xff").ok());
  EXPECT_FALSE(ParseJobSpec("").ok());
  EXPECT_THAT(std::string(ParseJobSpec(std::string(kMaxJobBytes + 1, 'x')).status().message()), HasSubstr("at most"));
}

TEST(ParseJobSpec, RefusesAFieldThatItDoesNotKnowHoweverDeep) {
  v1::JobSpec spec = Load(kTableJob);
  v1::Feature& feature = *spec.mutable_data()->mutable_features(1);
  feature.GetReflection()->MutableUnknownFields(&feature)->AddVarint(99, 1);
  EXPECT_THAT(Refusal(spec), HasSubstr("data.features[1]: has field number 99, which this version"));
}

TEST(ParseJobSpec, HoldsAPeerToTheRulesOfTheSchema) {
  v1::JobSpec spec = Load(kTableJob);
  spec.set_name("../../etc");
  spec.mutable_rounds()->set_count(0);
  spec.mutable_aggregation()->set_update_bound(std::numeric_limits<double>::quiet_NaN());
  spec.mutable_training()->mutable_sgd()->set_momentum(2);
  const std::string refusal = Refusal(spec);
  EXPECT_THAT(refusal, HasSubstr("name: is '../../etc'; expected the form"));
  EXPECT_THAT(refusal, HasSubstr("rounds.count: is 0; expected at least 1"));
  EXPECT_THAT(refusal, HasSubstr("aggregation.update_bound: is not a finite number"));
  EXPECT_THAT(refusal, HasSubstr("training.sgd.momentum: is 2; expected at least 0 and at most 0.9999"));
}

TEST(ParseJobSpec, RefusesWhatWasNotFilledIn) {
  v1::JobSpec spec = Load(kTableJob);
  spec.mutable_rounds()->clear_deadline_s();
  EXPECT_THAT(Refusal(spec), HasSubstr("rounds.deadline_s: is 0; expected at least 1"));
}

TEST(ParseJobSpec, WantsEveryWordOfHowItsSumsAreHidden) {
  v1::JobSpec spec = Load(kTableJob);
  spec.mutable_aggregation()->clear_secure_sum();
  EXPECT_THAT(Refusal(spec), HasSubstr("aggregation.secure_sum: is missing"));
  spec.mutable_aggregation()->mutable_secure_sum();
  const std::string refusal = Refusal(spec);
  EXPECT_THAT(refusal, HasSubstr("aggregation.secure_sum.graph: is missing"));
  EXPECT_THAT(refusal, HasSubstr("aggregation.secure_sum.ring_bits: is 0; expected 24, 32 or 64"));
}

TEST(ParseJobSpec, RefusesAnUnknownEnumValueAndAMissingChoice) {
  v1::JobSpec spec = Load(kTableJob);
  spec.mutable_preprocessing()->set_standardise(static_cast<v1::Preprocessing::Standardise>(77));
  spec.mutable_training()->clear_optimizer();
  const std::string refusal = Refusal(spec);
  EXPECT_THAT(refusal,
              HasSubstr("preprocessing.standardise: has the unknown value 77; expected one of none, federated"));
  EXPECT_THAT(refusal, HasSubstr("training.optimizer: is missing; write one of sgd, adam"));
}

TEST(ParseJobSpec, WantsTheHashOfATorchScriptFile) {
  v1::JobSpec spec = Load(kTableJob);
  spec.mutable_model()->mutable_torchscript()->set_file("net.pt");
  EXPECT_THAT(Refusal(spec), HasSubstr("model.torchscript.sha256: is not 64 hexadecimal digits"));
  spec.mutable_model()->mutable_torchscript()->set_sha256(std::string(64, 'a'));
  EXPECT_TRUE(ParseJobSpec(spec.SerializeAsString()).ok());
}

TEST(ParseJobSpec, SurvivesEveryFlippedByte) {
  const google::protobuf::LogSilencer silence_about_broken_text;
  const std::string bytes = Load(kTableJob).SerializeAsString();
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int flip : {0x01, 0x08, 0x80, 0xff}) {
      std::string mutant = bytes;
      mutant[i] = static_cast<char>(mutant[i] ^ flip);
      const auto parsed = ParseJobSpec(mutant);
      if (!parsed.ok()) {
        EXPECT_FALSE(parsed.status().message().empty());
      }
    }
  }
}

TEST(Examples, OfThisProjectAreValidJobs) {
  int num_jobs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(ACCORD_SOURCE_DIR "/deploy/examples")) {
    if (entry.path().extension() != ".yaml") continue;
    const auto spec = LoadJobSpec(entry.path().string());
    EXPECT_TRUE(spec.ok()) << spec.status();
    ++num_jobs;
  }
  EXPECT_GT(num_jobs, 0);
}

}  // namespace
}  // namespace accord
