// accord job submit --order, hand-in and papers; accord charter fetch.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/cli/cli_fixture.h"
#include "tests/trust/charter/judging.h"

namespace accord {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Signed statements, as people send them to each other.
class SomeStatements : public Judging {
 public:
  void TestBody() override {}
  std::string OrderFile() const { return signed_order_.Text(); }
  std::string LeadFile() const { return Lead().Text(); }
  std::string RefusalFile() const {
    Approval no = By("person/clara", v1::ROLE_STEWARD);
    no.approves = false;
    return Signed(no, federation_.person("clara")).Text();
  }
  std::string CharterFile() const { return federation_.SignedByAll(federation_.Written()).Text(); }
  std::string CharterHash() const { return HexDigest(federation_.Written().hash()); }
};

class PapersCommands : public CliTest {
 protected:
  SomeStatements statements_;
};

TEST_F(PapersCommands, SubmitSendsOrderAndApprovalsByteForByte) {
  StartCoordinator();
  const std::string order = statements_.OrderFile(), lead = statements_.LeadFile();
  ASSERT_EQ(Run({"job", "submit", WriteFile("job.yaml", DrillYaml(10)), "--order", WriteFile("order", order),
                 "--approval", WriteFile("lead", lead)}),
            kExitOk)
      << Errors();
  ASSERT_EQ(service_.submissions.size(), 1u);
  EXPECT_EQ(service_.submissions[0].open.order(), order);
  EXPECT_THAT(service_.submissions[0].open.approvals(), ElementsAre(lead));
}

TEST_F(PapersCommands, SubmitNamesEveryFileThatIsNoStatementAndSendsNothing) {
  StartCoordinator();
  const std::string lead = WriteFile("lead", statements_.LeadFile()), text = WriteFile("text", "not signed\n");
  EXPECT_EQ(Run({"job", "submit", WriteFile("job.yaml", DrillYaml(10)), "--order", lead, "--approval", text}),
            kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr(lead + ": "));
  EXPECT_THAT(Errors(), HasSubstr(text + ": "));
  EXPECT_TRUE(service_.submissions.empty());
  EXPECT_EQ(Run({"job", "submit", "job.yaml", "--approval", lead}), kExitUsage) << "without the order";
}

TEST_F(PapersCommands, HandInSaysWhatWasTakenAndWhatTheJobStillWaitsFor) {
  StartCoordinator();
  service_.approval_reply.set_job_id("job-1");
  service_.approval_reply.set_state(v1::JOB_WAITING);
  service_.approval_reply.set_waiting_for("waits for approvals: steward 0 of 1");
  const std::string lead = statements_.LeadFile();
  ASSERT_EQ(Run({"job", "hand-in", "job-1", WriteFile("lead", lead)}), kExitOk) << Errors();
  ASSERT_EQ(service_.handed_in.size(), 1u);
  EXPECT_EQ(service_.handed_in[0].approval(), lead);
  EXPECT_EQ(Output(),
            "taken: approval of person/bela as lead\n"
            "job-1 is waiting: waits for approvals: steward 0 of 1\n");
  ASSERT_EQ(Run({"job", "hand-in", "job-1", Path("lead"), "--json"}), kExitOk);
  EXPECT_EQ(nlohmann::json::parse(Output())["waiting_for"], "waits for approvals: steward 0 of 1");
}

TEST_F(PapersCommands, HandInGoesOnBehindAFileThatIsNotTakenAndFails) {
  StartCoordinator();
  const std::string lead = statements_.LeadFile(), no = statements_.RefusalFile();
  service_.refused_approval = lead;
  EXPECT_EQ(Run({"job", "hand-in", "job-1", WriteFile("lead", lead), WriteFile("no", no)}), kExitFailed);
  EXPECT_EQ(service_.handed_in.size(), 2u);
  EXPECT_THAT(Output(), HasSubstr("taken: refusal of person/clara as steward"));
  EXPECT_THAT(Errors(), HasSubstr(Path("lead") + ": is about another order"));
  // A file that is no statement is found before the first is sent.
  EXPECT_EQ(Run({"job", "hand-in", "job-1", Path("no"), WriteFile("text", "x\n")}), kExitFailed);
  EXPECT_EQ(service_.handed_in.size(), 2u);
}

TEST_F(PapersCommands, PapersWritesEachFileAsItCameIntoAFolderOfItsOwn) {
  StartCoordinator();
  service_.papers.set_job_id("job-1");
  service_.papers.set_job_spec("the job's bytes");
  service_.papers.set_order(statements_.OrderFile());
  service_.papers.add_approvals(statements_.LeadFile());
  service_.papers.add_approvals("rubbish \x1b[2J");
  service_.papers.set_charter(statements_.CharterFile());
  ASSERT_EQ(Run({"job", "papers", "job-1", "-o", Path("papers")}), kExitOk) << Errors();
  EXPECT_EQ(ReadBack("papers/job.binpb"), "the job's bytes");
  EXPECT_EQ(ReadBack("papers/order.signed"), service_.papers.order());
  EXPECT_EQ(ReadBack("papers/approval-1.signed"), service_.papers.approvals(0));
  EXPECT_EQ(ReadBack("papers/approval-2.signed"), service_.papers.approvals(1));
  EXPECT_EQ(ReadBack("papers/charter.signed"), service_.papers.charter());
  EXPECT_THAT(Output(), HasSubstr("approval-1.signed: approval of person/bela as lead"));
  EXPECT_THAT(Output(), Not(HasSubstr("\x1b")));
  EXPECT_EQ(Run({"job", "papers", "job-1", "--out", Path("papers")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("has something in it"));
}

TEST_F(PapersCommands, CharterFetchTellsTheHashOfWhatCame) {
  StartCoordinator();
  service_.charter.set_charter(statements_.CharterFile());
  service_.charter.set_sha256("what the coordinator says");
  service_.charter.set_why_closed("it has expired");
  ASSERT_EQ(Run({"charter", "fetch", "-o", Path("charter.signed")}), kExitOk) << Errors();
  EXPECT_EQ(ReadBack("charter.signed"), service_.charter.charter());
  EXPECT_THAT(Output(), HasSubstr("heart-network, version 1, hash " + statements_.CharterHash()));
  EXPECT_THAT(Errors(), HasSubstr("it has expired"));
  service_.charter.set_charter("no charter");
  EXPECT_EQ(Run({"charter", "fetch", "-o", Path("other")}), kExitFailed);
  EXPECT_FALSE(std::filesystem::exists(Path("other")));
}

TEST_F(PapersCommands, ShowAndReportSayByWhoseWordTheJobRan) {
  StartCoordinator();
  v1::JobReport report = FinishedReport(1);
  v1::Mandate& mandate = *report.mutable_mandate();
  mandate.set_engineer("ada");
  mandate.set_organisation("Cleveland Clinic");
  mandate.set_purpose("risk-of-disease");
  mandate.set_charter("heart-network, version 1");
  mandate.set_charter_sha256("cc");
  mandate.set_order_sha256("0dd");
  v1::GivenApproval& approval = *mandate.add_approvals();
  approval.set_by("person/bela");
  approval.set_as("lead");
  approval.set_organisation("Magyar <i>");
  approval.set_expires_unix_ms(1700000000000);
  mandate.add_missing("steward 0 of 1");
  service_.jobs = {report};
  ASSERT_EQ(Run({"job", "show", "job-1"}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("Ordered by    ada, Cleveland Clinic, for risk-of-disease\n"));
  EXPECT_THAT(Output(), HasSubstr("Charter       heart-network, version 1, cc\n"));
  EXPECT_THAT(Output(), HasSubstr("Approved by   person/bela as lead, Magyar <i>, until 2023-11-14 22:13:20 UTC\n"));
  EXPECT_THAT(Output(), HasSubstr("Missing       steward 0 of 1\n"));
  ASSERT_EQ(Run({"job", "report", "job-1", "--html", Path("report.html")}), kExitOk) << Errors();
  EXPECT_THAT(ReadBack("report.html"), HasSubstr("<h2>By whose word</h2>"));
  EXPECT_THAT(ReadBack("report.html"), HasSubstr("person/bela as lead, Magyar &lt;i&gt;"));
}

}  // namespace
}  // namespace accord
