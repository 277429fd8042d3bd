// A daemon that goes by a charter, and a coordinator that has jobs run without what the charter asks for: nothing is
// fetched, trained or sent but the refusal with its reason, and a signed file keeps it.
#include "tests/client/daemon/work/governed_jobs.h"

#include <memory>
#include <string>
#include <vector>

#include "client/daemon/governance/charter_pin.h"
#include "client/daemon/training/confined_words.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/secure/played_federation.h"
#include "tests/trust/charter/seat_statements.h"
#include "trust/charter/signed_statement.h"

namespace accord {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST_F(GovernedJobs, JobThatEverybodyApprovedIsTrainedAndTheLedgerNamesItsPurpose) {
  BringAll();
  Send(site_.Plan());
  coordinator_.AwaitUpload();
  const auto uploads = AwaitLedger(v1::EgressEntry::kUpload, 1);
  EXPECT_EQ(uploads[0].upload().purpose(), "risk-of-disease");
  EXPECT_EQ(uploads[0].upload().order_sha256(), HexDigest(site_.order_hash()));
  EXPECT_THAT(engine_->Status().charter(), HasSubstr("heart-network, version 1"));
}

TEST_F(GovernedJobs, TrainerIsToldWhatCodeOfOthersMayCallAndItsRefusalIsSigned) {
  Replacements changes = GovernedSite::kPlainSums;
  changes.push_back({"retention:", "code: {operators: ['aten::linear', 'aten::relu']}\nretention:"});
  site_.UseCharter(changes);
  Restart();
  BringAll();
  trainers_.Fail({ConfinedFailure(absl::StatusCode::kFailedPrecondition, "",
                                  "model.torchscript: its code calls what the charter's code.operators (line 40) does "
                                  "not list: prim::Print; write the model without")});
  Send(site_.Plan());
  const v1::Refusal refusal = AwaitRefusal();
  EXPECT_TRUE(refusal.permanent());
  EXPECT_THAT(refusal.reason(), HasSubstr("calls only what the charter lists (code.operators)"));
  EXPECT_THAT(refusal.reason(), Not(HasSubstr("prim::Print"))) << "words of a process that has seen rows";
  const ComputeRequest asked = trainers_.last_request();
  EXPECT_THAT(asked.operators, ElementsAre("aten::linear", "aten::relu"));
  EXPECT_THAT(asked.operators_clause, HasSubstr("the charter's code.operators (line "));
  EXPECT_EQ(coordinator_.uploads_opened(), 0);
  const std::vector<KeptRefusal> kept = site_.Refusals();
  ASSERT_THAT(kept, SizeIs(1));
  const auto statement = SignedStatement::Parse(ReadFile(kept[0].path).value_or(""));
  ASSERT_TRUE(statement.ok()) << statement.status();
  EXPECT_TRUE(
      site_.federation().Listed()->Find("va")->key.Verify(kRefusalDomain, statement->bytes, statement->signature).ok());
  EXPECT_THAT(ParseRefusalStatement(statement->bytes)->reasons, ElementsAre(HasSubstr("(code.operators)")));
}

TEST_F(GovernedJobs, PolicyThatTwoSignedBoundsWhatATrainerTakesOfTheMachine) {
  site_.UsePolicy(
      "data_sets: [{name: heart, purposes: [risk-of-disease]}]\n"
      "limits: {threads: 1, memory_mib: 4096, scratch_mib: 5}\n");
  Restart();
  BringAll();
  Send(site_.Plan(1));
  coordinator_.AwaitUpload();
  EXPECT_EQ(trainers_.last_request().max_scratch_mib, 5u);
  SendEnd(site_.Plan(1), v1::PlanEnd::ABANDONED);
  site_.UsePolicy(
      "data_sets: [{name: heart, purposes: [risk-of-disease]}]\n"
      "limits: {threads: 1, memory_mib: 4095}\n");
  ExpectRefusedWithEvidence(site_.Plan(2), "this site's policy: limits.memory_mib (line 2) is 4095");
}

TEST_F(GovernedJobs, StopInTheMiddleOfARoundKillsTheTrainerAndNothingIsSent) {
  BringAll();
  trainers_.Hang(true);
  Send(site_.Plan());
  trainers_.AwaitHanging();
  v1::JobPapers papers = site_.AllPapers();
  papers.add_stops(StopBy(site_.federation(), site_.charter(), Sha256(site_.job_bytes()), site_.clock().Now()).Text());
  Bring(papers);
  const v1::Refusal refusal = AwaitRefusal();
  EXPECT_TRUE(refusal.permanent());
  EXPECT_THAT(refusal.reason(), HasSubstr("the ombudsman dora stopped this job"));
  trainers_.Hang(false);
  EXPECT_THAT(engine_->Status().jobs(), IsEmpty());
  EXPECT_EQ(coordinator_.uploads_opened(), 0);
  // A coordinator that hides it afterwards, or was never told.
  Bring(site_.AllPapers());
  EXPECT_THAT(ExpectOnlyARefusal(site_.Plan(2)).reason(), HasSubstr("the ombudsman dora stopped this job"));
}

TEST_F(GovernedJobs, StopThatTheOperatorTakesByHandEndsWhatRuns) {
  BringAll();
  trainers_.Hang(true);
  Send(site_.Plan());
  trainers_.AwaitHanging();
  const SignedStatement stop =
      StopBy(site_.federation(), site_.charter(), Sha256(site_.job_bytes()), site_.clock().Now());
  const ActiveCharter charter = site_.federation().Active(GovernedSite::kPlainSums);
  ASSERT_TRUE(StopStore(site_.State().StopFolder()).Keep(charter, stop).ok());
  engine_->OrdersChanged();
  EXPECT_THAT(engine_->Status().jobs(), IsEmpty());
  EXPECT_TRUE(AwaitRefusal().permanent());
  EXPECT_EQ(coordinator_.uploads_opened(), 0);
}

TEST_F(GovernedJobs, JobWithoutPapersIsRefused) {
  const v1::Refusal refusal = ExpectOnlyARefusal(site_.Plan());
  EXPECT_FALSE(refusal.permanent()) << "they may yet come";
  EXPECT_THAT(refusal.reason(), HasSubstr("brought no order for this job"));
}

TEST_F(GovernedJobs, PapersThatComeAfterThePlanCountForTheNextOne) {
  ExpectOnlyARefusal(site_.Plan(1));
  BringAll();
  Send(site_.Plan(2));
  coordinator_.AwaitUpload();
}

TEST_F(GovernedJobs, NoKeyIsMadeForAJobWithoutPapers) {
  v1::CoordinatorMessage message;
  *message.mutable_key_request()->mutable_plan() = site_.Plan().id();
  message.mutable_key_request()->set_job_sha256(Sha256Hex(site_.job_bytes()));
  message.mutable_key_request()->set_roster_hash(std::string(32, '\0'));
  coordinator_.Send(message);
  EXPECT_THAT(AwaitRefusal().reason(), HasSubstr("brought no order for this job"));
  EXPECT_THAT(engine_->Status().jobs(), IsEmpty()) << "nothing was begun";
}

TEST_F(GovernedJobs, LargeModelOfARefusedJobIsNotEvenFetched) {
  site_.spec().mutable_model()->mutable_drill()->set_num_parameters(100'000);
  site_.Order();
  Bring(site_.Papers({site_.Lead()}));  // and no steward
  site_.ApproveHere();
  const v1::Refusal refusal = ExpectOnlyARefusal(site_.Plan());
  EXPECT_THAT(refusal.reason(), HasSubstr("0 of 1 approvals as steward"));
}

TEST_F(GovernedJobs, OneOrderServesOneJob) {
  BringAll();
  Send(site_.Plan());
  coordinator_.AwaitUpload();
  BringAll("job-2");
  const v1::Refusal refusal = ExpectOnlyARefusal(site_.Plan(1, "job-2"));
  EXPECT_TRUE(refusal.permanent());
  EXPECT_THAT(refusal.reason(), HasSubstr("served the job job-1 already"));
}

TEST_F(GovernedJobs, ADaemonThatWasKilledKnowsWhichJobAnOrderServed) {
  BringAll();
  Send(site_.Plan());
  coordinator_.AwaitUpload();
  Restart();
  coordinator_.AwaitSessions(2);
  BringAll("job-2");
  EXPECT_TRUE(ExpectOnlyARefusal(site_.Plan(1, "job-2")).permanent());
  Send(site_.Plan(2));  // goes on without new papers
  coordinator_.AwaitUpload();
}

TEST_F(GovernedJobs, PapersThatAreDroppedAfterTheFirstRoundStopTheJob) {
  BringAll();
  Send(site_.Plan());
  coordinator_.AwaitUpload();
  SendEnd(site_.Plan(), v1::PlanEnd::SUMMED);
  v1::JobPapers none = site_.AllPapers();
  none.clear_order();
  Bring(none);
  v1::Plan next = site_.Plan(2);
  next.mutable_id()->set_step(1);
  next.set_round(2);
  EXPECT_THAT(ExpectOnlyARefusal(next).reason(), HasSubstr("papers without an order"));
}

// Such a plan comes without a fetch and without a computation, where a job is judged otherwise.
TEST_F(GovernedJobs, HeldVectorIsNotSentOnceTheApprovalsHaveExpired) {
  BringAll();
  Send(site_.Plan());
  coordinator_.AwaitUpload();
  SendEnd(site_.Plan(), v1::PlanEnd::ABANDONED);
  AwaitJob("waiting for a plan");
  site_.clock().Advance(absl::Hours(24 * 21));
  const v1::Refusal refusal = ExpectOnlyARefusal(site_.Plan(2));
  EXPECT_THAT(refusal.reason(), HasSubstr("0 of 1 approvals as lead"));
  EXPECT_EQ(coordinator_.uploads_opened(), 1);
}

TEST_F(GovernedJobs, CohortBelowTheChartersFloorIsRefused) {
  BringAll();
  v1::Plan plan = site_.Plan();
  plan.clear_cohort();
  plan.add_cohort("cleveland");
  plan.add_cohort("va");
  plan.set_encoding_sites(2);
  EXPECT_THAT(ExpectOnlyARefusal(plan).reason(), HasSubstr("the charter's floors.min_sites"));
}

TEST_F(GovernedJobs, JobWhoseCharterIsNotThePinnedOneIsRefused) {
  site_.order().charter = Sha256("another");
  site_.SignOrder("ada");
  BringAll();
  EXPECT_THAT(ExpectOnlyARefusal(site_.Plan()).reason(), HasSubstr("and this site goes by"));
}

// ---- this site's own word ----

TEST_F(GovernedJobs, OwnApprovalGoesOutWhenItIsMadeAndInTheNextSession) {
  Bring(site_.AllPapers());
  AwaitEvent("has not approved");
  site_.ApproveHere();
  engine_->OrdersChanged();
  EXPECT_EQ(AwaitWord().job_id(), "job-1");
  coordinator_.DropSession();
  coordinator_.AwaitSessions(2);
  Bring(site_.AllPapers());
  const v1::SiteApproval word = AwaitWord();
  EXPECT_EQ(SignedStatement::Parse(word.approval())->bytes, site_.OwnSite().bytes);
  std::vector<std::string> words;
  for (const auto& entry : AwaitLedger(v1::EgressEntry::kMessage, 4)) {
    if (entry.message().message() == "site_approval") words.push_back(entry.message().words());
  }
  EXPECT_THAT(words, Contains(HasSubstr("approves the order " + HexDigest(site_.order_hash()))));
}

// The coordinator would ask again after a pause of its own, which may be minutes.
TEST_F(GovernedJobs, WhoWaitsForItsPeopleSaysSoAndThatItMayBeAskedOnceTheyHaveDecided) {
  Bring(site_.AllPapers());
  AwaitEvent("has not approved");
  Send(site_.Plan(1));
  const v1::Refusal refusal = AwaitRefusal();
  EXPECT_TRUE(refusal.waits());
  EXPECT_FALSE(refusal.permanent());
  site_.ApproveHere();
  engine_->OrdersChanged();
  const v1::SiteMessage said =
      coordinator_.AwaitMessage([](const v1::SiteMessage& message) { return message.has_readiness(); });
  EXPECT_FALSE(said.readiness().paused());
  Send(site_.Plan(2));
  coordinator_.AwaitUpload();
}

TEST_F(GovernedJobs, NothingIsSaidAboutOrdersWhileTheSiteIsPaused) {
  coordinator_.AwaitSessions(1);
  ASSERT_TRUE(engine_->Pause().ok());
  coordinator_.AwaitSessions(2);
  BringAll();
  engine_->OrdersChanged();
  ASSERT_TRUE(engine_->Resume().ok());
  bool resumed = false;
  coordinator_.AwaitMessage([&](const v1::SiteMessage& message) {
    if (message.has_readiness()) resumed = true;
    return message.has_site_approval();
  });
  EXPECT_TRUE(resumed) << "the word came before the site was resumed";
}

TEST_F(GovernedJobs, JobThatIsNotInItsPapersIsFetchedOnceAnEngineerSignedItsOrder) {
  coordinator_.Store(Sha256Hex(site_.job_bytes()), site_.job_bytes());
  v1::JobPapers papers = site_.AllPapers();
  papers.clear_job_inline();
  Bring(papers);
  site_.ApproveHere();
  const OrderStore store(site_.State().OrderFolder());
  const absl::Duration begin = Clock::System().Monotonic();
  for (;;) {
    const auto kept = store.Find(site_.order_hash());
    if (kept.ok() && kept->has_value() && (*kept)->job_bytes == site_.job_bytes()) break;
    ASSERT_LT(Clock::System().Monotonic() - begin, kTestPatience) << "the job was not fetched";
  }
  Send(site_.Plan());
  coordinator_.AwaitUpload();
}

// ---- secure sums ----

class GovernedSums : public SiteEngineTest {
 protected:
  void Configure(SiteEngine::Options& options) override {
    record_ = RecordFile::Open(folder_ + "/secure-record", federation_.site()).value();
    options.secure = federation_.Daemon(*record_);
    options.config.set_site(federation_.site());
    options.config.set_state_dir(folder_ + "/state");
    Pin(options.config);
    gate_ = std::make_unique<JobGate>(options.config, *options.secure.signer, gate_clock_);
    options.gate = gate_.get();
  }
  void TearDown() override {
    engine_.reset();
    SiteEngineTest::TearDown();
  }
  // Roster and charter of the played sites, with an order for their job that needs no approval of this site.
  void Pin(const v1::SiteConfig& config) {
    const StateFolder state(config.state_dir());
    const std::vector<RosterSite>& sites = federation_.roster()->sites();
    charter_ = std::make_unique<SignedCharter>(people_.Written({{"Cleveland Clinic", sites[0].organisation},
                                                                {"Magyar Kardiológiai Intézet", sites[1].organisation},
                                                                {"Universitätsspital Zürich", sites[2].organisation},
                                                                {"each_site: true", "each_site: false"}}));
    federation_.Sign(*charter_);
    people_.SignAs(*charter_, "dora");
    ASSERT_TRUE(PinRoster(state, *federation_.roster()).ok());
    ASSERT_TRUE(PinCharter(state, *charter_).ok());
  }
  void Bring() {
    const std::string job = federation_.spec().SerializeAsString();
    JobOrder order;
    order.charter = charter_->charter()->hash();
    order.job = Sha256(job);
    order.purpose = "risk-of-disease";
    order.engineer = "ada";
    order.not_before = At("2027-02-15T00:00:00Z");
    order.expires = At("2027-04-01T00:00:00Z");
    order.nonce = "000102030405060708090a0b0c0d0e0f";
    const SignedStatement statement =
        *SignedStatement::Sign(*WriteJobOrder(order), kJobOrderDomain, people_.person("ada"));
    v1::JobPapers papers;
    papers.set_job_id("job-1");
    papers.set_job_sha256(Sha256Hex(job));
    papers.set_job_inline(job);
    papers.set_order(statement.Text());
    for (const auto& [who, role] : {std::pair("bela", v1::ROLE_LEAD), std::pair("clara", v1::ROLE_STEWARD)}) {
      Approval approval;
      approval.order = JobOrderHash(statement.bytes);
      approval.charter = order.charter;
      approval.approves = true;
      approval.by = absl::StrCat("person/", who);
      approval.as = role;
      approval.not_before = At("2027-02-20T00:00:00Z");
      approval.expires = At("2027-03-20T00:00:00Z");
      papers.add_approvals(GovernedSite::Signed(approval, people_.person(who)).Text());
    }
    coordinator_.Send(AsMessage(papers));
  }
  template <typename Has>
  v1::SiteMessage Await(Has has) {
    return coordinator_.AwaitMessage([has](const v1::SiteMessage& message) { return (message.*has)(); });
  }
  // As far as this site's masked upload.
  v1::Plan Upload() {
    Bring();
    coordinator_.Send(federation_.KeyRequest(1));
    coordinator_.Send(federation_.EpochList(Await(&v1::SiteMessage::has_key_answer).key_answer()));
    Await(&v1::SiteMessage::has_nonce_answer);
    const v1::Plan plan = federation_.Plan(1);
    Send(plan);
    close_ = coordinator_.AwaitMaskedUpload();
    return plan;
  }

  PlayedFederation federation_;
  ExampleFederation people_;
  std::unique_ptr<SignedCharter> charter_;
  ManualClock gate_clock_{At("2027-03-01T10:00:00Z")};
  std::unique_ptr<RecordFile> record_;
  std::unique_ptr<JobGate> gate_;
  v1::UploadClose close_;
};

TEST_F(GovernedSums, SumIsOpenedOverSitesThatGoByTheSameCharter) {
  const v1::Plan plan = Upload();
  federation_.GoBy(charter_->charter()->hash());
  coordinator_.Send(federation_.Survivors(plan, close_));
  coordinator_.Send(federation_.Signatures(Await(&v1::SiteMessage::has_survivor_answer).survivor_answer()));
  EXPECT_EQ(Await(&v1::SiteMessage::has_reveal_answer).reveal_answer().plan().attempt(), 1u);
}

TEST_F(GovernedSums, NothingIsSignedBesideSitesThatGoByAnotherCharter) {
  const v1::Plan plan = Upload();
  federation_.GoBy(Sha256("another charter"));
  coordinator_.Send(federation_.Survivors(plan, close_));
  EXPECT_THAT(AwaitRefusal().reason(), Not(IsEmpty()));
}

TEST_F(GovernedSums, NothingIsSignedOnceTheApprovalsHaveExpired) {
  const v1::Plan plan = Upload();
  federation_.GoBy(charter_->charter()->hash());
  gate_clock_.Advance(absl::Hours(24 * 21));
  coordinator_.Send(federation_.Survivors(plan, close_));
  EXPECT_THAT(AwaitRefusal().reason(), HasSubstr("0 of 1 approvals as lead"));
}

}  // namespace
}  // namespace accord
