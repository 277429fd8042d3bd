// Jobs whose coordinator combines changes by another rule than the mean: what is filled in, and what does not go with
// it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/file.h"
#include "proto/validation/combiner_limits.h"
#include "proto/validation/job_validation.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kCombinerJob[] = R"(name: combines
purpose: to test combiners
data:
  name: vitals
  features: [{name: age, numeric: {unit: years, min: 18, max: 110}}]
  target: {name: ill, category: {levels: ["no", "yes"]}}
model: {logistic_regression: {}}
training: {sgd: {learning_rate: 0.1}, local_epochs: 2}
aggregation:
  STRATEGY
  combiner: {RULE}
  plain_sum: true
  update_bound: 1
  max_rows_per_site: 2000
rounds: {count: 5, min_sites: 11, sites: [a, b, c, d, e, f, g, h, i, j, k]}
)";

using Changes = std::vector<std::pair<std::string, std::string>>;

absl::StatusOr<v1::JobSpec> LoadCombinerJob(const std::string& rule, Changes changes = {}) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/combiner.yaml");
  changes.push_back({"RULE", rule});
  const bool named = std::any_of(changes.begin(), changes.end(), [](const auto& c) { return c.first == "STRATEGY"; });
  if (!named) changes.push_back({"STRATEGY", "fedavg: {}"});
  EXPECT_TRUE(WriteFileAtomically(path, absl::StrReplaceAll(kCombinerJob, changes), 0644, Durability::kVisible).ok());
  return LoadJobSpec(path);
}

std::string WhyNotCombined(const std::string& rule, Changes changes = {}) {
  const auto spec = LoadCombinerJob(rule, std::move(changes));
  return spec.ok() ? "it was not refused" : std::string(spec.status().message());
}

TEST(CombinerJob, TakesEveryRuleWithItsDefaults) {
  for (const char* rule : {"median: {}", "trimmed_mean: {hostile_sites: 5}", "krum: {hostile_sites: 4}",
                           "multi_krum: {hostile_sites: 4}", "multi_krum: {hostile_sites: 2, kept_sites: 7}",
                           "bulyan: {hostile_sites: 2}", "geometric_median: {}", "norm_bound: {max_norm: 2}"}) {
    const auto spec = LoadCombinerJob(rule);
    ASSERT_TRUE(spec.ok()) << rule << ": " << spec.status();
    EXPECT_TRUE(ParseJobSpec(spec->SerializeAsString()).ok()) << rule;
  }
  EXPECT_EQ(LoadCombinerJob("geometric_median: {}")->aggregation().combiner().geometric_median().iterations(), 100u);
}

TEST(CombinerJob, NeedsSumsThatShowEachChange) {
  EXPECT_THAT(
      WhyNotCombined("median: {}", {{"  plain_sum: true\n", ""}}),
      HasSubstr("aggregation.combiner: needs each site's change by itself, and a secure sum shows the coordinator "
                "no single one; write plain_sum: true"));
  EXPECT_THAT(WhyNotCombined("median: {}", {{"plain_sum: true", "secure_sum: {}"}}),
              HasSubstr("a secure sum shows the coordinator no single one"));
}

TEST(CombinerJob, GoesWithStrategiesThatMoveByTheChangesAlone) {
  for (const char* strategy : {"fedprox: {mu: 0.1}", "fedavgm: {}", "fedadam: {server_learning_rate: 0.1}",
                               "fedyogi: {server_learning_rate: 0.1}", "fedadagrad: {server_learning_rate: 0.1}",
                               "fedper: {layers: [weight]}", "fedrep: {layers: [weight]}", "ditto: {lambda: 0.1}"}) {
    EXPECT_TRUE(LoadCombinerJob("median: {}", {{"STRATEGY", strategy}}).ok()) << strategy;
  }
  EXPECT_THAT(WhyNotCombined("median: {}", {{"STRATEGY", "fednova: {}"}}),
              HasSubstr("aggregation.combiner: does not go with fednova, which multiplies by the sites' mean number"));
  EXPECT_THAT(WhyNotCombined("median: {}", {{"STRATEGY", "scaffold: {}"}}),
              HasSubstr("aggregation.combiner: does not go with scaffold, whose control variates are a sum"));
  EXPECT_THAT(WhyNotCombined("median: {}", {{"STRATEGY", "newton: {}"},
                                            {"  update_bound: 1\n", ""},
                                            {"training: {sgd: {learning_rate: 0.1}, local_epochs: 2}\n", ""}}),
              HasSubstr("aggregation.combiner: does not go with newton: score and information"));
}

// One hostile site would move every column's mean and spread by the sum that they are made of.
TEST(CombinerJob, DoesNotStandardiseByASumOverAllSites) {
  EXPECT_EQ(LoadCombinerJob("median: {}")->preprocessing().standardise(), v1::Preprocessing::PER_SITE);
  const auto with = [](const std::string& standardise) {
    return WhyNotCombined("median: {}",
                          {{"model:", absl::StrCat("preprocessing: {standardise: ", standardise, "}\nmodel:")}});
  };
  EXPECT_EQ(with("none"), "it was not refused");
  EXPECT_EQ(with("per_site"), "it was not refused");
  EXPECT_THAT(with("federated"), HasSubstr("preprocessing.standardise: is federated, which does not go with"));
  v1::JobSpec spec = LoadCombinerJob("median: {}").value();
  spec.mutable_preprocessing()->clear_standardise();
  EXPECT_THAT(std::string(ParseJobSpec(spec.SerializeAsString()).status().message()),
              HasSubstr("preprocessing.standardise: is federated"));
}

TEST(CombinerJob, AsksForEnoughSites) {
  const auto with_sites = [](const std::string& rule, int sites) {
    return WhyNotCombined(rule, {{"min_sites: 11", absl::StrCat("min_sites: ", sites)}});
  };
  EXPECT_EQ(with_sites("median: {}", 3), "it was not refused");
  EXPECT_THAT(with_sites("median: {}", 2),
              HasSubstr("rounds.min_sites: is 2, and aggregation.combiner.median needs 3"));
  EXPECT_EQ(with_sites("trimmed_mean: {hostile_sites: 1}", 3), "it was not refused");
  EXPECT_THAT(with_sites("trimmed_mean: {hostile_sites: 2}", 4),
              AllOf(HasSubstr("aggregation.combiner.trimmed_mean needs 2 hostile_sites + 1"),
                    HasSubstr("expected at least 5, or fewer hostile_sites")));
  EXPECT_EQ(with_sites("krum: {hostile_sites: 1}", 5), "it was not refused");
  EXPECT_THAT(with_sites("krum: {hostile_sites: 1}", 4), HasSubstr("expected at least 5"));
  EXPECT_EQ(with_sites("multi_krum: {hostile_sites: 1, kept_sites: 4}", 7), "it was not refused");
  EXPECT_THAT(with_sites("multi_krum: {hostile_sites: 1, kept_sites: 4}", 6), HasSubstr("expected at least 7"));
  EXPECT_EQ(with_sites("bulyan: {hostile_sites: 1}", 7), "it was not refused");
  EXPECT_THAT(with_sites("bulyan: {hostile_sites: 1}", 6),
              AllOf(HasSubstr("needs 4 hostile_sites + 3"), HasSubstr("expected at least 7")));
  EXPECT_THAT(with_sites("geometric_median: {}", 2), HasSubstr("expected at least 3"));
  EXPECT_THAT(WhyNotCombined("median: {}", {{"min_sites: 11", "min_sites: 3, target_sites: 1001"}}),
              HasSubstr("rounds.target_sites: is above 1000"));
}

TEST(CombinerJob, TellsNumbersThatMeanNothing) {
  EXPECT_THAT(WhyNotCombined(""), HasSubstr("aggregation.combiner.kind"));
  EXPECT_THAT(WhyNotCombined("krum: {}"), HasSubstr("aggregation.combiner.krum.hostile_sites: is missing"));
  EXPECT_THAT(WhyNotCombined("norm_bound: {}"), HasSubstr("aggregation.combiner.norm_bound.max_norm: is missing"));
  EXPECT_THAT(WhyNotCombined("geometric_median: {iterations: 0}"),
              HasSubstr("aggregation.combiner.geometric_median.iterations: is 0, which leaves the mean"));
}

TEST(CombinerJob, WhatIsSubmittedOtherwiseIsCheckedTheSame) {
  v1::JobSpec spec = LoadCombinerJob("bulyan: {hostile_sites: 2}").value();
  spec.mutable_rounds()->set_min_sites(10);
  EXPECT_THAT(std::string(ParseJobSpec(spec.SerializeAsString()).status().message()),
              HasSubstr("expected at least 11"));
}

}  // namespace
}  // namespace accord
