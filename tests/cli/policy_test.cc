// accord policy sign and show: two people of a site's organisation, each at the own desk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/cli/order_fixture.h"
#include "tests/trust/charter/example_policy.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class PolicyFiles : public OrderFiles {
 protected:
  void SetUp() override {
    OrderFiles::SetUp();
    charter_ = WriteFile("charter-2.signed", federation_.SignedByAll(federation_.Written(SignedPolicies())).Text());
    policy_ = WriteFile("policy.yaml", kPolicyOfCleveland);
  }
  ExitCode Sign(const std::string& person, const std::string& policy, const std::vector<std::string>& more) {
    LogIn(person);
    std::vector<std::string> words = {"policy",   "sign",  policy,   "--charter", charter_,
                                      "--roster", roster_, "--site", "cleveland"};
    words.insert(words.end(), more.begin(), more.end());
    return Run(words);
  }
  ExitCode Show(const std::string& file, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"policy", "show", Path(file), "--charter", charter_, "--roster", roster_};
    words.insert(words.end(), more.begin(), more.end());
    return Run(words);
  }

  std::string policy_;
};

TEST_F(PolicyFiles, HoldOnceTheSecondPersonHasReadAndSignedTheSameText) {
  ASSERT_EQ(Sign("ada", policy_, {"-o", Path("first")}), kExitOk) << Errors();
  EXPECT_THAT(Output(), AllOf(HasSubstr("signed as person/ada"), HasSubstr("releases heart for risk-of-disease"),
                              HasSubstr("Not yet: the policy is signed by ada of those who may")));
  EXPECT_EQ(Show("first"), kExitFailed);
  ASSERT_EQ(Sign("emil", policy_, {"--add-to", Path("first"), "-o", Path("both")}), kExitOk) << Errors();
  EXPECT_THAT(Output(), AllOf(HasSubstr("is signed by person/ada, person/emil"), HasSubstr("It holds. At the site:")));
  EXPECT_EQ(Show("both", {"--policy", policy_}), kExitOk) << Output();
  const std::string other = WriteFile("other.yaml", std::string(kPolicyOfCleveland) + "# as it was\n");
  EXPECT_EQ(Show("both", {"--policy", other, "--json"}), kExitFailed);
  const auto json = nlohmann::json::parse(Output(), nullptr, false);
  EXPECT_FALSE(json.value("holds", true));
  EXPECT_THAT(json.value("why_not", ""), HasSubstr("other.yaml is another text than was signed"));
}

TEST_F(PolicyFiles, AreCheckedOnlyOfASiteThatThereIsAndThatMayReleaseTheData) {
  const auto check = [this](const std::string& policy, const std::string& site, bool with_roster) {
    std::vector<std::string> words = {"policy", "check", policy, "--charter", charter_, "--site", site};
    if (with_roster) words.insert(words.end(), {"--roster", roster_});
    return Run(words);
  };
  EXPECT_EQ(check(policy_, "cleveland", true), kExitOk) << Errors();
  EXPECT_EQ(check(policy_, "nosuch", true), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("--site nosuch: the roster lists no such site"));
  EXPECT_EQ(check(policy_, "nosuch", false), kExitOk);
  EXPECT_THAT(Output(), HasSubstr("Whether there is a site of this id was not asked"));
  const std::string bills = WriteFile("bills.yaml", "data_sets: [{name: bills, purposes: [billing-audit]}]\n");
  EXPECT_EQ(check(bills, "va", true), kExitOk) << Errors();
  EXPECT_EQ(check(bills, "cleveland", false), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("is not this site's to release"));
}

TEST_F(PolicyFiles, JudgeSaysWhetherThePolicyIsSigned) {
  ASSERT_EQ(Sign("ada", policy_, {"-o", Path("first")}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("have it signed by 1 more (accord policy sign) of emil"));
  ASSERT_EQ(Sign("emil", policy_, {"--add-to", Path("first"), "-o", Path("both")}), kExitOk) << Errors();
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  const auto judge = [this](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"--policy", policy_};
    words.insert(words.end(), more.begin(), more.end());
    return JudgeAt("cleveland", {}, words);
  };
  judge({});
  EXPECT_THAT(Output(), HasSubstr("which were NOT LOOKED AT: --signed-policy FILE"));
  judge({"--signed-policy", Path("first")});
  EXPECT_THAT(Output(), HasSubstr("NO JOB RUNS UNDER THIS POLICY: the policy is signed by ada of those who may"));
  judge({"--signed-policy", Path("both")});
  EXPECT_THAT(Output(), AllOf(HasSubstr("The policy is signed as "), HasSubstr("by person/ada, person/emil")));
  policy_ = WriteFile("other.yaml", std::string(kPolicyOfCleveland) + "# changed\n");
  judge({"--signed-policy", Path("both")});
  EXPECT_THAT(Output(), HasSubstr("other.yaml is not what was signed"));
  EXPECT_EQ(judge({"--at", "2026-13-01"}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("--at 2026-13-01"));
}

TEST_F(PolicyFiles, TellWhoeverSignsWhatIsNewAndWhatIsGivenUp) {
  ASSERT_EQ(Sign("ada", policy_, {"-o", Path("first")}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("What that changes is not told: name the policy that it replaces by --before"));
  const std::string before = WriteFile("before.yaml", absl::StrCat(kPolicyOfCleveland, "floors: {min_rows: 80}\n"));
  const std::string after = WriteFile("after.yaml", absl::StrCat(kPolicyOfCleveland,
                                                                 "time_zone: Europe/Zurich\nhours: [{days: [monday, "
                                                                 "sunday], from: '08:00', until: '18:30'}]\n"));
  ASSERT_EQ(Sign("ada", after, {"--before", before, "-o", Path("second")}), kExitOk) << Errors();
  EXPECT_THAT(Output(), AllOf(HasSubstr("no longer: floors.min_rows: 80\n"),
                              HasSubstr("new: computes at these hours alone, time zone Europe/Zurich: Monday, Sunday "
                                        "08:00 to 18:30\n"),
                              ::testing::Not(HasSubstr("new: releases")), ::testing::Not(HasSubstr("is not told"))));
  ASSERT_EQ(Sign("ada", "--none", {"--before", before, "-o", Path("third")}), kExitOk) << Errors();
  EXPECT_THAT(Output(), AllOf(HasSubstr("no longer: releases heart"), HasSubstr("no longer: floors.min_rows: 80")));
  ASSERT_EQ(Sign("ada", before, {"--before", before, "-o", Path("fourth"), "--json"}), kExitOk) << Errors();
  EXPECT_TRUE(nlohmann::json::parse(Output()).at("changes").empty());
}

TEST_F(PolicyFiles, TellWhoeverSignsHowMuchOfTheMachineAJobTakes) {
  const std::string before = WriteFile(
      "before.yaml", absl::StrCat(kPolicyOfCleveland, "limits: {threads: 4, memory_mib: 8192, scratch_mib: 0}\n"));
  const std::string after = WriteFile(
      "after.yaml", absl::StrCat(kPolicyOfCleveland, "limits: {threads: 4, memory_mib: 16384, kept_mib: 100}\n"));
  ASSERT_EQ(Sign("ada", after, {"--before", before, "-o", Path("first")}), kExitOk) << Errors();
  EXPECT_THAT(Output(), AllOf(HasSubstr("  lets a job take at most 4 threads of one trainer\n"),
                              HasSubstr("no longer: lets a job take at most 8192 MiB of memory of one trainer\n"),
                              HasSubstr("no longer: lets a job take at most 0 MiB of disk for one trainer's rows\n"),
                              HasSubstr("new: lets a job take at most 16384 MiB of memory of one trainer\n"),
                              HasSubstr("new: lets a job take at most 100 MiB of disk between its rounds\n"),
                              ::testing::Not(HasSubstr("new: lets a job take at most 4 threads"))));
}

TEST_F(PolicyFiles, OfTwoTextsAreNotSignedTogether) {
  ASSERT_EQ(Sign("ada", policy_, {"-o", Path("first")}), kExitOk) << Errors();
  const std::string other = WriteFile("other.yaml", std::string(kPolicyOfCleveland) + "# another one\n");
  EXPECT_EQ(Sign("emil", other, {"--add-to", Path("first"), "-o", Path("both")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("and not this text: have both people sign the same file"));
  EXPECT_EQ(Sign("emil", "--none", {"--add-to", Path("first"), "-o", Path("both")}), kExitFailed);
  EXPECT_EQ(ReadBack("both"), "(no such file)") << "nothing is signed";
}

// Which would lie ready to replace, on its day and without anybody's word, what both sign until then.
TEST_F(PolicyFiles, OfATimeAheadGetNoSecondSignature) {
  const absl::Time today = clock_.Now();
  clock_.Advance(absl::Hours(24 * 21));
  ASSERT_EQ(Sign("ada", policy_, {"-o", Path("first")}), kExitOk) << Errors();
  clock_.Advance(today - clock_.Now());
  EXPECT_EQ(Sign("emil", policy_, {"--add-to", Path("first"), "-o", Path("both")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("it would replace every policy that is signed until then"));
  EXPECT_EQ(ReadBack("both"), "(no such file)") << "nothing is signed";
  clock_.Advance(absl::Hours(24 * 21));
  EXPECT_EQ(Sign("emil", policy_, {"--add-to", Path("first"), "-o", Path("both")}), kExitOk) << Errors();
}

TEST_F(PolicyFiles, AreSignedByNobodyWhoseSignatureCountsForNothing) {
  EXPECT_EQ(Sign("clara", policy_, {"-o", Path("clara")}), kExitFailed);
  EXPECT_THAT(Errors(), AllOf(HasSubstr("clara is of Universitätsspital Zürich"), HasSubstr("ada, emil")));
  EXPECT_EQ(Sign("ada",
                 WriteFile("loose.yaml",
                           "data_sets: [{name: heart, purposes: [risk-of-disease]}]\n"
                           "floors: {min_rows: 1}\n"),
                 {"-o", Path("loose")}),
            kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("loose.yaml:2: floors.min_rows"));
  charter_ = WriteFile("charter-3.signed", federation_.SignedByAll(federation_.Written()).Text());
  EXPECT_EQ(Sign("ada", policy_, {"-o", Path("ada")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("it has no site_policies"));
}

TEST_F(PolicyFiles, GiveThePolicyUpByTheSameTwoSignatures) {
  ASSERT_EQ(Sign("ada", "--none", {"-o", Path("first")}), kExitOk) << Errors();
  ASSERT_EQ(Sign("emil", "--none", {"--add-to", Path("first"), "-o", Path("both")}), kExitOk) << Errors();
  EXPECT_EQ(Show("both"), kExitOk);
  EXPECT_THAT(Output(), HasSubstr("no policy any more at cleveland"));
  EXPECT_EQ(Show("both", {"--policy", policy_}), kExitFailed);
  EXPECT_EQ(Run({"policy", "sign", policy_, "--none", "--charter", charter_, "--roster", roster_, "--site", "cleveland",
                 "-o", Path("either")}),
            kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("name the policy's file, or say --none"));
}

TEST_F(PolicyFiles, ThatAreDamagedAreToldWithTheirName) {
  ASSERT_EQ(Sign("ada", policy_, {"-o", Path("first")}), kExitOk) << Errors();
  WriteFile("cut", ReadBack("first").substr(0, 40));
  EXPECT_EQ(Show("cut"), kExitFailed);
  EXPECT_THAT(Errors(), AllOf(HasSubstr("cut"), HasSubstr("no line 'signatures'")));
  WriteFile("changed", absl::StrReplaceAll(ReadBack("first"), {{"site: cleveland", "site: va"}}));
  EXPECT_EQ(Show("changed"), kExitFailed);
}

}  // namespace
}  // namespace accord
