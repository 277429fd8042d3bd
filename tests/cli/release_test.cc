// accord release write and show: the owner at the own desk, and a third party with the files alone.
#include "trust/charter/release.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "tests/cli/order_fixture.h"
#include "trust/charter/job_order.h"
#include "trust/charter/refusal_statement.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

// emil is steward of the Cleveland Clinic; heart may be read for two purposes.
class ReleaseFiles : public OrderFiles {
 protected:
  void SetUp() override {
    OrderFiles::SetUp();
    charter_ = WriteFile("charter-2.signed", terms_.Text());
  }
  ExitCode Release(const std::string& person, const std::string& file, const std::vector<std::string>& more) {
    LogIn(person);
    std::vector<std::string> words = {"release", "write",      "--charter", charter_,         "--roster",
                                      roster_,   "--data-set", "heart",     "--data-version", "any",
                                      "--site",  "cleveland",  "-o",        Path(file)};
    words.insert(words.end(), more.begin(), more.end());
    return Run(words);
  }
  ExitCode Show(const std::vector<std::string>& more) {
    std::vector<std::string> words = {"release",  "show", Path("heart.release"), "--charter", charter_,
                                      "--roster", roster_};
    words.insert(words.end(), more.begin(), more.end());
    return Run(words);
  }
  // Of the order in the file `order`, an hour later.
  std::string Refusal(const std::string& site) {
    const auto order = SignedStatement::Parse(ReadBack("order"));
    EXPECT_TRUE(order.ok()) << order.status();
    RefusalStatement refusal;
    refusal.site = site;
    refusal.charter = terms_.charter()->hash();
    refusal.order = JobOrderHash(order->bytes);
    refusal.job_id = "7f3a5d90c1e2b486";
    refusal.time = At("2027-03-01T11:00:00Z");
    refusal.for_good = true;
    refusal.reasons = {"the job is for another purpose"};
    return WriteFile(site + ".refusal", SignedStatement::Sign(WriteRefusalStatement(refusal).value(), kRefusalDomain,
                                                              federation_.sites().signer(site))
                                            ->Text());
  }

  const SignedCharter terms_ = federation_.SignedByAll(
      federation_.Written({{"purposes: [risk-of-disease]", "purposes: [billing-audit, risk-of-disease]"}}));
};

TEST_F(ReleaseFiles, OwnerSignsAndSomebodyElseChecks) {
  ASSERT_EQ(Release("emil", "heart.release", {"--purpose", "risk-of-disease", "--days", "30"}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("heart at cleveland for risk-of-disease, in any version"));
  EXPECT_EQ(Show({}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("steward of Cleveland Clinic"));
  EXPECT_NE(Release("emil", "heart.release", {"--purpose", "risk-of-disease"}), kExitOk) << "nothing is written over";
}

TEST_F(ReleaseFiles, WhatWouldNotCountIsNotSigned) {
  EXPECT_NE(Release("clara", "a", {"--purpose", "risk-of-disease"}), kExitOk);
  EXPECT_THAT(Errors(), HasSubstr("does not list as steward of Cleveland Clinic"));
  EXPECT_NE(Release("emil", "b", {"--purpose", "curiosity"}), kExitOk);
  EXPECT_NE(Release("emil", "c", {}), kExitOk) << "for nothing, and not withdrawn either";
  EXPECT_NE(Release("emil", "d", {"--purpose", "risk-of-disease", "--withdraw"}), kExitOk);
  EXPECT_EQ(Release("emil", "e", {"--withdraw"}), kExitOk) << Errors();
}

TEST_F(ReleaseFiles, ThirdPartySeesThatAPurposeWasNotReleasedAndTheRefusalFollows) {
  ASSERT_EQ(Release("emil", "heart.release", {"--purpose", "billing-audit"}), kExitOk) << Errors();
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  EXPECT_EQ(Show({"--order", Path("order")}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("is for the purpose risk-of-disease, which is NOT RELEASED"));
  EXPECT_EQ(Show({"--order", Path("order"), "--refusal", Refusal("cleveland"), "--json"}), kExitOk) << Errors();
  EXPECT_EQ(nlohmann::json::parse(Output())["order_is_released"], false);
  EXPECT_NE(Show({"--order", Path("order"), "--refusal", Refusal("va")}), kExitOk);
  EXPECT_THAT(Errors(), HasSubstr("the refusal is of the site va"));
}

TEST_F(ReleaseFiles, RefusalOfWhatWasReleasedDoesNotFollow) {
  ASSERT_EQ(Release("emil", "heart.release", {"--purpose", "risk-of-disease"}), kExitOk) << Errors();
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  EXPECT_EQ(Show({"--order", Path("order")}), kExitOk) << Errors();
  EXPECT_EQ(Show({"--order", Path("order"), "--refusal", Refusal("cleveland")}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("does not follow from the purposes of the release"));
}

TEST_F(ReleaseFiles, ReleaseWithAChangedPurposeIsOfNoWorth) {
  ASSERT_EQ(Release("emil", "heart.release", {"--purpose", "billing-audit"}), kExitOk) << Errors();
  WriteFile("heart.release",
            absl::StrReplaceAll(ReadBack("heart.release"), {{"purposes: billing-audit", "purposes: risk-of-disease"}}));
  EXPECT_NE(Show({}), kExitOk);
  EXPECT_THAT(Errors(), HasSubstr("a byte of it was changed"));
}

}  // namespace
}  // namespace accord
