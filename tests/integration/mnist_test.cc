// A convolutional network over ten sites whose digits are unevenly spread. Minutes long: tests/long.sh runs it.
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/federation/process.h"
#include "tests/integration/running_federation.h"

namespace accord {
namespace {

constexpr size_t kSites = 10;
constexpr size_t kImageBytes = 28 * 28;
constexpr size_t kImageHeader = 16;
constexpr size_t kLabelHeader = 8;
constexpr size_t kImagesPerShard = 2700;  // twice this is what the rarest digit has

std::string Unpacked(const std::string& path) {
  const absl::StatusOr<std::string> content = bench::RunProgram({"/bin/gzip", "-dc", path}, absl::Minutes(1));
  EXPECT_TRUE(content.ok()) << content.status().message();
  return content.value_or("");
}

std::string BigEndian(uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift));
  return bytes;
}

// IDX files (a header, then the items) of a choice of images and labels.
struct Digits {
  std::string images;
  std::string labels;
  size_t size() const { return labels.size() - kLabelHeader; }
  Digits Choose(const std::vector<size_t>& indices) const {
    const auto count = static_cast<uint32_t>(indices.size());
    Digits chosen = {images.substr(0, 4) + BigEndian(count) + images.substr(8, 8),
                     labels.substr(0, 4) + BigEndian(count)};
    for (const size_t index : indices) {
      chosen.images += images.substr(kImageHeader + index * kImageBytes, kImageBytes);
      chosen.labels += labels[kLabelHeader + index];
    }
    return chosen;
  }
};

// Sorted by label and cut into twenty shards; site i gets shards i and i + 10, so it sees two digits of ten
// (McMahan et al. 2017, section 3).
std::vector<std::vector<size_t>> SkewedShares(const Digits& digits) {
  std::vector<size_t> by_label;
  for (char label = 0; label < 10; ++label) {
    const size_t wanted = by_label.size() + 2 * kImagesPerShard;
    for (size_t i = 0; i < digits.size() && by_label.size() < wanted; ++i) {
      if (digits.labels[kLabelHeader + i] == label) by_label.push_back(i);
    }
  }
  std::vector<std::vector<size_t>> shares(kSites);
  for (size_t i = 0; i < by_label.size(); ++i) {
    shares[i / kImagesPerShard % kSites].push_back(by_label[i]);
  }
  return shares;
}

std::vector<bench::SiteSetup> MnistSites(const std::string& folder) {
  const Digits train = {Unpacked(folder + "train-images-idx3-ubyte.gz"),
                        Unpacked(folder + "train-labels-idx1-ubyte.gz")};
  const Digits all_test = {Unpacked(folder + "t10k-images-idx3-ubyte.gz"),
                           Unpacked(folder + "t10k-labels-idx1-ubyte.gz")};
  const std::string mapping = ReadWhole(std::string(ACCORD_SOURCE_DIR) + "/deploy/examples/mnist/site.yaml");
  const std::vector<std::vector<size_t>> shares = SkewedShares(train);
  std::vector<bench::SiteSetup> sites;
  for (size_t site = 0; site < kSites; ++site) {
    std::vector<size_t> held_out;  // a tenth of the common test images each
    for (size_t i = site; i < all_test.size(); i += kSites) held_out.push_back(i);
    const Digits own = train.Choose(shares[site]);
    const Digits test = all_test.Choose(held_out);
    bench::SiteDataset dataset = {"mnist",
                                  mapping,
                                  {{"train-images.idx3", own.images},
                                   {"train-labels.idx1", own.labels},
                                   {"test-images.idx3", test.images},
                                   {"test-labels.idx1", test.labels}}};
    sites.push_back({absl::StrCat("site-", site + 1), {dataset}});
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
