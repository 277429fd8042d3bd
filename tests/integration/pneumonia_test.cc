// Chest X-rays (PneumoniaMNIST) over five sites whose mix of ill and healthy differs, by
// deploy/examples/pneumonia-cnn.yaml, beside the same network trained by one site that holds all of them.
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/file.h"
#include "tests/integration/idx_images.h"
#include "tests/integration/learning.h"

namespace accord {
namespace {

// Percent of all normal and of all pneumonia images that each site has. As uneven as draws from a Dirichlet
// distribution of 0.5, but fixed, so that they are the same in every reader's hands: 96 %, 93 %, 79 %, 49 % and 24 % of
// a site's patients are ill.
struct Share {
  size_t normal;
  size_t pneumonia;
};
constexpr std::array<Share, 5> kShares = {{{4, 35}, {6, 30}, {15, 20}, {30, 10}, {45, 5}}};

// What training's length is chosen on, and what it is judged on: the published splits.
enum class HeldOut { kValidation, kTest };

std::vector<std::vector<size_t>> UnevenShares(const IdxImages& images) {
  std::vector<std::vector<size_t>> sites(kShares.size());
  for (uint8_t label = 0; label < 2; ++label) {
    std::vector<size_t> of_label;
    for (size_t i = 0; i < images.size(); ++i) {
      if (images.label(i) == label) of_label.push_back(i);
    }
    size_t begin = 0;
    size_t percent = 0;
    for (size_t site = 0; site < kShares.size(); ++site) {
      percent += label == 0 ? kShares[site].normal : kShares[site].pneumonia;
      const size_t end = of_label.size() * percent / 100;
      for (; begin < end; ++begin) sites[site].push_back(of_label[begin]);
    }
  }
  return sites;
}

// Five sites with the data set "pneumonia", and one that has all rows as "pneumonia-pooled". Empty when the files are
// not there.
std::vector<bench::SiteSetup> PneumoniaSites(HeldOut held_out) {
  const std::string folder = DataFolder() + "/data/pneumoniamnist/";
  if (DataFolder().empty() || !ReadFile(folder + "train-labels-idx1-ubyte.gz").ok()) return {};
  const auto unpack = [&](const char* set) {
    return IdxImages::Unpack(absl::StrCat(folder, set, "-images-idx3-ubyte.gz"),
                             absl::StrCat(folder, set, "-labels-idx1-ubyte.gz"));
  };
  const IdxImages train = unpack("train");
  const IdxImages all_held_out = unpack(held_out == HeldOut::kValidation ? "val" : "test");
  const std::string mapping = ExampleJob("pneumonia/site.yaml");
  const std::vector<std::vector<size_t>> shares = UnevenShares(train);
  std::vector<bench::SiteSetup> sites;
  for (size_t site = 0; site < kShares.size(); ++site) {
    bench::SiteDataset dataset =
        ImageDataset("pneumonia", mapping, train.Choose(shares[site]), all_held_out.EveryNth(site, kShares.size()));
    sites.push_back({absl::StrCat("hospital-", site + 1), {std::move(dataset)}});
  }
  sites.push_back({"everything", {ImageDataset("pneumonia-pooled", mapping, train, all_held_out)}});
  return sites;
}

// Chosen by the mean AUC of the validation split, among up to 20 rounds and 15 epochs (docs/learning.md).
constexpr uint32_t kFederatedRounds = 20;
constexpr uint32_t kPooledEpochs = 13;

std::string FederatedJob(uint32_t rounds) {
  return absl::StrReplaceAll(ExampleJob("pneumonia-cnn.yaml"), {{"count: 20", absl::StrCat("count: ", rounds)}});
}

// The same training over all rows: the sum of one site, as many rounds of one epoch.
std::string PooledJob(uint32_t epochs) {
  return absl::StrReplaceAll(FederatedJob(epochs), {{"  name: pneumonia\n", "  name: pneumonia-pooled\n"},
                                                    {"  fedavg: {}\n", "  fedavg: {}\n  plain_sum: true\n"},
                                                    {"max_rows_per_site: 1500", "max_rows_per_site: 5000"},
                                                    {"min_sites: 4", "min_sites: 1"},
                                                    {"target_sites: 5", "target_sites: 1"}});
}

class Pneumonia : public Learning {
 protected:
  void StartWith(HeldOut held_out) {
    std::vector<bench::SiteSetup> sites = PneumoniaSites(held_out);
    if (sites.empty()) GTEST_SKIP() << "set ACCORD_DATA to the folder that holds data/pneumoniamnist";
    Start(std::move(sites));
  }
};

// Of the mean AUC after each round, how far the chosen one is below the highest.
double PrintCurve(const std::string& name, const std::vector<v1::JobReport>& reports, uint32_t chosen) {
  double highest = 0;
  double at_chosen = 0;
  for (uint32_t round = 1; round <= reports.front().rounds_done(); ++round) {
    const Figures mean = MeanAfter(round, reports);
    std::printf("%s, after %2u: accuracy %.4f, AUC %.4f\n", name.c_str(), round, mean.accuracy, mean.auc);
    highest = std::max(highest, mean.auc);
    if (round == chosen) at_chosen = mean.auc;
  }
  return highest - at_chosen;
}

TEST_F(Pneumonia, FewRoundsOverFiveUnevenSitesAreUsefulAlready) {
  ASSERT_NO_FATAL_FAILURE(StartWith(HeldOut::kValidation));
  if (IsSkipped()) return;
  // A network of an eighth of the size, so that this takes seconds.
  const std::string yaml = absl::StrReplaceAll(
      FederatedJob(6), {{"channels: [16, 32], hidden: 128", "channels: [8, 16], hidden: 32"}, {"0.001", "0.003"}});
  const std::vector<v1::JobReport> reports = TrainWithSeeds("pneumonia, 6 rounds", yaml, 1);
  EXPECT_EQ(reports.front().final_metrics().test_rows(), 524u);
  EXPECT_GE(reports.front().final_metrics().test_auc(), 0.93);
}

TEST_F(Pneumonia, RoundsAndEpochsAreWhatTheValidationSplitChooses) {
  if (!RunsLongTests()) GTEST_SKIP() << "takes minutes; tests/long.sh runs it";
  ASSERT_NO_FATAL_FAILURE(StartWith(HeldOut::kValidation));
  if (IsSkipped()) return;
  const auto federated = TrainWithSeeds("validation, federated", FederatedJob(kFederatedRounds), 2);
  const auto pooled = TrainWithSeeds("validation, pooled", PooledJob(15), 2);
  EXPECT_LE(PrintCurve("validation, federated", federated, kFederatedRounds), 0.003);
  EXPECT_LE(PrintCurve("validation, pooled", pooled, kPooledEpochs), 0.003);
}

TEST_F(Pneumonia, FiveUnevenSitesComeNearToPooledRows) {
  if (!RunsLongTests()) GTEST_SKIP() << "takes minutes; tests/long.sh runs it";
  ASSERT_NO_FATAL_FAILURE(StartWith(HeldOut::kTest));
  if (IsSkipped()) return;
  constexpr uint64_t kSeeds = 5;
  const auto pooled = TrainWithSeeds("pneumonia, pooled", PooledJob(kPooledEpochs), kSeeds);
  const auto federated = TrainWithSeeds("pneumonia, federated", FederatedJob(kFederatedRounds), kSeeds);
  for (const auto& report : {pooled.front(), federated.front()}) EXPECT_EQ(report.final_metrics().test_rows(), 624u);
  const Figures pooled_mean = MeanOf("pneumonia, pooled", pooled);
  const Figures federated_mean = MeanOf("pneumonia, federated", federated);
  EXPECT_GE(pooled_mean.auc, 0.9);
  EXPECT_GE(federated_mean.auc, pooled_mean.auc - 0.02);
}

}  // namespace
}  // namespace accord
