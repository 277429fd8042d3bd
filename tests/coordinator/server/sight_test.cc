// Who is shown what under a charter: its may_see, held by the coordinator in every call that answers a person.
#include "coordinator/server/sight.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/coordinator/server/ordered_jobs.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// ada and emil are engineers (emil also lead and steward), bela is lead, clara steward, dora ombudsman, fritz auditor.
class SightUnderACharter : public OrderedJobs {
 protected:
  // `may_see`: the section, with its line breaks; empty: the charter has none.
  void UseCharterWith(const std::string& may_see) { UseCharter(false, {{kMaySee, may_see}}); }
  std::string Waiting() { return Submitted(Job(), Sign(OrderOf(Job()))); }
  grpc::Status Get(const std::string& who, const std::string& job_id, v1::JobReport* report) {
    return FakePerson(coordinator_, who).Get(job_id, report);
  }
  grpc::Status Get(const std::string& who, const std::string& job_id) {
    v1::JobReport report;
    return Get(who, job_id, &report);
  }
  // The first report, where one comes.
  grpc::Status Watch(const std::string& who, const std::string& job_id, v1::JobReport* report) {
    FakePerson person(coordinator_, who);
    grpc::ClientContext context;
    SetDeadline(context);
    v1::GetJobRequest request;
    request.set_job_id(job_id);
    const auto reader = person.stub().WatchJob(&context, request);
    if (reader->Read(report)) return grpc::Status::OK;
    return reader->Finish();
  }
  grpc::Status Fetch(const std::string& who, const std::string& job_id) {
    v1::ModelHeader header;
    std::vector<float> model;
    const grpc::Status status = FakePerson(coordinator_, who).Fetch(job_id, 0, &header, &model);
    EXPECT_EQ(status.ok(), header.num_bytes() > 0);
    EXPECT_EQ(status.ok(), !model.empty());
    return status;
  }
  grpc::Status FetchProvenance(const std::string& who, const std::string& job_id) {
    FakePerson person(coordinator_, who);
    grpc::ClientContext context;
    SetDeadline(context);
    v1::FetchModelRequest request;
    request.set_job_id(job_id);
    const auto reader = person.stub().FetchProvenance(&context, request);
    v1::Chunk chunk;
    while (reader->Read(&chunk)) {
    }
    return reader->Finish();
  }
  // The ids of the jobs that are listed.
  grpc::Status List(const std::string& who, std::vector<std::string>* jobs) {
    FakePerson person(coordinator_, who);
    grpc::ClientContext context;
    SetDeadline(context);
    v1::ListJobsResponse response;
    const grpc::Status status = person.stub().ListJobs(&context, {}, &response);
    for (const v1::JobReport& job : response.jobs()) jobs->push_back(job.job_id());
    return status;
  }
  grpc::Status ListSites(const std::string& who, int* num_sites) {
    FakePerson person(coordinator_, who);
    grpc::ClientContext context;
    SetDeadline(context);
    v1::ListSitesResponse response;
    const grpc::Status status = person.stub().ListSites(&context, {}, &response);
    *num_sites = response.sites_size();
    return status;
  }
  uint64_t LogSize() { return *coordinator_.store().log().rows().Size(kFederationProject); }
};

TEST_F(SightUnderACharter, ReportsAreForItsRolesAndForWhoeverWatches) {
  UseCharterWith("may_see:\n  - {what: reports, roles: [engineer, lead]}\n");
  const std::string job_id = Waiting();
  v1::JobReport report;
  for (const char* who : {"ada", "bela", "emil", "fritz", "dora"}) {
    EXPECT_TRUE(Get(who, job_id, &report).ok()) << who;
    EXPECT_TRUE(report.has_spec()) << who;
    EXPECT_TRUE(Watch(who, job_id, &report).ok()) << who;
  }
  for (const grpc::Status& status : {Get("clara", job_id), Watch("clara", job_id, &report)}) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_THAT(status.error_message(),
                AllOf(HasSubstr("the charter's may_see[0] (line "), HasSubstr("gives reports to people whom it lists"),
                      HasSubstr("engineer or lead (auditors and ombudsmen see everything), and clara is none of these"),
                      HasSubstr("accord job list")));
  }
  EXPECT_EQ(Get("mallory", job_id).error_code(), grpc::StatusCode::PERMISSION_DENIED) << "enrolled, and not listed";
}

TEST_F(SightUnderACharter, ModelsAndTheirProvenanceAreForItsRolesAndForWhoeverWatches) {
  UseCharterWith("may_see:\n  - {what: reports, roles: [lead]}\n  - {what: models, roles: [steward]}\n");
  const std::string job_id = Waiting();
  for (const char* who : {"clara", "emil", "fritz", "dora"}) {
    EXPECT_TRUE(Fetch(who, job_id).ok()) << who;
    EXPECT_TRUE(FetchProvenance(who, job_id).ok()) << who;
  }
  for (const char* who : {"ada", "bela", "mallory"}) {
    for (const grpc::Status& status : {Fetch(who, job_id), FetchProvenance(who, job_id)}) {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << who;
      EXPECT_THAT(status.error_message(), AllOf(HasSubstr("may_see[1]"), HasSubstr("steward"))) << who;
    }
  }
}

TEST_F(SightUnderACharter, WhatWasRefusedIsNotEnteredAsRead) {
  UseCharterWith("may_see:\n  - {what: reports, roles: [lead]}\n  - {what: models, roles: [lead]}\n");
  const std::string job_id = Waiting();
  const uint64_t size = LogSize();
  v1::JobReport report;
  EXPECT_FALSE(Get("clara", job_id).ok());
  EXPECT_FALSE(Watch("clara", job_id, &report).ok());
  EXPECT_FALSE(Fetch("ada", job_id).ok());
  EXPECT_FALSE(FetchProvenance("ada", job_id).ok());
  EXPECT_EQ(LogSize(), size);
  EXPECT_TRUE(Get("bela", job_id).ok());
  EXPECT_EQ(LogSize(), size + 1) << "what was given is";
}

TEST_F(SightUnderACharter, WhoeverSubmittedAJobSeesHowItStandsAndNoMoreThanTheCharterSays) {
  UseCharterWith("may_see:\n  - {what: reports, roles: [lead]}\n  - {what: status, roles: [lead]}\n");
  const std::string job_id = Waiting();
  const uint64_t size = LogSize();
  v1::JobReport seen, watched;
  ASSERT_TRUE(Get("ada", job_id, &seen).ok());
  ASSERT_TRUE(Watch("ada", job_id, &watched).ok());
  for (const v1::JobReport& status : {seen, watched}) {
    EXPECT_EQ(status.job_id(), job_id);
    EXPECT_EQ(status.state(), v1::JOB_WAITING);
    EXPECT_THAT(status.waiting_for(), HasSubstr("lead 0 of 1"));
    EXPECT_EQ(status.mandate().engineer(), "ada");
    EXPECT_THAT(status.notes(), ElementsAre(AllOf(HasSubstr("not the job's report"), HasSubstr("as lead"))));
    EXPECT_FALSE(status.has_spec());
    EXPECT_EQ(status.model_digest(), "");
  }
  std::vector<std::string> jobs;
  EXPECT_TRUE(List("ada", &jobs).ok());
  EXPECT_THAT(jobs, ElementsAre(job_id));
  EXPECT_EQ(LogSize(), size) << "as a list it is not written down";
  const SignedStatement order = Sign(OrderOf(Job(2)));
  const std::string refused = Submitted(Job(2), order);
  HandedIn(refused, Approve(order, "person/clara", v1::ROLE_STEWARD, /*approves=*/false));
  ASSERT_TRUE(Get("ada", refused, &seen).ok());
  EXPECT_EQ(seen.state(), v1::JOB_FAILED);
  EXPECT_THAT(seen.reason(), HasSubstr("clara"));
}

TEST_F(SightUnderACharter, OfAStatusNothingIsToldThatOnlyAReportSays) {
  v1::JobReport report;
  report.set_job_id("0123");
  report.set_state(v1::JOB_FINISHED);
  report.set_reason("all rounds are done");
  report.set_model_digest("digest");
  report.mutable_final_metrics();
  report.add_rounds()->set_round(1);
  report.add_sites()->set_site("va");
  report.add_notes("Site va took part.");
  report.mutable_estimates();
  report.mutable_best();
  report.set_kept_round(7);
  report.mutable_spec()->set_name("heart-risk");
  v1::JobReport expected;
  expected.set_job_id("0123");
  expected.set_state(v1::JOB_FINISHED);
  expected.set_reason("all rounds are done");
  expected.add_notes("Why.");
  EXPECT_EQ(StatusOf(report, "Why.").SerializeAsString(), expected.SerializeAsString());
}

TEST_F(SightUnderACharter, ListsOfJobsAreForItsRolesAndOthersFindTheirOwn) {
  std::string before;
  ASSERT_TRUE(Submit(Job(), "", {}, &before).ok()) << "there is no charter yet";
  UseCharterWith("may_see:\n  - {what: status, roles: [steward]}\n");
  const std::string ordered = Waiting();
  std::vector<std::string> clara, fritz, bela, ada;
  EXPECT_TRUE(List("clara", &clara).ok());
  EXPECT_THAT(clara, ElementsAre(ordered, before));
  EXPECT_TRUE(List("fritz", &fritz).ok());
  EXPECT_THAT(fritz, SizeIs(2));
  EXPECT_TRUE(List("ada", &ada).ok());
  EXPECT_THAT(ada, SizeIs(2)) << "both are hers";
  EXPECT_TRUE(List("bela", &bela).ok());
  EXPECT_THAT(bela, ElementsAre(before)) << "it runs under no charter";
  v1::JobReport report;
  EXPECT_TRUE(Get("bela", before, &report).ok());
  EXPECT_TRUE(Fetch("bela", before).ok());
  EXPECT_FALSE(Get("bela", ordered, &report).ok());
}

TEST_F(SightUnderACharter, AListInWhichNothingIsLeftIsRefused) {
  UseCharterWith("may_see:\n  - {what: status, roles: [steward]}\n");
  std::vector<std::string> bela;
  EXPECT_TRUE(List("bela", &bela).ok()) << "there are no jobs yet";
  Waiting();
  const grpc::Status status = List("bela", &bela);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), AllOf(HasSubstr("gives status to people whom it lists as steward"),
                                            HasSubstr("and bela is none of these")));
  EXPECT_THAT(bela, IsEmpty());
}

TEST_F(SightUnderACharter, ListsOfSitesAreForItsRoles) {
  UseCharterWith("may_see:\n  - {what: sites, roles: [lead]}\n");
  const auto va = Connected("va");
  int num_sites = 0;
  for (const char* who : {"bela", "fritz", "dora"}) {
    EXPECT_TRUE(ListSites(who, &num_sites).ok()) << who;
    EXPECT_EQ(num_sites, 1) << who;
  }
  const grpc::Status status = ListSites("clara", &num_sites);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), HasSubstr("gives sites to people whom it lists as lead"));
  EXPECT_EQ(num_sites, 0);
}

TEST_F(SightUnderACharter, WithoutTheClauseNobodySeesAnythingButWhoWatchesAndTheOwnJobsEngineer) {
  UseCharterWith("");
  const std::string job_id = Waiting();
  std::vector<std::string> jobs;
  int num_sites = 0;
  EXPECT_FALSE(Get("bela", job_id).ok());
  EXPECT_FALSE(Fetch("ada", job_id).ok());
  EXPECT_FALSE(List("clara", &jobs).ok());
  EXPECT_FALSE(ListSites("ada", &num_sites).ok());
  EXPECT_TRUE(Get("ada", job_id).ok()) << "how it stands";
  for (const char* who : {"fritz", "dora"}) {
    EXPECT_TRUE(Get(who, job_id).ok());
    EXPECT_TRUE(Fetch(who, job_id).ok());
    EXPECT_TRUE(List(who, &jobs).ok());
    EXPECT_TRUE(ListSites(who, &num_sites).ok());
  }
}

TEST_F(SightUnderACharter, TheCharterInForceCountsAlsoForJobsOfTheOneBefore) {
  UseCharterWith("may_see:\n  - {what: reports, roles: [lead]}\n");
  const std::string job_id = Waiting();
  EXPECT_TRUE(Get("bela", job_id).ok());
  SignedCharter next = CharterNow(
      false, {{"version: 1\n", absl::StrCat("version: 2\nformer_sha256: ", HexDigest(charter_->hash()), "\n")},
              {kMaySee, "may_see:\n  - {what: reports, roles: [steward]}\n"}});
  federation_.SignAs(next, "clara");
  Publish(next);
  EXPECT_TRUE(Get("clara", job_id).ok());
  EXPECT_EQ(Get("bela", job_id).error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(SightUnderACharter, WhereThereIsNoneEverybodySeesWhatTheyDid) {
  std::string job_id;
  ASSERT_TRUE(Submit(Job(), "", {}, &job_id).ok());
  std::vector<std::string> jobs;
  int num_sites = 0;
  EXPECT_TRUE(Get("mallory", job_id).ok());
  EXPECT_TRUE(Fetch("mallory", job_id).ok());
  EXPECT_TRUE(List("mallory", &jobs).ok());
  EXPECT_THAT(jobs, SizeIs(1));
  EXPECT_TRUE(ListSites("mallory", &num_sites).ok());
}

}  // namespace
}  // namespace accord
