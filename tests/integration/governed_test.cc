// Whole processes under a charter: who must have signed before a job runs, what waits, what ends, and what is still so
// after a power cut.
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/hash.h"
#include "gmock/gmock.h"
#include "tests/integration/governed_federation.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint32_t kSlowRounds = 6;

class UnderACharter : public GovernedFederation {
 protected:
  static std::string Quick() {
    bench::TrivialJob job;
    job.rounds = 2;
    job.min_sites = job.target_sites = kSites;
    return job.Yaml();
  }
  std::string Submitted(const OrderedJob& job) {
    const auto id = governance_->Submit(job);
    EXPECT_TRUE(id.ok()) << id.status().message();
    return id.value_or("");
  }
  void KillAndStartCoordinator() {
    federation_->coordinator().Kill();
    const absl::Status started = federation_->StartCoordinator();
    ASSERT_TRUE(started.ok()) << started.message();
  }
  void KillAndStartSite(size_t site) {
    federation_->site(site).Kill();
    ASSERT_TRUE(federation_->StartSite(site).ok());
  }
  void ExpectSignersOf(const std::string& id, const std::string& provenance);
  // Neither the coordinator nor, where it lies, a site lets a second job have this order.
  void ExpectTheOrderIsSpent(const OrderedJob& job, const std::string& id) {
    const auto again = governance_->Submit(job);
    ASSERT_FALSE(again.ok()) << *again;
    EXPECT_THAT(std::string(again.status().message()), HasSubstr(id));
    for (size_t site = 0; site < kSites; ++site) EXPECT_THAT(AtSite(site, {"show", job.hash}), HasSubstr(id));
  }
};

// By files alone, as somebody outside the federation gets them.
void UnderACharter::ExpectSignersOf(const std::string& id, const std::string& provenance) {
  const std::string folder = Path("papers");
  As("bela", {"job", "papers", id, "-o", folder});
  std::vector<std::string> words = {"audit",
                                    "verify",
                                    provenance,
                                    "--roster",
                                    Path("roster"),
                                    "--charter",
                                    folder + "/charter.signed",
                                    "--order",
                                    folder + "/order.signed",
                                    "--job",
                                    folder + "/job.binpb"};
  std::vector<std::string> approvals;
  for (int i = 1; i <= 5; ++i) approvals.push_back(absl::StrCat(folder, "/approval-", i, ".signed"));
  const auto with = [&](const std::vector<std::string>& files) {
    std::vector<std::string> all = words;
    for (const std::string& file : files) all.insert(all.end(), {"--approval", file});
    return all;
  };
  EXPECT_THAT(As("engineer", with(approvals)),
              AllOf(HasSubstr("ordered by person/engineer of "), HasSubstr(" as lead, entry "),
                    HasSubstr(" as steward, entry "), HasSubstr("approved by site/" + federation_->site_name(2)),
                    HasSubstr(", the first sum\n"), HasSubstr("The provenance holds.")));
  const auto fewer = governance_->As("engineer", with({approvals[0]}));
  ASSERT_FALSE(fewer.ok()) << *fewer;
  EXPECT_THAT(
      std::string(fewer.status().message()),
      AllOf(HasSubstr("approvals that the charter asks for are missing: "), HasSubstr("these were not given: ")));
}

TEST_F(UnderACharter, AJobRunsOnceLeadStewardAndSitesHaveApprovedAndItsReportAndProvenanceNameByWhoseWord) {
  ShareUnderCharter();
  ASSERT_FALSE(HasFailure());
  const OrderedJob job = Order(Quick(), charter_);
  const std::string id = Submitted(job);
  EXPECT_TRUE(AwaitWaiting(id, "steward 0 of 1").rounds().empty());
  ApproveAsPeople(id, job, charter_);
  EXPECT_TRUE(AwaitWaiting(id, "sites 0 of 3").rounds().empty());
  ApproveAtSite(0, job);
  ApproveAtSite(1, job);
  EXPECT_TRUE(AwaitWaiting(id, "sites 2 of 3").rounds().empty());
  ApproveAtSite(2, job);
  const v1::JobReport report = Finish(id);

  EXPECT_EQ(report.mandate().purpose(), "measure-rounds");
  EXPECT_EQ(report.mandate().order_sha256(), job.hash);
  EXPECT_EQ(report.mandate().charter_sha256(), HashOfCharter(charter_));
  EXPECT_EQ(report.mandate().approvals_size(), 5) << "lead, steward, and three sites";
  const std::string model = Path("model.bin");
  As("engineer", {"model", "export", id, "-o", model, "--format", "parameters"});
  const std::string verified = As("engineer", {"audit", "verify", model + ".provenance.json", "--model", model});
  EXPECT_THAT(verified, AllOf(HasSubstr("by an order, whose file has SHA-256 " + Sha256Hex(ReadWhole(job.order))),
                              HasSubstr("under a charter, whose file has SHA-256 " + Sha256Hex(ReadWhole(charter_)))));
  const std::string posture = Path("sites/" + federation_->site_name(0) + "/state/postures/000000001.posture");
  EXPECT_THAT(As("engineer", {"audit", "verify", model + ".provenance.json", "--posture", posture, "--roster",
                              Path("roster"), "--order", job.order}),
              AllOf(HasSubstr(federation_->site_name(0) + ": data set trivial, version "),
                    HasSubstr("commitments that stay closed: "), HasSubstr("The provenance holds.")));
  ExpectSignersOf(id, model + ".provenance.json");
  EXPECT_THAT(AtSite(0, {"egress"}), HasSubstr("measure-rounds"));
  ExpectTheOrderIsSpent(job, id);
}

TEST_F(UnderACharter, AJobWithoutAnOrderIsRefusedWithTheNextStep) {
  ShareUnderCharter();
  ASSERT_FALSE(HasFailure());
  const auto submitted = federation_->Submit(Quick());
  ASSERT_FALSE(submitted.ok()) << *submitted;
  EXPECT_THAT(std::string(submitted.status().message()), AllOf(HasSubstr("without an order"), HasSubstr("--order")));
}

// A coordinator that keeps no charter has jobs run without orders; the sites are who refuses.
TEST_F(UnderACharter, SitesRefuseWhatTheirCoordinatorAsksForWithoutAnOrderAndAThirdPartyReadsWhy) {
  StartUnderCharter(/*published=*/false);
  ASSERT_FALSE(HasFailure());
  const std::string id = federation_->Submit(Quick()).value();
  for (size_t site = 0; site < kSites; ++site) {
    const std::string file = AwaitRefusalFile(site, "brought no order for this job");
    const std::string words = As("clara", {"audit", "refusal", file, "--roster", Path("roster")});
    EXPECT_THAT(words, AllOf(HasSubstr("because the coordinator brought no order"), HasSubstr(id)));
    EXPECT_THAT(AtSite(site, {"egress", "--format", "csv"}), Not(HasSubstr("masked")));
  }
  As("engineer", {"job", "cancel", id});
  const v1::JobReport report = Await(id, bench::IsFinal);
  EXPECT_EQ(report.state(), v1::JOB_CANCELLED);
  EXPECT_EQ(report.rounds_done(), 0u);
}

TEST_F(UnderACharter, ASiteThatDeniesEndsTheJobThatNeedsIt) {
  ShareUnderCharter();
  ASSERT_FALSE(HasFailure());
  const std::string yaml = absl::StrReplaceAll(Quick(), {{"rounds: {", "rounds: {sites: [site-1, site-2, site-3], "}});
  const OrderedJob job = Order(yaml, charter_);
  const std::string id = Submitted(job);
  ApproveAsPeople(id, job, charter_);
  ApproveAtSite(0, job);
  ApproveAtSite(1, job);
  ASSERT_TRUE(governance_->AwaitOrderAtSite(2, job).ok());
  AtSite(2, {"deny", job.hash, "--as-site"});
  const v1::JobReport report = Await(id, bench::IsFinal);
  EXPECT_EQ(report.state(), v1::JOB_FAILED);
  EXPECT_THAT(report.reason(), HasSubstr("site-3"));
  EXPECT_EQ(report.rounds_done(), 0u);
  // It is for good: neither an approval of the site nor another job brings the order back.
  EXPECT_FALSE(federation_->Client(2, {"approve", job.hash, "--as-site"}).ok());
}

TEST_F(UnderACharter, PowerCutsWhileAJobWaitsForApprovalsLoseNothing) {
  ShareUnderCharter();
  ASSERT_FALSE(HasFailure());
  const OrderedJob job = Order(Quick(), charter_);
  const std::string id = Submitted(job);
  ApproveAtSite(0, job);
  As("bela", {"job", "hand-in", id, ApprovalBy("bela", "lead", job)});
  KillAndStartCoordinator();
  KillAndStartSite(0);
  KillAndStartSite(1);
  ASSERT_FALSE(HasFailure());
  const v1::JobReport waiting = AwaitWaiting(id, "steward 0 of 1");
  EXPECT_THAT(waiting.waiting_for(), Not(HasSubstr("lead 0"))) << "that one was there before the power cut";
  EXPECT_FALSE(governance_->Submit(job).ok()) << "the order is this job's";
  As("clara", {"job", "hand-in", id, ApprovalBy("clara", "steward", job)});
  AwaitWaiting(id, "sites 1 of 3");
  ApproveAtSite(1, job);
  ApproveAtSite(2, job);
  Finish(id);
  ExpectTheOrderIsSpent(job, id);
}

TEST_F(UnderACharter, PowerCutsInTheMiddleOfARoundEndAtTheSameModelAndSpendTheOrderOnce) {
  ShareUnderCharter();
  ASSERT_FALSE(HasFailure());
  const std::string yaml = SlowJob(kSlowRounds, kSites);
  const std::string undisturbed = Finish(SubmitApproved(Order(yaml, charter_))).model_digest();
  const OrderedJob job = Order(yaml, charter_);
  const std::string id = SubmitApproved(job);
  const uint32_t before = AwaitRounds(id, 1).rounds_done();
  KillAndStartCoordinator();
  EXPECT_LT(AwaitRounds(id, before + 1).rounds_done(), kSlowRounds) << "the kill met the job in the middle";
  KillAndStartSite(1);
  EXPECT_EQ(Finish(id).model_digest(), undisturbed);
  ExpectTheOrderIsSpent(job, id);
}

TEST_F(UnderACharter, AnAmendmentEndsTheJobThatRunsAndTheNextOneRunsUnderIt) {
  ShareUnderCharter();
  is_shared_ = false;  // no other test has the charter that comes
  ASSERT_FALSE(HasFailure());
  const std::string amended = Amended(charter_);
  const OrderedJob job = Order(SlowJob(100, kSites), charter_);
  const std::string id = SubmitApproved(job);
  AwaitRounds(id, 1);
  ASSERT_TRUE(governance_->Publish(amended).ok());
  const v1::JobReport ended = Await(id, bench::IsFinal);
  EXPECT_EQ(ended.state(), v1::JOB_FAILED);
  EXPECT_THAT(ended.reason(), HasSubstr("charter"));
  EXPECT_LT(ended.rounds_done(), 100u);

  ASSERT_TRUE(governance_->PinEverywhere(amended, /*replaces=*/true).ok());
  EXPECT_FALSE(governance_->Submit(Order(Quick(), charter_)).ok()) << "of the version before";
  const OrderedJob next = Order(Quick(), amended);
  const std::string next_id = Submitted(next);
  ApproveAsPeople(next_id, next, amended);
  ApproveAtSites(next);
  EXPECT_EQ(Finish(next_id).mandate().charter_sha256(), HashOfCharter(amended));
}

}  // namespace
}  // namespace accord
