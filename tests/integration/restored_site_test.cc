// A site whose state folder was put back from yesterday's copy, over real processes: it finds out from the others
// before it trains or sends anything, refuses by its signature whatever its coordinator asks for all the same, and its
// operator can settle what is lost.
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "gmock/gmock.h"
#include "tests/integration/lied_to_federation.h"
#include "trust/log/log_file.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kPutBack[] = "put back from an older copy";

class RestoredSite : public LiedToFederation {
 protected:
  static constexpr size_t kRestored = 1;

  static std::string Job() {
    bench::TrivialJob job;
    job.plain_sum = false;
    job.rounds = 2;
    job.min_sites = job.target_sites = 3;
    return job.Yaml();
  }
  std::string StateFolder() {
    return absl::StrCat(federation_->folder(), "/sites/", federation_->site_name(kRestored), "/state");
  }
  static void Copy(const std::string& from, const std::string& to) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  }
  // All sites take part in a job; then the one that is restored is stopped.
  void WorkForADay() {
    ASSERT_NO_FATAL_FAILURE(SetUpPeople());
    ASSERT_NO_FATAL_FAILURE(PutTheLiarBetween());
    ASSERT_TRUE(federation_->StartSites().ok());
    Finish(Submit(Job()));
    federation_->site(kRestored).Stop();
  }
  // What left that was made of rows.
  uint64_t Vectors() {
    const std::string csv = federation_->Client(kRestored, {"egress", "--format", "csv"}).value_or("");
    uint64_t count = 0;
    for (size_t at = csv.find("masked vector of"); at != std::string::npos; at = csv.find("masked vector of", at + 1)) {
      ++count;
    }
    return count;
  }
  // A coordinator that does not care what the site has found out: it asks for the keys of a job, and plans a round.
  void AskAllTheSame(const std::string& job_id) {
    v1::CoordinatorMessage keys, plan;
    keys.mutable_key_request()->mutable_plan()->set_job_id(job_id);
    keys.mutable_key_request()->mutable_plan()->set_attempt(1);
    keys.mutable_key_request()->set_job_sha256(Sha256Hex(job_id));
    plan.mutable_plan()->mutable_id()->set_job_id(job_id + "-planned");
    plan.mutable_plan()->mutable_id()->set_attempt(1);
    const auto seen = HeadOfLog::Parse(ReadWhole(StateFolder() + "/log.head"));
    ASSERT_TRUE(seen.ok()) << seen.status();
    plan.mutable_plan()->mutable_log_head()->set_head(seen->head.bytes);
    plan.mutable_plan()->mutable_log_head()->set_signature(seen->head.signature);
    for (size_t site = 0; site < kSites; ++site) plan.mutable_plan()->add_cohort(federation_->site_name(site));
    const std::string& name = federation_->site_name(kRestored);
    EXPECT_TRUE(liar_->Send(name, keys));
    EXPECT_THAT(ExpectRefused(kRestored, kPutBack, job_id), AllOf(HasSubstr("for good"), HasSubstr(job_id)));
    ExpectNothingLeft(kRestored, job_id);
    // Of jobs that no order is of, one paper stands for all that are refused for one reason.
    EXPECT_TRUE(liar_->Send(name, plan));
    AwaitRefusals(kRestored, 1, kPutBack, job_id + "-planned");
    ExpectNothingLeft(kRestored, job_id + "-planned");
    for (const v1::SiteMessage& said : liar_->SaidBy(name)) {
      EXPECT_FALSE(said.has_key_answer() && said.key_answer().plan().job_id() == job_id);
    }
  }
  std::vector<std::string> Evidence() {
    std::vector<std::string> files;
    for (const auto& file : std::filesystem::directory_iterator(StateFolder() + "/evidence"))
      files.push_back(file.path());
    return files;
  }
};

TEST_F(RestoredSite, TrainsAndSendsNothingAndGoesOnOnceItsLossIsSettled) {
  ASSERT_NO_FATAL_FAILURE(WorkForADay());
  Copy(StateFolder(), federation_->folder() + "/yesterday");
  ASSERT_TRUE(federation_->StartSite(kRestored).ok());
  Finish(Submit(Job()));

  federation_->site(kRestored).Stop();
  Copy(federation_->folder() + "/yesterday", StateFolder());
  const uint64_t vectors = Vectors();
  ASSERT_TRUE(federation_->StartSite(kRestored).ok());
  const std::string job = Submit(Job());
  const v1::JobReport report =
      Await(job, [](const v1::JobReport& now) { return absl::StrContains(now.waiting_for(), kPutBack); });
  EXPECT_THAT(report.waiting_for(), HasSubstr("own signature on entry"));
  EXPECT_TRUE(report.rounds().empty()) << "nothing was trained";
  EXPECT_THAT(federation_->Client(kRestored, {"status"}).value_or(""), HasSubstr(kPutBack));
  AskAllTheSame("asked-all-the-same");
  EXPECT_EQ(Vectors(), vectors);
  ExpectNothingLeft(kRestored, job);

  const std::vector<std::string> evidence = Evidence();
  ASSERT_FALSE(evidence.empty());
  const auto judged = federation_->Accord({"audit", "evidence", evidence[0]});
  ASSERT_TRUE(judged.ok()) << judged.status();
  EXPECT_THAT(*judged, HasSubstr("record-forked"));
  federation_->site(kRestored).Stop();
  const auto settled = federation_->Client(kRestored, {"egress", "settle", evidence[0]});
  ASSERT_TRUE(settled.ok()) << settled.status();
  EXPECT_THAT(*settled, HasSubstr("is lost, and says so"));
  ASSERT_TRUE(federation_->StartSite(kRestored).ok());
  Finish(job);
}

// Its operator puts back the ledger of what left alone, so that nobody else has seen anything of it.
TEST_F(RestoredSite, WhoseLedgerOfWhatLeftIsOfYesterdayDoesNotStart) {
  ASSERT_NO_FATAL_FAILURE(WorkForADay());
  const std::string ledger = StateFolder() + "/egress", kept = federation_->folder() + "/kept";
  const std::string yesterday = ReadFile(ledger).value_or("");
  ASSERT_TRUE(federation_->StartSite(kRestored).ok());
  Finish(Submit(Job()));
  federation_->site(kRestored).Stop();
  std::filesystem::rename(ledger, kept);
  ASSERT_TRUE(WriteFileAtomically(ledger, yesterday, 0600).ok());
  ASSERT_TRUE(federation_->StartSite(kRestored).ok());
  const auto status = federation_->site(kRestored).WaitForExit(absl::Seconds(60) * kSlowdown);
  ASSERT_TRUE(status.ok()) << status.status().message();
  EXPECT_EQ(*status, 1) << "by itself, and by no signal";
  EXPECT_THAT(federation_->site(kRestored).Output(),
              AllOf(HasSubstr("lacks "), HasSubstr("that this site's record of secure sums has"),
                    HasSubstr("put back from an older copy")));
  EXPECT_EQ(ReadFile(ledger).value_or(""), yesterday);
  std::filesystem::rename(kept, ledger);
  ASSERT_TRUE(federation_->StartSite(kRestored).ok());
  Finish(Submit(Job()));
}

}  // namespace
}  // namespace accord
