// Approvals, refusals and policies at people's desks, and what a site would say to them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/operations/submission.h"
#include "cli/profile/profile.h"
#include "tests/cli/order_fixture.h"

namespace accord {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

TEST_F(OrderFiles, OrderThatEverybodyApprovedRunsAtTheSite) {
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  ASSERT_EQ(Decide("bela", "approve", "lead", "lead.approval"), kExitOk) << Errors();
  EXPECT_THAT(Output(), AllOf(HasSubstr("Ada Byron (ada)"), HasSubstr("SIGNED: person/bela approves as lead, from")));
  ASSERT_EQ(Decide("clara", "approve", "steward", "steward.approval", {"--approval", Path("lead.approval")}), kExitOk)
      << Errors();
  SiteApproves("va");
  EXPECT_EQ(JudgeAt("va", {"lead.approval", "steward.approval", "va.approval"}), kExitOk) << Output();
  EXPECT_THAT(Output(), AllOf(HasSubstr("Site va would run this job"), HasSubstr("until 2027-03-08T09:00:00Z")));
  EXPECT_EQ(JudgeAt("cleveland", {"lead.approval", "steward.approval", "va.approval"}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("site cleveland has not approved"));
  EXPECT_EQ(JudgeAt("va", {"lead.approval", "va.approval"}, {"--at", "2027-03-06T10:00:00Z", "--json"}), kExitFailed);
  EXPECT_THAT(Json::parse(Output())["reasons"].dump(),
              AllOf(HasSubstr("0 of 1 approvals as steward"), HasSubstr("the charter's hours")));
}

TEST_F(OrderFiles, WhatWouldNotCountIsNotSigned) {
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  EXPECT_EQ(Decide("ada", "approve", "engineer", "x"), kExitFailed);
  EXPECT_THAT(Errors(), AllOf(HasSubstr("nobody approves the own order"), HasSubstr("no approval as engineer")));
  EXPECT_EQ(Decide("bela", "approve", "steward", "x", {"--loosens", "hours"}), kExitFailed);
  EXPECT_THAT(Errors(), AllOf(HasSubstr("does not give bela the role steward"),
                              HasSubstr("--loosens hours: the order does not ask for it")));
  EXPECT_EQ(Decide("dora", "approve", "ombudsman", "x"), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("asks for no approval as ombudsman of this order"));
  EXPECT_EQ(Decide("fritz", "refuse", "auditor", "x"), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("asks nothing of an auditor, whose refusal counts for nothing"));
  EXPECT_EQ(Decide("bela", "approve", "king", "x"), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("--as king: expected one of engineer, operator"));
  LogIn("bela");
  EXPECT_EQ(Run({"order", "approve", Path("order"), "--as", "lead", "-o", Path("x")}), kExitUsage);
  EXPECT_EQ(ReadBack("x"), "(no such file)");
}

TEST_F(OrderFiles, ApprovalWithAnotherKeyThanTheChartersIsNotSigned) {
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  LogIn("bela");
  // Clara's key under the name of bela.
  ASSERT_TRUE(SaveProfile(Path("profile"), "localhost:1",
                          {.identity = "person/bela",
                           .key_pem = federation_.key("clara").ToPem().value(),
                           .certificate_pem = "certificate",
                           .ca_pem = "ca"})
                  .ok());
  EXPECT_EQ(
      Run({"order", "approve", Path("order"), "--charter", charter_, "--job", job_, "--as", "lead", "-o", Path("x")}),
      kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("lists bela with another key"));
}

TEST_F(OrderFiles, AJobThatIsNotShownIsApprovedOnlyByWhoSaysSo) {
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  LogIn("bela");
  std::vector<std::string> words = {"order", "approve", Path("order"), "--charter",          charter_,
                                    "--as",  "lead",    "-o",          Path("lead.approval")};
  EXPECT_EQ(Run(words), kExitFailed);
  EXPECT_THAT(Errors(), AllOf(HasSubstr("--job FILE"), HasSubstr("--unseen")));
  EXPECT_EQ(ReadBack("lead.approval"), "(no such file)");
  words.emplace_back("--unseen");
  EXPECT_EQ(Run(words), kExitOk) << Errors();
  EXPECT_THAT(Output(), AllOf(HasSubstr("WHICH IS NOT AT HAND"), HasSubstr("SIGNED: person/bela")));
  // Nobody has to read what they refuse.
  LogIn("clara");
  EXPECT_EQ(Run({"order", "refuse", Path("order"), "--charter", charter_, "--as", "steward", "-o", Path("no")}),
            kExitOk)
      << Errors();
}

TEST_F(OrderFiles, RefusalOfOneStopsWhatAllOthersApproved) {
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  ASSERT_EQ(Decide("bela", "approve", "lead", "lead.approval"), kExitOk) << Errors();
  ASSERT_EQ(Decide("clara", "refuse", "steward", "steward.refusal"), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("SIGNED: person/clara REFUSES as steward, for good"));
  SiteApproves("va");
  EXPECT_EQ(JudgeAt("va", {"lead.approval", "steward.refusal", "va.approval"}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("person/clara refused this order"));
  const std::string once = "person/clara refused this order";
  JudgeAt("va", {"steward.refusal", "steward.refusal"});
  EXPECT_EQ(Output().find(once), Output().rfind(once)) << "handed over twice, and told once";
  EXPECT_EQ(Run({"order", "show", Path("order"), "--charter", charter_, "--approval", Path("steward.refusal")}),
            kExitFailed);
  EXPECT_THAT(Output(), AllOf(HasSubstr("NO SITE WILL RUN IT"), HasSubstr("person/clara refused this order")));
}

TEST_F(OrderFiles, HoursAreLoosenedByTwoWhoNameThem) {
  ASSERT_EQ(Order("ada", "order", {"--loosens", "hours"}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("who name hours"));
  ASSERT_EQ(Decide("bela", "approve", "lead", "lead.approval"), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("It does not loosen hours"));
  ASSERT_EQ(Decide("bela", "approve", "lead", "lead-2.approval", {"--loosens", "hours", "--days", "20"}), kExitOk)
      << Errors();
  ASSERT_EQ(Decide("clara", "approve", "steward", "steward.approval", {"--loosens", "hours"}), kExitOk) << Errors();
  SiteApproves("va");
  const std::vector<std::string> all = {"lead-2.approval", "steward.approval", "va.approval"};
  EXPECT_EQ(JudgeAt("va", all, {"--at", "2027-03-06T03:00:00Z"}), kExitOk) << Output();
  EXPECT_EQ(JudgeAt("va", {"lead.approval", "steward.approval", "va.approval"}, {"--at", "2027-03-06T03:00:00Z"}),
            kExitFailed);
}

TEST_F(OrderFiles, JobIsJudgedByItsSentBytesToo) {
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  const auto submission = PrepareSubmission(job_);
  job_ = WriteFile("job.bytes", submission->open.job_spec());
  SiteApproves("va");
  EXPECT_EQ(JudgeAt("va", {"va.approval"}), kExitFailed);
  EXPECT_THAT(Output(), AllOf(HasSubstr("0 of 1 approvals as lead"), Not(HasSubstr("bytes are not those"))));
}

TEST_F(OrderFiles, PolicyAndMappingOfTheSiteCount) {
  const std::string mapping = WriteFile("va.yaml", "mapping");
  ASSERT_EQ(Order("ada", "order", {"--mapping", "va=" + mapping}), kExitOk) << Errors();
  const std::string policy = WriteFile("policy.yaml",
                                       "data_sets:\n  - {name: heart, purposes: [risk-of-disease]}\n"
                                       "people: [emil]\n");
  SiteApproves("va");
  EXPECT_EQ(JudgeAt("va", {"va.approval"}, {"--policy", policy}), kExitFailed);
  EXPECT_THAT(Output(), AllOf(HasSubstr("this site's policy: people (line 3) does not take jobs of ada"),
                              HasSubstr("of this site, which has none")));
  EXPECT_EQ(JudgeAt("va", {"va.approval"}, {"--mapping", mapping}), kExitFailed);
  EXPECT_THAT(Output(), Not(HasSubstr("mapping")));
}

TEST_F(OrderFiles, PolicyThatLoosensIsToldWithItsClause) {
  const std::string good = WriteFile("good.yaml",
                                     "data_sets:\n  - {name: heart, purposes: [risk-of-disease]}\n"
                                     "floors: {min_rows: 100}\nrefused_tags: [fraud]\n");
  EXPECT_EQ(Run({"policy", "check", good, "--charter", charter_, "--site", "va"}), kExitOk) << Errors();
  EXPECT_THAT(Output(), AllOf(HasSubstr("loosens nothing of the charter"), HasSubstr("floors.min_rows: 100"),
                              HasSubstr("releases heart for risk-of-disease"), HasSubstr("takes no job for fraud")));
  const std::string bad = WriteFile("bad.yaml",
                                    "data_sets:\n  - {name: heart, purposes: [billing-audit]}\n"
                                    "floors: {min_sites: 2}\n");
  EXPECT_EQ(Run({"policy", "check", bad, "--charter", charter_, "--site", "va", "--json"}), kExitFailed);
  EXPECT_THAT(Errors(), AllOf(HasSubstr("bad.yaml:3: floors.min_sites: is 2, and the charter's floors.min_sites (line "
                                        "24) is 3"),
                              HasSubstr("bad.yaml:2:")));
}

TEST_F(OrderFiles, FaultsOfAllFilesOfApprovalsAreTold) {
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  const std::string cut = WriteFile("cut", "accord-approval-v1\n");
  EXPECT_EQ(Run({"order", "show", Path("order"), "--approval", cut, "--approval", Path("order")}), kExitFailed);
  EXPECT_THAT(Errors(), AllOf(HasSubstr("cut"), HasSubstr("order: ")));
}

}  // namespace
}  // namespace accord
