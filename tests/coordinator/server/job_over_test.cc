// Sites delete what they keep of a job once they are told that it is over: they are told only what is stored.
#include "coordinator/engine/job_over.h"

#include <string>

#include "absl/strings/string_view.h"
#include "base/content_digest.h"
#include "base/hash.h"
#include "base/soci_headers.h"
#include "coordinator/store/database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/coordinator/server/running_coordinator.h"

namespace accord {
namespace {

class JobsEnd : public ::testing::Test {
 protected:
  // In the store only: as one that could not be taken up.
  void AddJob(const std::string& id, const v1::JobSpec& spec) {
    JobSubmission submission;
    submission.record.id = id;
    submission.record.submitted_by = "ada";
    submission.record.request_id = id;
    submission.record.spec_bytes = spec.SerializeAsString();
    submission.inline_model = "m";
    submission.record.model_digest = HexDigest(ContentDigest(submission.inline_model));
    ASSERT_TRUE(coordinator_.store().jobs().AddJob(submission).ok());
  }
  void EndJob(const std::string& id) {
    ASSERT_TRUE(coordinator_.store().jobs().EndJob(id, v1::JOB_FAILED, "a test", absl::Now()).ok());
  }
  void Ask(FakeSite& site, const std::string& job) {
    v1::SiteMessage asks;
    asks.mutable_progress()->mutable_plan()->set_job_id(job);
    site.Send(asks);
  }
  // Whether the site is told that the job is over: asks about one that nobody knows, which is answered in any case.
  bool IsToldThatOver(FakeSite& site, const std::string& job) {
    Ask(site, job);
    Ask(site, "unknown");
    const v1::PlanEnd end = site.NextPlanEnd();
    if (end.plan().job_id() == "unknown") return false;
    EXPECT_EQ(end.plan().job_id(), job);
    EXPECT_EQ(end.outcome(), v1::PlanEnd::JOB_OVER);
    EXPECT_EQ(site.NextPlanEnd().plan().job_id(), "unknown");
    return true;
  }
  void Execute(absl::string_view statement) {
    auto database = Database::Open(DatabasePath(coordinator_.state_dir()));
    ASSERT_TRUE(database.ok()) << database.status();
    const absl::Status done = (*database)->Write("test", [&](soci::session& sql) {
      sql << std::string(statement);
      return absl::OkStatus();
    });
    ASSERT_TRUE(done.ok()) << done;
  }

  RunningCoordinator coordinator_;
};

TEST_F(JobsEnd, OfAJobThatIsStoredAsUnfinishedNothingIsSaid) {
  AddJob("stored", DrillSpec(10, 1, 1));
  FakeSite north(coordinator_, "north");
  EXPECT_FALSE(IsToldThatOver(north, "stored"));
  EndJob("stored");
  EXPECT_TRUE(IsToldThatOver(north, "stored"));
}

TEST_F(JobsEnd, SaysWhichStepOfTheSiteCountedLastOrThatNobodyKnows) {
  v1::JobSpec spec = DrillSpec(10, 3, 1);
  spec.mutable_aggregation()->mutable_scaffold();
  AddJob("kept", spec);
  AddJob("plain", DrillSpec(10, 3, 1));
  RoundClose close;
  close.job_id = "kept";
  close.next_step = 1;
  close.next_attempt = 3;
  close.model_digest = HexDigest(ContentDigest("m"));
  close.report.set_kind(v1::STEP_TRAIN);
  close.report.set_outcome(v1::ROUND_FINISHED);
  close.report.set_attempt(1);
  close.report.add_sites("north");
  ASSERT_TRUE(coordinator_.store().jobs().CloseRound(close).ok());
  EndJob("kept");
  EndJob("plain");
  JobStore& jobs = coordinator_.store().jobs();
  EXPECT_EQ(WordOfJobsEnd(jobs, "north", "kept").value()->counted_step(), 1u);
  const v1::PlanEnd south = WordOfJobsEnd(jobs, "south", "kept").value().value();
  EXPECT_TRUE(south.has_counted_step());
  EXPECT_EQ(south.counted_step(), 0u) << "in none";
  EXPECT_FALSE(WordOfJobsEnd(jobs, "north", "plain").value()->has_counted_step()) << "nothing is kept of it";
  EXPECT_FALSE(WordOfJobsEnd(jobs, "north", "unknown").value()->has_counted_step());
}

TEST_F(JobsEnd, IsToldNobodyBeforeItIsStored) {
  FakePerson ada(coordinator_, "ada");
  const v1::JobSpec spec = DrillSpec(10, 1, 1);
  std::string job;
  {
    FakeSite north(coordinator_, "north");
    job = ada.SubmitDrill(spec);
    const v1::Plan plan = north.NextPlan();
    Execute("CREATE TRIGGER no_end BEFORE UPDATE OF state ON jobs BEGIN SELECT RAISE(ABORT, 'a full disk'); END");
    ASSERT_TRUE(north.Upload(plan.id(), DrillVector(spec, 1, 0.5f)).has_verified());
    EXPECT_EQ(north.NextPlanEnd().outcome(), v1::PlanEnd::SUMMED);
    EXPECT_FALSE(IsToldThatOver(north, job));
  }
  {
    FakeSite back(coordinator_, "north");
    EXPECT_FALSE(IsToldThatOver(back, job)) << "nor whoever comes later";
  }
  Execute("DROP TRIGGER no_end");
  coordinator_.Restart();
  FakeSite north(coordinator_, "north");
  EXPECT_TRUE(IsToldThatOver(north, job));
}

}  // namespace
}  // namespace accord
