// People of the example federation at their desks, with its charter, roster and a job in a folder.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "absl/time/time.h"
#include "cli/profile/profile.h"
#include "tests/cli/cli_fixture.h"
#include "tests/trust/charter/example_charter.h"
#include "trust/charter/approval.h"
#include "trust/charter/signed_statement.h"

namespace accord {

class OrderFiles : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    clock_.Advance(At("2027-03-01T10:00:00Z") - clock_.Now());
    roster_ = WriteFile("roster.txt", federation_.sites().SignedByAll().Text());
    charter_ = WriteFile("charter.signed", federation_.SignedByAll(federation_.Written()).Text());
    job_ = WriteFile("job.yaml", kExampleJob);
  }

  void LogIn(const std::string& person) {
    auto pem = federation_.key(person).ToPem();
    ASSERT_TRUE(pem.ok()) << pem.status();
    const NewIdentity identity{
        .identity = "person/" + person, .key_pem = *std::move(pem), .certificate_pem = "certificate", .ca_pem = "ca"};
    ASSERT_TRUE(SaveProfile(Path("profile"), "localhost:1", identity).ok());
  }

  // As `person`, into `file`.
  ExitCode Order(const std::string& person, const std::string& file, const std::vector<std::string>& more = {}) {
    LogIn(person);
    std::vector<std::string> words = {"order",     "write",           job_, "--charter", charter_,
                                      "--purpose", "risk-of-disease", "-o", Path(file)};
    words.insert(words.end(), more.begin(), more.end());
    return Run(words);
  }
  ExitCode Decide(const std::string& person, const std::string& verb, const std::string& role, const std::string& file,
                  const std::vector<std::string>& more = {}) {
    LogIn(person);
    std::vector<std::string> words = {"order", verb,   Path("order"), "--charter", charter_,  "--job",
                                      job_,    "--as", role,          "-o",        Path(file)};
    words.insert(words.end(), more.begin(), more.end());
    return Run(words);
  }
  // Of the order in the file `order`, by a site with its own key.
  std::string SiteApproves(const std::string& site) {
    const auto order = SignedStatement::Parse(ReadBack("order"));
    EXPECT_TRUE(order.ok()) << order.status();
    Approval approval;
    approval.order = JobOrderHash(order->bytes);
    approval.charter = federation_.Written().hash();
    approval.approves = true;
    approval.by = "site/" + site;
    approval.not_before = At("2027-03-01T09:00:00Z");
    approval.expires = At("2027-03-08T09:00:00Z");
    return WriteFile(site + ".approval", SignedStatement::Sign(WriteApproval(approval).value(), kApprovalDomain,
                                                               federation_.sites().signer(site))
                                             ->Text());
  }
  ExitCode JudgeAt(const std::string& site, const std::vector<std::string>& approvals,
                   const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"order", "judge", Path("order"), "--charter", charter_, "--roster",
                                      roster_, "--job", job_,          "--site",    site};
    for (const std::string& approval : approvals) words.insert(words.end(), {"--approval", Path(approval)});
    words.insert(words.end(), more.begin(), more.end());
    return Run(words);
  }

  ExampleFederation federation_;
  std::string roster_;
  std::string charter_;
  std::string job_;
};

}  // namespace accord
