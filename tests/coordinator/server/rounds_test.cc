// Whole jobs over the wire: what sites and people see of them.
#include <string>
#include <vector>

#include "base/content_digest.h"
#include "base/hash.h"
#include "coordinator/store/database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sqlite3.h"
#include "tests/coordinator/server/running_coordinator.h"

namespace accord {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr float kTolerance = 1e-6f;

class Rounds : public ::testing::Test {
 protected:
  RunningCoordinator coordinator_;
  FakePerson ada_{coordinator_, "ada"};
};

TEST_F(Rounds, TwoSitesMakeTheMeanOfTheirUpdatesTheNextModel) {
  const v1::JobSpec spec = DrillSpec(10, 2, 2);
  FakeSite north(coordinator_, "north"), south(coordinator_, "south");
  const std::string job = ada_.SubmitDrill(spec);
  for (uint32_t round = 1; round <= 2; ++round) {
    const v1::Plan plan = north.NextPlan();
    EXPECT_EQ(plan.round(), round);
    EXPECT_THAT(plan.cohort(), ElementsAre("north", "south"));
    EXPECT_EQ(plan.job_inline(), spec.SerializeAsString());
    EXPECT_EQ(plan.model_digest(), HexDigest(ContentDigest(plan.model_inline())));
    EXPECT_EQ(south.NextPlan().id().attempt(), plan.id().attempt());
    EXPECT_TRUE(north.Upload(plan.id(), DrillVector(spec, 2, 0.5f)).has_verified());
    EXPECT_TRUE(south.Upload(plan.id(), DrillVector(spec, 2, -0.25f)).has_verified());
    EXPECT_EQ(north.NextPlanEnd().outcome(), v1::PlanEnd::SUMMED);
    EXPECT_EQ(south.NextPlanEnd().outcome(), v1::PlanEnd::SUMMED);
  }
  EXPECT_EQ(north.NextPlanEnd().outcome(), v1::PlanEnd::JOB_OVER);
  const v1::JobReport report = ada_.FinalReport(job);
  EXPECT_EQ(report.state(), v1::JOB_FINISHED);
  EXPECT_EQ(report.submitted_by(), "ada");
  ASSERT_THAT(report.rounds(), SizeIs(2));
  EXPECT_THAT(report.rounds(0).sites(), ElementsAre("north", "south"));
  EXPECT_THAT(report.sites(), SizeIs(2));
  EXPECT_THAT(report.notes(), Contains(HasSubstr("plain")));
  v1::ModelHeader header;
  std::vector<float> model;
  ASSERT_TRUE(ada_.Fetch(job.substr(0, 6), 0, &header, &model).ok());
  EXPECT_EQ(header.round(), 2u);
  EXPECT_THAT(model, SizeIs(10));
  EXPECT_THAT(model, Each(FloatNear(0.25f, kTolerance)));
  ASSERT_TRUE(ada_.Fetch(job, 1, &header, &model).ok());
  EXPECT_THAT(model, Each(FloatNear(0.125f, kTolerance)));
  EXPECT_EQ(ada_.Fetch(job, 3, &header, &model).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(Rounds, AModelOfManyTilesGoesThroughFiles) {
  const v1::JobSpec spec = DrillSpec(600'000, 1, 2);
  FakeSite north(coordinator_, "north"), south(coordinator_, "south");
  const std::string job = ada_.SubmitDrill(spec);
  const v1::Plan plan = north.NextPlan();
  EXPECT_TRUE(plan.model_inline().empty());
  std::string model_bytes;
  ASSERT_TRUE(north.Download(plan.model_digest(), 0, &model_bytes).ok());
  EXPECT_EQ(HexDigest(ContentDigest(model_bytes)), plan.model_digest());
  EXPECT_EQ(model_bytes.size(), plan.model_bytes());
  EXPECT_TRUE(north.Upload(plan.id(), DrillVector(spec, 2, 0.5f)).has_verified());
  EXPECT_TRUE(south.Upload(plan.id(), DrillVector(spec, 2, 0.25f)).has_verified());
  EXPECT_EQ(north.NextPlanEnd().outcome(), v1::PlanEnd::SUMMED);
  EXPECT_EQ(ada_.FinalReport(job).state(), v1::JOB_FINISHED);
  v1::ModelHeader header;
  std::vector<float> model;
  ASSERT_TRUE(ada_.Fetch(job, 0, &header, &model).ok());
  EXPECT_THAT(model, SizeIs(600'000));
  EXPECT_THAT(model, Each(FloatNear(0.375f, kTolerance)));
}

TEST_F(Rounds, ARestartedCoordinatorGoesOnAtTheRoundItWasInWithAnAttemptThatWasNeverSent) {
  const v1::JobSpec spec = DrillSpec(10, 2, 1);
  std::string job;
  uint32_t last_attempt = 0;
  {
    FakeSite north(coordinator_, "north");
    job = ada_.SubmitDrill(spec);
    ASSERT_TRUE(north.Upload(north.NextPlan().id(), DrillVector(spec, 1, 0.5f)).has_verified());
    EXPECT_EQ(north.NextPlanEnd().outcome(), v1::PlanEnd::SUMMED);
    const v1::Plan second = north.NextPlan();
    EXPECT_EQ(second.round(), 2u);
    last_attempt = second.id().attempt();
    coordinator_.Restart();
  }
  FakePerson ada(coordinator_, "ada");
  FakeSite north(coordinator_, "north");
  const v1::Plan again = north.NextPlan();
  EXPECT_EQ(again.id().job_id(), job);
  EXPECT_EQ(again.round(), 2u);
  EXPECT_GT(again.id().attempt(), last_attempt);
  EXPECT_TRUE(north.Upload(again.id(), DrillVector(spec, 1, 0.5f)).has_verified());
  const v1::JobReport report = ada.FinalReport(job);
  EXPECT_EQ(report.state(), v1::JOB_FINISHED);
  EXPECT_THAT(report.rounds(), SizeIs(2));
  std::vector<float> model;
  v1::ModelHeader header;
  ASSERT_TRUE(ada.Fetch(job, 0, &header, &model).ok());
  EXPECT_THAT(model, Each(FloatNear(1.0f, kTolerance)));
}

TEST_F(Rounds, AJobThatAnEarlierVersionBeganEndsWithThatReason) {
  const std::string job = ada_.SubmitDrill(DrillSpec(10, 2, 1));
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(DatabasePath(coordinator_.state_dir()).c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, "UPDATE jobs SET models_by_sha256 = 1", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  coordinator_.Restart();
  FakePerson ada(coordinator_, "ada");
  v1::JobReport report;
  ASSERT_TRUE(ada.Get(job, &report).ok());
  EXPECT_EQ(report.state(), v1::JOB_FAILED);
  EXPECT_THAT(report.reason(), HasSubstr("upgraded"));
}

TEST_F(Rounds, AJobWhoseLastRoundWasClosedBeforeACrashIsFinishedAfterIt) {
  const v1::JobSpec spec = DrillSpec(10, 1, 1);
  FakeSite north(coordinator_, "north");
  const std::string job = ada_.SubmitDrill(spec);
  ASSERT_TRUE(north.Upload(north.NextPlan().id(), DrillVector(spec, 1, 0.5f)).has_verified());
  EXPECT_EQ(north.NextPlanEnd().outcome(), v1::PlanEnd::SUMMED);
  ada_.WatchToTheEnd(job);
  // As the disk was in between.
  ASSERT_TRUE(coordinator_.store().jobs().EndJob(job, v1::JOB_WAITING, "", absl::UnixEpoch()).ok());
  coordinator_.Restart();
  FakePerson ada(coordinator_, "ada");
  v1::JobReport report;
  ASSERT_TRUE(ada.Get(job, &report).ok());
  EXPECT_EQ(report.state(), v1::JOB_FINISHED);
}

TEST_F(Rounds, AWatcherSeesTheJobMove) {
  const v1::JobSpec spec = DrillSpec(10, 1, 1);
  const std::string job = ada_.SubmitDrill(spec);
  grpc::ClientContext context;
  SetDeadline(context);
  v1::GetJobRequest request;
  request.set_job_id(job);
  const auto reader = ada_.stub().WatchJob(&context, request);
  v1::JobReport report;
  ASSERT_TRUE(reader->Read(&report));
  EXPECT_EQ(report.state(), v1::JOB_WAITING);
  EXPECT_THAT(report.waiting_for(), HasSubstr("1"));
  FakeSite north(coordinator_, "north");
  const v1::Plan plan = north.NextPlan();
  while (report.state() == v1::JOB_WAITING) ASSERT_TRUE(reader->Read(&report));
  EXPECT_EQ(report.state(), v1::JOB_RUNNING);
  ASSERT_TRUE(north.Upload(plan.id(), DrillVector(spec, 1, 0.5f)).has_verified());
  while (reader->Read(&report)) {
  }
  EXPECT_EQ(report.state(), v1::JOB_FINISHED);
  EXPECT_EQ(report.rounds_done(), 1u);
  EXPECT_GT(report.finished_unix_ms(), 0);
}

TEST_F(Rounds, CancellingEndsTheJobAndTellsItsSites) {
  const v1::JobSpec spec = DrillSpec(10, 5, 1);
  FakeSite north(coordinator_, "north");
  const std::string job = ada_.SubmitDrill(spec);
  north.NextPlan();
  grpc::ClientContext context;
  SetDeadline(context);
  v1::CancelJobRequest request;
  request.set_job_id(job);
  request.set_reason("wrong\ndata");
  v1::JobReport report;
  ASSERT_TRUE(ada_.stub().CancelJob(&context, request, &report).ok());
  EXPECT_EQ(report.state(), v1::JOB_CANCELLED);
  EXPECT_EQ(report.reason(), "cancelled by ada: wrong data");
  EXPECT_FALSE(report.has_spec()) << "the report itself is read by other calls, which are written down";
  EXPECT_EQ(report.rounds_size(), 0);
  EXPECT_EQ(report.sites_size(), 0);
  EXPECT_EQ(north.NextPlanEnd().outcome(), v1::PlanEnd::JOB_OVER);
  grpc::ClientContext again;
  EXPECT_EQ(ada_.stub().CancelJob(&again, request, &report).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  coordinator_.Restart();
  const auto stored = coordinator_.store().jobs().Get(job);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_EQ(stored->state, v1::JOB_CANCELLED);
}

TEST_F(Rounds, SeveralJobsRunAtOnceOverTheSameSites) {
  const v1::JobSpec spec = DrillSpec(10, 1, 1);
  FakeSite north(coordinator_, "north");
  const std::string first = ada_.SubmitDrill(spec), second = ada_.SubmitDrill(spec);
  const v1::Plan plan = north.NextPlan(), other_plan = north.NextPlan();
  EXPECT_NE(plan.id().job_id(), other_plan.id().job_id());
  EXPECT_TRUE(north.Upload(other_plan.id(), DrillVector(spec, 1, 0.5f)).has_verified());
  EXPECT_TRUE(north.Upload(plan.id(), DrillVector(spec, 1, 0.25f)).has_verified());
  EXPECT_EQ(ada_.FinalReport(first).state(), v1::JOB_FINISHED);
  EXPECT_EQ(ada_.FinalReport(second).state(), v1::JOB_FINISHED);
}

TEST_F(Rounds, ARepeatedSubmissionIsAnsweredWithTheFirstOnesJob) {
  const v1::JobSpec spec = DrillSpec(10, 1, 1);
  const std::string model(40, '\0');
  const v1::SubmitOpen open = ada_.OpenFor(spec, model, "the same request");
  std::string first, second, others;
  ASSERT_TRUE(ada_.Submit(open, model, &first).ok());
  ASSERT_TRUE(ada_.Submit(open, model, &second).ok());
  EXPECT_EQ(first, second);
  FakePerson grace(coordinator_, "grace");
  ASSERT_TRUE(grace.Submit(open, model, &others).ok());
  EXPECT_NE(first, others);
}

TEST_F(Rounds, ASiteThatWasPausedGetsAPlanWhenItGoesOn) {
  v1::SiteMessage readiness;
  readiness.mutable_readiness()->set_paused(true);
  FakeSite north(coordinator_, "north", readiness.readiness());
  ada_.SubmitDrill(DrillSpec(10, 1, 1));
  readiness.mutable_readiness()->set_paused(false);
  north.Send(readiness);
  EXPECT_EQ(north.NextWelcome().site(), "north");
  EXPECT_EQ(north.NextPlan().round(), 1u);
}

// As a site does of which nothing was heard for long: without an attempt, so that it counts as a move in none.
TEST_F(Rounds, ASiteThatAsksAboutAJobIsToldIfItIsOver) {
  const std::string job = ada_.SubmitDrill(DrillSpec(10, 1, 1));
  FakeSite north(coordinator_, "north");
  EXPECT_EQ(north.NextPlan().id().job_id(), job);
  v1::SiteMessage asks;
  asks.mutable_progress()->mutable_plan()->set_job_id(job);
  north.Send(asks);
  asks.mutable_progress()->mutable_plan()->set_job_id("forgotten");
  north.Send(asks);
  const v1::PlanEnd end = north.NextPlanEnd();
  EXPECT_EQ(end.plan().job_id(), "forgotten") << "the other one goes on, so there is nothing to say";
  EXPECT_EQ(end.outcome(), v1::PlanEnd::JOB_OVER);
}

TEST_F(Rounds, TheListsShowJobsAndSites) {
  const std::string job = ada_.SubmitDrill(DrillSpec(10, 1, 2));
  FakeSite north(coordinator_, "north");
  north.NextWelcome();
  grpc::ClientContext context, sites_context;
  v1::ListJobsResponse jobs;
  ASSERT_TRUE(ada_.stub().ListJobs(&context, {}, &jobs).ok());
  ASSERT_THAT(jobs.jobs(), SizeIs(1));
  EXPECT_EQ(jobs.jobs(0).job_id(), job);
  EXPECT_EQ(jobs.jobs(0).state(), v1::JOB_WAITING);
  EXPECT_THAT(jobs.jobs(0).waiting_for(), HasSubstr("north"));
  v1::ListSitesResponse sites;
  ASSERT_TRUE(ada_.stub().ListSites(&sites_context, {}, &sites).ok());
  ASSERT_THAT(sites.sites(), SizeIs(1));
  EXPECT_TRUE(sites.sites(0).connected());
  EXPECT_EQ(sites.sites(0).facts().software_version(), "test");
  EXPECT_EQ(sites.sites(0).waiting_for(), "");
}

TEST_F(Rounds, TheListOfSitesSaysWhatASiteWaitsForUntilItTakesPlans) {
  const auto waiting_for = [this] {
    grpc::ClientContext context;
    v1::ListSitesResponse sites;
    EXPECT_TRUE(ada_.stub().ListSites(&context, {}, &sites).ok());
    return sites.sites_size() == 1 ? sites.sites(0).waiting_for() : "not one site";
  };
  v1::Readiness readiness;
  readiness.set_waiting_for("its state was put back from an older copy");
  FakeSite north(coordinator_, "north", readiness);
  north.NextWelcome();
  EXPECT_EQ(waiting_for(), "its state was put back from an older copy");
  FakeSite settled(coordinator_, "north");
  settled.NextWelcome();
  EXPECT_EQ(waiting_for(), "");
}

}  // namespace
}  // namespace accord
