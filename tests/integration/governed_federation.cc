#include "tests/integration/governed_federation.h"

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "base/file.h"

namespace accord {
namespace {

// Between two tests that share it; it ends with the last test.
class SharedUnderCharter : public testing::Environment {
 public:
  void TearDown() override {
    governance = nullptr;
    federation = nullptr;
  }
  std::unique_ptr<bench::Federation> federation;
  std::unique_ptr<bench::Governance> governance;
  std::string charter;
};

// GoogleTest owns it.
SharedUnderCharter& shared_under_charter =
    *static_cast<SharedUnderCharter*>(testing::AddGlobalTestEnvironment(new SharedUnderCharter));

}  // namespace

std::string GovernedFederation::Or(const absl::StatusOr<std::string>& output) {
  EXPECT_TRUE(output.ok()) << output.status().message();
  return output.value_or("");
}

void GovernedFederation::SetUpPeople(const std::vector<std::string>& more_people, const std::string& site_config) {
  std::vector<bench::SiteSetup> sites = bench::TrivialSites(kSites);
  for (bench::SiteSetup& site : sites) site.config = site_config;
  Start(std::move(sites), /*num_running=*/0);
  if (HasFatalFailure()) return;
  auto governance = bench::Governance::Create(*federation_);
  ASSERT_TRUE(governance.ok()) << governance.status().message();
  governance_ = *std::move(governance);
  for (const std::string& person : more_people) {
    const absl::Status logged_in = governance_->LogIn(person);
    ASSERT_TRUE(logged_in.ok()) << logged_in.message();
  }
}

std::string GovernedFederation::SignedCharterWith(const Changes& changes, const std::string& name) {
  std::string text = Or(governance_->CharterText());
  for (const auto& [from, to] : changes) {
    EXPECT_TRUE(absl::StrContains(text, from)) << from;
    text = absl::StrReplaceAll(text, {{from, to}});
  }
  return Or(governance_->SignedBySites(text, name));
}

void GovernedFederation::PinAtSites(const std::string& charter_file) {
  const absl::Status pinned = governance_->PinEverywhere(charter_file);
  ASSERT_TRUE(pinned.ok()) << pinned.message();
}

void GovernedFederation::StartUnderCharter(bool published) {
  SetUpPeople();
  if (HasFatalFailure()) return;
  const absl::Status started = federation_->StartSites();
  ASSERT_TRUE(started.ok()) << started.message();
  charter_ = SignedCharterWith({});
  PinAtSites(charter_);
  if (HasFatalFailure() || !published) return;
  const absl::Status done = governance_->Publish(charter_);
  ASSERT_TRUE(done.ok()) << done.message();
}

void GovernedFederation::ShareUnderCharter() {
  is_shared_ = true;
  if (shared_under_charter.federation == nullptr) return StartUnderCharter();
  federation_ = std::move(shared_under_charter.federation);
  governance_ = std::move(shared_under_charter.governance);
  charter_ = shared_under_charter.charter;
  const absl::Status started = federation_->StartSites();
  ASSERT_TRUE(started.ok()) << started.message();
}

void GovernedFederation::TearDown() {
  RunningFederation::TearDown();
  if (HasFailure() || !is_shared_) return;
  shared_under_charter.federation = std::move(federation_);
  shared_under_charter.governance = std::move(governance_);
  shared_under_charter.charter = charter_;
}

std::string GovernedFederation::Amended(const std::string& former_file) {
  return Or(governance_->SignedBySites(Or(governance_->CharterText(2, HashOfCharter(former_file))), "charter-2"));
}

OrderedJob GovernedFederation::Order(const std::string& job_yaml, const std::string& charter_file) {
  const auto job = governance_->Order(job_yaml, charter_file);
  EXPECT_TRUE(job.ok()) << job.status().message();
  return job.value_or(OrderedJob());
}

void GovernedFederation::ApproveAsPeople(const std::string& job_id, const OrderedJob& job,
                                         const std::string& charter_file) {
  const auto files = governance_->PeoplesApprovals(job, charter_file);
  ASSERT_TRUE(files.ok()) << files.status().message();
  for (const std::string& file : *files) As("bela", {"job", "hand-in", job_id, file});
}

void GovernedFederation::ApproveAtSite(size_t site, const OrderedJob& job) {
  const absl::Status approved = governance_->ApproveAtSite(site, job);
  EXPECT_TRUE(approved.ok()) << approved.message();
}

void GovernedFederation::ApproveAtSites(const OrderedJob& job) {
  for (size_t site = 0; site < kSites; ++site) ApproveAtSite(site, job);
}

std::string GovernedFederation::SubmitWithPeople(const OrderedJob& job) {
  const auto files = governance_->PeoplesApprovals(job, charter_);
  EXPECT_TRUE(files.ok()) << files.status().message();
  return Or(governance_->Submit(job, files.value_or(std::vector<std::string>())));
}

std::string GovernedFederation::SubmitApproved(const OrderedJob& job) {
  const std::string id = SubmitWithPeople(job);
  ApproveAtSites(job);
  return id;
}

v1::JobReport GovernedFederation::AwaitWaiting(const std::string& job_id, const std::string& words) {
  return Await(job_id,
               [&words](const v1::JobReport& report) { return absl::StrContains(report.waiting_for(), words); });
}

std::string GovernedFederation::AwaitRefusalFile(size_t site, const std::string& words, const std::string& job_id) {
  const absl::Time deadline = absl::Now() + absl::Seconds(60) * kSlowdown;
  const std::string folder = Path("sites/" + federation_->site_name(site) + "/state/refusals");
  while (absl::Now() < deadline) {
    std::error_code none_yet;
    for (const auto& entry : std::filesystem::directory_iterator(folder, none_yet)) {
      if (entry.path().extension() != ".refusal") continue;  // one that is being written
      const std::string text = ReadFile(entry.path().string()).value_or("");
      if (!job_id.empty() && !absl::StrContains(text, absl::StrCat("job id: ", job_id, "\n"))) continue;
      if (absl::StrContains(text, words)) return entry.path().string();
    }
    absl::SleepFor(absl::Milliseconds(50));
  }
  ADD_FAILURE() << "no refusal of " << federation_->site_name(site) << " says: " << words;
  return "";
}

std::string GovernedFederation::CheckedOffline(const std::string& refusal_file) {
  if (refusal_file.empty()) return "";
  const std::string changed = Path("changed.refusal");
  std::string text = ReadWhole(refusal_file);
  text[text.find("reason: ") + sizeof("reason: ")] ^= 1;
  EXPECT_TRUE(WriteFileAtomically(changed, text).ok());
  EXPECT_FALSE(governance_->As("a-third-party", {"audit", "refusal", changed, "--roster", Path("roster")}).ok());
  return As("a-third-party", {"audit", "refusal", refusal_file, "--roster", Path("roster")});
}

}  // namespace accord
