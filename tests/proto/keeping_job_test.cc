// Jobs whose strategy has sites keep something: what is filled in, and what does not go with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/file.h"
#include "proto/validation/job_validation.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kJob[] = R"(name: keeps
purpose: to test strategies
data:
  name: scans
  image: {height: 32, width: 32, channels: 1}
  target: {name: ill, category: {levels: ["no", "yes"]}}
model: {resnet18: {width: 8, groups: 2}}
training: {sgd: {learning_rate: 0.1}, local_epochs: 2, batch_size: 8}
aggregation:
  STRATEGY
  update_bound: 1
  max_rows_per_site: 2000
rounds: {count: 5, min_sites: 3, sites: [a, b, c]}
)";

absl::StatusOr<v1::JobSpec> LoadKeepingJob(const std::string& strategy,
                                           std::vector<std::pair<std::string, std::string>> changes = {}) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/keeping.yaml");
  changes.insert(changes.begin(), {"STRATEGY", strategy});
  EXPECT_TRUE(WriteFileAtomically(path, absl::StrReplaceAll(kJob, changes), 0644, Durability::kVisible).ok());
  return LoadJobSpec(path);
}

std::string WhyRefused(const std::string& strategy, std::vector<std::pair<std::string, std::string>> changes = {}) {
  const auto spec = LoadKeepingJob(strategy, std::move(changes));
  return spec.ok() ? "it was not refused" : std::string(spec.status().message());
}

TEST(KeepingJob, HasTheDefaultsOfThePapers) {
  const auto scaffold = LoadKeepingJob("scaffold: {}");
  ASSERT_TRUE(scaffold.ok()) << scaffold.status();
  EXPECT_EQ(scaffold->aggregation().scaffold().server_learning_rate(), 1);
  EXPECT_DOUBLE_EQ(scaffold->aggregation().scaffold().control_bound(), 2 * 1 / (0.1 * 2));
  const auto fedrep = LoadKeepingJob("fedrep: {layers: [fc]}");
  ASSERT_TRUE(fedrep.ok()) << fedrep.status();
  EXPECT_EQ(fedrep->aggregation().fedrep().head_epochs(), 10u);
  EXPECT_THAT(fedrep->aggregation().fedrep().layers(), ElementsAre("fc"));
  const auto ditto = LoadKeepingJob("ditto: {lambda: 0.1}");
  ASSERT_TRUE(ditto.ok()) << ditto.status();
  EXPECT_EQ(ditto->aggregation().ditto().evaluated(), v1::Ditto::PERSONAL);
  for (const char* strategy : {"fedbn: {}", "fedper: {layers: [fc, layer4.1]}"}) {
    const auto spec = LoadKeepingJob(strategy);
    ASSERT_TRUE(spec.ok()) << spec.status();
    EXPECT_TRUE(ParseJobSpec(spec->SerializeAsString()).ok());
  }
}

TEST(KeepingJob, ScaffoldCorrectsPlainStepsOfSgdOverSitesThatAreNamed) {
  EXPECT_THAT(WhyRefused("scaffold: {}", {{"sgd: {learning_rate: 0.1}", "adam: {learning_rate: 0.1}"}}),
              HasSubstr("aggregation.scaffold: takes a site's change divided by its steps"));
  EXPECT_THAT(WhyRefused("scaffold: {}",
                         {{"learning_rate: 0.1}", "learning_rate: 0.1, momentum: 0.9}"}, {", sites: [a, b, c]", ""}}),
              AllOf(HasSubstr("training.sgd.momentum: goes on with gradients of earlier steps"),
                    HasSubstr("rounds.sites: is empty: scaffold takes the mean")));
  EXPECT_THAT(WhyRefused("scaffold: {control_bound: 0, server_learning_rate: 0}"),
              AllOf(HasSubstr("aggregation.scaffold.control_bound: is 0"),
                    HasSubstr("aggregation.scaffold.server_learning_rate: is 0: the model would never change")));
}

TEST(KeepingJob, StrategiesExcludeEachOther) {
  EXPECT_THAT(WhyRefused("scaffold: {}\n  fednova: {}"), HasSubstr("fednova"));
  EXPECT_THAT(WhyRefused("scaffold: {}\n  ditto: {lambda: 1}"), HasSubstr("ditto"));
}

TEST(KeepingJob, FedBnNeedsAModelWithNormalisation) {
  EXPECT_THAT(WhyRefused("fedbn: {}", {{"resnet18: {width: 8, groups: 2}", "small_cnn: {}"}}),
              HasSubstr("aggregation.fedbn: keeps normalisation layers at each site, and the job's model has none"));
}

TEST(KeepingJob, LayersThatStayAreNamedOnce) {
  EXPECT_THAT(WhyRefused("fedper: {layers: [fc, fc]}"), HasSubstr("aggregation.fedper.layers[1]"));
  EXPECT_THAT(WhyRefused("fedrep: {head_epochs: 0, layers: [fc]}"),
              HasSubstr("aggregation.fedrep.head_epochs: is 0: the named layers would never learn"));
  EXPECT_THAT(WhyRefused("fedrep: {}"), HasSubstr("aggregation.fedrep.layers"));
}

TEST(KeepingJob, NobodyKeepsTheBestRoundsOwnModels) {
  const std::pair<std::string, std::string> best = {"rounds:", "evaluation: {keep: best}\nrounds:"};
  EXPECT_THAT(WhyRefused("fedbn: {}", {best}), HasSubstr("evaluation.keep: is best, and with fedbn each site"));
  EXPECT_THAT(WhyRefused("ditto: {lambda: 1}", {best}), HasSubstr("evaluation.keep: is best, and with ditto"));
  EXPECT_TRUE(LoadKeepingJob("ditto: {lambda: 1, evaluated: common}", {best}).ok());
  EXPECT_TRUE(LoadKeepingJob("scaffold: {}", {best}).ok());
}

TEST(KeepingJob, DittosPullThrowsNoModelToTheOtherSide) {
  EXPECT_THAT(WhyRefused("ditto: {lambda: 20}"),
              HasSubstr("aggregation.ditto.lambda: times training.sgd.learning_rate is 2"));
  EXPECT_THAT(WhyRefused("ditto: {}"), HasSubstr("lambda"));
}

}  // namespace
}  // namespace accord
