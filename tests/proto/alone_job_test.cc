// Jobs in which a site's change counts without a common round of all: what is filled in, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/file.h"
#include "proto/validation/job_validation.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kAloneJob[] = R"(name: alone
purpose: to test jobs without common rounds
data:
  name: vitals
  features: [{name: age, numeric: {unit: years, min: 18, max: 110}}]
  target: {name: ill, category: {levels: ["no", "yes"]}}
model: {logistic_regression: {}}
training: {sgd: {learning_rate: 0.1}, local_epochs: 2}
aggregation:
  STRATEGY
  plain_sum: true
  update_bound: 1
  max_rows_per_site: 2000
rounds: {count: 5, min_sites: 1, sites: [a, b, c]}
)";

using AloneChanges = std::vector<std::pair<std::string, std::string>>;

absl::StatusOr<v1::JobSpec> LoadAlone(const std::string& strategy, AloneChanges changes = {}) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/alone.yaml");
  changes.push_back({"STRATEGY", strategy});
  EXPECT_TRUE(WriteFileAtomically(path, absl::StrReplaceAll(kAloneJob, changes), 0644, Durability::kVisible).ok());
  return LoadJobSpec(path);
}

std::string WhyNotAlone(const std::string& strategy, AloneChanges changes = {}) {
  const auto spec = LoadAlone(strategy, std::move(changes));
  return spec.ok() ? "it was not refused" : std::string(spec.status().message());
}

TEST(AloneJob, FillsInWhatIsNotWritten) {
  const auto cyclic = LoadAlone("cyclic: {}");
  ASSERT_TRUE(cyclic.ok()) << cyclic.status();
  EXPECT_EQ(cyclic->aggregation().cyclic().order(), v1::Cyclic::LISTED);
  EXPECT_EQ(cyclic->aggregation().cyclic().wait_s(), 60u);
  EXPECT_EQ(cyclic->rounds().target_sites(), 3u) << "evaluation waits for all";
  EXPECT_TRUE(ParseJobSpec(cyclic->SerializeAsString()).ok());
  const auto fedbuff = LoadAlone("fedbuff: {buffer: 2}", {{", sites: [a, b, c]", ""}});
  ASSERT_TRUE(fedbuff.ok()) << fedbuff.status();
  EXPECT_EQ(fedbuff->aggregation().fedbuff().max_staleness(), 10u);
  EXPECT_EQ(fedbuff->aggregation().fedbuff().server_learning_rate(), 1);
  EXPECT_EQ(fedbuff->rounds().target_sites(), 2u);
  EXPECT_EQ(LoadAlone("fedbuff: {buffer: 2, max_staleness: 0}")->aggregation().fedbuff().max_staleness(), 0u);
  EXPECT_EQ(LoadAlone("cyclic: {wait_s: 0, order: shuffled}")->aggregation().cyclic().order(), v1::Cyclic::SHUFFLED);
}

TEST(AloneJob, SecureSumsAreRefusedWithTheReason) {
  EXPECT_THAT(WhyNotAlone("cyclic: {}", {{"  plain_sum: true\n", ""}}),
              AllOf(HasSubstr("aggregation.cyclic: has turns of one site each, and a secure sum of one site is that "
                              "site's own numbers"),
                    HasSubstr("write plain_sum: true")));
  EXPECT_THAT(
      WhyNotAlone("fedbuff: {buffer: 2}", {{"plain_sum: true", "secure_sum: {}"}}),
      HasSubstr("aggregation.fedbuff: takes each change by itself when it arrives, and a secure sum shows nobody "
                "a single one (Nguyen et al. hide them in trusted hardware"));
}

// What charters and policies judge must say what is so.
TEST(AloneJob, TheSmallestSumIsSaid) {
  EXPECT_THAT(WhyNotAlone("cyclic: {}", {{"min_sites: 1", "min_sites: 3"}}),
              HasSubstr("rounds.min_sites: is 3: with cyclic a turn's sum is one site's own numbers"));
  EXPECT_THAT(WhyNotAlone("fedbuff: {buffer: 2}", {{"min_sites: 1", "min_sites: 2"}}),
              HasSubstr("rounds.min_sites: is 2: with fedbuff each plan is for one site"));
}

TEST(AloneJob, AllFaultsOfACyclicJobAreToldAtOnce) {
  EXPECT_THAT(
      WhyNotAlone("cyclic: {wait_s: 700}", {{"min_sites: 1, sites: [a, b, c]", "min_sites: 2, patience_s: 600"}}),
      AllOf(HasSubstr("rounds.min_sites: is 2"),
            HasSubstr("rounds.sites: is empty: with cyclic one site after another has its turn"),
            HasSubstr("aggregation.cyclic.wait_s: is 700, longer than rounds.patience_s, which is 600")));
  EXPECT_THAT(WhyNotAlone("cyclic: {}", {{"[a, b, c]", "[a]"}}), HasSubstr("rounds.sites: names one site"));
  EXPECT_THAT(WhyNotAlone("cyclic: {}", {{"count: 5", "count: 400000"}}),
              HasSubstr("rounds.count: is 400000: cycles of 3 sites have 1200000 turns together"));
  EXPECT_THAT(WhyNotAlone("cyclic: {order: random}"), HasSubstr("order"));
}

TEST(AloneJob, AllFaultsOfAFedBuffJobAreToldAtOnce) {
  EXPECT_THAT(WhyNotAlone("fedbuff: {buffer: 4, server_learning_rate: 0}",
                          {{"sites: [a, b, c]}\n",
                            "sites: [a, b, c], patience_s: 60}\nevaluation: {keep: best, stop_early: "
                            "{patience_rounds: 2}}\n"}}),
              AllOf(HasSubstr("aggregation.fedbuff.buffer: is 4, and rounds.sites names 3 sites"),
                    HasSubstr("aggregation.fedbuff.server_learning_rate: is 0"),
                    HasSubstr("evaluation.keep: is best: with fedbuff rounds measure no held-out rows"),
                    HasSubstr("evaluation.stop_early: with fedbuff rounds measure no held-out rows"),
                    HasSubstr("rounds.patience_s: is 60, shorter than rounds.deadline_s, which is 3600")));
  EXPECT_THAT(WhyNotAlone("fedbuff: {}"), HasSubstr("buffer"));
}

TEST(AloneJob, CombinersAreForCommonRounds) {
  for (const char* strategy : {"cyclic: {}", "fedbuff: {buffer: 2}"}) {
    EXPECT_THAT(WhyNotAlone(strategy, {{"  plain_sum", "  combiner: {norm_bound: {max_norm: 1}}\n  plain_sum"}}),
                HasSubstr("aggregation.combiner: does not go with this strategy"))
        << strategy;
  }
}

}  // namespace
}  // namespace accord
