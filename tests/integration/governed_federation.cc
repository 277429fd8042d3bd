#include "tests/integration/governed_federation.h"

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "base/file.h"

namespace accord {

std::string GovernedFederation::Or(const absl::StatusOr<std::string>& output) {
  EXPECT_TRUE(output.ok()) << output.status().message();
  return output.value_or("");
}

void GovernedFederation::StartUnderCharter(bool published) {
  Start(bench::TrivialSites(kSites));
  if (HasFatalFailure()) return;
  auto governance = bench::Governance::Create(*federation_);
  ASSERT_TRUE(governance.ok()) << governance.status().message();
  governance_ = *std::move(governance);
  charter_ = Or(governance_->SignedBySites(Or(governance_->CharterText()), "charter-1"));
  const absl::Status pinned = governance_->PinEverywhere(charter_);
  ASSERT_TRUE(pinned.ok()) << pinned.message();
  if (!published) return;
  const absl::Status done = governance_->Publish(charter_);
  ASSERT_TRUE(done.ok()) << done.message();
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

std::string GovernedFederation::SubmitApproved(const OrderedJob& job) {
  const auto files = governance_->PeoplesApprovals(job, charter_);
  EXPECT_TRUE(files.ok()) << files.status().message();
  const std::string id = Or(governance_->Submit(job, files.value_or(std::vector<std::string>())));
  ApproveAtSites(job);
  return id;
}

v1::JobReport GovernedFederation::AwaitWaiting(const std::string& job_id, const std::string& words) {
  return Await(job_id,
               [&words](const v1::JobReport& report) { return absl::StrContains(report.waiting_for(), words); });
}

std::string GovernedFederation::AwaitRefusalFile(size_t site, const std::string& words) {
  const absl::Time deadline = absl::Now() + absl::Seconds(60) * kSlowdown;
  const std::string folder = Path("sites/" + federation_->site_name(site) + "/state/refusals");
  while (absl::Now() < deadline) {
    std::error_code none_yet;
    for (const auto& entry : std::filesystem::directory_iterator(folder, none_yet)) {
      if (entry.path().extension() != ".refusal") continue;  // one that is being written
      if (absl::StrContains(ReadFile(entry.path().string()).value_or(""), words)) return entry.path().string();
    }
    absl::SleepFor(absl::Milliseconds(50));
  }
  ADD_FAILURE() << "no refusal of " << federation_->site_name(site) << " says: " << words;
  return "";
}

}  // namespace accord
