// Strategies by which sites keep something, over real processes: a daemon that is killed between rounds, or in the
// middle of one, ends at the same common model and at the same model of its own.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "tests/integration/running_federation.h"

namespace accord {
namespace {

constexpr uint32_t kKeptRounds = 5;  // after each of the first three another site is killed
constexpr uint32_t kKeptSites = 3;

struct Strategy {
  const char* name;
  const char* yaml;
  bool personal;
};

void PrintTo(const Strategy& strategy, std::ostream* out) { *out << strategy.name; }

class KeptBetweenRounds : public RunningFederation, public testing::WithParamInterface<Strategy> {
 protected:
  static std::string Yaml(uint32_t rounds) {
    return absl::StrReplaceAll(
        SlowJob(rounds, kKeptSites),
        {{"fedavg: {}", GetParam().yaml}, {"rounds: {", "rounds: {sites: [site-1, site-2, site-3], "}});
  }
  std::string KeptFolder(size_t site) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(federation_->folder())) {
      const std::string path = entry.path().string();
      if (entry.is_directory() && path.ends_with("/kept") &&
          path.find(federation_->site_name(site)) != std::string::npos) {
        return path;
      }
    }
    ADD_FAILURE() << "site " << site << " keeps nothing";
    return "";
  }
  static std::ptrdiff_t FilesOf(const std::string& job, const std::string& folder) {
    return std::count_if(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator(),
                         [&job](const auto& entry) { return absl::StartsWith(entry.path().filename().string(), job); });
  }
  // The model of the sites' job by a strategy by which they keep nothing: the same every time.
  std::string FedAvgModel() {
    static std::string digest;
    if (digest.empty()) {
      digest = Finish(Submit(absl::StrReplaceAll(Yaml(3), {{GetParam().yaml, "fedavg: {}"}}))).model_digest();
    }
    return digest;
  }
  // Of all sites, one behind the other; empty for a strategy that makes none.
  std::string OwnModels(const std::string& job) {
    std::string models;
    for (size_t site = 0; GetParam().personal && site < kKeptSites; ++site) {
      const std::string file = absl::StrCat(federation_->folder(), "/own-", site, ".bin");
      const auto exported = federation_->Client(site, {"personal-model", "export", job, "-o", file});
      EXPECT_TRUE(exported.ok()) << exported.status();
      models += ReadWhole(file);
    }
    return models;
  }
};

TEST_P(KeptBetweenRounds, ADaemonThatIsKilledEndsAtTheSameModels) {
  Share(kKeptSites);
  if (HasFatalFailure()) return;
  const std::string first = Submit(Yaml(kKeptRounds));
  const v1::JobReport undisturbed = Finish(first);
  const std::string own_undisturbed = OwnModels(first);
  EXPECT_EQ(own_undisturbed.empty(), !GetParam().personal);

  const std::string job = Submit(Yaml(kKeptRounds));
  for (uint32_t round = 1; round + 1 < kKeptRounds; ++round) {
    AwaitRounds(job, round);
    const size_t victim = round % kKeptSites;
    federation_->site(victim).Kill();
    ASSERT_TRUE(federation_->StartSite(victim).ok());
  }
  const v1::JobReport killed = Finish(job);
  EXPECT_EQ(killed.model_digest(), undisturbed.model_digest());
  EXPECT_EQ(OwnModels(job), own_undisturbed);
}

TEST_P(KeptBetweenRounds, WhatSitesKeepMattersAndGoesWithTheJob) {
  Share(kKeptSites);
  if (HasFatalFailure()) return;
  const std::string job = Submit(Yaml(3));
  const v1::JobReport report = Finish(job);
  if (std::string(GetParam().name) != "Ditto") {
    EXPECT_NE(report.model_digest(), FedAvgModel());
  } else {
    EXPECT_EQ(report.model_digest(), FedAvgModel()) << "Ditto's common model is FedAvg's";
  }
  EXPECT_THAT(report.notes(), testing::Contains(testing::HasSubstr("stay")));
  for (size_t site = 0; site < kKeptSites; ++site) {
    const std::string folder = KeptFolder(site);
    // The word that the job is over may still be on its way.
    const absl::Time end = absl::Now() + absl::Seconds(10) * kSlowdown;
    const std::ptrdiff_t expected = GetParam().personal ? 1 : 0;
    while (FilesOf(job, folder) != expected && absl::Now() < end) absl::SleepFor(absl::Milliseconds(5));
    EXPECT_EQ(FilesOf(job, folder), expected) << folder;
  }
}

INSTANTIATE_TEST_SUITE_P(Strategies, KeptBetweenRounds,
                         testing::Values(Strategy{"Scaffold", "scaffold: {}", false},
                                         Strategy{"FedPer", "fedper: {layers: [linear.bias]}", true},
                                         Strategy{"Ditto", "ditto: {lambda: 0.2}", true}),
                         [](const auto& strategy) { return strategy.param.name; });

}  // namespace
}  // namespace accord
