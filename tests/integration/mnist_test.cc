// A convolutional network over ten sites whose digits are unevenly spread. Minutes long: tests/long.sh runs it.
#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/integration/idx_images.h"
#include "tests/integration/running_federation.h"

namespace accord {
namespace {

constexpr size_t kSites = 10;
constexpr size_t kImagesPerShard = 2700;  // twice this is what the rarest digit has

// Sorted by label and cut into twenty shards; site i gets shards i and i + 10, so it sees two digits of ten
// (McMahan et al. 2017, section 3).
std::vector<std::vector<size_t>> SkewedShares(const IdxImages& digits) {
  std::vector<size_t> by_label;
  for (uint8_t label = 0; label < 10; ++label) {
    const size_t wanted = by_label.size() + 2 * kImagesPerShard;
    for (size_t i = 0; i < digits.size() && by_label.size() < wanted; ++i) {
      if (digits.label(i) == label) by_label.push_back(i);
    }
  }
  std::vector<std::vector<size_t>> shares(kSites);
  for (size_t i = 0; i < by_label.size(); ++i) {
    shares[i / kImagesPerShard % kSites].push_back(by_label[i]);
  }
  return shares;
}

std::vector<bench::SiteSetup> MnistSites(const std::string& folder) {
  const IdxImages train =
      IdxImages::Unpack(folder + "train-images-idx3-ubyte.gz", folder + "train-labels-idx1-ubyte.gz");
  const IdxImages all_test =
      IdxImages::Unpack(folder + "t10k-images-idx3-ubyte.gz", folder + "t10k-labels-idx1-ubyte.gz");
  const std::string mapping = ReadWhole(std::string(ACCORD_SOURCE_DIR) + "/deploy/examples/mnist/site.yaml");
  const std::vector<std::vector<size_t>> shares = SkewedShares(train);
  std::vector<bench::SiteSetup> sites;
  for (size_t site = 0; site < kSites; ++site) {
    // A tenth of the common test images each.
    bench::SiteDataset dataset =
        ImageDataset("mnist", mapping, train.Choose(shares[site]), all_test.EveryNth(site, kSites));
    sites.push_back({absl::StrCat("site-", site + 1), {std::move(dataset)}});
  }
  return sites;
}

class Mnist : public RunningFederation {};

TEST_F(Mnist, ANetworkOverTenSkewedSitesLearnsAllDigits) {
  if (std::getenv("ACCORD_LONG") == nullptr) GTEST_SKIP() << "takes minutes; tests/long.sh runs it";
  const std::string folder = DataFolder() + "/data/mnist/";
  if (DataFolder().empty()) GTEST_SKIP() << "set ACCORD_DATA to the folder that holds data/mnist";
  Start(MnistSites(folder));
  const std::string id = Submit(ReadWhole(std::string(ACCORD_SOURCE_DIR) + "/deploy/examples/mnist-cnn.yaml"));
  const v1::JobReport report = Await(id, bench::IsFinal, absl::Minutes(30));
  ASSERT_EQ(report.state(), v1::JOB_FINISHED) << report.reason();
  for (const v1::RoundReport& round : report.rounds()) {
    if (round.kind() != v1::STEP_TRAIN) continue;
    std::cout << absl::StreamFormat("before round %2d: test accuracy %.4f, test loss %.4f (%d sites, %.1f s)\n",
                                    round.round(), round.metrics().test_accuracy(), round.metrics().test_loss(),
                                    round.sites_size(), round.duration_ms() / 1000);
  }
  std::cout << absl::StreamFormat("after %d rounds: test accuracy %.4f\n", report.rounds_done(),
                                  report.final_metrics().test_accuracy());
  EXPECT_GT(report.final_metrics().test_accuracy(), 0.8);
}

}  // namespace
}  // namespace accord
