#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/content_digest.h"
#include "base/hash.h"
#include "models/model.h"
#include "proto/validation/job_validation.h"
#include "tests/cli/cli_fixture.h"
#include "trust/identity/enrolment_token.h"
#include "trust/identity/invitation.h"

namespace accord {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Json = nlohmann::json;

// ---- command line ----

TEST_F(CliTest, EveryCommandHasHelpWithAnExampleAndJson) {
  const std::vector<std::vector<std::string>> leaves = {
      {"login"},           {"job", "validate"},  {"job", "submit"},      {"job", "watch"},
      {"job", "list"},     {"job", "show"},      {"job", "cancel"},      {"job", "report"},
      {"model", "export"}, {"site", "list"},     {"data", "synthesize"}, {"audit", "evidence"},
      {"charter", "show"}, {"charter", "diff"},  {"charter", "status"},  {"charter", "draft"},
      {"charter", "sign"}, {"charter", "merge"}, {"charter", "person"},  {"order", "write"},
      {"order", "show"},   {"order", "approve"}, {"order", "refuse"},    {"order", "judge"},
      {"policy", "check"}, {"policy", "sign"},   {"policy", "show"},     {"simulate"},
      {"job", "hand-in"},  {"job", "papers"},    {"charter", "fetch"},   {"audit", "verify"},
      {"audit", "compare"}};
  for (std::vector<std::string> leaf : leaves) {
    leaf.push_back("--help");
    EXPECT_EQ(Run(leaf), kExitOk);
    EXPECT_THAT(Output(), HasSubstr("Example:\n  accord " + leaf[0]));
    EXPECT_THAT(Output(), HasSubstr("--json"));
  }
}

TEST_F(CliTest, AWrongCommandLineIsExitCodeTwo) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"jobs"},
                                             {"job"},
                                             {"job", "submit"},
                                             {"job", "list", "--frob"},
                                             {"model", "export", "x", "-o", "y", "--format", "onnx"}}) {
    EXPECT_EQ(Run(arguments), kExitUsage);
    EXPECT_THAT(Errors(), Not(testing::IsEmpty()));
  }
}

TEST_F(CliTest, WithoutALoginItSaysHowToLogIn) {
  EXPECT_EQ(Run({"job", "list"}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("accord login --coordinator"));
}

TEST_F(CliTest, AFaultWithJsonIsAlsoAnObjectOnStandardOutput) {
  EXPECT_EQ(Run({"job", "list", "--json"}), kExitFailed);
  const Json fault = Json::parse(Output());
  EXPECT_EQ(fault["code"], "NOT_FOUND");
  EXPECT_THAT(fault["error"].get<std::string>(), HasSubstr("accord login"));
}

TEST_F(CliTest, AnUnreachableCoordinatorIsNamedWithWhatToCheck) {
  StartCoordinator();
  StopCoordinator();
  EXPECT_EQ(Run({"site", "list"}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("cannot reach the coordinator at 127.0.0.1:"));
  EXPECT_THAT(Errors(), HasSubstr("check that it runs"));
  EXPECT_THAT(pauses_, ElementsAre(absl::Milliseconds(500), absl::Seconds(1), absl::Seconds(2)));
}

TEST_F(CliTest, ARefusedPersonIsToldToLogInAgain) {
  StartCoordinator();
  service_.answer = grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "no certificate");
  EXPECT_EQ(Run({"job", "list"}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("refuses person/engineer: no certificate"));
  EXPECT_THAT(Errors(), HasSubstr("accord login"));
}

// ---- login ----

std::string FreshToken() {
  const auto token = EnrolmentToken::Make(Sha256("authority"));
  return token.ok() ? std::string(token->Text().RevealAsText()) : "";
}

TEST_F(CliTest, LoginStoresAProfileThatOnlyItsOwnerReads) {
  const std::string token = WriteFile("token", FreshToken() + "\n");
  ASSERT_EQ(Run({"login", "--coordinator", "there:7443", "--token-file", token}), kExitOk) << Errors();
  EXPECT_EQ(enrolled_at_, "there:7443");
  EXPECT_EQ(ReadBack("profile/coordinator"), "there:7443\n");
  EXPECT_EQ(ReadBack("profile/identity"), "person/engineer\n");
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(Path("profile/key.pem")).permissions(), perms::owner_read | perms::owner_write);
  EXPECT_EQ(std::filesystem::status(Path("profile")).permissions(), perms::owner_all);
}

TEST_F(CliTest, LoginReadsTheTokenFromStandardInput) {
  EXPECT_EQ(Run({"login", "--coordinator", "there:7443", "--token", "-"}, FreshToken() + "\n"), kExitOk) << Errors();
}

TEST_F(CliTest, LoginGoesWhereTheInvitationSays) {
  const Invitation invitation{.identity = "person/ada",
                              .coordinator = "from-the-invitation:7443",
                              .until = absl::FromUnixSeconds(1'900'000'000),
                              .token = EnrolmentToken::Make(Sha256("a CA")).value()};
  const std::string file = WriteFile("ada.invitation", std::string(invitation.Text().RevealAsText()));
  ASSERT_EQ(Run({"login", "--token-file", file}), kExitOk) << Errors();
  EXPECT_EQ(enrolled_at_, "from-the-invitation:7443");
  EXPECT_EQ(Run({"login", "--token", FreshToken()}), kExitFailed) << "a bare token does not say where";
  EXPECT_THAT(Errors(), HasSubstr("say --coordinator HOST:PORT"));
}

TEST_F(CliTest, LoginSendsNothingOfASitesInvitation) {
  const Invitation invitation{.identity = "site/va",
                              .coordinator = "there:7443",
                              .until = absl::FromUnixSeconds(1'900'000'000),
                              .token = EnrolmentToken::Make(Sha256("a CA")).value()};
  const std::string file = WriteFile("va.invitation", std::string(invitation.Text().RevealAsText()));
  EXPECT_EQ(Run({"login", "--token-file", file}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("va.invitation is for site/va"));
  EXPECT_THAT(Errors(), HasSubstr("accord-client enroll --token-file"));
  EXPECT_EQ(enrolled_at_, "");
}

TEST_F(CliTest, AFileThatIsNoInvitationIsNamed) {
  EXPECT_EQ(Run({"login", "--token-file", WriteFile("heart.yaml", "csv: {file: rows.csv}\n")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("heart.yaml: this is not an enrolment token"));
}

TEST_F(CliTest, ADamagedTokenIsNotPrinted) {
  EXPECT_EQ(Run({"login", "--coordinator", "there:7443", "--token", "accord1-SECRETSECRET"}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("`accord-coordinator token`"));
  EXPECT_THAT(Errors(), Not(HasSubstr("SECRETSECRET")));
}

// ---- submit ----

TEST_F(CliTest, SubmitStartsFromTheParametersThatTheJobNames) {
  StartCoordinator();
  std::string yaml = SmallJobYaml();
  yaml.replace(yaml.find("logistic_regression: {}"), 23, "logistic_regression: {}, start_from: {file: earlier.bin}");
  const std::string parameters("\0\0\x80\x3f\0\0\0\x40\0\0\0\0", 12);  // 1, 2, 0
  WriteFile("earlier.bin", parameters);
  ASSERT_EQ(Run({"job", "submit", WriteFile("job.yaml", yaml)}), kExitOk) << Errors();
  ASSERT_EQ(service_.submissions.size(), 1u);
  EXPECT_EQ(service_.submissions[0].bytes, parameters);
  v1::JobSpec spec;
  ASSERT_TRUE(spec.ParseFromString(service_.submissions[0].open.job_spec()));
  EXPECT_EQ(spec.model().start_from().model_digest(), HexDigest(ContentDigest(parameters)));
  EXPECT_EQ(service_.submissions[0].open.artifacts(0).name(), spec.model().start_from().model_digest());
}

TEST_F(CliTest, SubmitSendsJobLayoutAndInitialModelWhole) {
  StartCoordinator();
  ASSERT_EQ(Run({"job", "submit", WriteFile("job.yaml", DrillYaml(600000))}), kExitOk) << Errors();
  EXPECT_EQ(Output(), "job-1\n");
  ASSERT_EQ(service_.submissions.size(), 1u);
  const auto& submitted = service_.submissions[0];
  EXPECT_TRUE(submitted.chunks_sound);
  ASSERT_EQ(submitted.open.artifacts_size(), 1);
  EXPECT_EQ(submitted.open.artifacts(0).num_bytes(), 2400000u);
  EXPECT_EQ(submitted.bytes.size(), 2400000u);
  EXPECT_EQ(submitted.open.artifacts(0).name(), HexDigest(ContentDigest(submitted.bytes)));
  EXPECT_EQ(submitted.open.layout().num_elements(), 600000u);
  EXPECT_TRUE(ParseJobSpec(submitted.open.job_spec()).ok());
}

TEST_F(CliTest, SubmitSaysWhoLearnsASitesNumbers) {
  StartCoordinator();
  const auto told = [this](const std::string& aggregation) {
    std::string yaml = SmallJobYaml();
    yaml.insert(yaml.find("aggregation: {") + 14, aggregation);
    EXPECT_EQ(Run({"job", "submit", WriteFile("job.yaml", yaml)}), kExitOk) << Errors();
    return Errors();
  };
  EXPECT_THAT(told("secure_sum: {two_sites: true}, "), HasSubstr("of two sites each learns the other's numbers"));
  EXPECT_THAT(told("plain_sum: true, "), HasSubstr("the coordinator reads each site's numbers"));
  EXPECT_THAT(told(""), Not(HasSubstr("protection")));
}

TEST_F(CliTest, ARepeatedSubmissionCarriesTheSameRequestId) {
  StartCoordinator();
  service_.break_submissions = 2;
  ASSERT_EQ(Run({"job", "submit", WriteFile("job.yaml", DrillYaml(10))}), kExitOk) << Errors();
  ASSERT_EQ(service_.submissions.size(), 3u);
  EXPECT_EQ(service_.submissions[0].open.request_id().size(), 32u);
  for (const auto& submitted : service_.submissions) {
    EXPECT_EQ(submitted.open.SerializeAsString(), service_.submissions[0].open.SerializeAsString());
  }
}

TEST_F(CliTest, TwoSubmissionsAreTwoRequestsOfTheSameModel) {
  StartCoordinator();
  const std::string job = WriteFile("job.yaml", SmallJobYaml());
  ASSERT_EQ(Run({"job", "submit", job}), kExitOk) << Errors();
  ASSERT_EQ(Run({"job", "submit", job}), kExitOk) << Errors();
  ASSERT_EQ(service_.submissions.size(), 2u);
  EXPECT_NE(service_.submissions[0].open.request_id(), service_.submissions[1].open.request_id());
  EXPECT_EQ(service_.submissions[0].bytes, service_.submissions[1].bytes);
  EXPECT_EQ(service_.submissions[0].bytes.size(), 3 * sizeof(float));
}

TEST_F(CliTest, SubmitSaysWhereNoConnectedSiteHasTheDataSet) {
  StartCoordinator();
  const std::string job = WriteFile("job.yaml", SmallJobYaml());
  ASSERT_EQ(Run({"job", "submit", job}), kExitOk) << Errors();
  EXPECT_THAT(Errors(), Not(HasSubstr("releases a data set"))) << "nobody is connected: nothing is known";
  v1::SiteStatus& site = *service_.sites.add_sites();
  site.set_site("va");
  site.set_connected(true);
  site.add_datasets("patient");
  ASSERT_EQ(Run({"job", "submit", job}), kExitOk) << Errors();
  EXPECT_THAT(Errors(),
              HasSubstr("no site that is connected releases a data set named patients; released are: patient"));
  site.add_datasets("patients");
  ASSERT_EQ(Run({"job", "submit", job}), kExitOk) << Errors();
  EXPECT_THAT(Errors(), Not(HasSubstr("releases a data set")));
}

TEST_F(CliTest, AWrongJobFileIsNotSubmitted) {
  StartCoordinator();
  EXPECT_EQ(Run({"job", "submit", WriteFile("job.yaml", "name: x\nrounds: {count: many}\n")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("job.yaml:2:"));
  EXPECT_TRUE(service_.submissions.empty());
}

TEST_F(CliTest, SubmitPrintsTheIdAsJson) {
  StartCoordinator();
  ASSERT_EQ(Run({"job", "submit", WriteFile("job.yaml", DrillYaml(10)), "--json"}), kExitOk) << Errors();
  EXPECT_EQ(Json::parse(Output())["job_id"], "job-1");
}

// ---- watch ----

v1::JobReport RunningReport(int done, int total) {
  v1::JobReport report = FinishedReport(done);
  report.set_state(v1::JOB_RUNNING);
  report.set_rounds_total(static_cast<uint32_t>(total));
  report.clear_final_metrics();
  return report;
}

TEST_F(CliTest, WatchPrintsEachRoundOnceAndEndsWithTheJob) {
  StartCoordinator();
  service_.watch_streams = {{RunningReport(1, 3), RunningReport(2, 3), RunningReport(2, 3), FinishedReport(3)}};
  EXPECT_EQ(Run({"job", "watch", "job-1"}), kExitOk) << Errors();
  std::vector<std::string> starts;
  for (absl::string_view line : absl::StrSplit(Output(), '\n', absl::SkipEmpty())) {
    starts.emplace_back(line.substr(0, 15));
  }
  EXPECT_THAT(starts, ElementsAre(" round  step   ", "     1  trainin", "job running", "     2  trainin",
                                  "     3  trainin", "job finished"));
}

TEST_F(CliTest, WatchFindsTheCoordinatorAgainAfterABrokenStream) {
  StartCoordinator();
  service_.watch_streams = {{RunningReport(1, 2)}, {}, {RunningReport(1, 2), FinishedReport(2)}};
  EXPECT_EQ(Run({"job", "watch", "job-1"}), kExitOk) << Errors();
  EXPECT_THAT(Errors(), HasSubstr("lost the coordinator"));
  EXPECT_THAT(pauses_, ElementsAre(absl::Milliseconds(500), absl::Seconds(1)));
}

TEST_F(CliTest, WatchGoesOnOverARenewedCertificate) {
  StartCoordinator();
  service_.watch_ends = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "the certificate has ended");
  service_.watch_streams = {{RunningReport(1, 2)}, {RunningReport(1, 2), FinishedReport(2)}};
  EXPECT_EQ(Run({"job", "watch", "job-1"}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("job finished"));
  EXPECT_THAT(pauses_, testing::IsEmpty());
}

TEST_F(CliTest, WatchOfSomebodyWhoIsShutOutEnds) {
  StartCoordinator();
  service_.watch_ends = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "the certificate has ended");
  service_.watch_streams = {{RunningReport(1, 3)}, {}, {RunningReport(1, 3), FinishedReport(3)}};
  EXPECT_EQ(Run({"job", "watch", "job-1"}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("the certificate has ended"));
}

TEST_F(CliTest, WatchGivesUpOnACoordinatorThatNeverAnswers) {
  StartCoordinator();
  EXPECT_EQ(Run({"job", "watch", "job-1"}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("check that it runs"));
}

TEST_F(CliTest, AFailedJobIsExitCodeThree) {
  StartCoordinator();
  v1::JobReport failed = RunningReport(1, 3);
  failed.set_state(v1::JOB_FAILED);
  failed.set_reason("five attempts at round 2 were abandoned");
  service_.watch_streams = {{failed}};
  EXPECT_EQ(Run({"job", "watch", "job-1"}), kExitJobNotDone);
  EXPECT_THAT(Output(), HasSubstr("job failed: five attempts at round 2 were abandoned"));
}

TEST_F(CliTest, WatchOnATerminalDrawsOverItself) {
  StartCoordinator();
  terminal_ = true;
  service_.watch_streams = {{RunningReport(2, 4), FinishedReport(4)}};
  EXPECT_EQ(Run({"job", "watch", "job-1"}), kExitOk);
  EXPECT_THAT(Output(), HasSubstr("[####################....................]  round 2 of 4, time left"));
  EXPECT_THAT(Output(), HasSubstr("\033[6A\033[J"));
}

TEST_F(CliTest, TextsOfPeersCannotSteerTheTerminal) {
  StartCoordinator();
  v1::JobReport report = FinishedReport(1);
  report.set_reason("\033[2Jgone\r\nforged line");
  report.mutable_rounds(0)->add_absences()->set_site("\033]0;title\a");
  service_.jobs = {report};
  service_.watch_streams = {{report}};
  for (const char* command : {"watch", "show", "cancel"}) {
    Run({"job", command, "job-1"});
    EXPECT_THAT(Output(), Not(HasSubstr("\033"))) << command;
    EXPECT_THAT(Output(), Not(HasSubstr("\r"))) << command;
    EXPECT_THAT(Output(), Not(HasSubstr("\nforged"))) << command;
  }
  service_.answer = grpc::Status(grpc::StatusCode::INTERNAL, "bad \033[31mred");
  Run({"job", "show", "job-1"});
  EXPECT_THAT(Errors(), Not(HasSubstr("\033")));
}

// ---- list, show, cancel, report, sites ----

TEST_F(CliTest, ListAndShowTellAJob) {
  StartCoordinator();
  service_.jobs = {FinishedReport(2)};
  EXPECT_EQ(Run({"job", "list"}), kExitOk);
  EXPECT_THAT(Output(), HasSubstr("job-1"));
  EXPECT_THAT(Output(), HasSubstr("finished    2/2"));
  EXPECT_EQ(Run({"job", "show", "job"}), kExitOk);
  EXPECT_THAT(Output(), HasSubstr("Accuracy      81.2 %"));
  EXPECT_EQ(Run({"job", "list", "--json"}), kExitOk);
  EXPECT_EQ(Json::parse(Output())["jobs"][0]["state"], "JOB_FINISHED");
}

TEST_F(CliTest, AnUnknownJobPointsToTheList) {
  StartCoordinator();
  EXPECT_EQ(Run({"job", "show", "nope"}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("no job nope; `accord job list` shows"));
}

TEST_F(CliTest, CancelPassesTheReasonOn) {
  StartCoordinator();
  service_.jobs = {FinishedReport(1)};
  EXPECT_EQ(Run({"job", "cancel", "job-1", "--reason", "wrong data"}), kExitOk);
  EXPECT_EQ(service_.cancel_reason, "wrong data");
  EXPECT_THAT(Output(), HasSubstr("job-1 is cancelled: wrong data"));
}

TEST_F(CliTest, ReportWritesHtmlAndJson) {
  StartCoordinator();
  service_.jobs = {FinishedReport(2)};
  ASSERT_EQ(Run({"job", "report", "job-1", "--json", "--html", Path("report.html")}), kExitOk) << Errors();
  EXPECT_EQ(Json::parse(Output())["rounds"].size(), 2u);
  EXPECT_THAT(ReadBack("report.html"), StartsWith("<!doctype html>"));
  EXPECT_EQ(Run({"job", "report", "job-1"}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("--html FILE, --json, or both"));
}

TEST_F(CliTest, SitesAreListedWithStateAndDataSets) {
  StartCoordinator();
  v1::SiteStatus& site = *service_.sites.add_sites();
  site.set_site("berlin");
  site.set_connected(true);
  site.set_paused(true);
  site.add_datasets("heart");
  site.mutable_facts()->set_software_version("0.1.0");
  EXPECT_EQ(Run({"site", "list"}), kExitOk);
  EXPECT_THAT(Output(), HasSubstr("paused"));
  EXPECT_THAT(Output(), HasSubstr("OFF"));
  EXPECT_THAT(Output(), HasSubstr("heart"));
}

TEST_F(CliTest, ASiteThatWaitsIsListedWithWhatItWaitsFor) {
  StartCoordinator();
  v1::SiteStatus& site = *service_.sites.add_sites();
  site.set_site("berlin");
  site.set_connected(true);
  site.set_waiting_for("The state folder was put back\x1b[2J from an older copy");
  EXPECT_EQ(Run({"site", "list"}), kExitOk);
  EXPECT_THAT(Output(), HasSubstr("waits"));
  EXPECT_THAT(Output(), Not(HasSubstr("connected")));
  EXPECT_THAT(Output(), HasSubstr("takes no plans: The state folder was put back"));
  EXPECT_THAT(Output(), Not(HasSubstr("\x1b")));
  EXPECT_EQ(Run({"site", "list", "--json"}), kExitOk);
  EXPECT_THAT(Json::parse(Output())["sites"][0]["waiting_for"], HasSubstr("put back"));
}

}  // namespace
}  // namespace accord
