// accord job stop; accord complaint file, answer, list, show; and how complaints look among jobs and sites.
#include <nlohmann/json.hpp>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/cli/order_fixture.h"
#include "tests/trust/charter/seat_statements.h"
#include "tests/trust/log/example_log.h"
#include "trust/charter/seats.h"
#include "trust/log/log_payloads.h"

namespace accord {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class SeatCommands : public OrderFiles {
 protected:
  void SetUp() override {
    OrderFiles::SetUp();
    StartCoordinator();
    address_ = LoadProfile(Path("profile"))->coordinator;
    service_.charter.set_charter(federation_.SignedByAll(federation_.Written()).Text());
    v1::JobReport job = FinishedReport(1);
    job.set_job_id("7f3a5d90c1e2b486");
    job.set_job_sha256(Sha256Hex("the job"));
    service_.jobs = {job};
  }
  // At the fake coordinator.
  void SitDown(const std::string& person) {
    auto pem = federation_.key(person).ToPem();
    const NewIdentity identity{
        .identity = "person/" + person, .key_pem = *std::move(pem), .certificate_pem = "certificate", .ca_pem = "ca"};
    ASSERT_TRUE(SaveProfile(Path("profile"), address_, identity).ok());
  }
  static v1::Complaint SomeComplaint(bool overdue) {
    v1::Complaint complaint;
    complaint.set_id(Sha256Hex(overdue ? "late" : "early"));
    complaint.set_by("dora");
    complaint.set_organisation("V.A. <Medical> \x1b[2JCenter");
    complaint.set_job_id("7f3a5d90c1e2b486");
    complaint.set_text("Nobody asked\nthe council.");
    complaint.set_filed_unix_ms(1700000000000);
    complaint.set_answer_by_unix_ms(1701209600000);
    complaint.set_overdue(overdue);
    return complaint;
  }
  const Charter charter_terms_ = federation_.Written();
  std::string address_;
};

TEST_F(SeatCommands, StopSignsTheJobsHashAndHandsItIn) {
  SitDown("dora");
  ASSERT_EQ(Run({"job", "stop", "7f3a", "--reason", "No consent.", "--reason", "None at all.", "-o", Path("a.stop")}),
            kExitOk)
      << Errors();
  ASSERT_THAT(service_.stops, SizeIs(1));
  EXPECT_EQ(service_.stops[0].job_id(), "7f3a5d90c1e2b486");
  EXPECT_EQ(service_.stops[0].stop(), ReadBack("a.stop"));
  const auto stop =
      CheckStopOf(charter_terms_, nullptr, *SignedStatement::Parse(service_.stops[0].stop()), Sha256("the job"));
  ASSERT_TRUE(stop.ok()) << stop.status();
  EXPECT_THAT(stop->reasons, testing::ElementsAre("No consent.", "None at all."));
}

TEST_F(SeatCommands, WhoeverIsNoOmbudsmanSignsNoStop) {
  SitDown("emil");
  EXPECT_EQ(Run({"job", "stop", "7f3a", "--reason", "Why not", "-o", Path("a.stop")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("by emil, whom the charter does not list as ombudsman"));
  EXPECT_THAT(service_.stops, IsEmpty());
  EXPECT_EQ(ReadBack("a.stop"), "(no such file)");
}

TEST_F(SeatCommands, StopOfAJobFileDoesNotGoByTheCoordinatorsHash) {
  SitDown("dora");
  ASSERT_EQ(Run({"job", "stop", "7f3a", "--reason", "No.", "--job", job_, "--charter", charter_}), kExitOk) << Errors();
  const auto stop = ParseJobStop(SignedStatement::Parse(service_.stops[0].stop())->bytes);
  EXPECT_NE(stop->job, Sha256("the job"));
}

TEST_F(SeatCommands, ComplaintGivesTheChartersDaysAndNamesTheWholeJob) {
  SitDown("dora");
  service_.complaints = {SomeComplaint(false)};
  ASSERT_EQ(Run({"complaint", "file", "--job", "7f3a", "--text", "Nobody asked."}), kExitOk) << Errors();
  ASSERT_THAT(service_.statements, SizeIs(1));
  const auto statement = SignedStatement::Parse(service_.statements[0]);
  const auto complaint = CheckComplaint(charter_terms_, nullptr, *statement, clock_.Now());
  ASSERT_TRUE(complaint.ok()) << complaint.status();
  EXPECT_EQ(complaint->job_id, "7f3a5d90c1e2b486");
  EXPECT_EQ(complaint->answer_by - complaint->time, absl::Hours(24 * 14));
  EXPECT_EQ(Run({"complaint", "file", "--site", "va", "--text", "No.", "--days", "3"}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("14 days or more"));
  EXPECT_EQ(Run({"complaint", "file", "--text", "About nothing."}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("--job ID or --site ID"));
  EXPECT_EQ(Run({"complaint", "file", "--job", "7f3a", "--site", "va", "--text", "Both."}), kExitUsage);
}

TEST_F(SeatCommands, AnswerIsALeads) {
  service_.complaints = {SomeComplaint(true)};
  const std::string id = service_.complaints[0].id().substr(0, 8);
  SitDown("dora");
  EXPECT_EQ(Run({"complaint", "answer", id, "--text", "All is well."}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("does not list as lead"));
  SitDown("bela");
  ASSERT_EQ(Run({"complaint", "answer", id, "--text", "It was asked."}), kExitOk) << Errors();
  const auto answer = ParseAnswer(SignedStatement::Parse(service_.statements.at(0))->bytes);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(HexDigest(answer->complaint), service_.complaints[0].id());
}

TEST_F(SeatCommands, OverdueIsSaidInWordsAndIsRedOnATerminal) {
  service_.complaints = {SomeComplaint(true), SomeComplaint(false)};
  for (const v1::Complaint& complaint : service_.complaints) *service_.jobs[0].add_complaints() = complaint;
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"complaint", "list"},
                                             {"complaint", "show", service_.complaints[0].id()},
                                             {"job", "show", "7f3a"},
                                             {"job", "list"}}) {
    terminal_ = false;
    ASSERT_EQ(Run(command), kExitOk) << Errors();
    EXPECT_THAT(Output(), HasSubstr("OVERDUE")) << command[1];
    EXPECT_THAT(Output(), Not(HasSubstr("\x1b"))) << command[1];
    terminal_ = true;
    ASSERT_EQ(Run(command), kExitOk) << Errors();
    EXPECT_THAT(Output(), HasSubstr("\x1b[31m")) << command[1];
    EXPECT_THAT(Output(), Not(HasSubstr("\x1b[2J"))) << command[1];
  }
  ASSERT_EQ(Run({"job", "list"}), kExitOk);
  EXPECT_THAT(Output(), HasSubstr("1 complaint OVERDUE, 1 open"));
  ASSERT_EQ(Run({"job", "report", "7f3a", "--html", Path("report.html")}), kExitOk) << Errors();
  EXPECT_THAT(ReadBack("report.html"), HasSubstr("OVERDUE since"));
  EXPECT_THAT(ReadBack("report.html"), HasSubstr("&lt;Medical&gt;"));
}

TEST_F(SeatCommands, AuditFetchWritesTheLogAndItsNamesApart) {
  const ExampleLog log("heart", 5);
  service_.chunk_bytes = 100;
  service_.log = log.Text({5});
  service_.log_names = "accord-log-names-v1\n";
  ASSERT_EQ(Run({"audit", "fetch", "-o", Path("heart.log")}), kExitOk) << Errors();
  EXPECT_EQ(ReadBack("heart.log"), service_.log);
  ASSERT_EQ(Run({"audit", "fetch", "-o", Path("heart.log"), "--names", Path("names")}), kExitOk) << Errors();
  EXPECT_EQ(ReadBack("heart.log"), service_.log);
  EXPECT_EQ(ReadBack("names"), service_.log_names);
  EXPECT_EQ(Run({"audit", "verify", Path("heart.log"), "--names", Path("names")}), kExitOk) << Errors();
}

TEST_F(SeatCommands, AccessesAreListedFromTheCoordinatorAndFromALogThatHolds) {
  v1::Access& access = *service_.accesses.add_accesses();
  access.set_person("ada\x1b[2J");
  access.set_what("model");
  access.set_round(7);
  access.set_job_id("7f3a");
  ASSERT_EQ(Run({"audit", "accesses", "--job", "7f3a"}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("model, round 7"));
  EXPECT_THAT(Output(), Not(HasSubstr("\x1b")));
  ExampleLog log("heart", 5);
  LogEntry entry = log.Draft("");
  entry.kind = LogEntryKind::kAccess;
  entry.payload = LogPayload::Bytes(AccessPayload{AccessPayload::What::kReport, 0, "7f3a5d"}.Write());
  log.Append(*WriteLogEntry(entry));
  std::string text = log.Text({6});
  ASSERT_EQ(Run({"audit", "accesses", "--log", WriteFile("log", text)}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("(not opened)"));
  EXPECT_THAT(Output(), HasSubstr("7f3a5d"));
  ASSERT_EQ(Run({"audit", "accesses", "--log", Path("log"), "--job", "00"}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("nobody read anything"));
  text.erase(text.find("entry: "), text.find("entry: ", text.find("entry: ") + 1) - text.find("entry: "));
  EXPECT_EQ(Run({"audit", "accesses", "--log", WriteFile("log", text)}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("the log does not hold; nothing of it is shown"));
}

TEST_F(SeatCommands, ComplaintAboutASiteStandsBesideIt) {
  service_.complaints = {SomeComplaint(true)};
  service_.complaints[0].clear_job_id();
  service_.complaints[0].set_site("va");
  service_.sites.add_sites()->set_site("va");
  service_.sites.add_sites()->set_site("cleveland");
  ASSERT_EQ(Run({"site", "list"}), kExitOk) << Errors();
  const std::string text = Output();
  EXPECT_THAT(text.substr(text.find("va "), text.find("cleveland") - text.find("va ")),
              HasSubstr("1 complaint OVERDUE"));
  EXPECT_THAT(text.substr(text.find("cleveland")), Not(HasSubstr("complaint")));
}

}  // namespace
}  // namespace accord
