#include "client/daemon/governance/joint_parents.h"

#include <filesystem>
#include <string>

#include "client/daemon/governance/pinned_charter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/governance/joint_site.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class JointParentsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Pin(site_.JointCharter());
    ASSERT_TRUE(WriteJointPin(State(), site_.Files()).ok());
  }
  StateFolder State() { return site_.joint().State(); }
  void Pin(const SignedCharter& charter) { ASSERT_TRUE(PinCharter(State(), charter).ok()); }
  // Empty: jobs may be judged here.
  std::string Refusal() { return std::string(pinned_.Current().status().message()); }

  JointSite site_{TwoFederations::Now()};
  ManualClock clock_{TwoFederations::Now()};
  PinnedCharter pinned_{site_.joint().Config("va"), clock_};
};

TEST_F(JointParentsTest, JobsAreJudgedWhileNothingIsWeaker) {
  EXPECT_EQ(Refusal(), "");
  EXPECT_EQ(Refusal(), "") << "also by what is known";
  EXPECT_THAT(pinned_.InWords(), HasSubstr("under the charters of Heart Federation and Lung Federation too"));
}

TEST_F(JointParentsTest, OrdinaryFederationIsAskedForNothing) {
  ASSERT_TRUE(ForgetJointPin(State()).ok());
  EXPECT_EQ(Refusal(), "");
  EXPECT_THAT(pinned_.InWords(), ::testing::Not(HasSubstr("under the charters")));
}

TEST_F(JointParentsTest, NothingRunsWithoutTheJointCharter) {
  ASSERT_TRUE(ForgetCharterPin(State()).ok());
  EXPECT_THAT(Refusal(), HasSubstr("takes part in nothing before its charter is pinned"));
}

TEST_F(JointParentsTest, JointCharterThatLoosensAFieldIsRefusedClauseByClause) {
  Pin(site_.JointCharter({{"  min_rows: 50\n", "  min_rows: 40\n"}, {"secure_sum: true", "secure_sum: false"}}));
  EXPECT_THAT(
      Refusal(),
      AllOf(HasSubstr("the joint federation does not hold for this site"),
            HasSubstr("than the charter of Heart Federation"), HasSubstr("than the charter of Lung Federation"),
            HasSubstr("floors.min_rows is 40, before 50"), HasSubstr("floors.secure_sum is false, before true")));
}

TEST_F(JointParentsTest, WhatTheOwnMembersTightenCountsAtOnce) {
  EXPECT_EQ(Refusal(), "");
  site_.PinOwnCharter({{"  min_rows: 50\n", "  min_rows: 80\n"}});
  EXPECT_THAT(Refusal(), HasSubstr("floors.min_rows is 50, before 80"));
  site_.PinOwnCharter();
  EXPECT_EQ(Refusal(), "");
}

TEST_F(JointParentsTest, NothingRunsWithoutTheOwnCharter) {
  ASSERT_TRUE(ForgetCharterPin(site_.own().State()).ok());
  EXPECT_THAT(Refusal(), HasSubstr("it has pinned no charter in its own federation"));
}

TEST_F(JointParentsTest, RosterThatGoesOnWithAThirdPartyStopsEverything) {
  EXPECT_EQ(Refusal(), "");
  ExampleSites all = site_.federations().joint();
  all.Add("stranger", "Stranger Clinic");
  RosterTerms terms = site_.federations().JointTerms();
  terms.sites = all.entries();
  terms.organisations.push_back("Stranger Clinic");
  terms.quorum = 5;
  SignedCharter charter =
      site_.JointCharter({{"\norganisations:\n", "\norganisations:\n  - name: \"Stranger Clinic\"\n"}});
  ASSERT_TRUE(charter.Sign("site/stranger", all.signer("stranger")).ok());
  Pin(charter);
  ASSERT_TRUE(PinRoster(State(), TwoFederations::Parsed(terms)).ok());
  EXPECT_THAT(Refusal(), HasSubstr("site stranger of Stranger Clinic does not belong to"));
}

TEST_F(JointParentsTest, AnchorsEnd) {
  clock_.Advance(absl::Hours(24 * 60));
  EXPECT_THAT(Refusal(), AllOf(HasSubstr("the anchor of Heart Federation was valid until"),
                               HasSubstr("the anchor of Lung Federation was valid until")));
}

TEST_F(JointParentsTest, DamagedPinLetsNothingThrough) {
  const std::string folder = State().path();
  JointSite::Write(folder + "/joint", "accord-joint-v1\n");
  EXPECT_THAT(Refusal(), HasSubstr("is damaged"));
  JointSite::Write(folder + "/joint", "");
  EXPECT_THAT(Refusal(), HasSubstr("is damaged"));
  ASSERT_TRUE(WriteJointPin(State(), site_.Files()).ok());
  EXPECT_EQ(Refusal(), "");
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/joint.files")) {
    JointSite::Write(entry.path().string(), "something else\n");
  }
  PinnedCharter after_restart(site_.joint().Config("va"), clock_);
  EXPECT_THAT(std::string(after_restart.Current().status().message()), HasSubstr("has other bytes than were pinned"));
  std::filesystem::remove_all(folder + "/joint.files");
  EXPECT_THAT(std::string(after_restart.Current().status().message()), HasSubstr("cannot be read"));
}

TEST_F(JointParentsTest, AJointFederationIsNobodysOwn) {
  ASSERT_TRUE(WriteJointPin(site_.own().State(), site_.Files()).ok());
  EXPECT_THAT(Refusal(), HasSubstr("is of a joint federation itself"));
}

TEST_F(JointParentsTest, OwnFederationIsAnotherFolderOfTheSameSite) {
  JointFiles files = site_.Files();
  files.own_config = site_.JointConfig();
  ASSERT_TRUE(WriteJointPin(State(), files).ok());
  EXPECT_THAT(Refusal(), HasSubstr("has the state folder of the joint federation"));
  JointSite::Write(site_.OwnConfig(), "coordinator: localhost:1\nsite: cleveland\nstate_dir: state\n");
  ASSERT_TRUE(WriteJointPin(State(), site_.Files()).ok());
  EXPECT_THAT(Refusal(), HasSubstr("is of site cleveland, and this is va"));
}

TEST_F(JointParentsTest, PathThatIsNotAbsoluteIsNotPinned) {
  JointFiles files = site_.Files();
  files.own_config = "client.yaml";
  EXPECT_FALSE(WriteJointPin(State(), files).ok());
  EXPECT_EQ(Refusal(), "") << "what was pinned before stays";
}

}  // namespace
}  // namespace accord
