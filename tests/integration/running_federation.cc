#include "tests/integration/running_federation.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"

namespace accord {
namespace {

const absl::Duration kJobTimeout = absl::Seconds(120) * kSlowdown;
constexpr char kTrivial[] = "trivial sites: ";

// Between two tests that share one; they end with the last test, before the libraries that they use.
class SharedFederations : public testing::Environment {
 public:
  void TearDown() override { kept_.clear(); }
  // Null: there is none.
  std::unique_ptr<bench::Federation> Take(const std::string& name) {
    // Of sites that only some tests want, no more than one at a time takes up memory.
    std::erase_if(kept_, [&name](const auto& kept) {
      return kept.first != name && !absl::StartsWith(kept.first, kTrivial) && !absl::StartsWith(name, kTrivial);
    });
    return std::move(kept_[name]);
  }
  void Keep(const std::string& name, std::unique_ptr<bench::Federation> federation) {
    kept_[name] = std::move(federation);
  }

 private:
  std::map<std::string, std::unique_ptr<bench::Federation>> kept_;
};

// GoogleTest owns it.
SharedFederations& shared_federations =
    *static_cast<SharedFederations*>(testing::AddGlobalTestEnvironment(new SharedFederations));

}  // namespace

void RunningFederation::Start(std::vector<bench::SiteSetup> sites, size_t num_running) {
  auto federation = bench::Federation::Create(ACCORD_BINARY_DIR, std::move(sites));
  ASSERT_TRUE(federation.ok()) << federation.status().message();
  federation_ = std::move(federation).value();
  const absl::Status started = federation_->StartSites(std::min(num_running, federation_->num_sites()));
  ASSERT_TRUE(started.ok()) << started.message();
}

void RunningFederation::Share(size_t num_sites) {
  Share(absl::StrCat(kTrivial, num_sites), bench::TrivialSites(num_sites));
}

void RunningFederation::Share(const std::string& name, std::vector<bench::SiteSetup> sites) {
  shared_as_ = name;
  federation_ = shared_federations.Take(name);
  if (federation_ == nullptr) return Start(std::move(sites));
  // Whoever had it before may have killed what it tests.
  if (!federation_->coordinator().running()) {
    const absl::Status started = federation_->StartCoordinator();
    ASSERT_TRUE(started.ok()) << started.message();
  }
  const absl::Status started = federation_->StartSites();
  ASSERT_TRUE(started.ok()) << started.message();
}

void RunningFederation::GiveBack() {
  if (!shared_as_.empty()) shared_federations.Keep(shared_as_, std::move(federation_));
  shared_as_.clear();
}

std::string RunningFederation::Submit(const std::string& job_yaml) {
  const absl::StatusOr<std::string> id = federation_->Submit(job_yaml);
  EXPECT_TRUE(id.ok()) << id.status().message();
  return id.value_or("");
}

v1::JobReport RunningFederation::Await(const std::string& job_id, const std::function<bool(const v1::JobReport&)>& done,
                                       absl::Duration timeout) {
  const absl::StatusOr<v1::JobReport> report = federation_->WaitUntil(job_id, done, timeout);
  EXPECT_TRUE(report.ok()) << report.status().message();
  return report.value_or(v1::JobReport());
}

v1::JobReport RunningFederation::AwaitRounds(const std::string& job_id, uint32_t rounds_done) {
  return Await(job_id, [rounds_done](const v1::JobReport& report) { return report.rounds_done() >= rounds_done; });
}

v1::JobReport RunningFederation::Finish(const std::string& job_id) {
  const v1::JobReport report = Await(job_id, bench::IsFinal, kJobTimeout);
  EXPECT_EQ(report.state(), v1::JOB_FINISHED) << report.reason();
  return report;
}

void RunningFederation::TearDown() {
  if (federation_ == nullptr) return;
  if (!HasFailure()) return GiveBack();
  std::cerr << "---- coordinator ----\n" << federation_->coordinator().OutputTail() << "\n";
  for (size_t i = 0; i < federation_->num_sites(); ++i) {
    std::cerr << "---- " << federation_->site_name(i) << " ----\n" << federation_->site(i).OutputTail() << "\n";
  }
}

std::string SlowJob(uint32_t rounds, uint32_t sites) {
  bench::TrivialJob job;
  job.min_sites = job.target_sites = sites;
  job.plain_sum = sites == 2;
  job.rounds = rounds;
  job.local_epochs = 1500;
  job.silence_s = 5 * kSlowdown;
  return job.Yaml();
}

std::string DataFolder() {
  const char* folder = std::getenv("ACCORD_DATA");
  return folder != nullptr ? folder : "";
}

std::string ReadWhole(const std::string& path) {
  const absl::StatusOr<std::string> content = ReadFile(path, size_t{1} << 30);
  EXPECT_TRUE(content.ok()) << content.status().message();
  return content.value_or("");
}

std::vector<bench::SiteSetup> HeartSites() {
  const std::string data = DataFolder() + "/data/heart-disease/";
  if (DataFolder().empty() || !ReadFile(data + "flamby_split.csv").ok()) return {};
  std::vector<bench::SiteSetup> sites;
  for (const char* hospital : {"cleveland", "hungarian", "switzerland", "va"}) {
    const std::string file = absl::StrCat("processed.", hospital, ".data");
    bench::SiteDataset heart = {
        "heart",
        ReadWhole(absl::StrCat(ACCORD_SOURCE_DIR, "/deploy/examples/heart/", hospital, ".yaml")),
        {{file, ReadWhole(data + file)}, {"flamby_split.csv", ReadWhole(data + "flamby_split.csv")}}};
    sites.push_back({hospital, {heart}});
  }
  return sites;
}

}  // namespace accord
