// A daemon whose coordinator lies about the federation's log, or has lost a piece of it: nothing is fetched, computed,
// sent or signed under a head that does not continue what the site has seen.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "client/daemon/federation/kept_log.h"
#include "client/daemon/federation/log_pin.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/federation/shown_log.h"
#include "tests/client/daemon/secure/played_federation.h"
#include "tests/client/daemon/work/engine_fixture.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LogLies : public SiteEngineTest {
 protected:
  void SetUp() override {
    Show(honest_, 10);
    SiteEngineTest::SetUp();
  }
  void Configure(SiteEngine::Options& options) override {
    options.config.set_state_dir(folder_);
    log_ = nullptr;
    log_ = KeptLog::Open(options.config, ledger_.get()).value();
    options.log = log_.get();
  }
  void TearDown() override {
    engine_.reset();
    log_ = nullptr;
    SiteEngineTest::TearDown();
  }
  // What the next greetings show, with the proof from what the site says it keeps.
  void Show(const ExampleLog& log, uint64_t size) {
    coordinator_.WelcomeWith([log, size](const v1::Hello& hello, v1::Welcome& welcome) {
      welcome.MergeFrom(GreetingWith(log, size, hello.log_size()));
    });
  }
  void SendProof(const v1::LogProof& proof) {
    v1::CoordinatorMessage message;
    *message.mutable_log_proof() = proof;
    coordinator_.Send(message);
  }
  v1::Plan PlanUnder(const ExampleLog& log, uint64_t size, uint32_t attempt) {
    v1::Plan plan = DrillPlan(10, attempt);
    *plan.mutable_log_head() = HeadOnWire(log, size);
    return plan;
  }
  std::vector<std::filesystem::path> EvidenceFiles() const {
    std::error_code none;
    const std::filesystem::directory_iterator files(folder_ + "/evidence", none);
    return {begin(files), end(files)};
  }
  // The plan is refused, for this session or for good, and nothing was done with it.
  v1::Refusal AwaitLogRefusal() {
    const v1::Refusal refusal = AwaitRefusal();
    EXPECT_EQ(trainers_.computations(), computations_);
    EXPECT_EQ(coordinator_.uploads_opened(), uploads_);
    EXPECT_THAT(coordinator_.download_offsets(), IsEmpty());
    return refusal;
  }
  void TakePart(const v1::Plan& plan) {
    Send(plan);
    coordinator_.AwaitUpload();
    computations_ = trainers_.computations();
    uploads_ = coordinator_.uploads_opened();
    SendEnd(plan, v1::PlanEnd::ABANDONED);
  }

  const ExampleLog honest_{"federation", 40};
  std::unique_ptr<KeptLog> log_;
  // Of the plans that it took part in.
  int computations_ = 0;
  int uploads_ = 0;
};

TEST_F(LogLies, AnHonestLogIsKeptFromPlanToPlanAndStandsInTheLedgerAheadOfTheVector) {
  EXPECT_EQ(AwaitHello().log_size(), 0u);
  TakePart(PlanUnder(honest_, 10, 1));
  SendProof(ProofOnWire(honest_, 10, 13));
  v1::Plan second = PlanUnder(honest_, 13, 2);
  second.mutable_id()->set_step(1);
  second.set_round(2);
  Send(second);
  coordinator_.AwaitUpload();
  EXPECT_THAT(engine_->Status().log(), HasSubstr("13 entries, as the coordinator showed it first"));
  const auto heads = AwaitLedger(v1::EgressEntry::kLogHead, 2);
  EXPECT_EQ(heads[1].log_head().head(), honest_.SignedHead(13).bytes);
  coordinator_.DropSession();
  EXPECT_EQ(AwaitHello().log_size(), 13u);
}

TEST_F(LogLies, ACoordinatorWithYesterdaysBackupIsRefusedWithBothSizes) {
  AwaitHello();
  TakePart(PlanUnder(honest_, 10, 1));
  const ExampleLog backup = honest_.Fork(7);
  Show(backup, 7);
  coordinator_.DropSession();
  EXPECT_EQ(AwaitHello().log_size(), 10u);
  Send(PlanUnder(backup, 7, 2));
  const v1::Refusal refusal = AwaitLogRefusal();
  EXPECT_THAT(refusal.reason(), HasSubstr("this site has seen 10 entries of the federation's log"));
  EXPECT_THAT(refusal.reason(), HasSubstr("names a head of 7 entries"));
  EXPECT_FALSE(refusal.permanent()) << "the newer state_dir may be put back";
  EXPECT_EQ(refusal.log_size(), 10u);
  EXPECT_THAT(engine_->Status().log(), HasSubstr("NO PLAN IS TAKEN: this site has seen 10 entries"));
  // What it showed is kept: whoever has the newer log holds it against that.
  ASSERT_FALSE(EvidenceFiles().empty());
  for (const std::filesystem::path& file : EvidenceFiles()) {
    EXPECT_EQ(HeadOfLog::Parse(*ReadFile(file.string()))->head.bytes, backup.SignedHead(7).bytes);
  }
  // It was put back.
  Show(honest_, 12);
  coordinator_.DropSession();
  AwaitHello();
  TakePart(PlanUnder(honest_, 12, 3));
}

TEST_F(LogLies, ARewrittenLogIsRefusedWhateverProofComesWithIt) {
  AwaitHello();
  const ExampleLog rewritten = ForkOf(honest_, 4, 20);
  SendProof(ProofOnWire(rewritten, 10, 15));
  Send(PlanUnder(rewritten, 15, 1));
  const std::string reason = AwaitLogRefusal().reason();
  EXPECT_THAT(reason, HasSubstr("was not only added to"));
  // The head that was shown is kept: who has the honest log, or its head of that size, convicts the keeper by it.
  ASSERT_EQ(EvidenceFiles().size(), 1u);
  EXPECT_THAT(reason, HasSubstr(EvidenceFiles()[0].filename().string()));
  EXPECT_EQ(*ReadFile(EvidenceFiles()[0].string()), rewritten.HeadFile(15).Write());
}

TEST_F(LogLies, AHeadThatTheLogsKeyDidNotSignIsNoEvidence) {
  AwaitHello();
  const ExampleLog rewritten = ForkOf(honest_, 4, 20);
  SendProof(ProofOnWire(rewritten, 10, 15));
  v1::Plan plan = PlanUnder(rewritten, 15, 1);
  (*plan.mutable_log_head()->mutable_signature())[5] ^= 1;
  Send(plan);
  AwaitLogRefusal();
  EXPECT_THAT(EvidenceFiles(), IsEmpty());
}

TEST_F(LogLies, ALogWithoutOneOfItsEntriesIsRefused) {
  AwaitHello();
  ExampleLog dropped = honest_.Fork(6);
  for (size_t i = 7; i < 20; ++i) dropped.Append(honest_.entries()[i]);
  SendProof(ProofOnWire(dropped, 10, 15));
  Send(PlanUnder(dropped, 15, 1));
  EXPECT_THAT(AwaitLogRefusal().reason(), HasSubstr("was not only added to"));
}

TEST_F(LogLies, ALogWhoseEntriesWereSwappedIsRefused) {
  AwaitHello();
  ExampleLog swapped = honest_.Fork(6);
  swapped.Append(honest_.entries()[7]);
  swapped.Append(honest_.entries()[6]);
  for (size_t i = 8; i < 20; ++i) swapped.Append(honest_.entries()[i]);
  SendProof(ProofOnWire(swapped, 10, 15));
  Send(PlanUnder(swapped, 15, 1));
  EXPECT_THAT(AwaitLogRefusal().reason(), HasSubstr("was not only added to"));
}

// Somebody at the site puts the ledger of an hour ago back, so that the site would take an older story.
TEST_F(LogLies, YesterdaysCopyOfTheLedgerDoesNotMakeTheSiteForgetWhatItHasSeen) {
  AwaitHello();
  TakePart(PlanUnder(honest_, 10, 1));
  const std::string of_before = *ReadFile(folder_ + "/egress");
  SendProof(ProofOnWire(honest_, 10, 13));
  TakePart(PlanUnder(honest_, 13, 2));
  engine_.reset();
  log_ = nullptr;
  ledger_.reset();
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/egress", of_before, 0600).ok());
  const ExampleLog backup = honest_.Fork(11);
  Show(backup, 11);
  Restart();
  EXPECT_EQ(AwaitHello().log_size(), 13u);
  Send(PlanUnder(backup, 11, 3));
  EXPECT_THAT(AwaitLogRefusal().reason(), HasSubstr("this site has seen 13 entries of the federation's log"));
}

TEST_F(LogLies, AForkedLogConvictsItsKeeperAndNoPlanIsTakenAnyMoreAlsoAfterARestart) {
  AwaitHello();
  const ExampleLog fork = ForkOf(honest_, 9, 20);
  Send(PlanUnder(fork, 10, 1));
  const v1::Refusal refusal = AwaitLogRefusal();
  EXPECT_TRUE(refusal.permanent());
  EXPECT_THAT(refusal.reason(), HasSubstr("accord audit compare"));
  EXPECT_EQ(*ReadFile(folder_ + "/log.contradiction"), fork.HeadFile(10).Write());
  Restart();
  AwaitHello();
  v1::Plan other_job = PlanUnder(honest_, 10, 1);
  other_job.mutable_id()->set_job_id("job-2");
  Send(other_job);
  EXPECT_TRUE(AwaitLogRefusal().permanent());
}

TEST_F(LogLies, APlanWithoutAProofIsRefusedAndTheSiteSaysFromWhereItWantsOne) {
  AwaitHello();
  Send(PlanUnder(honest_, 13, 1));
  const v1::Refusal refusal = AwaitLogRefusal();
  EXPECT_THAT(refusal.reason(), HasSubstr("without the proof"));
  EXPECT_FALSE(refusal.permanent());
  EXPECT_THAT(EvidenceFiles(), IsEmpty()) << "more entries without a proof are no older log";
  EXPECT_EQ(refusal.log_size(), 10u);
  SendProof(ProofOnWire(honest_, 10, 13));
  TakePart(PlanUnder(honest_, 13, 2));
}

TEST_F(LogLies, AWrongProofIsRefused) {
  AwaitHello();
  v1::LogProof proof = ProofOnWire(honest_, 10, 13);
  (*proof.mutable_hashes(0))[0] ^= 1;
  SendProof(proof);
  Send(PlanUnder(honest_, 13, 1));
  AwaitLogRefusal();
}

TEST_F(LogLies, APlanThatNamesNoHeadIsRefused) {
  AwaitHello();
  Send(DrillPlan(10));
  EXPECT_THAT(AwaitLogRefusal().reason(), HasSubstr("names no head"));
}

TEST_F(LogLies, AnotherLogThanTheFirstOneIsRefusedUntilItIsPinned) {
  AwaitHello();
  const ExampleLog another("federation", 20);
  Show(another, 15);
  coordinator_.DropSession();
  AwaitHello();
  Send(PlanUnder(another, 15, 1));
  EXPECT_THAT(AwaitLogRefusal().reason(), HasSubstr("was shown another one before"));
  ASSERT_TRUE(PinLog(StateFolder(folder_), HexDigest(another.identity().id())).ok());
  TakePart(PlanUnder(another, 15, 2));
}

// The coordinator goes by what it has sent.
TEST_F(LogLies, APausedSiteKeepsTheHeadOfAPlanThatItDoesNotTake) {
  AwaitHello();
  ASSERT_TRUE(engine_->Pause().ok());
  EXPECT_TRUE(AwaitHello().readiness().paused());
  SendProof(ProofOnWire(honest_, 10, 13));
  Send(PlanUnder(honest_, 13, 1));
  SendProof(ProofOnWire(honest_, 13, 14));
  Send(PlanUnder(honest_, 14, 2));
  const absl::Time deadline = absl::Now() + kTestPatience;
  while (engine_->Status().log().find("14 entries") == std::string::npos) {
    ASSERT_LT(absl::Now(), deadline) << engine_->Status().log();
  }
  EXPECT_EQ(trainers_.computations(), 0);
}

// ---- secure sums ----

class LogLiesAboutSecureSums : public LogLies {
 protected:
  void Configure(SiteEngine::Options& options) override {
    LogLies::Configure(options);
    record_ = RecordFile::Open(folder_ + "/secure-record", federation_.site()).value();
    options.secure = federation_.Daemon(*record_);
    options.secure.evidence_folder = folder_ + "/evidence";
    options.secure.named_log_head = [this](const v1::SignedLogHead& head) { return log_->Named(head); };
    options.config.set_site(federation_.site());
  }
  template <typename Has>
  v1::SiteMessage Await(Has has) {
    return coordinator_.AwaitMessage([has](const v1::SiteMessage& message) { return (message.*has)(); });
  }

  PlayedFederation federation_;
  std::unique_ptr<RecordFile> record_;
};

TEST_F(LogLiesAboutSecureSums, NoKeyIsGivenToACoordinatorWithYesterdaysBackup) {
  AwaitHello();
  Show(honest_, 7);
  coordinator_.DropSession();
  AwaitHello();
  coordinator_.Send(federation_.KeyRequest(1));
  EXPECT_THAT(AwaitLogRefusal().reason(), HasSubstr("names a head of 7 entries"));
}

// Each of both logs continues what its sites have seen; they were never shown one that is not.
TEST_F(LogLiesAboutSecureSums, AForkCannotFinishARoundOverSitesOfBothStoriesAndEachSideKeepsItsSignedHead) {
  AwaitHello();
  coordinator_.Send(federation_.KeyRequest(1));
  coordinator_.Send(federation_.EpochList(Await(&v1::SiteMessage::has_key_answer).key_answer()));
  Await(&v1::SiteMessage::has_nonce_answer);
  v1::Plan here = federation_.Plan(1), there = here;
  *here.mutable_log_head() = HeadOnWire(honest_, 12);
  *there.mutable_log_head() = HeadOnWire(ForkOf(honest_, 10, 20), 12);
  SendProof(ProofOnWire(honest_, 10, 12));
  Send(here);
  const v1::UploadClose close = coordinator_.AwaitMaskedUpload();
  // A greeting under which no plan would be taken does not cost the evidence what the plan was taken under.
  coordinator_.WelcomeWith([](const v1::Hello&, v1::Welcome&) {});
  coordinator_.DropSession();
  AwaitHello();
  coordinator_.Send(federation_.Survivors(there, close));
  const v1::Refusal refusal = AwaitRefusal();
  EXPECT_THAT(refusal.reason(), HasSubstr("the head of the log"));
  EXPECT_TRUE(refusal.permanent());
  std::string evidence;
  for (const auto& file : std::filesystem::directory_iterator(folder_ + "/evidence")) evidence = *ReadFile(file.path());
  const auto parsed = secure::ParseEvidence(evidence);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->evidence.kind, secure::EvidenceKind::kUnequalTranscripts);
  ASSERT_TRUE(parsed->evidence.log_head.has_value());
  EXPECT_EQ(*parsed->evidence.log_head, honest_.HeadFile(12));
}

}  // namespace
}  // namespace accord
