// Jobs whose sites compare themselves with a model trained alone, on a GPU or within a norm: what is filled in, and
// what contradicts the rest of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/file.h"
#include "proto/validation/job_validation.h"

namespace accord::local_gain_job_test {
namespace {

using ::testing::HasSubstr;

constexpr char kGainJob[] = R"(name: risk
purpose: to estimate risks
data:
  name: heart
  features:
    - {name: age, numeric: {unit: years, min: 18, max: 110}}
  target: {name: disease, category: {levels: [absent, present]}}
model: {logistic_regression: {}}
training: {sgd: {learning_rate: 0.1}, local_epochs: 1}
aggregation: {fedavg: {}, update_bound: 1, max_rows_per_site: 1000}
rounds: {count: 20, min_sites: 5}
compute: {threads: 1}
evaluation:
  local_gain: {metric: accuracy, bins: [-0.1, 0, 0.1]}
)";

absl::StatusOr<v1::JobSpec> LoadGainJob(const std::string& yaml) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/local_gain.yaml");
  EXPECT_TRUE(WriteFileAtomically(path, yaml, 0644, Durability::kVisible).ok());
  return LoadJobSpec(path);
}

TEST(LocalGainJob, IsCompletedAndTravels) {
  const auto spec = LoadGainJob(kGainJob);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->evaluation().local_gain().minimum_sites(), 5u) << "rounds.min_sites";
  EXPECT_EQ(spec->compute().device(), v1::Compute::CPU);
  EXPECT_TRUE(ParseJobSpec(spec->SerializeAsString()).ok());
}

TEST(LocalGainJob, ComparesLossesUnlessItSaysOtherwise) {
  const auto spec = LoadGainJob(absl::StrReplaceAll(kGainJob, {{"metric: accuracy, ", ""}}));
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->evaluation().local_gain().metric(), v1::Evaluation::LOSS);
}

TEST(LocalGainJob, OneThatSaysNothingHasNone) {
  const auto spec = LoadGainJob(std::string(kGainJob).substr(0, std::string(kGainJob).find("evaluation:")));
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_FALSE(spec->evaluation().has_local_gain());
}

TEST(LocalGainJob, WhatTheCoordinatorLeftEmptyIsAFault) {
  auto spec = LoadGainJob(kGainJob);
  ASSERT_TRUE(spec.ok()) << spec.status();
  spec->mutable_evaluation()->mutable_local_gain()->clear_minimum_sites();
  spec->mutable_evaluation()->mutable_local_gain()->clear_metric();
  spec->mutable_evaluation()->mutable_local_gain()->clear_bins();
  const std::string faults(ParseJobSpec(spec->SerializeAsString()).status().message());
  EXPECT_THAT(faults, HasSubstr("evaluation.local_gain.minimum_sites: is 0"));
  EXPECT_THAT(faults, HasSubstr("evaluation.local_gain.metric: is missing"));
  EXPECT_THAT(faults, HasSubstr("evaluation.local_gain.bins"));
}

TEST(LocalGainJob, ADeviceAndANormAreTaken) {
  for (const char* device : {"cpu", "cuda", "auto"}) {
    const auto spec =
        LoadGainJob(absl::StrReplaceAll(kGainJob, {{"threads: 1", absl::StrCat("threads: 1, device: ", device)},
                                                   {"update_bound: 1", "update_bound: 1, update_norm_bound: 0.5"}}));
    ASSERT_TRUE(spec.ok()) << spec.status();
    EXPECT_EQ(spec->aggregation().update_norm_bound(), 0.5);
    EXPECT_TRUE(ParseJobSpec(spec->SerializeAsString()).ok());
  }
}

struct GainMisfit {
  const char* name;
  const char* from;
  const char* to;
  const char* fault;
};

class MisfitGain : public ::testing::TestWithParam<GainMisfit> {};

TEST_P(MisfitGain, IsToldWhereAndWhy) {
  const GainMisfit& misfit = GetParam();
  ASSERT_THAT(kGainJob, HasSubstr(misfit.from));
  const auto spec = LoadGainJob(absl::StrReplaceAll(kGainJob, {{misfit.from, misfit.to}}));
  ASSERT_FALSE(spec.ok());
  EXPECT_THAT(std::string(spec.status().message()), HasSubstr(misfit.fault));
}

INSTANTIATE_TEST_SUITE_P(
    Jobs, MisfitGain,
    ::testing::Values(
        GainMisfit{"OfADitto", "fedavg: {}", "ditto: {lambda: 0.1}",
                   "evaluation.local_gain: does not go with a strategy by which each site has a model of its own"},
        GainMisfit{"OfTheBestRound", "evaluation:\n", "evaluation:\n  keep: best\n",
                   "evaluation.local_gain: compares the model of the last round"},
        GainMisfit{"OfPlainSums", "fedavg: {}", "fedavg: {}, plain_sum: true",
                   "evaluation.local_gain: needs secure sums"},
        GainMisfit{"OfTwoSites", "min_sites: 5}", "min_sites: 2}\n#", "rounds.min_sites: is 2"},
        GainMisfit{"OfAMetricOfMasks", "metric: accuracy", "metric: dice",
                   "evaluation.local_gain.metric: is dice, which is of masks"},
        GainMisfit{"OfCalibration", "metric: accuracy", "metric: calibration_error",
                   "evaluation.local_gain.metric: is calibration_error, of which one site's few rows say too little"},
        GainMisfit{"OfEdgesThatFall", "0, 0.1]", "0, -0.05]",
                   "evaluation.local_gain.bins[2]: is -0.05; expected above 0, the edge before"},
        GainMisfit{"OfAnEdgeThatNoGainReaches", "0.1]", "1]",
                   "evaluation.local_gain.bins[2]: is 1, where no gain can lie"},
        GainMisfit{"OfSmallBins", "0.1]}", "0.1], minimum_sites: 2}",
                   "evaluation.local_gain.minimum_sites: is 2: a site could tell another's gain"},
        GainMisfit{"OfTooFewNamedSites", "min_sites: 5}", "min_sites: 5, sites: [a, b, c, d, e, f, g, h, i]}",
                   "evaluation.local_gain.minimum_sites: is 5, and nothing is shown without two bins of so many"}),
    [](const auto& info) { return info.param.name; });

constexpr char kDrill[] = R"(name: drill
purpose: links
model: {drill: {num_parameters: 9}}
aggregation: {fedavg: {}, update_bound: 1, max_rows_per_site: 1}
rounds: {count: 5, min_sites: 3}
)";

TEST(LocalGainJob, NothingIsTrainedOnAGpuByADrill) {
  EXPECT_THAT(std::string(LoadGainJob(absl::StrCat(kDrill, "compute: {device: cuda}\n")).status().message()),
              HasSubstr("compute.device: is cuda, and a drill trains nothing"));
}

TEST(LocalGainJob, NewtonHasNeitherADeviceNorANorm) {
  const std::string newton =
      absl::StrReplaceAll(std::string(kGainJob).substr(0, std::string(kGainJob).find("evaluation:")),
                          {{"training: {sgd: {learning_rate: 0.1}, local_epochs: 1}\n", ""},
                           {"fedavg: {}, update_bound: 1", "newton: {}, update_norm_bound: 1"},
                           {"threads: 1", "device: auto"}});
  const std::string faults(LoadGainJob(newton).status().message());
  EXPECT_THAT(faults, HasSubstr("compute.device: is auto, and newton computes in double precision"));
  EXPECT_THAT(faults, HasSubstr("aggregation.update_norm_bound: bounds the change that a site's training makes"));
}

}  // namespace
}  // namespace accord::local_gain_job_test
