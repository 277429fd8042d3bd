// A member of one federation at the coordinator of another one: it can neither count nor name what is there, and what
// it is answered does not depend on it.
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/coordinator/server/running_coordinator.h"

namespace accord {
namespace {

using ::testing::IsEmpty;

class ForeignMembers : public ::testing::Test {
 protected:
  // What is said to a question about a job; the code and the words.
  static std::string Answer(const std::shared_ptr<grpc::Channel>& channel, const std::string& job_id) {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::GetJobRequest request;
    request.set_job_id(job_id);
    v1::JobReport report;
    const grpc::Status status = v1::Operations::NewStub(channel)->GetJob(&context, request, &report);
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(report.ShortDebugString(), IsEmpty());
    EXPECT_EQ(status.error_message().find(job_id), std::string::npos);
    return std::to_string(status.error_code());
  }

  RunningCoordinator theirs_;
  RunningCoordinator own_;
};

TEST_F(ForeignMembers, LearnNothingOfJobsThatAreThereOrNot) {
  FakePerson bela(theirs_, "bela");
  const std::string job_id = bela.SubmitDrill(DrillSpec(10, 1, 2));
  std::set<std::string> answers;
  for (const std::string& asked : {job_id, std::string("0000000000000000")}) {
    for (const char* who : {"person/ada", "person/bela", "site/north"}) {
      answers.insert(Answer(theirs_.ChannelAsMemberOf(own_, who), asked));
    }
  }
  EXPECT_EQ(answers.size(), 1u) << "the same, whatever is asked for and whoever of them asks";
}

TEST_F(ForeignMembers, CountNeitherJobsNorSites) {
  FakePerson bela(theirs_, "bela");
  bela.SubmitDrill(DrillSpec(10, 1, 2));
  const FakeSite north(theirs_, "north");
  const auto stub = v1::Operations::NewStub(theirs_.ChannelAsMemberOf(own_, "person/ada"));
  grpc::ClientContext jobs_context, sites_context;
  SetDeadline(jobs_context);
  SetDeadline(sites_context);
  v1::ListJobsResponse jobs;
  v1::ListSitesResponse sites;
  EXPECT_FALSE(stub->ListJobs(&jobs_context, {}, &jobs).ok());
  EXPECT_FALSE(stub->ListSites(&sites_context, {}, &sites).ok());
  EXPECT_EQ(jobs.jobs_size() + sites.sites_size(), 0);
}

TEST_F(ForeignMembers, AreNoSiteThereUnderNamesThatAreKnown) {
  FakePerson bela(theirs_, "bela");
  FakeSite north(theirs_, "north");
  north.NextWelcome();
  grpc::ClientContext context;
  SetDeadline(context);
  const auto stub = v1::SiteService::NewStub(theirs_.ChannelAsMemberOf(own_, "site/north"));
  const auto stream = stub->Session(&context);
  stream->Write(v1::SiteMessage());
  v1::CoordinatorMessage message;
  EXPECT_FALSE(stream->Read(&message));
  EXPECT_FALSE(stream->Finish().ok());
  // The true one is where it was.
  bela.SubmitDrill(DrillSpec(10, 1, 1));
  EXPECT_EQ(north.NextPlan().cohort(0), "north");
}

}  // namespace
}  // namespace accord
