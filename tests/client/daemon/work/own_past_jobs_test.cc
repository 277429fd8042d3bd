// A daemon that asks others what they have seen of it before it takes part in anything.
#include <atomic>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/signed_wire.h"
#include "aggregation/secure/messages/witness_statement.h"
#include "base/file.h"
#include "client/daemon/federation/own_past.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/secure/played_federation.h"
#include "tests/client/daemon/work/engine_fixture.h"
#include "tests/client/daemon/work/governed_jobs.h"

namespace accord {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OwnPastOfADaemon : public SiteEngineTest {
 protected:
  void Configure(SiteEngine::Options& options) override {
    past_.reset();
    record_.reset();
    record_ = RecordFile::Open(RecordPath(), federation_.site()).value();
    options.secure = federation_.Daemon(*record_);
    options.config.set_site(federation_.site());
    past_ = std::make_unique<OwnPast>(OwnPast::Surroundings{.site = federation_.site(),
                                                            .signer = *options.secure.signer,
                                                            .record = *record_,
                                                            .roster = [this] { return Pinned(); },
                                                            .evidence_folder = folder_ + "/evidence",
                                                            .clock = clock_});
    options.past = past_.get();
  }
  // On the engine's thread.
  virtual std::shared_ptr<const Roster> Pinned() { return federation_.roster(); }
  std::string RecordPath() const { return folder_ + "/secure-record"; }
  template <typename Has>
  v1::SiteMessage Await(Has has) {
    return coordinator_.AwaitMessage([has](const v1::SiteMessage& message) { return (message.*has)(); });
  }
  v1::WitnessRequest AwaitRequest() { return Await(&v1::SiteMessage::has_witness_request).witness_request(); }
  void Settle() {
    coordinator_.Send(federation_.Witness(1, AwaitRequest()));
    EXPECT_EQ(Await(&v1::SiteMessage::has_readiness).readiness().waiting_for(), "");
  }
  void OpenEpoch(uint32_t epoch) {
    coordinator_.Send(federation_.KeyRequest(epoch));
    coordinator_.Send(federation_.EpochList(Await(&v1::SiteMessage::has_key_answer).key_answer()));
    Await(&v1::SiteMessage::has_nonce_answer);
  }
  // Its header, as the others have seen it.
  secure::SignedPosition UploadOnce() {
    OpenEpoch(1);
    Send(federation_.Plan(1));
    return {secure::PositionKind::kUploadHeader, secure::FromWire(coordinator_.AwaitMaskedUpload().header())};
  }

  // The daemon starts over the folder of before its upload; what others have seen is given back.
  secure::SignedPosition RestartWithYesterdaysFolder() {
    Settle();
    const std::string yesterday = *ReadFile(RecordPath());
    const secure::SignedPosition header = UploadOnce();
    engine_.reset();
    EXPECT_TRUE(WriteFileAtomically(RecordPath(), yesterday, 0600).ok());
    Restart();
    return header;
  }
  v1::CoordinatorMessage QuestionOf(size_t site) {
    v1::CoordinatorMessage question;
    question.mutable_witness_question()->set_site(federation_.NameOf(site));
    question.mutable_witness_question()->set_nonce(std::string(32, 'n'));
    return question;
  }
  // Until the operator was told so.
  void AwaitEvent(const std::string& words) {
    const absl::Duration begin = Clock::System().Monotonic();
    while (!::testing::Matches(Contains(HasSubstr(words)))(engine_->Status().latest_events())) {
      ASSERT_LT(Clock::System().Monotonic() - begin, kTestPatience) << "waited to be told: " << words;
    }
  }

  PlayedFederation federation_;
  std::unique_ptr<RecordFile> record_;
  std::unique_ptr<OwnPast> past_;
};

TEST_F(OwnPastOfADaemon, NothingIsDoneBeforeHalfOfTheOthersHaveAnsweredAndThenEverythingIs) {
  const v1::Hello hello = AwaitHello();
  EXPECT_THAT(hello.readiness().waiting_for(), HasSubstr("0 of 2 have answered, 1 must"));
  const v1::WitnessRequest request = AwaitRequest();
  EXPECT_THAT(request.witnesses(), ElementsAre(federation_.NameOf(1), federation_.NameOf(2)));
  coordinator_.Send(federation_.KeyRequest(1));
  const v1::Refusal refusal = AwaitRefusal();
  EXPECT_FALSE(refusal.permanent()) << "it only waits";
  EXPECT_THAT(refusal.reason(), HasSubstr("lest its state is an older copy"));
  EXPECT_THAT(engine_->Status().waiting_for(), HasSubstr("0 of 2 have answered"));
  coordinator_.Send(federation_.Witness(2, request));
  EXPECT_EQ(Await(&v1::SiteMessage::has_readiness).readiness().waiting_for(), "");
  UploadOnce();
  EXPECT_EQ(trainers_.computations(), 1);
}

TEST_F(OwnPastOfADaemon, AFolderOfYesterdayTrainsNothingAndSendsNothing) {
  const secure::SignedPosition header = RestartWithYesterdaysFolder();
  const uint64_t seen = secure::ParsePosition(header)->sequence;
  coordinator_.Send(federation_.Witness(1, AwaitRequest(), header));
  const std::string words =
      absl::StrCat("has this site's own signature on entry ", seen, " of its record, and the record has 0 entries");
  EXPECT_THAT(Await(&v1::SiteMessage::has_readiness).readiness().waiting_for(), HasSubstr(words));
  coordinator_.Send(federation_.KeyRequest(2));
  const v1::Refusal refusal = AwaitRefusal();
  EXPECT_TRUE(refusal.permanent());
  EXPECT_THAT(refusal.reason(), HasSubstr(words));
  Send(federation_.Plan(2));
  EXPECT_THAT(AwaitRefusal().reason(), HasSubstr(words));
  EXPECT_EQ(trainers_.computations(), 1) << "that of yesterday";
  EXPECT_EQ(coordinator_.uploads_opened(), 1) << "likewise";
  EXPECT_THAT(engine_->Status().latest_events(), Contains(HasSubstr("egress settle")));
}

TEST_F(OwnPastOfADaemon, IsAskedForAgainInEachSessionUntilAllHaveAnsweredAndNotAfterwards) {
  const v1::WitnessRequest first = AwaitRequest();
  coordinator_.Send(federation_.Witness(1, first));
  Await(&v1::SiteMessage::has_readiness);
  coordinator_.DropSession();
  EXPECT_EQ(AwaitHello().readiness().waiting_for(), "") << "settled for as long as the daemon lasts";
  const v1::WitnessRequest again = AwaitRequest();
  EXPECT_EQ(again.nonce(), first.nonce());
  coordinator_.Send(federation_.Witness(2, again));
  OpenEpoch(1);
}

TEST_F(OwnPastOfADaemon, AnswersAnotherSiteWhileItWaitsItself) {
  AwaitRequest();
  coordinator_.Send(QuestionOf(1));
  const v1::WitnessAnswer answer = Await(&v1::SiteMessage::has_witness_answer).witness_answer();
  EXPECT_EQ(answer.site(), federation_.NameOf(1));
  const auto statement = secure::ParseWitnessStatement(answer.statement().bytes());
  ASSERT_TRUE(statement.ok()) << statement.status();
  EXPECT_EQ(statement->witness, federation_.site());
  EXPECT_FALSE(statement->seen.has_value());
}

TEST_F(OwnPastOfADaemon, WhilePausedNeitherAsksNorAnswers) {
  AwaitRequest();
  ASSERT_TRUE(engine_->Pause().ok());
  coordinator_.AwaitSessions(2);
  coordinator_.Send(QuestionOf(1));
  Send(v1::Plan());
  AwaitEvent("a plan without a proper job id");  // so the question before it was dealt with
  ASSERT_TRUE(engine_->Resume().ok());
  const auto of_witnesses = [](const v1::SiteMessage& message) {
    return message.has_witness_request() || message.has_witness_answer();
  };
  EXPECT_TRUE(coordinator_.AwaitMessage(of_witnesses).has_witness_request());
  coordinator_.Send(QuestionOf(2));
  EXPECT_EQ(coordinator_.AwaitMessage(of_witnesses).witness_answer().site(), federation_.NameOf(2))
      << "what came while it was paused is not answered afterwards";
}

TEST_F(OwnPastOfADaemon, AnAnswerThatComesLateStopsAnUploadThatIsTakenUpAgain) {
  const secure::SignedPosition header = RestartWithYesterdaysFolder();
  const v1::WitnessRequest request = AwaitRequest();
  coordinator_.Send(federation_.Witness(1, request));
  EXPECT_EQ(Await(&v1::SiteMessage::has_readiness).readiness().waiting_for(), "");
  constexpr uint64_t kMib = uint64_t{1} << 20;
  v1::Plan plan = DrillPlan(4'000'000);
  plan.clear_cohort();
  plan.add_cohort(federation_.site());
  plan.add_cohort(federation_.NameOf(1));
  coordinator_.Store(plan.model_digest(), std::string(plan.model_bytes(), '\0'));
  coordinator_.SetUploadManners({.stop_reading_after = kMib});
  Send(plan);
  coordinator_.AwaitUploadBytes(kMib);
  const int opened = coordinator_.uploads_opened();
  coordinator_.Send(federation_.Witness(2, request, header));
  EXPECT_THAT(Await(&v1::SiteMessage::has_readiness).readiness().waiting_for(), HasSubstr("own signature"));
  coordinator_.DropSession();
  const v1::Refusal refusal = AwaitRefusal();
  EXPECT_TRUE(refusal.permanent());
  EXPECT_THAT(refusal.reason(), HasSubstr("own signature"));
  EXPECT_EQ(coordinator_.uploads_opened(), opened);
}

class OwnPastOfADaemonThatAsksOften : public OwnPastOfADaemon {
 protected:
  void Configure(SiteEngine::Options& options) override {
    OwnPastOfADaemon::Configure(options);
    options.ask_witnesses_every = absl::Milliseconds(10);
  }
};

// The witnesses may have been paused, or may have pinned no roster yet.
TEST_F(OwnPastOfADaemonThatAsksOften, AsksAgainInTheSameSessionWhileNobodyAnswers) {
  const v1::WitnessRequest first = AwaitRequest();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(AwaitRequest().SerializeAsString(), first.SerializeAsString());
  coordinator_.Send(federation_.Witness(2, first));
  EXPECT_EQ(Await(&v1::SiteMessage::has_readiness).readiness().waiting_for(), "");
}

class OwnPastUnderAnotherRoster : public OwnPastOfADaemon {
 protected:
  void Configure(SiteEngine::Options& options) override {
    smaller_ = federation_.roster();
    federation_.AddToRoster();
    OwnPastOfADaemon::Configure(options);
    pin_ = std::make_unique<PinnedRoster>(options.config, options.secure.signer->public_key_der(), clock_);
    options.roster = pin_.get();
  }
  void TearDown() override {
    engine_.reset();  // before what it uses
    OwnPastOfADaemon::TearDown();
  }
  std::shared_ptr<const Roster> Pinned() override { return is_smaller_ ? smaller_ : federation_.roster(); }

  std::unique_ptr<PinnedRoster> pin_;
  std::shared_ptr<const Roster> smaller_;
  std::atomic<bool> is_smaller_ = false;
};

TEST_F(OwnPastUnderAnotherRoster, OneOfWhichHalfHaveAnsweredSettlesItAndTheCoordinatorIsTold) {
  coordinator_.Send(federation_.Witness(1, AwaitRequest()));
  EXPECT_THAT(Await(&v1::SiteMessage::has_readiness).readiness().waiting_for(), HasSubstr("1 of 3 have answered"));
  is_smaller_ = true;
  v1::CoordinatorMessage published;
  published.mutable_roster_published()->set_signed_roster("another one than the daemon's file has");
  coordinator_.Send(published);
  EXPECT_EQ(Await(&v1::SiteMessage::has_readiness).readiness().waiting_for(), "");
}

class GovernedPast : public GovernedJobs {
 protected:
  void Configure(SiteEngine::Options& options) override {
    GovernedJobs::Configure(options);
    record_ = RecordFile::Open(folder_ + "/secure-record", "va").value();
    past_ = std::make_unique<OwnPast>(
        OwnPast::Surroundings{.site = "va",
                              .signer = site_.federation().sites().signer("va"),
                              .record = *record_,
                              .roster = [roster = site_.federation().Listed()] { return roster; },
                              .evidence_folder = folder_ + "/evidence",
                              .clock = clock_});
    options.past = past_.get();
  }

  std::unique_ptr<RecordFile> record_;
  std::unique_ptr<OwnPast> past_;
};

TEST_F(GovernedPast, WhatIsRefusedBeforeOthersHaveAnsweredIsKeptInASignedFile) {
  ExpectRefusedWithEvidence(site_.Plan(), "lest its state is an older copy");
}

}  // namespace
}  // namespace accord
