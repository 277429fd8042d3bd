#include "client/daemon/run/doctor.h"

#include <stdlib.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/file.h"
#include "client/daemon/run/data_findings.h"
#include "client/daemon/state/state_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "trust/identity/certificate_authority.h"
#include "trust/identity/key_pair.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Doctor : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "accord-doctor-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string WriteConfig(const std::string& text) {
    const std::string path = folder_ + "/client.yaml";
    EXPECT_TRUE(WriteFileAtomically(path, text, 0644, Durability::kVisible).ok());
    return path;
  }
  std::string Check(const std::string& path, bool json = false) {
    std::ostringstream out;
    EXPECT_EQ(CheckSite(path, "", json, out).code(), absl::StatusCode::kFailedPrecondition);
    return out.str();
  }

  std::string folder_;
};

TEST_F(Doctor, AConfigThatIsNotThereIsTold) {
  EXPECT_THAT(Check(folder_ + "/none.yaml"), HasSubstr("FAULT    config"));
}

TEST_F(Doctor, EveryFaultOfAConfigIsToldWithItsLine) {
  const std::string text = Check(WriteConfig("coordinator: nonsense\nsite: BASEL\nstate_dir: state\ncolour: red\n"));
  EXPECT_THAT(text, HasSubstr("client.yaml:1"));
  EXPECT_THAT(text, HasSubstr("client.yaml:2"));
  EXPECT_THAT(text, HasSubstr("client.yaml:4"));
}

TEST_F(Doctor, ASiteThatIsNotEnrolledIsToldHow) {
  const std::string path =
      WriteConfig("coordinator: 127.0.0.1:1\nsite: basel\nstate_dir: state\ntrainer: /nowhere/accord-trainer\n");
  const std::string text = Check(path);
  EXPECT_THAT(text, HasSubstr("accord-client enroll"));
  EXPECT_THAT(text, HasSubstr("FAULT    trainer"));
}

TEST_F(Doctor, ASiteWhoseCertificateCannotBeReadIsNotSentToEnrolAnew) {
  const std::string path =
      WriteConfig("coordinator: 127.0.0.1:1\nsite: basel\nstate_dir: state\ntrainer: /nowhere/accord-trainer\n");
  // Whoever runs the test, also root, cannot read a folder.
  ASSERT_TRUE(MakeFolders(StateFolder(folder_ + "/state").IdentityFiles().certificate).ok());
  const std::string text = Check(path);
  EXPECT_THAT(text, HasSubstr("sudo -u accord-client"));
  EXPECT_THAT(text, Not(HasSubstr("accord-client enroll")));
}

// A handshake with it fails again and again: waiting for one would end as at an address where nobody listens.
TEST_F(Doctor, NoConnectionIsTriedWithACertificateThatHasEnded) {
  const std::string path =
      WriteConfig("coordinator: 127.0.0.1:1\nsite: basel\nstate_dir: state\ntrainer: /nowhere/accord-trainer\n");
  const TlsFiles files = StateFolder(folder_ + "/state").IdentityFiles();
  ASSERT_TRUE(MakeFolders(folder_ + "/state").ok());
  const auto authority = CertificateAuthority::Create("test", absl::Now() - absl::Hours(100));
  ASSERT_TRUE(authority.ok()) << authority.status();
  const auto key = KeyPair::Generate();
  ASSERT_TRUE(key.ok()) << key.status();
  const auto ended = authority->IssueIdentity(*key->MakeRequest("basel"), "site/basel", absl::Now() - absl::Hours(72),
                                              absl::Hours(24));
  ASSERT_TRUE(ended.ok()) << ended.status();
  ASSERT_TRUE(WriteFileAtomically(files.certificate, *ended).ok());
  EXPECT_THAT(Check(path),
              AllOf(HasSubstr("FAULT    certificate: ended on"), HasSubstr("FAULT    connection: not tried")));
}

TEST_F(Doctor, FindingsComeAsJson) {
  EXPECT_THAT(Check(folder_ + "/none.yaml", true), HasSubstr("\"level\": \"FAULT\""));
}

TEST(DataFindings, NameLineColumnAndClassOfEachFault) {
  v1::DataReport report;
  report.set_rows(10);
  report.set_num_faults(1);
  v1::DataFault& fault = *report.add_faults();
  fault.set_line(7);
  fault.set_column("age");
  fault.set_problem("not a number");
  std::vector<Finding> findings;
  ReportData("heart", report, findings);
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].level, Finding::Level::kFault);
  EXPECT_EQ(findings[1].text, "line 7, column age: not a number");
}

TEST(DataFindings, NameARowOfAQueryAFileOfAFolderAndALineOfTheOptOutList) {
  v1::DataReport report;
  const auto add = [&](v1::DataFault::Place place, const std::string& file) {
    v1::DataFault& fault = *report.add_faults();
    fault.set_line(7);
    fault.set_place(place);
    fault.set_file(file);
    fault.set_problem("is empty");
  };
  add(v1::DataFault::ROW, "");
  add(v1::DataFault::LINE, "ward1/a\x1b.png");
  add(v1::DataFault::OPT_OUT_LIST, "");
  std::vector<Finding> findings;
  ReportData("heart", report, findings);
  ASSERT_EQ(findings.size(), 4u);
  EXPECT_EQ(findings[1].text, "row 7: is empty");
  EXPECT_EQ(findings[2].text, "line 7, ward1/a?.png: is empty");
  EXPECT_EQ(findings[3].text, "opt-out list, line 7: is empty");
}

TEST(DataFindings, SayHowManyRowsTheOptOutListLeftOut) {
  v1::DataReport report;
  report.set_rows(10);
  std::vector<Finding> without;
  ReportData("heart", report, without);
  EXPECT_THAT(without[0].text, Not(HasSubstr("opt-out")));
  report.set_opt_out_applied(true);
  report.set_opted_out_rows(3);
  report.set_opted_out_persons(2);
  report.set_opt_out_listed(5);
  std::vector<Finding> findings;
  ReportData("heart", report, findings);
  report.set_no_persons(true);
  ReportData("heart", report, without);
  EXPECT_THAT(without.back().text, HasSubstr("about no persons"));
  EXPECT_THAT(findings[0].text, HasSubstr("3 rows of 2 of the 5 persons on the opt-out list"));
}

TEST(DataFindings, AHostileTrainerCannotWriteToTheTerminal) {
  v1::DataReport report;
  report.add_warnings("\x1b[2Jowned\r\n");
  std::vector<Finding> findings;
  ReportData("heart", report, findings);
  for (const Finding& finding : findings) EXPECT_THAT(finding.text, Not(HasSubstr("\x1b")));
}

TEST(DataFindings, AreNotWithoutEnd) {
  v1::DataReport report;
  report.set_num_faults(1'000'000);
  for (int i = 0; i < 1000; ++i) report.add_faults()->set_line(static_cast<uint64_t>(i));
  std::vector<Finding> findings;
  ReportData("heart", report, findings);
  EXPECT_LT(findings.size(), 100u);
  EXPECT_THAT(findings[0].text, HasSubstr("1000000 faults"));
}

}  // namespace
}  // namespace accord
