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
#include "trust/charter/release_check.h"

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
                                      roster_,   "--data-set", "heart",     "--data-version", version_,
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
  std::string Refusal(const std::string& site, absl::Time time = At("2027-03-01T11:00:00Z"),
                      const std::string& reason = "the job is for another purpose") {
    const auto order = SignedStatement::Parse(ReadBack("order"));
    EXPECT_TRUE(order.ok()) << order.status();
    RefusalStatement refusal;
    refusal.site = site;
    refusal.charter = terms_.charter()->hash();
    refusal.order = JobOrderHash(order->bytes);
    refusal.job_id = "7f3a5d90c1e2b486";
    refusal.time = time;
    refusal.for_good = true;
    refusal.reasons = {reason};
    return WriteFile(site + ".refusal", SignedStatement::Sign(WriteRefusalStatement(refusal).value(), kRefusalDomain,
                                                              federation_.sites().signer(site))
                                            ->Text());
  }

  std::string version_ = "any";
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
  EXPECT_THAT(Output(), HasSubstr("the refusal does not follow from the release"));
}

TEST_F(ReleaseFiles, RefusalOfWhatHadExpiredFollows) {
  ASSERT_EQ(Release("emil", "heart.release", {"--purpose", "risk-of-disease", "--days", "1"}), kExitOk) << Errors();
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  const absl::Time end = ParseRelease(SignedStatement::Parse(ReadBack("heart.release"))->bytes)->expires;
  EXPECT_EQ(Show({"--order", Path("order"), "--refusal", Refusal("cleveland", end - absl::Seconds(1))}), kExitFailed);
  EXPECT_EQ(Show({"--order", Path("order"), "--refusal", Refusal("cleveland", end)}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("the refusal is what the owner's release demands: it expired at"));
}

// In the words that a site's own judgement writes into it.
TEST_F(ReleaseFiles, RefusalForTheVersionFollowsWhereTheReleaseNamesOne) {
  version_ = std::string(64, 'a');
  ASSERT_EQ(Release("emil", "heart.release", {"--purpose", "risk-of-disease"}), kExitOk) << Errors();
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  const auto released = SignedStatement::Parse(ReadBack("heart.release"));
  ASSERT_TRUE(released.ok()) << released.status();
  const absl::Time time = At("2027-03-01T11:00:00Z");
  const std::vector<absl::StatusOr<Sha256Digest>> versions = {Sha256("other rows"),
                                                              absl::UnavailableError("its version is not known yet")};
  for (const auto& version : versions) {
    const ReleaseVerdict verdict = JudgeRelease(*terms_.charter(), federation_.sites().Listed(), *released,
                                                {"cleveland", "heart", "risk-of-disease"}, version, time);
    ASSERT_EQ(verdict.reasons.size(), 1u);
    EXPECT_EQ(Show({"--order", Path("order"), "--refusal", Refusal("cleveland", time, verdict.reasons[0])}), kExitOk)
        << Errors();
    EXPECT_THAT(Output(), HasSubstr("is the site's signed word"));
  }
  EXPECT_EQ(Show({"--order", Path("order"), "--refusal", Refusal("cleveland")}), kExitFailed) << "of other reasons";
}

TEST_F(ReleaseFiles, RefusalForTheVersionDoesNotFollowWhereTheReleaseNamesNone) {
  ASSERT_EQ(Release("emil", "heart.release", {"--purpose", "risk-of-disease"}), kExitOk) << Errors();
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  const std::string reason = "the content of heart is another version than emil released";
  EXPECT_EQ(Show({"--order", Path("order"), "--refusal", Refusal("cleveland", At("2027-03-01T11:00:00Z"), reason)}),
            kExitFailed);
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
