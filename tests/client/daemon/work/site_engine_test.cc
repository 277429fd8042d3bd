// The daemon against a coordinator in the test and a trainer that does as the test says.
#include "client/daemon/work/site_engine.h"

#include <filesystem>
#include <string>

#include "aggregation/programs/step_schema.h"
#include "client/daemon/federation/roster_pin.h"
#include "client/daemon/training/confined_words.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/federation/federation_folder.h"
#include "tests/client/daemon/secure/full_disk.h"
#include "tests/client/daemon/work/engine_fixture.h"
#include "tests/trust/roster/example_chain.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint64_t kMib = uint64_t{1} << 20;

TEST_F(SiteEngineTest, SaysHelloWithItsDataSets) {
  const v1::Hello hello = AwaitHello();
  EXPECT_EQ(hello.protocol_version(), kProtocolVersion);
  EXPECT_FALSE(hello.readiness().paused());
  ASSERT_EQ(hello.readiness().datasets_size(), 1);
  EXPECT_EQ(hello.readiness().datasets(0), "heart");
}

TEST_F(SiteEngineTest, APlanWithEverythingInItIsComputedAndUploaded) {
  Send(DrillPlan(10));
  const uint64_t expected = StepSchema(ValidDrillJob(10), v1::STEP_TRAIN, 10, 2)->num_bytes();
  EXPECT_EQ(coordinator_.AwaitUpload(), std::string(expected, '\0'));
}

TEST_F(SiteEngineTest, TheLedgerSaysWhatLeftAndWhatWasAskedFor) {
  const v1::Plan plan = DrillPlan(500'000);
  coordinator_.Store(plan.model_digest(), std::string(plan.model_bytes(), '\0'));
  Send(plan);
  const uint64_t sent = coordinator_.AwaitUpload().size();
  const auto ends = AwaitLedger(v1::EgressEntry::kUploadEnd, 1);
  EXPECT_EQ(ends[0].upload_end().outcome(), v1::EgressUploadEnd::TAKEN);
  EXPECT_EQ(ends[0].upload_end().bytes(), sent);
  const auto uploads = AwaitLedger(v1::EgressEntry::kUpload, 1);
  EXPECT_EQ(uploads[0].job_id(), plan.id().job_id());
  EXPECT_EQ(uploads[0].upload().protection(), v1::EgressUpload::PLAIN);
  EXPECT_EQ(uploads[0].upload().bytes(), sent);
  EXPECT_EQ(uploads[0].upload().blocks_size(), 3) << "rows, update, clipped";
  EXPECT_EQ(AwaitLedger(v1::EgressEntry::kRequest, 1)[0].request().request(), "plan");
  EXPECT_EQ(AwaitLedger(v1::EgressEntry::kFetch, 1)[0].fetch().name(), plan.model_digest());
  EXPECT_EQ(AwaitLedger(v1::EgressEntry::kMessage, 1)[0].message().message(), "hello");
}

TEST_F(SiteEngineTest, AnUploadThatAPauseStopsHasItsEndInTheLedger) {
  const v1::Plan plan = DrillPlan(1'000'000);
  coordinator_.Store(plan.model_digest(), std::string(plan.model_bytes(), '\0'));
  coordinator_.SetUploadManners({.stop_reading_after = kMib});
  Send(plan);
  coordinator_.AwaitUploadBytes(kMib);
  ASSERT_TRUE(engine_->Pause().ok());
  const auto ends = AwaitLedger(v1::EgressEntry::kUploadEnd, 1);
  EXPECT_EQ(ends[0].upload_end().outcome(), v1::EgressUploadEnd::BROKEN);
  EXPECT_GE(ends[0].upload_end().bytes(), kMib);
}

TEST_F(SiteEngineTest, WhatCannotBeWrittenDownDoesNotLeave) {
  AwaitHello();
  {
    const FullDisk full(std::filesystem::file_size(folder_ + "/egress"));
    Send(DrillPlan(10));
    bool told = false;
    while (!told) {
      const v1::DaemonStatus status = engine_->Status();
      for (const std::string& line : status.latest_events())
        told |= line.find("so nothing leaves") != std::string::npos;
    }
  }
  EXPECT_EQ(trainers_.computations(), 0);
  EXPECT_EQ(coordinator_.uploads_opened(), 0);
}

TEST_F(SiteEngineTest, AModelThatIsNotInThePlanIsFetched) {
  const v1::Plan plan = DrillPlan(500'000);
  ASSERT_TRUE(plan.model_inline().empty());
  coordinator_.Store(plan.model_digest(), std::string(plan.model_bytes(), '\0'));
  coordinator_.BreakNextDownloadAfter(kMib);
  Send(plan);
  coordinator_.AwaitUpload();
  EXPECT_EQ(coordinator_.download_offsets().size(), 2u) << "the broken fetch goes on";
}

TEST_F(SiteEngineTest, AJobThatIsNotInThePlanIsFetched) {
  v1::Plan plan = DrillPlan(10);
  coordinator_.Store(plan.job_sha256(), plan.job_inline());
  plan.clear_job_inline();
  Send(plan);
  coordinator_.AwaitUpload();
}

TEST_F(SiteEngineTest, AJobWhoseBytesAreNotThoseOfItsHashIsRefusedForGood) {
  v1::Plan plan = DrillPlan(10);
  plan.mutable_job_inline()->push_back('x');
  Send(plan);
  const v1::Refusal refusal = AwaitRefusal();
  EXPECT_TRUE(refusal.permanent());
  EXPECT_EQ(trainers_.computations(), 0);
}

TEST_F(SiteEngineTest, AJobWithFieldsThatNobodyKnowsIsRefusedForGood) {
  v1::Plan plan = DrillPlan(10);
  plan.mutable_job_inline()->append("\xc0\x3e\x01", 3);  // field 1000, varint 1
  plan.set_job_sha256(Sha256Hex(plan.job_inline()));
  Send(plan);
  EXPECT_TRUE(AwaitRefusal().permanent());
}

TEST_F(SiteEngineTest, APlanThatLiesAboutSizesIsRefusedBeforeAnythingIsAllocated) {
  v1::Plan plan = DrillPlan(10);
  plan.clear_model_inline();
  plan.set_num_parameters(uint64_t{1} << 60);
  plan.set_model_bytes(uint64_t{1} << 62);
  Send(plan);
  EXPECT_TRUE(AwaitRefusal().permanent());
  EXPECT_TRUE(coordinator_.download_offsets().empty());
}

TEST_F(SiteEngineTest, ATrainerThatDiesIsTriedOnceMore) {
  trainers_.Fail({absl::UnavailableError("the trainer's process was killed")});
  Send(DrillPlan(10));
  coordinator_.AwaitUpload();
  EXPECT_EQ(trainers_.computations(), 2);
}

TEST_F(SiteEngineTest, ATrainerThatDiesTwiceCostsTheRoundOnly) {
  trainers_.Fail({absl::UnavailableError("killed"), absl::UnavailableError("killed again")});
  Send(DrillPlan(10));
  EXPECT_FALSE(AwaitRefusal().permanent());
  Send(DrillPlan(10, 2));
  coordinator_.AwaitUpload();
}

// The words of a process that has read rows can be rows.
TEST_F(SiteEngineTest, WhatAConfinedProcessSaysStaysAtTheSite) {
  std::string words;
  while (words.size() < kMib) words += "ROW 4711 ";
  for (const absl::StatusCode code : {absl::StatusCode::kUnavailable, absl::StatusCode::kFailedPrecondition}) {
    const bool for_good = code == absl::StatusCode::kFailedPrecondition;
    const absl::Status failure = ConfinedFailure(code, "trainer of 'heart': ", words);
    trainers_.Fail(for_good ? std::vector{failure} : std::vector{failure, failure});  // the first is tried once more
    Send(DrillPlan(10, for_good ? 2 : 1));
    const v1::Refusal refusal = AwaitRefusal();
    EXPECT_EQ(refusal.permanent(), for_good);
    EXPECT_THAT(refusal.reason(), AllOf(HasSubstr("this site's operator sees why"), Not(HasSubstr("4711"))));
    EXPECT_LT(refusal.reason().size(), 300u);
  }
  EXPECT_THAT(engine_->Status().latest_events(), Contains(HasSubstr("trainer of 'heart': ROW 4711")));
  for (const v1::EgressEntry& entry : AwaitLedger(v1::EgressEntry::kMessage, 3)) {
    EXPECT_THAT(entry.message().words(), Not(HasSubstr("4711")));
  }
}

TEST_F(SiteEngineTest, ATrainerThatWritesBeyondTheBoundsSendsNothing) {
  trainers_.Write(0x7fffffff);
  Send(DrillPlan(10));
  EXPECT_THAT(AwaitRefusal().reason(), HasSubstr("beyond the bounds"));
  EXPECT_EQ(coordinator_.uploads_opened(), 0);
}

TEST_F(SiteEngineTest, ABrokenUploadIsTakenUpAgain) {
  const v1::Plan plan = DrillPlan(1'000'000);
  coordinator_.Store(plan.model_digest(), std::string(plan.model_bytes(), '\0'));
  coordinator_.SetUploadManners({.break_after = kMib});
  Send(plan);
  coordinator_.AwaitUploadBytes(kMib);
  coordinator_.SetUploadManners({.first_offset = kMib});
  const uint64_t expected = StepSchema(ValidDrillJob(1'000'000), v1::STEP_TRAIN, 1'000'000, 2)->num_bytes();
  EXPECT_EQ(coordinator_.AwaitUpload().size(), expected);
}

TEST_F(SiteEngineTest, ALostSessionIsTakenUpAgainAndTheUploadWithIt) {
  coordinator_.AwaitSessions(1);
  coordinator_.DropSession();
  coordinator_.AwaitSessions(2);
  Send(DrillPlan(10));
  coordinator_.AwaitUpload();
}

TEST_F(SiteEngineTest, ACoordinatorOfAnotherVersionIsToldFromANetworkFault) {
  coordinator_.WelcomeWithVersion(kProtocolVersion + 1);
  coordinator_.AwaitSessions(1);  // a daemon that is gone before it has come is none
  Restart();
  coordinator_.AwaitSessions(2);
  coordinator_.AwaitSessions(3);
  const v1::DaemonStatus status = engine_->Status();
  EXPECT_FALSE(status.connected());
  EXPECT_THAT(status.waiting_for(), HasSubstr("another protocol"));
}

TEST_F(SiteEngineTest, GoesByTheRosterThatTheCoordinatorPublishedLastIfItIsThePinnedOne) {
  const FederationFolder federation;
  ExampleSites sites;
  sites.Add("basel", "Universitätsspital Basel");
  sites.Add("geneva", "Hôpitaux Universitaires de Genève");
  ASSERT_TRUE(PinRoster(federation.State(), sites.Listed()).ok());
  PinnedRoster roster(federation.Config("basel"), sites.signer("basel").public_key_der());
  roster_ = &roster;
  coordinator_.WelcomeWithRoster(sites.Draft().Text());
  coordinator_.AwaitSessions(1);  // a daemon that is gone before it has come is none
  Restart();
  coordinator_.AwaitSessions(2);
  Send(DrillPlan(10));
  coordinator_.AwaitUpload();  // what came before the plan was dealt with before it
  EXPECT_FALSE(roster.Current().ok());
  EXPECT_THAT(engine_->Status().roster(), HasSubstr("no signature of basel, geneva"));
  EXPECT_THAT(engine_->Status().latest_events(), Contains(HasSubstr("roster: no secure job can run here")));
  v1::CoordinatorMessage published;
  published.mutable_roster_published()->set_signed_roster(sites.SignedByAll().Text());
  coordinator_.Send(published);
  Send(DrillPlan(10, 2));
  coordinator_.AwaitUpload();
  EXPECT_TRUE(roster.Current().ok()) << roster.Current().status();
  EXPECT_THAT(engine_->Status().roster(), HasSubstr("2 sites of 2 organisations, as pinned"));
  engine_.reset();
}

TEST_F(SiteEngineTest, AsksForTheRostersInBetweenAndJoinsNoRoundOnceTheLastHasExpired) {
  const FederationFolder federation;
  ExampleChain chain;
  const SignedRoster first = chain.First();
  const SignedRoster second = chain.Renewed(*first.roster());
  const SignedRoster third = chain.Renewed(*second.roster(), 360);
  ASSERT_TRUE(PinRoster(federation.State(), *first.roster()).ok());
  ManualClock clock(kChainBegins);
  PinnedRoster roster(federation.Config("va"), chain.sites().signer("va").public_key_der(), clock);
  roster_ = &roster;
  coordinator_.WelcomeWithRoster(third.Text());
  coordinator_.AwaitSessions(1);  // a daemon that is gone before it has come is none
  Restart();
  coordinator_.AwaitSessions(2);
  const v1::SiteMessage asked =
      coordinator_.AwaitMessage([](const v1::SiteMessage& message) { return message.has_roster_request(); });
  EXPECT_EQ(asked.roster_request().pinned_hash(),
            std::string(first.roster()->hash().begin(), first.roster()->hash().end()));
  v1::CoordinatorMessage answer;
  answer.mutable_roster_chain()->add_signed_rosters(second.Text());
  coordinator_.Send(answer);
  Send(DrillPlan(10));
  coordinator_.AwaitUpload();  // what came before the plan was dealt with before it
  EXPECT_THAT(engine_->Status().roster(), HasSubstr("version 3, 5 sites of 4 organisations"));
  clock.Advance(absl::Hours(24 * 365 * 5));
  Send(DrillPlan(10, 2));
  const v1::SiteMessage refused =
      coordinator_.AwaitMessage([](const v1::SiteMessage& message) { return message.has_refusal(); });
  EXPECT_THAT(refused.refusal().reason(), HasSubstr("no round is joined before it is renewed"));
  EXPECT_FALSE(refused.refusal().permanent());
  engine_.reset();
}

TEST_F(SiteEngineTest, PauseDuringAnUploadSendsNothingMore) {
  const v1::Plan plan = DrillPlan(16'000'000);
  coordinator_.Store(plan.model_digest(), std::string(plan.model_bytes(), '\0'));
  coordinator_.SetUploadManners({.stop_reading_after = kMib});
  Send(plan);
  coordinator_.AwaitUploadBytes(kMib);
  EXPECT_FALSE(AwaitHello().readiness().paused());
  ASSERT_TRUE(engine_->Pause().ok());
  EXPECT_TRUE(AwaitHello().readiness().paused()) << "the session comes back as paused";
  Send(plan);
  Send(DrillPlan(10, 2));
  EXPECT_TRUE(engine_->Status().paused());
  EXPECT_EQ(coordinator_.uploads_opened(), 1);
  EXPECT_EQ(coordinator_.upload_bytes(), kMib);
  EXPECT_EQ(trainers_.computations(), 1);
}

TEST_F(SiteEngineTest, PauseDuringAComputationEndsIt) {
  trainers_.Hang(true);
  Send(DrillPlan(10));
  trainers_.AwaitHanging();
  ASSERT_TRUE(engine_->Pause().ok());
  EXPECT_EQ(coordinator_.uploads_opened(), 0);
}

TEST_F(SiteEngineTest, AResumedSiteTakesPlansAgain) {
  coordinator_.AwaitSessions(1);
  ASSERT_TRUE(engine_->Pause().ok());
  ASSERT_TRUE(engine_->Resume().ok());
  coordinator_.AwaitMessage([](const v1::SiteMessage& message) {
    return (message.has_readiness() && !message.readiness().paused()) ||
           (message.has_hello() && !message.hello().readiness().paused());
  });
  coordinator_.AwaitSessions(2);
  Send(DrillPlan(10));
  coordinator_.AwaitUpload();
}

TEST_F(SiteEngineTest, APauseOutlivesTheDaemon) {
  coordinator_.AwaitSessions(1);
  ASSERT_TRUE(engine_->Pause().ok());
  Restart();
  EXPECT_TRUE(engine_->Status().paused());
  coordinator_.AwaitMessage(
      [](const v1::SiteMessage& message) { return message.has_hello() && message.hello().readiness().paused(); });
  ASSERT_TRUE(engine_->Resume().ok());
  Restart();
  EXPECT_FALSE(engine_->Status().paused());
}

TEST_F(SiteEngineTest, ANewerPlanEndsTheComputationOfTheOlderOne) {
  trainers_.Hang(true);
  Send(DrillPlan(10));
  trainers_.AwaitHanging();
  trainers_.Hang(false);
  Send(DrillPlan(10, 2));
  coordinator_.AwaitUpload();
}

TEST_F(SiteEngineTest, AJobThatIsOverIsForgotten) {
  const v1::Plan plan = DrillPlan(10);
  Send(plan);
  coordinator_.AwaitUpload();
  SendEnd(plan, v1::PlanEnd::JOB_OVER);
  // The next job's refusal comes after the end was taken.
  v1::Plan other = DrillPlan(10);
  other.mutable_id()->set_job_id("job-2");
  other.set_round(7);
  Send(other);
  AwaitRefusal();
  const v1::DaemonStatus status = engine_->Status();
  ASSERT_EQ(status.jobs_size(), 1);
  EXPECT_THAT(status.jobs(0), HasSubstr("job-2"));
}

// Begun anew, it would have forgotten what this site refused in it.
TEST_F(SiteEngineTest, AJobThatIsOverIsNotBegunAgain) {
  const v1::Plan plan = DrillPlan(10);
  Send(plan);
  coordinator_.AwaitUpload();
  SendEnd(plan, v1::PlanEnd::JOB_OVER);
  Send(DrillPlan(10, 2));
  v1::Plan other = DrillPlan(10);
  other.mutable_id()->set_job_id("job-2");
  other.set_round(7);
  Send(other);
  AwaitRefusal();  // of the other job's plan, which came last
  const v1::DaemonStatus status = engine_->Status();
  ASSERT_EQ(status.jobs_size(), 1);
  EXPECT_THAT(status.jobs(0), HasSubstr("job-2"));
  EXPECT_EQ(coordinator_.uploads_opened(), 1);
}

TEST_F(SiteEngineTest, AJobWhoseEndWasLostIsForgottenOnceAnotherBegins) {
  Send(DrillPlan(10));
  coordinator_.AwaitUpload();
  // Its end never comes; an hour later another job begins.
  v1::Plan other = DrillPlan(10);
  other.mutable_id()->set_job_id("job-2");
  AwaitJob("uploaded");
  clock_.Advance(absl::Minutes(61));
  Send(other);
  coordinator_.AwaitUpload();
  const v1::DaemonStatus status = engine_->Status();
  ASSERT_EQ(status.jobs_size(), 1);
  EXPECT_THAT(status.jobs(0), HasSubstr("job-2"));
}

TEST_F(SiteEngineTest, StopsInTheMiddleOfEverything) {
  trainers_.Hang(true);
  Send(DrillPlan(10));
  trainers_.AwaitHanging();
  engine_.reset();
}

}  // namespace
}  // namespace accord
