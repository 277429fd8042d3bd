// What the coordinator brings, and whether this site does anything for it. One attack, one name: the table "What is
// refused" of docs/governance.md once more, where the site's daemon asks.
#include "client/daemon/governance/job_gate.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/governance/governed_site.h"
#include "trust/charter/signed_statement.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kPolicy[] = "data_sets: [{name: heart, purposes: [risk-of-disease]}]\n";

class JobGateTest : public ::testing::Test {
 protected:
  void SetUp() override { gate_ = site_.Gate(); }
  void Restart() { gate_ = site_.Gate(); }
  // Papers with all approvals, and this site's own.
  void BringAll(const std::string& job_id = "job-1") {
    gate_->Take(site_.AllPapers(job_id));
    site_.ApproveHere();
  }
  absl::Status Ask(const std::string& job_id = "job-1") { return gate_->PermitPlan(site_.Plan(1, job_id)).status(); }
  // Nothing is permitted, and a signed file of this site says why.
  void ExpectRefused(absl::string_view words, bool for_good, const std::string& job_id = "job-1") {
    ExpectRefusedAs(words, words, for_good, job_id);
  }
  // The same for what stands in this site's own files: it is in that file alone.
  void ExpectRefusedHereAlone(absl::string_view words) { ExpectRefusedAs(words, "its operator can read why", false); }
  void ExpectRefusedAs(absl::string_view words, absl::string_view heard, bool for_good,
                       const std::string& job_id = "job-1") {
    const size_t before = site_.Refusals().size();
    const absl::Status status = Ask(job_id);
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(absl::IsFailedPrecondition(status), for_good) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(heard));
    if (heard != words) {
      EXPECT_THAT(std::string(status.message()), Not(HasSubstr(words)));
    }
    EXPECT_THAT(gate_->RefusedInFull(), HasSubstr(words));
    const std::vector<KeptRefusal> refusals = site_.Refusals();
    ASSERT_THAT(refusals, SizeIs(before + 1)) << status;
    const std::shared_ptr<const Roster> roster = site_.federation().Listed();
    const RosterSite* self = roster->Find("va");
    bool told = false;
    for (const KeptRefusal& refusal : refusals) {
      const auto text = ReadFile(refusal.path);
      const auto statement = SignedStatement::Parse(*text);
      ASSERT_TRUE(statement.ok()) << statement.status();
      EXPECT_TRUE(self->key.Verify(kRefusalDomain, statement->bytes, statement->signature).ok());
      for (const std::string& reason : refusal.statement.reasons) {
        told = told || (absl::StrContains(reason, words) && refusal.statement.for_good == for_good);
      }
    }
    EXPECT_TRUE(told) << words;
  }

  GovernedSite site_;
  std::unique_ptr<JobGate> gate_;
};

TEST_F(JobGateTest, PermitsAJobThatEverybodyApproved) {
  EXPECT_THAT(gate_->Take(site_.AllPapers()), HasSubstr("waits: site va has not approved"));
  site_.ApproveHere();
  EXPECT_THAT(gate_->LookAgain("job-1"), HasSubstr("allowed"));
  const auto permit = gate_->PermitPlan(site_.Plan());
  ASSERT_TRUE(permit.ok()) << permit.status();
  EXPECT_EQ(permit->charter_hash(), site_.charter().hash());
  EXPECT_EQ(permit->order, site_.order_hash());
  EXPECT_EQ(permit->purpose, "risk-of-disease");
  EXPECT_EQ(permit->terms.min_rows, 50u);
  EXPECT_THAT(site_.Refusals(), IsEmpty());
}

TEST_F(JobGateTest, ASiteWithoutACharterGoesByItsConfigAlone) {
  ASSERT_TRUE(ForgetCharterPin(site_.State()).ok());
  const auto permit = gate_->PermitPlan(site_.Plan());
  ASSERT_TRUE(permit.ok()) << permit.status();
  EXPECT_EQ(permit->charter, nullptr);
  EXPECT_EQ(permit->charter_hash(), Sha256Digest{});
}

TEST_F(JobGateTest, ASiteThatDemandsACharterTakesPartInNothingWithoutOne) {
  ASSERT_TRUE(ForgetCharterPin(site_.State()).ok());
  site_.config().mutable_floors()->set_require_charter(true);
  Restart();
  ExpectRefusedHereAlone("takes part in nothing before a charter is pinned");
}

TEST_F(JobGateTest, JobWithoutPapersIsRefused) {
  ExpectRefused("brought no order for this job", false);
  EXPECT_TRUE(absl::IsOutOfRange(Ask())) << "nobody at this site could mend it: it does not wait for its people";
}

TEST_F(JobGateTest, WhatPeopleOrTheClockCanMendWaits) {
  gate_->Take(site_.AllPapers());
  EXPECT_TRUE(absl::IsUnavailable(Ask())) << "for this site's approval";
  BringAll();
  ASSERT_TRUE(Ask().ok());
  site_.clock().Advance(absl::Hours(24 * 5));  // a Saturday
  EXPECT_TRUE(absl::IsUnavailable(Ask())) << "for hours to open";
  v1::Plan alone = site_.Plan(1);
  alone.clear_cohort();
  alone.add_cohort("va");
  site_.clock().Advance(absl::Hours(24 * 2));
  EXPECT_TRUE(absl::IsOutOfRange(gate_->PermitPlan(alone).status())) << "for nobody: the next cohort is another";
}

TEST_F(JobGateTest, PapersThatComeAfterThePlanCountFromThenOn) {
  ExpectRefused("brought no order for this job", false);
  BringAll();
  EXPECT_TRUE(Ask().ok());
}

TEST_F(JobGateTest, OneChangedByteOfTheJobIsFound) {
  BringAll();
  site_.job_bytes().back() = static_cast<char>(site_.job_bytes().back() ^ 1);
  ExpectRefused("the coordinator asks for the job", true);
}

TEST_F(JobGateTest, PapersWithAnotherJobThanTheOrdersAreRefused) {
  site_.spec().mutable_rounds()->set_count(21);
  site_.job_bytes() = site_.spec().SerializeAsString();  // and the order is of before
  BringAll();
  ExpectRefused("these are not the bytes that were signed for", false);
}

TEST_F(JobGateTest, SubmitterWhoCallsHimselfByAnothersNameIsRefused) {
  site_.SignOrder("fritz");
  BringAll();
  ExpectRefused("not signed with the key of ada", true);
  EXPECT_FALSE(std::filesystem::exists(site_.State().OrderFolder() + "/" + HexDigest(site_.order_hash()) + "/order"))
      << "nobody of the charter signed it: it takes no room";
}

TEST_F(JobGateTest, RoleComesFromTheCharter) {
  site_.order().engineer = "fritz";
  site_.Order("fritz");
  BringAll();
  ExpectRefused("fritz has the role auditor", true);
}

TEST_F(JobGateTest, JobWithoutTheStewardWaits) {
  gate_->Take(site_.Papers({site_.Lead()}));
  site_.ApproveHere();
  ExpectRefused("0 of 1 approvals as steward", false);
}

TEST_F(JobGateTest, JobThatThisSiteDidNotApproveWaits) {
  gate_->Take(site_.AllPapers());
  ExpectRefused("site va has not approved the order", false);
}

TEST_F(JobGateTest, OwnApprovalThatTheCoordinatorBringsDoesNotCount) {
  gate_->Take(site_.Papers({site_.Lead(), site_.Steward(), site_.OwnSite()}));
  ExpectRefused("site va has not approved the order", false);
}

TEST_F(JobGateTest, ExpiredCharterRunsNothing) {
  site_.UseCharter({{"secure_sum: true", "secure_sum: false"}, {"expires: 2028-01-01", "expires: 2027-02-28"}});
  BringAll();
  ExpectRefused("nothing runs under it any more", true);
}

TEST_F(JobGateTest, OrderOfAnotherCharterIsRefused) {
  site_.order().charter = Sha256("another");
  site_.SignOrder("ada");
  BringAll();
  ExpectRefused("the order is under the charter", true);
}

TEST_F(JobGateTest, OneOrderServesOneJob) {
  BringAll();
  ASSERT_TRUE(Ask().ok());
  gate_->Take(site_.AllPapers("job-2"));
  ExpectRefused("the order served the job job-1 already", true, "job-2");
  Restart();
  gate_->Take(site_.AllPapers("job-2"));
  EXPECT_THAT(std::string(Ask("job-2").message()), HasSubstr("served the job job-1 already"));
  EXPECT_TRUE(Ask("job-1").ok()) << "which it does still serve";
}

TEST_F(JobGateTest, JobThatHasBegunKeepsItsOrder) {
  BringAll();
  ASSERT_TRUE(Ask().ok());
  site_.order().nonce = "ff0102030405060708090a0b0c0d0e0f";
  site_.Order();
  BringAll();
  ExpectRefused("the coordinator now brings another one for it", true);
}

TEST_F(JobGateTest, PapersThatAreDroppedAfterTheFirstRoundStopTheJob) {
  BringAll();
  ASSERT_TRUE(Ask().ok());
  v1::JobPapers none;
  none.set_job_id("job-1");
  none.set_job_sha256(Sha256Hex(site_.job_bytes()));
  gate_->Take(none);
  ExpectRefused("papers without an order", false);
}

TEST_F(JobGateTest, ApprovalsThatAreLeftOutLaterCountOn) {
  BringAll();
  gate_->Take(site_.Papers({}));
  EXPECT_TRUE(Ask().ok());
  Restart();
  EXPECT_TRUE(Ask().ok()) << Ask();
}

TEST_F(JobGateTest, RefusalThatWasSeenOnceStopsTheOrderForGood) {
  BringAll();
  ASSERT_TRUE(Ask().ok());
  Approval no = site_.By("person/clara", v1::ROLE_STEWARD);
  no.approves = false;
  gate_->Take(site_.Papers({site_.Signed(no, site_.federation().person("clara"))}));
  ExpectRefused("person/clara refused this order", true);
  gate_->Take(site_.AllPapers());  // as if it had never been
  EXPECT_THAT(std::string(Ask().message()), HasSubstr("person/clara refused this order"));
  Restart();
  EXPECT_THAT(std::string(Ask().message()), HasSubstr("person/clara refused this order"));
}

TEST_F(JobGateTest, RefusalThatWasSeenWhileTheDiskFailedStopsTheOrderToo) {
  ASSERT_TRUE(WriteFileAtomically(site_.State().OrderFolder(), "in the way").ok());
  Approval no = site_.By("person/clara", v1::ROLE_STEWARD);
  no.approves = false;
  gate_->Take(site_.Papers({site_.Signed(no, site_.federation().person("clara"))}));
  EXPECT_FALSE(Ask().ok());
  gate_->Take(site_.AllPapers());  // as if it had never been
  std::filesystem::remove(site_.State().OrderFolder());
  EXPECT_THAT(std::string(Ask().message()), HasSubstr("person/clara refused this order"));
  Restart();
  gate_->Take(site_.AllPapers());
  EXPECT_THAT(std::string(Ask().message()), HasSubstr("person/clara refused this order"));
}

TEST_F(JobGateTest, WithoutKnowingWhatBeganHereNothingIsPermitted) {
  BringAll();
  ASSERT_TRUE(Ask().ok());
  const std::string bound = absl::StrCat(site_.State().OrderFolder(), "/", HexDigest(site_.order_hash()), "/job-id");
  std::filesystem::rename(bound, bound + ".away");
  std::filesystem::create_directory(bound);
  Restart();
  gate_->Take(site_.AllPapers());
  EXPECT_EQ(Ask().code(), absl::StatusCode::kUnavailable);
  std::filesystem::remove(bound);
  std::filesystem::rename(bound + ".away", bound);
  EXPECT_TRUE(Ask().ok()) << "read again: " << Ask();
}

// What could never hold takes no room on the disk, and is refused with its reason all the same.
TEST_F(JobGateTest, OrdersThatCanNeverHoldAreNotKept) {
  site_.order().expires = At("2031-04-01T00:00:00Z");
  site_.SignOrder("ada");
  gate_->Take(site_.AllPapers());
  EXPECT_FALSE(std::filesystem::exists(site_.State().OrderFolder()));
  EXPECT_THAT(std::string(Ask().message()), HasSubstr("is to hold for longer than 60 days"));
  site_.order().not_before = At("2029-03-01T00:00:00Z");  // to lie there for years
  site_.order().expires = At("2029-04-01T00:00:00Z");
  site_.SignOrder("ada");
  gate_->Take(site_.AllPapers());
  EXPECT_FALSE(std::filesystem::exists(site_.State().OrderFolder()));
}

TEST_F(JobGateTest, OwnRefusalStopsTheOrderWhoeverBringsIt) {
  BringAll();
  gate_->Take(site_.Papers({site_.OwnSite(false)}));
  ExpectRefused("site/va refused this order", true);
}

TEST_F(JobGateTest, ApprovalOfAnotherOrderIsNotReplayed) {
  const std::vector<SignedStatement> of_before = {site_.Lead(), site_.Steward()};
  site_.order().nonce = "ff0102030405060708090a0b0c0d0e0f";
  site_.Order();
  gate_->Take(site_.Papers(of_before));
  site_.ApproveHere();
  ExpectRefused("0 of 1 approvals as lead", false);
}

TEST_F(JobGateTest, ApprovalsThatExpireStopARunningJob) {
  BringAll();
  ASSERT_TRUE(Ask().ok());
  site_.clock().Advance(absl::Hours(24 * 21));
  ExpectRefused("0 of 1 approvals as lead", false);
}

TEST_F(JobGateTest, HoursPassWhileAJobRuns) {
  BringAll();
  ASSERT_TRUE(Ask().ok());
  site_.clock().Advance(absl::Hours(24 * 5));  // a Saturday
  ExpectRefused("hours", false);
}

TEST_F(JobGateTest, PolicyThatIsTightenedCountsAtOnce) {
  site_.UsePolicy(kPolicy);
  Restart();
  BringAll();
  ASSERT_TRUE(Ask().ok());
  site_.UsePolicy(absl::StrCat(kPolicy, "refused_tags: [care]\n"));
  ExpectRefused("refuses jobs for care", true);
}

TEST_F(JobGateTest, PolicyThatLendsLessOfTheMachineCountsAtOnce) {
  site_.UsePolicy(absl::StrCat(kPolicy, "limits: {memory_mib: 4096, scratch_mib: 7}\n"));
  Restart();
  BringAll();
  const auto permit = gate_->PermitPlan(site_.Plan(1));
  ASSERT_TRUE(permit.ok()) << permit.status();
  EXPECT_EQ(permit->terms.limits.scratch_mib(), 7u);
  site_.UsePolicy(absl::StrCat(kPolicy, "limits: {memory_mib: 4095}\n"));
  ExpectRefused("this site's policy: limits.memory_mib (line 2) is 4095", true);
}

TEST_F(JobGateTest, PolicyThatIsEditedToLoosenStopsEverything) {
  site_.UsePolicy(kPolicy);
  Restart();
  ASSERT_TRUE(gate_->CheckRules().ok());
  BringAll();
  ASSERT_TRUE(Ask().ok());
  site_.UsePolicy(absl::StrCat("floors: {min_sites: 2}\n", kPolicy));
  ExpectRefusedHereAlone("policy.yaml:1: floors.min_sites: is 2, and the charter's floors.min_sites");
  EXPECT_THAT(gate_->CheckRules().ToString(), HasSubstr("policy.yaml:1: floors.min_sites: is 2"));
}

TEST_F(JobGateTest, PolicyWithoutACharterIsNotBelievedToHold) {
  site_.UsePolicy(kPolicy);
  ASSERT_TRUE(ForgetCharterPin(site_.State()).ok());
  Restart();
  EXPECT_THAT(gate_->CheckRules().ToString(), HasSubstr("no charter that it tightens"));
}

TEST_F(JobGateTest, CohortBelowTheCharterIsRefusedOfPlainSumsToo) {
  BringAll();
  v1::Plan plan = site_.Plan();
  plan.clear_cohort();
  plan.add_cohort("cleveland");
  plan.add_cohort("va");
  const auto permit = gate_->PermitPlan(plan);
  EXPECT_THAT(permit.status().ToString(), HasSubstr("the plan is for 2 sites, and the charter's floors.min_sites"));
  plan.add_cohort("zurich");
  EXPECT_THAT(gate_->PermitPlan(plan).status().ToString(), HasSubstr("does not list"));
  EXPECT_THAT(site_.Refusals(), Not(IsEmpty()));
}

TEST_F(JobGateTest, FloorsAreTheStricterOfConfigAndCharter) {
  BringAll();
  const auto permit = gate_->PermitPlan(site_.Plan());
  ASSERT_TRUE(permit.ok()) << permit.status();
  const secure::Floors lax{.sites = 2, .organisations = 2, .colluding_organisations = 0, .two_sites = true};
  EXPECT_EQ(StricterFloors(lax, *permit), (secure::Floors{3, 3, 1, false}));
  const secure::Floors strict{.sites = 9, .organisations = 8, .colluding_organisations = 7, .two_sites = false};
  EXPECT_EQ(StricterFloors(strict, *permit), strict);
  EXPECT_EQ(StricterFloors(lax, JobPermit{}), lax);
}

// ---- what a hostile coordinator brings ----

TEST_F(JobGateTest, PapersThatAreNoneAreToldAndRefused) {
  v1::JobPapers papers = site_.AllPapers();
  papers.set_order("accord-job-order-v1\n\xff\xfe");
  EXPECT_THAT(gate_->Take(papers), HasSubstr("the order cannot be read"));
  ExpectRefused("the order cannot be read", false);
  papers = site_.AllPapers();
  papers.set_job_id("../../etc");
  EXPECT_THAT(gate_->Take(papers), HasSubstr("without a proper job id"));
  papers = site_.AllPapers();
  papers.set_job_sha256("no hash");
  EXPECT_THAT(gate_->Take(papers), HasSubstr("do not name the job by its SHA-256"));
  papers = site_.AllPapers();
  for (int i = 0; i < 1001; ++i) papers.add_approvals("x");
  EXPECT_THAT(gate_->Take(papers), HasSubstr("too large"));
  papers = site_.AllPapers();
  papers.set_job_inline(std::string(100'000, 'x'));
  EXPECT_THAT(gate_->Take(papers), HasSubstr("too large"));
}

TEST_F(JobGateTest, ApprovalsThatAreNoneAreLeftOut) {
  v1::JobPapers papers = site_.AllPapers();
  papers.add_approvals("\xff");
  papers.add_approvals("");
  papers.add_approvals(site_.signed_order().Text());
  gate_->Take(papers);
  const auto kept = OrderStore(site_.State().OrderFolder()).Find(site_.order_hash());
  ASSERT_TRUE(kept.ok() && kept->has_value()) << kept.status();
  EXPECT_THAT((*kept)->approvals, SizeIs(2));
}

TEST_F(JobGateTest, OrdersThatNobodySignedDoNotFillTheDisk) {
  for (int i = 0; i < 100; ++i) {
    site_.order().nonce = absl::StrCat("ff0102030405060708090a0b0c0d", 1000 + i);
    site_.SignOrder("fritz");
    gate_->Take(site_.AllPapers(absl::StrCat("job-", i)));
  }
  EXPECT_FALSE(std::filesystem::exists(site_.State().OrderFolder()));
}

TEST_F(JobGateTest, TheSameRefusalAgainMakesNoSecondFile) {
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(Ask().ok());
  EXPECT_THAT(site_.Refusals(), SizeIs(1));
  site_.clock().Advance(absl::Hours(24));
  EXPECT_FALSE(Ask().ok());
  EXPECT_THAT(site_.Refusals(), SizeIs(2)) << "without an order, one a day";
}

TEST_F(JobGateTest, WhatAnOrderedJobWaitsForMakesOneFileAnHour) {
  gate_->Take(site_.AllPapers());  // nobody of this site has approved it
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(Ask().ok());
  EXPECT_THAT(site_.Refusals(), SizeIs(1));
  site_.clock().Advance(absl::Hours(1));
  EXPECT_FALSE(Ask().ok());
  EXPECT_THAT(site_.Refusals(), SizeIs(2));
}

TEST_F(JobGateTest, PlansOfMadeUpJobsMakeOneFileForTheSameReason) {
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(Ask(absl::StrCat("made-up-", i)).ok());
  EXPECT_THAT(site_.Refusals(), SizeIs(1));
}

TEST_F(JobGateTest, OrdersThatNobodySignedMakeOneFileForTheSameReason) {
  // Fewer than are held at once: beyond these the reason is another.
  for (int i = 0; i < 20; ++i) {
    site_.order().nonce = absl::StrCat("ff0102030405060708090a0b0c0d", 1000 + i);
    site_.SignOrder("fritz");
    gate_->Take(site_.AllPapers(absl::StrCat("job-", i)));
    EXPECT_FALSE(Ask(absl::StrCat("job-", i)).ok());
  }
  EXPECT_THAT(site_.Refusals(), SizeIs(1));
}

TEST_F(JobGateTest, RefusalsWithoutAnOrderLeaveRoomForThoseWithOne) {
  ASSERT_TRUE(MakeFolders(site_.State().RefusalFolder()).ok());
  for (size_t i = 0; i < kMostRefusalsWithoutOrder; ++i) {
    std::ofstream(absl::StrCat(site_.State().RefusalFolder(), "/without-order-", i, ".refusal"));
  }
  EXPECT_THAT(std::string(Ask("job-2").message()), HasSubstr("could not be written down"));
  EXPECT_THAT(site_.Refusals(), ::testing::IsEmpty());
  gate_->Take(site_.AllPapers());
  EXPECT_FALSE(Ask().ok());
  ASSERT_THAT(site_.Refusals(), SizeIs(1));
  EXPECT_EQ(site_.Refusals()[0].statement.order, site_.order_hash());
}

TEST_F(JobGateTest, RefusalsOfOneOrderLeaveRoomForThoseOfAnother) {
  BringAll();
  ASSERT_TRUE(Ask().ok());
  const std::string job = Sha256Hex(site_.job_bytes());
  v1::Refusal refusal;
  refusal.mutable_plan()->set_job_id("job-1");
  refusal.set_permanent(true);
  for (size_t i = 0; i < 2 * kMostRefusalsOfOrder; ++i) {
    refusal.set_reason(absl::StrCat("a lie of the kind ", i));
    gate_->KeepRefusal(refusal, job);
  }
  EXPECT_THAT(site_.Refusals(), SizeIs(kMostRefusalsOfOrder));
  size_t last = 0;
  for (const KeptRefusal& kept : site_.Refusals()) {
    last += absl::StrContains(kept.statement.reasons.back(), "further ones are not written down") ? 1 : 0;
  }
  EXPECT_EQ(last, 1);
  // Those that wait take no room from those for good, nor these from them.
  refusal.set_permanent(false);
  gate_->KeepRefusal(refusal, job);
  EXPECT_THAT(site_.Refusals(), SizeIs(kMostRefusalsOfOrder + 1));
  Restart();
  refusal.set_permanent(true);
  refusal.set_reason("a lie after a restart");
  gate_->KeepRefusal(refusal, job);
  EXPECT_THAT(site_.Refusals(), SizeIs(kMostRefusalsOfOrder + 1)) << "what is in the folder counts";
  site_.order().nonce = "ff0102030405060708090a0b0c0d0e0f";
  site_.Order();
  gate_->Take(site_.AllPapers("job-2"));
  EXPECT_FALSE(Ask("job-2").ok()) << "its site has not approved";
  EXPECT_THAT(site_.Refusals(), SizeIs(kMostRefusalsOfOrder + 2));
}

TEST_F(JobGateTest, WhatIsRefusedForAnotherReasonThanThePapersIsKeptTooAndNothingTwice) {
  BringAll();
  v1::Refusal refusal;
  refusal.mutable_plan()->set_job_id("job-1");
  refusal.set_reason("the log was rewritten");
  refusal.set_permanent(true);
  gate_->KeepRefusal(refusal, Sha256Hex(site_.job_bytes()));
  ASSERT_THAT(site_.Refusals(), SizeIs(1));
  const RefusalStatement kept = site_.Refusals()[0].statement;
  EXPECT_THAT(kept.reasons, ::testing::ElementsAre("the log was rewritten"));
  EXPECT_EQ(kept.job, Sha256(site_.job_bytes()));
  EXPECT_EQ(kept.order, site_.order_hash());
  EXPECT_EQ(kept.charter, site_.charter().hash());
  EXPECT_TRUE(kept.for_good);
  // What Permit says is in a file already, all its reasons one by one.
  refusal.mutable_plan()->set_job_id("job-2");
  refusal.set_reason(std::string(Ask("job-2").message()));
  gate_->KeepRefusal(refusal, "");
  EXPECT_THAT(site_.Refusals(), SizeIs(2));
}

TEST_F(JobGateTest, ADamagedOrderStaysStopped) {
  BringAll();
  const std::string folder = site_.State().OrderFolder() + "/" + HexDigest(site_.order_hash());
  ASSERT_TRUE(WriteFileAtomically(folder + "/own", "nonsense").ok());
  ExpectRefusedHereAlone("is damaged");
}

TEST_F(JobGateTest, JobWhoseBytesAreNotInThePapersIsFetchedForPeopleToRead) {
  v1::JobPapers papers = site_.AllPapers();
  papers.clear_job_inline();
  gate_->Take(papers);
  site_.ApproveHere();
  EXPECT_EQ(gate_->JobToFetch("job-1"), Sha256Hex(site_.job_bytes()));
  ExpectRefused("are being fetched", false);
  EXPECT_FALSE(gate_->TakeJobBytes(Sha256Hex(site_.job_bytes()), "other bytes"));
  EXPECT_TRUE(gate_->TakeJobBytes(Sha256Hex(site_.job_bytes()), site_.job_bytes()));
  EXPECT_EQ(gate_->JobToFetch("job-1"), "");
  EXPECT_TRUE(Ask().ok()) << Ask();
}

TEST_F(JobGateTest, OwnWordGoesOutOnceInEachSession) {
  gate_->Take(site_.AllPapers());
  EXPECT_FALSE(gate_->NewOwnWord("job-1").has_value());
  site_.ApproveHere();
  const auto word = gate_->NewOwnWord("job-1");
  ASSERT_TRUE(word.has_value());
  EXPECT_EQ(SignedStatement::Parse(word->approval())->bytes, site_.OwnSite().bytes);
  EXPECT_FALSE(gate_->NewOwnWord("job-1").has_value());
  gate_->SessionBegins();
  EXPECT_TRUE(gate_->NewOwnWord("job-1").has_value());
}

TEST_F(JobGateTest, PapersOfBeforeThePinCountOnceACharterIsPinned) {
  ASSERT_TRUE(ForgetCharterPin(site_.State()).ok());
  gate_->Take(site_.AllPapers());
  site_.UseCharter(GovernedSite::kPlainSums);
  site_.ApproveHere();
  EXPECT_TRUE(Ask().ok()) << Ask();
}

// ---- people of the roster ----

// What a roster of the second format says of the same sites.
RosterTerms TermsWith(GovernedSite& site) {
  RosterTerms terms = site.federation().sites().Listed().terms();
  terms.valid_until = absl::FromUnixSeconds(1'900'000'000);
  return terms;
}

TEST_F(JobGateTest, OrderOfAPersonWhoseKeyTheRosterRevokedIsRefusedForGood) {
  BringAll();
  RosterTerms terms = TermsWith(site_);
  terms.revoked = {{false, "ada", site_.federation().person("ada").public_key_der(), "key on a lost laptop"}};
  ASSERT_TRUE(PinRoster(site_.State(), *Roster::Parse(*Roster::Write(terms))).ok());
  ExpectRefused("the order is by ada, whose key the roster revoked: key on a lost laptop", true);
}

TEST_F(JobGateTest, OrderOfAPersonWhomTheRosterListsWithAnotherKeyIsRefusedForGood) {
  BringAll();
  RosterTerms terms = TermsWith(site_);
  const auto other = KeyPairSigner::Create(*KeyPair::Generate());
  terms.people = {{"ada", "Ada Byron", terms.organisations[0], {v1::ROLE_ENGINEER}, other->public_key_der()}};
  ASSERT_TRUE(PinRoster(site_.State(), *Roster::Parse(*Roster::Write(terms))).ok());
  ExpectRefused("the order is by ada, whom the roster lists with another key", true);
}

TEST_F(JobGateTest, ApprovalOfAPersonWhoseKeyTheRosterRevokedDoesNotCount) {
  BringAll();
  RosterTerms terms = TermsWith(site_);
  terms.revoked = {{false, "bela", site_.federation().person("bela").public_key_der(), "left"}};
  ASSERT_TRUE(PinRoster(site_.State(), *Roster::Parse(*Roster::Write(terms))).ok());
  ExpectRefused("lead", false);
}

// A gate remembers what it judged of files that did not change since, and within one second. Each of these is asked of
// one that remembers.
class RememberingGate : public JobGateTest, public ::testing::WithParamInterface<const char*> {
 protected:
  void Change(const std::string& what) {
    if (what == "OwnWord") {
      ASSERT_TRUE(OrderStore(site_.State().OrderFolder()).KeepOwn(site_.order_hash(), site_.OwnSite(false)).ok());
    } else if (what == "Clock") {
      site_.clock().Advance(absl::Hours(24 * 5));  // a Saturday
    } else if (what == "Policy") {
      site_.UsePolicy(absl::StrCat(kPolicy, "refused_tags: [care]\n"));
    } else if (what == "Charter") {
      ASSERT_TRUE(ForgetCharterPin(site_.State()).ok());
    } else if (what == "Roster") {
      RosterTerms terms = TermsWith(site_);
      terms.revoked = {{false, "ada", site_.federation().person("ada").public_key_der(), "key on a lost laptop"}};
      ASSERT_TRUE(PinRoster(site_.State(), *Roster::Parse(*Roster::Write(terms))).ok());
    } else if (what == "BroughtRefusal") {
      gate_->Take(site_.Papers({site_.OwnSite(false)}));
    } else {
      ASSERT_EQ(what, "DamagedFile");
      ASSERT_TRUE(WriteFileAtomically(Folder() + "approvals", "nonsense").ok());
    }
  }
  std::string Folder() const {
    return absl::StrCat(site_.State().OrderFolder(), "/", HexDigest(site_.order_hash()), "/");
  }
};

TEST_P(RememberingGate, JudgesAnewWhereAnythingIsOther) {
  site_.config().mutable_floors()->set_require_charter(true);
  site_.UsePolicy(kPolicy);
  Restart();
  BringAll();
  ASSERT_TRUE(Ask().ok()) << Ask();
  for (const std::string& path : {Folder() + "order", Folder() + "job", Folder() + "approvals", Folder() + "own",
                                  Folder() + "job-id", site_.State().CharterPinFile(), site_.State().RosterPinFile()}) {
    while (!IsSettled(StampOf(path), absl::Now())) {  // a tenth of a second
    }
  }
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Ask().ok());
  Change(GetParam());
  EXPECT_FALSE(Ask().ok());
}

INSTANTIATE_TEST_SUITE_P(Each, RememberingGate,
                         ::testing::Values("OwnWord", "Clock", "Policy", "Charter", "Roster", "BroughtRefusal",
                                           "DamagedFile"),
                         [](const auto& what) { return what.param; });

}  // namespace
}  // namespace accord
