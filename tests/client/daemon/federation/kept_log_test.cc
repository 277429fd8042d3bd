#include "client/daemon/federation/kept_log.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/file.h"
#include "client/daemon/federation/log_pin.h"
#include "client/daemon/ledger/egress_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/federation/federation_folder.h"
#include "tests/client/daemon/federation/shown_log.h"

namespace accord {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;

class KeptLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config_ = folder_.Config("va");
    ASSERT_TRUE(MakeFolders(folder_.State().path(), 0700).ok());
    Restart();
  }
  void Restart() {
    log_ = nullptr;
    ledger_ = nullptr;
    ledger_ = EgressLedger::Open(folder_.State().EgressFile(), "va", clock_).value();
    auto log = KeptLog::Open(config_, ledger_.get(), wall_);
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }
  // The daemon is killed: what it had in memory is not written.
  void Kill() {
    const std::string egress = *ReadFile(folder_.State().EgressFile());
    log_ = nullptr;
    ledger_ = nullptr;
    ASSERT_TRUE(WriteFileAtomically(folder_.State().EgressFile(), egress, 0600).ok());
  }
  absl::Status Greet(const ExampleLog& log, uint64_t size) {
    return log_->Greeted(GreetingWith(log, size, std::min(log_->size(), size)));
  }
  // As an honest coordinator sends it, with the proof ahead where the sizes differ.
  absl::Status Plan(const ExampleLog& log, uint64_t size) {
    if (log_->size() != 0 && log_->size() != size && std::max(log_->size(), size) <= log.entries().size()) {
      log_->Hold(ProofOnWire(log, log_->size(), size));
    }
    return PlanAlone(log, size);
  }
  absl::Status PlanAlone(const ExampleLog& log, uint64_t size, uint32_t attempt = 1, const std::string& member = "va") {
    v1::Plan plan;
    plan.add_cohort(member);
    plan.mutable_id()->set_job_id("job");
    plan.mutable_id()->set_attempt(attempt);
    *plan.mutable_log_head() = HeadOnWire(log, size);
    return log_->Take(plan);
  }
  void Upload() {
    v1::PlanId id;
    id.set_job_id("job");
    ASSERT_TRUE(ledger_->UploadBegins(id, {}).ok());
  }
  std::string HeadFile() { return ReadFile(folder_.State().LogHeadFile()).value_or(""); }
  std::string Id(const ExampleLog& log) { return HexDigest(log.identity().id()); }

  FederationFolder folder_;
  v1::SiteConfig config_;
  ManualClock clock_;
  ManualClock wall_;  // that heads are held against: the time of the example's entries
  const ExampleLog honest_{"federation", 40};
  std::unique_ptr<EgressLedger> ledger_;
  std::unique_ptr<KeptLog> log_;
};

TEST_F(KeptLogTest, GoesOnFromTheGreetingThroughThePlansAndKeepsEachHead) {
  ASSERT_TRUE(Greet(honest_, 5).ok());
  EXPECT_EQ(log_->size(), 5u);
  for (const uint64_t size : {5u, 6u, 9u, 9u, 17u}) {
    EXPECT_TRUE(Plan(honest_, size).ok()) << size;
    EXPECT_EQ(log_->size(), size);
    EXPECT_EQ(HeadFile(), honest_.HeadFile(size).Write());
  }
}

TEST_F(KeptLogTest, TakesThePlanOfAnAttemptThatBeganEarlierAndKeepsTheLaterHead) {
  ASSERT_TRUE(Greet(honest_, 9).ok());
  EXPECT_TRUE(Plan(honest_, 6).ok());
  EXPECT_EQ(log_->size(), 9u);
  EXPECT_EQ(HeadFile(), honest_.HeadFile(9).Write());
}

// Its rounds take hours, the log goes on meanwhile, and the link breaks.
TEST_F(KeptLogTest, TakesThePlanThatItHasTakenBeforeHoweverLateItComesAgain) {
  ASSERT_TRUE(Greet(honest_, 6).ok());
  ASSERT_TRUE(Plan(honest_, 6).ok());
  ASSERT_TRUE(Greet(honest_, 9).ok());
  wall_.Advance(absl::Hours(5));
  ASSERT_TRUE(Greet(honest_, 11).ok());
  EXPECT_TRUE(Plan(honest_, 6).ok());
  log_->Hold(ProofOnWire(honest_, 5, 11));
  EXPECT_EQ(PlanAlone(honest_, 5).code(), StatusCode::kFailedPrecondition) << "the same attempt under another head";
  log_->Hold(ProofOnWire(honest_, 6, 11));
  EXPECT_EQ(PlanAlone(honest_, 6, 2).code(), StatusCode::kFailedPrecondition) << "another attempt";
  log_->Hold(ProofOnWire(honest_, 6, 11));
  EXPECT_EQ(PlanAlone(honest_, 6, 1, "basel").code(), StatusCode::kFailedPrecondition) << "with another cohort";
}

// ---- lies ----

// Each of two sites keeps another story, and neither is ever shown anything but what continues its own, or begins both.
TEST_F(KeptLogTest, AKeeperOfTwoLogsDoesNotGoOnFromWhatTheyHaveInCommon) {
  const ExampleLog other = ForkOf(honest_, 10, 20);
  for (const ExampleLog* story : {&honest_, &other}) {
    std::filesystem::remove(folder_.State().LogHeadFile());
    std::filesystem::remove(folder_.State().EgressFile());
    Restart();
    ASSERT_TRUE(Greet(*story, 10).ok());
    ASSERT_TRUE(Greet(*story, 20).ok());
    log_->Hold(ProofOnWire(*story, 10, 20));
    EXPECT_TRUE(PlanAlone(*story, 10, 1).ok()) << "an attempt that began before";
    wall_.Advance(kGreetingToPlan - absl::Seconds(1));
    log_->Hold(ProofOnWire(*story, 10, 20));
    EXPECT_TRUE(PlanAlone(*story, 10, 2).ok());
    wall_.Advance(absl::Seconds(1));
    log_->Hold(ProofOnWire(*story, 10, 20));
    const absl::Status refused = PlanAlone(*story, 10, 3);
    EXPECT_EQ(refused.code(), StatusCode::kFailedPrecondition) << refused;
    EXPECT_THAT(std::string(refused.message()),
                HasSubstr("names the federation's log of 10 entries, and for more than 30s this site has known 20"));
    EXPECT_THAT(std::string(refused.message()), HasSubstr(".log-head")) << "and is kept";
    EXPECT_EQ(log_->size(), 20u);
    EXPECT_TRUE(log_->Stands().ok()) << "nothing is said against its log";
    EXPECT_TRUE(Plan(*story, 20).ok());
  }
}

TEST_F(KeptLogTest, ALogThatWasRewrittenIsRefusedAtEverySize) {
  ASSERT_TRUE(Greet(honest_, 20).ok());
  const ExampleLog other = ForkOf(honest_, 7, 40);
  for (const uint64_t size : {8u, 19u, 21u, 40u}) {
    const absl::Status refused = Plan(other, size);
    EXPECT_EQ(refused.code(), StatusCode::kInvalidArgument) << size;
    EXPECT_THAT(std::string(refused.message()),
                HasSubstr(absl::StrCat("this site has seen 20 entries of it, and the coordinator's head of ", size)));
  }
  EXPECT_EQ(HeadFile(), honest_.HeadFile(20).Write());
  EXPECT_TRUE(Plan(honest_, 21).ok()) << "the honest log goes on";
}

TEST_F(KeptLogTest, ALogThatLostOrReorderedAnEntryIsRefused) {
  ASSERT_TRUE(Greet(honest_, 20).ok());
  ExampleLog dropped = honest_.Fork(10), swapped = honest_.Fork(10);
  for (size_t i = 11; i < 30; ++i) dropped.Append(honest_.entries()[i]);
  swapped.Append(honest_.entries()[11]);
  swapped.Append(honest_.entries()[10]);
  for (size_t i = 12; i < 30; ++i) swapped.Append(honest_.entries()[i]);
  EXPECT_EQ(Plan(dropped, 25).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Plan(swapped, 25).code(), StatusCode::kInvalidArgument);
}

TEST_F(KeptLogTest, ALogOfYesterdayIsRefusedWithBothSizes) {
  ASSERT_TRUE(Greet(honest_, 12).ok());
  const ExampleLog backup = honest_.Fork(9);
  const absl::Status greeted = Greet(backup, 9);
  EXPECT_THAT(std::string(greeted.message()), HasSubstr("has seen 12 entries"));
  EXPECT_THAT(std::string(greeted.message()), HasSubstr("names a head of 9 entries"));
  EXPECT_THAT(std::string(greeted.message()), HasSubstr("restored from an older copy"));
  EXPECT_EQ(log_->MayBegin(), greeted);
  EXPECT_EQ(Plan(backup, 9).message(), greeted.message());
  // It goes on from there, and gets longer than it was.
  const ExampleLog grown = ForkOf(honest_, 9, 14);
  EXPECT_THAT(std::string(Plan(grown, 14).message()), HasSubstr("restored from an older copy"));
  EXPECT_EQ(log_->size(), 12u);
  EXPECT_THAT(log_->InWords(), HasSubstr("NO PLAN IS TAKEN"));
}

TEST_F(KeptLogTest, TwoHeadsOfOneSizeConvictTheKeeperAndEndEverything) {
  ASSERT_TRUE(Greet(honest_, 12).ok());
  const ExampleLog other = ForkOf(honest_, 9, 30);
  EXPECT_EQ(Plan(other, 12).code(), StatusCode::kAborted);
  EXPECT_EQ(HeadFile(), honest_.HeadFile(12).Write());
  EXPECT_EQ(*ReadFile(folder_.State().LogContradictionFile()), other.HeadFile(12).Write());
  EXPECT_EQ(Plan(honest_, 13).code(), StatusCode::kAborted) << "whatever comes";
  Restart();
  EXPECT_EQ(Greet(honest_, 13).code(), StatusCode::kAborted) << "also after a restart";
  EXPECT_EQ(Plan(honest_, 13).code(), StatusCode::kAborted);
  EXPECT_THAT(log_->InWords(), HasSubstr("two stories"));
}

TEST_F(KeptLogTest, WithoutTheProofOrWithThatOfOtherSizesNothingIsTaken) {
  ASSERT_TRUE(Greet(honest_, 12).ok());
  EXPECT_EQ(PlanAlone(honest_, 14).code(), StatusCode::kUnavailable);
  log_->Hold(ProofOnWire(honest_, 11, 14));
  EXPECT_EQ(PlanAlone(honest_, 14).code(), StatusCode::kUnavailable);
  EXPECT_EQ(PlanAlone(honest_, 14).code(), StatusCode::kUnavailable) << "a proof is for one plan";
  EXPECT_EQ(log_->size(), 12u);
  EXPECT_TRUE(Plan(honest_, 14).ok());
}

TEST_F(KeptLogTest, AProofThatIsWrongTooLongOrOfOtherHashesIsRefused) {
  ASSERT_TRUE(Greet(honest_, 12).ok());
  for (const auto& change : std::vector<std::function<void(v1::LogProof&)>>{
           [](v1::LogProof& proof) { (*proof.mutable_hashes(0))[3] ^= 1; },
           [](v1::LogProof& proof) { proof.add_hashes(std::string(32, 'x')); },
           [](v1::LogProof& proof) { proof.mutable_hashes()->RemoveLast(); },
           [](v1::LogProof& proof) { proof.set_hashes(0, std::string(31, 'x')); },
           [](v1::LogProof& proof) {
             while (proof.hashes_size() < 65) proof.add_hashes(std::string(32, 'x'));
           }}) {
    v1::LogProof proof = ProofOnWire(honest_, 12, 15);
    change(proof);
    log_->Hold(proof);
    EXPECT_EQ(PlanAlone(honest_, 15).code(), StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(log_->size(), 12u);
}

TEST_F(KeptLogTest, AHeadThatTheKeyDidNotSignIsRefused) {
  ASSERT_TRUE(Greet(honest_, 12).ok());
  v1::Plan plan;
  *plan.mutable_log_head() = HeadOnWire(honest_, 13);
  plan.mutable_log_head()->set_signature(HeadOnWire(honest_, 14).signature());
  log_->Hold(ProofOnWire(honest_, 12, 13));
  EXPECT_EQ(log_->Take(plan).code(), StatusCode::kUnauthenticated);
}

// A plan may have been taken since the hello; that shows in the proof, and in nothing that a liar could not show
// better.
TEST_F(KeptLogTest, OnlyAProofFromLessThanIsKeptExcusesAGreeting) {
  ASSERT_TRUE(Greet(honest_, 12).ok());
  v1::Welcome welcome = GreetingWith(honest_, 15, 10);
  EXPECT_TRUE(log_->Greeted(welcome).ok()) << "the next plan shows the rest";
  EXPECT_EQ(log_->Stands().code(), StatusCode::kUnavailable) << "but nothing is shown yet";
  for (const auto& [first, second, shown] :
       std::vector<std::tuple<uint64_t, uint64_t, uint64_t>>{{13, 15, 15}, {1, 9, 9}, {1, 12, 11}}) {
    *welcome.mutable_log_head() = HeadOnWire(honest_, shown);
    *welcome.mutable_log_proof() = ProofOnWire(honest_, first, second);
    EXPECT_EQ(log_->Greeted(welcome).code(), StatusCode::kUnavailable) << first << " to " << second;
    EXPECT_FALSE(log_->Stands().ok());
  }
  welcome = GreetingWith(honest_, 15, 10);
  welcome.mutable_log_head()->set_signature(HeadOnWire(honest_, 14).signature());
  EXPECT_EQ(log_->Greeted(welcome).code(), StatusCode::kUnavailable) << "a head that the log's key did not sign";
}

TEST_F(KeptLogTest, StandsOnlyWhereTheLastLookOfTheSessionFoundWhatItHasSeen) {
  EXPECT_FALSE(log_->Stands().ok());
  ASSERT_TRUE(Greet(honest_, 12).ok());
  EXPECT_TRUE(log_->Stands().ok());
  EXPECT_FALSE(PlanAlone(honest_, 14).ok());
  EXPECT_FALSE(log_->Stands().ok());
  ASSERT_TRUE(Plan(honest_, 14).ok());
  EXPECT_TRUE(log_->Stands().ok());
  EXPECT_FALSE(Greet(honest_.Fork(9), 9).ok());
  EXPECT_FALSE(log_->Stands().ok());
}

// What a plan was taken under can be shown to others whatever greeting follows.
TEST_F(KeptLogTest, AGreetingTakesNoSignedHeadAway) {
  ASSERT_TRUE(Greet(honest_, 12).ok());
  ASSERT_TRUE(Plan(honest_, 13).ok());
  const ExampleLog another("federation", 20);
  for (const v1::Welcome& greeting : {v1::Welcome(), GreetingWith(another, 20)}) {
    EXPECT_FALSE(log_->Greeted(greeting).ok());
    EXPECT_EQ(log_->Named(HeadOnWire(honest_, 13)), honest_.HeadFile(13));
    EXPECT_EQ(log_->Named(HeadOnWire(honest_, 12)), honest_.HeadFile(12));
  }
}

TEST_F(KeptLogTest, APlanWithoutAHeadIsRefusedEvenBeforeAnyWasShown) {
  EXPECT_THAT(std::string(log_->Take(v1::Plan()).message()), HasSubstr("did not say which log"));
  ASSERT_TRUE(Greet(honest_, 12).ok());
  EXPECT_THAT(std::string(log_->Take(v1::Plan()).message()), HasSubstr("names no head"));
  EXPECT_FALSE(log_->Greeted(v1::Welcome()).ok());
  EXPECT_FALSE(Plan(honest_, 12).ok()) << "of which log, this session does not say";
}

// ---- which log ----

TEST_F(KeptLogTest, TheLogThatWasShownFirstIsGoneByAndSaidToBeUnconfirmed) {
  ASSERT_TRUE(Greet(honest_, 12).ok());
  EXPECT_THAT(log_->InWords(),
              HasSubstr(absl::StrCat(Id(honest_), ", 12 entries, as the coordinator showed it first")));
  const ExampleLog another("federation", 20);
  const absl::Status refused = Greet(another, 20);
  EXPECT_THAT(std::string(refused.message()), HasSubstr(absl::StrCat("was shown another one before, ", Id(honest_))));
  EXPECT_EQ(Plan(another, 20), refused);
  ASSERT_TRUE(PinLog(folder_.State(), Id(honest_)).ok());
  ASSERT_TRUE(Greet(honest_, 12).ok());
  EXPECT_THAT(log_->InWords(), HasSubstr("12 entries, as pinned"));
}

TEST_F(KeptLogTest, NoOtherLogThanThePinnedOneIsTaken) {
  ASSERT_TRUE(PinLog(folder_.State(), Id(honest_)).ok());
  const ExampleLog another("federation", 20);
  EXPECT_THAT(std::string(Greet(another, 20).message()), HasSubstr("pinned to another one"));
  EXPECT_FALSE(Plan(another, 20).ok());
  EXPECT_EQ(log_->size(), 0u);
  EXPECT_TRUE(Greet(honest_, 3).ok());
}

TEST_F(KeptLogTest, APinMadeMeanwhileCountsAtOnceAlsoForALogThatBeganAnew) {
  config_.mutable_floors()->set_require_pinned_log(true);
  Restart();
  EXPECT_THAT(std::string(Greet(honest_, 12).message()), HasSubstr("floors.require_pinned_log"));
  EXPECT_FALSE(log_->MayBegin().ok());
  ASSERT_TRUE(PinLog(folder_.State(), Id(honest_)).ok());
  EXPECT_TRUE(log_->MayBegin().ok());
  EXPECT_EQ(log_->size(), 12u);
  const ExampleLog another("federation", 5);
  EXPECT_FALSE(Greet(another, 5).ok());
  ASSERT_TRUE(PinLog(folder_.State(), Id(another)).ok());
  EXPECT_TRUE(log_->MayBegin().ok());
  EXPECT_EQ(log_->size(), 5u);
  Kill();
  Restart();
  EXPECT_EQ(log_->size(), 5u);
}

TEST_F(KeptLogTest, ConfigAndPinMustAgree) {
  config_.set_log_id(std::string(64, 'a'));
  Restart();
  EXPECT_FALSE(Greet(honest_, 12).ok());
  ASSERT_TRUE(PinLog(folder_.State(), Id(honest_)).ok());
  EXPECT_THAT(std::string(Greet(honest_, 12).message()), HasSubstr("the config says log_id"));
}

// ---- restarts ----

TEST_F(KeptLogTest, AKilledDaemonGoesOnFromLogHead) {
  ASSERT_TRUE(Greet(honest_, 12).ok());
  ASSERT_TRUE(Plan(honest_, 15).ok());
  Kill();
  Restart();
  EXPECT_EQ(log_->size(), 15u);
}

TEST_F(KeptLogTest, APowerCutThatCostLogHeadLeavesWhatAnUploadWasMadeUnder) {
  ASSERT_TRUE(Greet(honest_, 12).ok());
  const std::string older = HeadFile();
  ASSERT_TRUE(Plan(honest_, 15).ok());
  Upload();
  Kill();
  ASSERT_TRUE(WriteFileAtomically(folder_.State().LogHeadFile(), older).ok());
  Restart();
  EXPECT_EQ(log_->size(), 15u);
  Kill();
  ASSERT_TRUE(WriteFileAtomically(folder_.State().LogHeadFile(), "").ok());
  Restart();
  EXPECT_EQ(log_->size(), 15u);
}

TEST_F(KeptLogTest, ALedgerThatWasBegunAnewDoesNotMakeTheSiteForget) {
  ASSERT_TRUE(Greet(honest_, 12).ok());
  log_ = nullptr;
  ledger_ = nullptr;
  std::filesystem::remove(folder_.State().EgressFile());
  Restart();
  EXPECT_EQ(log_->size(), 12u);
}

TEST_F(KeptLogTest, ADamagedFileStopsTheDaemonUnlessTheLedgerKnowsBetter) {
  log_ = nullptr;
  ASSERT_TRUE(WriteFileAtomically(folder_.State().LogHeadFile(), "accord-log-head-v1\n").ok());
  const auto log = KeptLog::Open(config_, ledger_.get());
  EXPECT_EQ(log.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(log.status().message()), HasSubstr("accord-client log forget"));
}

TEST_F(KeptLogTest, WhoeverOnlyLooksKnowsWhatTheLedgerKnowsAlsoWhileADaemonWrites) {
  ASSERT_TRUE(Greet(honest_, 12).ok());
  Upload();
  for (const char* left : {"", "accord-log-head-v1\n"}) {
    ASSERT_TRUE(WriteFileAtomically(folder_.State().LogHeadFile(), left).ok());
    const auto looks = KeptLog::Look(config_);
    ASSERT_TRUE(looks.ok()) << looks.status();
    EXPECT_EQ((*looks)->size(), 12u);
  }
  std::string egress = *ReadFile(folder_.State().EgressFile());
  egress[egress.size() / 2] ^= 1;
  ASSERT_TRUE(WriteFileAtomically(folder_.State().EgressFile(), egress, 0600).ok());
  const absl::Status looked = KeptLog::Look(config_).status();
  EXPECT_EQ(looked.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(looked.message()), HasSubstr("forget nothing yet; start the daemon"));
  std::filesystem::remove(folder_.State().EgressFile());
  EXPECT_THAT(std::string(KeptLog::Look(config_).status().message()), HasSubstr("accord-client log forget"));
}

// ---- dates ----

TEST_F(KeptLogTest, AHeadThatIsDatedFurtherAheadThanClocksDifferIsNeitherTakenNorKept) {
  wall_.Advance(-absl::Hours(1));
  const absl::Status refused = Greet(honest_, 5);
  EXPECT_EQ(refused.code(), StatusCode::kFailedPrecondition) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("which this machine's clock"));
  EXPECT_EQ(Plan(honest_, 6).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(log_->size(), 0u);
  EXPECT_EQ(HeadFile(), "");
  wall_.Advance(absl::Hours(1) - absl::Minutes(4));
  EXPECT_TRUE(Plan(honest_, 6).ok()) << "clocks differ";
  EXPECT_EQ(log_->size(), 6u);
}

TEST_F(KeptLogTest, AKeptHeadThatIsDatedAheadGivesWayToTheNextOfTheLog) {
  ASSERT_TRUE(Greet(honest_, 5).ok());
  wall_.Advance(-absl::Hours(24) * 365);
  EXPECT_EQ(Plan(honest_, 5).code(), StatusCode::kFailedPrecondition) << "the clock cannot be told from the head";
  LogHead next = honest_.Head(9);
  next.unix_us = static_cast<uint64_t>(absl::ToUnixMicros(wall_.Now()));
  const SignedLogHead signed_next = *SignLogHead(next, honest_.signer());
  v1::Plan plan;
  plan.mutable_log_head()->set_head(signed_next.bytes);
  plan.mutable_log_head()->set_signature(signed_next.signature);
  log_->Hold(ProofOnWire(honest_, 5, 9));
  const absl::Status taken = log_->Take(plan);
  ASSERT_TRUE(taken.ok()) << taken;
  EXPECT_EQ(log_->head()->head.bytes, signed_next.bytes);
}

TEST_F(KeptLogTest, TwoStoriesConvictWhateverTheyAreDated) {
  ASSERT_TRUE(Greet(honest_, 20).ok());
  wall_.Advance(-absl::Hours(1));
  const absl::Status refused = Plan(ForkOf(honest_, 7, 40), 20);
  EXPECT_EQ(refused.code(), StatusCode::kAborted) << refused;
}

TEST_F(KeptLogTest, WhatTheOperatorMadeItForgetStaysForgotten) {
  ASSERT_TRUE(Greet(honest_, 12).ok());
  Upload();
  log_ = nullptr;
  std::filesystem::remove(folder_.State().LogHeadFile());
  ASSERT_TRUE(ledger_->LogIsForgotten().ok());
  Restart();
  EXPECT_EQ(log_->size(), 0u);
  EXPECT_TRUE(Greet(honest_.Fork(9), 9).ok());
  Kill();
  Restart();
  EXPECT_EQ(log_->size(), 9u);
}

TEST_F(KeptLogTest, AFullDiskTakesNoPlanAndChangesNothing) {
  ASSERT_TRUE(Greet(honest_, 12).ok());
  std::filesystem::rename(folder_.State().path(), folder_.Path("away"));
  EXPECT_THAT(std::string(Plan(honest_, 13).message()), HasSubstr("cannot keep the head"));
  EXPECT_EQ(log_->size(), 12u);
  std::filesystem::rename(folder_.Path("away"), folder_.State().path());
  EXPECT_TRUE(Plan(honest_, 13).ok());
}

TEST_F(KeptLogTest, LookingAtAGreetingKeepsNothing) {
  EXPECT_TRUE(log_->LookAt(GreetingWith(honest_, 12)).ok());
  EXPECT_EQ(log_->size(), 0u);
  EXPECT_EQ(HeadFile(), "");
  ASSERT_TRUE(Greet(honest_, 12).ok());
  EXPECT_FALSE(log_->LookAt(GreetingWith(honest_.Fork(9), 9)).ok());
  EXPECT_FALSE(log_->LookAt(GreetingWith(ForkOf(honest_, 9, 12), 12)).ok());
  EXPECT_FALSE(std::filesystem::exists(folder_.State().LogContradictionFile()));
}

}  // namespace
}  // namespace accord
