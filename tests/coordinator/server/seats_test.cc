// Auditors and ombudsmen at a whole coordinator: what they may not do, stops, complaints, and what the log says.
#include <string>
#include <vector>

#include "coordinator/server/access_log.h"
#include "coordinator/store/complaint_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/coordinator/server/ordered_jobs.h"
#include "tests/trust/charter/seat_statements.h"
#include "trust/charter/statement_lines.h"
#include "trust/log/log_entry.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SeatsAtCoordinator : public OrderedJobs {
 protected:
  void SetUp() override {
    UseCharter(false);
    dora_ = std::make_unique<FakePerson>(coordinator_, "dora");
  }
  std::string Waiting() { return Submitted(Job(), Sign(OrderOf(Job()))); }
  SignedStatement Stop(const v1::JobSpec& spec, const std::string& by = "dora", const std::string& key = "dora") {
    return StopBy(federation_, *charter_, Sha256(spec.SerializeAsString()), clock_.Now(), by, key);
  }
  grpc::Status HandInStop(const std::string& job_id, const SignedStatement& stop, v1::JobReport* report) {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::StopJobRequest request;
    request.set_job_id(job_id);
    request.set_stop(stop.Text());
    return dora_->stub().StopJob(&context, request, report);
  }
  grpc::Status Cancel(FakePerson& person, const std::string& job_id) {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::CancelJobRequest request;
    request.set_job_id(job_id);
    v1::JobReport report;
    return person.stub().CancelJob(&context, request, &report);
  }
  grpc::Status HandInComplaint(const SignedStatement& statement, v1::Complaint* complaint = nullptr) {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::AddComplaintRequest request;
    request.set_statement(statement.Text());
    v1::AddComplaintReply reply;
    const grpc::Status status = dora_->stub().AddComplaint(&context, request, &reply);
    if (complaint != nullptr) *complaint = reply.complaint();
    return status;
  }
  std::vector<v1::Complaint> Complaints(const std::string& site = "") {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::ListComplaintsRequest request;
    request.set_site(site);
    v1::ListComplaintsResponse response;
    EXPECT_TRUE(dora_->stub().ListComplaints(&context, request, &response).ok());
    return {response.complaints().begin(), response.complaints().end()};
  }
  // Kinds of the log's entries about the job, in their order.
  std::vector<std::string> Logged(const std::string& job_id) {
    LogStore& log = coordinator_.store().log().rows();
    const auto found = log.EntriesAbout(kFederationProject, job_id);
    EXPECT_TRUE(found.ok()) << found.status();
    std::vector<std::string> kinds;
    for (const uint64_t index : found->indices) {
      kinds.emplace_back(LogEntryKindName(ParseLogEntry(*log.Entry(kFederationProject, index))->kind));
    }
    return kinds;
  }

  std::unique_ptr<FakePerson> dora_;
};

TEST_F(SeatsAtCoordinator, AuditorWhoTriesToCancelIsRefused) {
  const std::string job_id = Waiting();
  FakePerson fritz(coordinator_, "fritz");
  const grpc::Status status = Cancel(fritz, job_id);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), HasSubstr("auditor, a seat that sees everything and does not cancel jobs"));
  EXPECT_EQ(Report(job_id).state(), v1::JOB_WAITING);
  v1::JobReport seen;
  EXPECT_TRUE(fritz.Get(job_id, &seen).ok());
  EXPECT_EQ(seen.job_id(), job_id);
}

TEST_F(SeatsAtCoordinator, WatcherWhoTriesToSubmitIsRefused) {
  for (const char* watcher : {"dora", "fritz"}) {
    FakePerson person(coordinator_, watcher);
    const v1::JobSpec spec = Job();
    const std::string model(spec.model().drill().num_parameters() * sizeof(float), '\0');
    std::string job_id;
    const grpc::Status status = person.Submit(person.OpenFor(spec, model, watcher), model, &job_id);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << watcher;
    EXPECT_THAT(status.error_message(), HasSubstr("does not submit jobs"));
  }
}

TEST_F(SeatsAtCoordinator, OmbudsmanStopsAJobAndSitesAreShownTheStopBeforeItsEnd) {
  const auto va = Connected("va");
  const std::string job_id = Waiting();
  EXPECT_THAT(NextPapers(*va).stops(), IsEmpty());
  v1::JobReport report;
  const SignedStatement stop = Stop(Job());
  ASSERT_TRUE(HandInStop(job_id, stop, &report).ok());
  EXPECT_THAT(NextPapers(*va).stops(), ElementsAre(stop.Text()));
  EXPECT_EQ(report.job_id(), job_id);
  EXPECT_FALSE(report.has_spec()) << "the report itself is read by other calls, which are written down";
  report = ada_->FinalReport(job_id);
  EXPECT_EQ(report.state(), v1::JOB_CANCELLED);
  EXPECT_THAT(report.reason(), HasSubstr("the ombudsman dora stopped this job: Nobody asked for consent."));
  EXPECT_EQ(report.stop().by(), "dora");
  EXPECT_EQ(report.stop().organisation(), "V.A. Medical Center");
  EXPECT_THAT(Logged(job_id), ElementsAre("job", "model", "order", "stop", "job-ended"));
  EXPECT_TRUE(HandInStop(job_id, stop, &report).error_code() == grpc::StatusCode::FAILED_PRECONDITION) << "it is over";
  Restart();
  EXPECT_EQ(Report(job_id).stop().by(), "dora");
}

TEST_F(SeatsAtCoordinator, ForgedStopByANonOmbudsmanStopsNothing) {
  const std::string job_id = Waiting();
  v1::JobReport report;
  for (const auto& [by, key] :
       std::vector<std::pair<std::string, std::string>>{{"emil", "emil"}, {"fritz", "fritz"}, {"dora", "emil"}}) {
    const grpc::Status status = HandInStop(job_id, Stop(Job(), by, key), &report);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << by << " with the key of " << key;
  }
  EXPECT_EQ(Report(job_id).state(), v1::JOB_WAITING);
  EXPECT_THAT(Logged(job_id), ElementsAre("job", "model", "order"));
}

TEST_F(SeatsAtCoordinator, StopReplayedForAnotherJobStopsNothing) {
  const std::string job_id = Waiting();
  v1::JobReport report;
  const grpc::Status status = HandInStop(job_id, Stop(Job(2)), &report);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("it stops nothing here"));
  EXPECT_EQ(Report(job_id).state(), v1::JOB_WAITING);
}

TEST_F(SeatsAtCoordinator, StoppedJobDoesNotComeBackUnderAnotherOrder) {
  const std::string job_id = Waiting();
  const std::string twin = Waiting();  // the same bytes under another order
  v1::JobReport report;
  ASSERT_TRUE(HandInStop(job_id, Stop(Job()), &report).ok());
  EXPECT_EQ(ada_->FinalReport(twin).state(), v1::JOB_CANCELLED);
  std::string again;
  const grpc::Status status = Submit(Job(), Sign(OrderOf(Job())).Text(), {}, &again);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("byte for byte, job "));
  EXPECT_TRUE(Submit(Job(2), Sign(OrderOf(Job(2))).Text(), {}, &again).ok()) << "another job";
}

TEST_F(SeatsAtCoordinator, StopThatACrashCutOffFromTheJobsEndEndsItAtTheNextStart) {
  const std::string job_id = Waiting();
  const StoredStop stop{Stop(Job()).Text(), "V.A. Medical Center", "person/dora", 17};
  ASSERT_TRUE(coordinator_.store().jobs().AddStop(job_id, stop).ok());
  Restart();
  EXPECT_THAT(ada_->FinalReport(job_id).reason(), HasSubstr("the ombudsman dora stopped this job"));
}

TEST_F(SeatsAtCoordinator, ComplaintIsOpenThenOverdueThenAnsweredLate) {
  const std::string job_id = Waiting();
  const SignedStatement complaint = Signed(federation_, ComplaintAbout(*charter_, job_id, "", clock_.Now()));
  v1::Complaint taken;
  ASSERT_TRUE(HandInComplaint(complaint, &taken).ok());
  EXPECT_EQ(taken.by(), "dora");
  EXPECT_EQ(taken.text(), "The council was not asked.\nTwice.");
  EXPECT_FALSE(taken.overdue());
  ASSERT_TRUE(HandInComplaint(complaint).ok()) << "again";
  EXPECT_THAT(Report(job_id).complaints(), SizeIs(1));
  Advance(13 * kDay);
  EXPECT_FALSE(Report(job_id).complaints(0).overdue());
  Advance(2 * kDay);
  EXPECT_TRUE(Report(job_id).complaints(0).overdue());
  Restart();
  dora_ = std::make_unique<FakePerson>(coordinator_, "dora");
  EXPECT_TRUE(Report(job_id).complaints(0).overdue());
  const SignedStatement answer = AnswerBy(federation_, *charter_, complaint, clock_.Now());
  ASSERT_TRUE(HandInComplaint(answer, &taken).ok());
  EXPECT_FALSE(taken.overdue());
  EXPECT_TRUE(taken.answer().late());
  EXPECT_EQ(taken.answer().by(), "bela");
  ASSERT_TRUE(HandInComplaint(answer).ok()) << "again";
  const std::vector<std::string> logged = Logged(job_id);
  EXPECT_EQ(std::count(logged.begin(), logged.end(), "complaint"), 1);
  EXPECT_EQ(std::count(logged.begin(), logged.end(), "answer"), 1);
}

TEST_F(SeatsAtCoordinator, ComplaintWithAChangedByteIsRefused) {
  const std::string job_id = Waiting();
  SignedStatement complaint = Signed(federation_, ComplaintAbout(*charter_, job_id, "", clock_.Now()));
  complaint.bytes[complaint.bytes.find("Twice")] = 'M';
  const grpc::Status status = HandInComplaint(complaint);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("a byte of it was changed"));
  EXPECT_THAT(Complaints(), IsEmpty());
}

TEST_F(SeatsAtCoordinator, ComplaintAboutWhatIsNotThereIsRefused) {
  EXPECT_EQ(HandInComplaint(Signed(federation_, ComplaintAbout(*charter_, "0123", "", clock_.Now()))).error_code(),
            grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(HandInComplaint(Signed(federation_, ComplaintAbout(*charter_, "", "atlantis", clock_.Now()))).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST_F(SeatsAtCoordinator, WhoReadsIsWrittenDownOnceAnHourForEachThing) {
  const std::string job_id = Waiting();
  const auto accesses = [&](FakePerson& person, grpc::Status* status = nullptr) {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::ListAccessesRequest request;
    request.set_job_id(job_id);
    v1::ListAccessesResponse response;
    const grpc::Status got = person.stub().ListAccesses(&context, request, &response);
    if (status != nullptr) *status = got;
    std::vector<std::string> words;
    for (const v1::Access& access : response.accesses()) {
      words.push_back(absl::StrCat(access.person(), " ", access.what(), " ", access.round()));
    }
    return words;
  };
  FakePerson fritz(coordinator_, "fritz"), clara(coordinator_, "clara");
  EXPECT_THAT(accesses(fritz), IsEmpty());
  for (int i = 0; i < 5; ++i) Report(job_id);
  EXPECT_THAT(accesses(fritz), ElementsAre("ada report 0"));
  v1::ModelHeader header;
  std::vector<float> model;
  EXPECT_TRUE(clara.Fetch(job_id, 0, &header, &model).ok());
  EXPECT_THAT(accesses(fritz), ElementsAre("clara model 0", "ada report 0"));
  Advance(absl::Hours(1));
  Report(job_id);
  Report(job_id);
  EXPECT_THAT(accesses(fritz), ElementsAre("ada report 0", "clara model 0", "ada report 0"));
  grpc::Status status;
  EXPECT_THAT(accesses(clara, &status), IsEmpty());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << "a steward";
  // None of it is an entry about the job, so that no provenance grows by it.
  EXPECT_THAT(Logged(job_id), ElementsAre("job", "model", "order"));
}

TEST_F(SeatsAtCoordinator, NobodyBuriesWhatWasReadUnderRoundsThatAreNotThere) {
  const std::string job_id = Waiting();
  LogStore& log = coordinator_.store().log().rows();
  const uint64_t size = *log.Size(kFederationProject);
  v1::ModelHeader header;
  std::vector<float> model;
  for (const uint32_t round : {1u, 4'294'967'295u}) {
    EXPECT_EQ(ada_->Fetch(job_id, round, &header, &model).error_code(), grpc::StatusCode::NOT_FOUND);
  }
  EXPECT_EQ(*log.Size(kFederationProject), size);
}

TEST_F(SeatsAtCoordinator, OnePersonReadsSoManyThingsAnHourAndTheOthersAreStillFound) {
  const std::string job_id = Waiting();
  LogStore& log = coordinator_.store().log().rows();
  AccessLog accesses(coordinator_.store(), clock_);
  ASSERT_TRUE(accesses.Enter("clara", {AccessPayload::What::kReport, 0, job_id}).ok());
  const auto read = [&](uint32_t round) {
    return accesses.Enter("emil", {AccessPayload::What::kModel, round, "0123456789abcdef"});
  };
  for (uint32_t i = 1; i <= AccessLog::kMostAnHour; ++i) ASSERT_TRUE(read(i).ok()) << i;
  EXPECT_TRUE(accesses.Enter("emil", {AccessPayload::What::kPapers, 0, "0123456789abcdef"}).ok()) << "of no round";
  const uint64_t size = *log.Size(kFederationProject);
  EXPECT_EQ(read(AccessLog::kMostAnHour + 1).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(read(1).ok()) << "again";
  EXPECT_EQ(*log.Size(kFederationProject), size);
  EXPECT_TRUE(accesses.Enter("clara", {AccessPayload::What::kPapers, 0, job_id}).ok()) << "another person";
  const auto found = log.LatestOfKind(kFederationProject, LogEntryKind::kAccess, size, 2, job_id);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(*found, SizeIs(1)) << "behind all those of the other job";
  clock_.Advance(absl::Hours(1));
  EXPECT_TRUE(read(AccessLog::kMostAnHour + 1).ok());
}

TEST_F(SeatsAtCoordinator, AuditorFetchesTheLogWithItsNamesAndOthersDoNot) {
  const auto fetch = [&](const std::string& who, bool names, std::string* text) {
    FakePerson person(coordinator_, who);
    grpc::ClientContext context;
    SetDeadline(context);
    v1::FetchLogRequest request;
    request.set_names(names);
    const auto reader = person.stub().FetchLog(&context, request);
    v1::Chunk chunk;
    while (reader->Read(&chunk)) text->append(chunk.data());
    return reader->Finish();
  };
  Waiting();
  std::string log, with_names, none;
  ASSERT_TRUE(fetch("fritz", false, &log).ok());
  EXPECT_EQ(log.find("accord-log-v1\n"), 0u);
  EXPECT_EQ(log.find("| ada\n"), std::string::npos);
  ASSERT_TRUE(fetch("dora", true, &with_names).ok());
  EXPECT_NE(with_names.find("\naccord-log-names-v1\n"), std::string::npos);
  EXPECT_NE(with_names.find("| ada\n"), std::string::npos);
  EXPECT_EQ(fetch("ada", false, &none).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(none, "");
}

TEST_F(SeatsAtCoordinator, ComplaintsOfFullLengthMakeNoListTooLong) {
  std::vector<std::string> jobs;
  for (uint32_t rounds = 1; rounds <= 3; ++rounds) {
    jobs.push_back(Submitted(Job(rounds), Sign(OrderOf(Job(rounds)))));
    Complaint complaint = ComplaintAbout(*charter_, jobs.back(), "", clock_.Now());
    for (int i = 0; i < ComplaintStore::kMostOpenOfOne; ++i) {
      complaint.text.assign(kMaxTextLines, std::string(kMaxTextLineBytes, static_cast<char>('a' + i)));
      ASSERT_TRUE(HandInComplaint(Signed(federation_, complaint)).ok()) << i;
    }
    complaint.text = {"One more."};
    EXPECT_EQ(HandInComplaint(Signed(federation_, complaint)).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  }
  grpc::ClientContext context;
  SetDeadline(context);
  v1::ListJobsResponse list;
  ASSERT_TRUE(ada_->stub().ListJobs(&context, {}, &list).ok());
  ASSERT_EQ(list.jobs_size(), 3);
  EXPECT_LT(list.ByteSizeLong(), size_t{1} << 20);
  EXPECT_THAT(list.jobs(0).complaints(), SizeIs(ComplaintStore::kMostOpenOfOne)) << "as many as are open";
  EXPECT_EQ(list.jobs(0).complaints(0).by(), "dora");
  EXPECT_THAT(Report(jobs[0]).complaints(0).text(), HasSubstr("aaaa")) << "the report has the words";
  EXPECT_THAT(Complaints(), SizeIs(3 * ComplaintStore::kMostOpenOfOne));
}

TEST_F(SeatsAtCoordinator, OneAnswerStays) {
  const std::string job_id = Waiting();
  const SignedStatement complaint = Signed(federation_, ComplaintAbout(*charter_, job_id, "", clock_.Now()));
  ASSERT_TRUE(HandInComplaint(complaint).ok());
  ASSERT_TRUE(HandInComplaint(AnswerBy(federation_, *charter_, complaint, clock_.Now())).ok());
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(HandInComplaint(AnswerBy(federation_, *charter_, complaint, clock_.Now())).error_code(),
            grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(
      HandInComplaint(AnswerBy(federation_, *charter_,
                               Signed(federation_, ComplaintAbout(*charter_, job_id, "", clock_.Now())), clock_.Now()))
          .error_code(),
      grpc::StatusCode::NOT_FOUND)
      << "to a complaint that nobody handed in";
}

}  // namespace
}  // namespace accord
