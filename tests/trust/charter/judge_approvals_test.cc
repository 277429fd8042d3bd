// Which approvals count, and what four eyes may loosen. One attack, one name.
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/judging.h"
#include "trust/charter/judge.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class JudgingApprovals : public Judging {};

TEST_F(JudgingApprovals, JobWithoutTheStewardIsRefused) {
  EXPECT_THAT(Reasons({Lead(), OwnSite()}),
              HasSubstr("0 of 1 approvals as steward that the charter's approvals.by[1]"));
}

TEST_F(JudgingApprovals, JobThatThisSiteHasNotApprovedIsRefused) {
  EXPECT_THAT(Reasons({Lead(), Steward()}), HasSubstr("site va has not approved"));
}

TEST_F(JudgingApprovals, ApprovalOfAnotherSiteIsNotThisOnes) {
  const auto other = Signed(By("site/cleveland", v1::ROLE_UNSPECIFIED), federation_.sites().signer("cleveland"));
  EXPECT_THAT(Reasons({Lead(), Steward(), other}), HasSubstr("site va has not approved"));
}

TEST_F(JudgingApprovals, EngineerDoesNotApproveTheOwnOrder) {
  order_.engineer = "emil";
  Order("emil");
  const auto own = Signed(By("person/emil", v1::ROLE_LEAD), federation_.person("emil"));
  const Verdict verdict = Judged({own, Steward(), OwnSite()});
  EXPECT_THAT(absl::StrJoin(verdict.reasons, "\n"), HasSubstr("0 of 1 approvals as lead"));
  EXPECT_THAT(absl::StrJoin(verdict.notes, "\n"), HasSubstr("by the order's own engineer"));
}

TEST_F(JudgingApprovals, OneStolenKeyIsNotEnough) {
  // Emil is engineer, lead and steward; who has his key alone gets nowhere, whatever it signs.
  order_.engineer = "emil";
  Order("emil");
  const auto lead = Signed(By("person/emil", v1::ROLE_LEAD), federation_.person("emil"));
  const auto steward = Signed(By("person/emil", v1::ROLE_STEWARD), federation_.person("emil"));
  const auto as_bela = Signed(By("person/bela", v1::ROLE_LEAD), federation_.person("emil"));
  const auto as_site = Signed(By("site/va", v1::ROLE_UNSPECIFIED), federation_.person("emil"));
  EXPECT_EQ(Judged({lead, steward, as_bela, as_site}).reasons.size(), 3u);
}

TEST_F(JudgingApprovals, PersonWithTwoRolesCountsOnce) {
  const auto lead = Signed(By("person/emil", v1::ROLE_LEAD), federation_.person("emil"));
  const auto steward = Signed(By("person/emil", v1::ROLE_STEWARD), federation_.person("emil"));
  EXPECT_THAT(Reasons({lead, steward, OwnSite()}), HasSubstr("0 of 1 approvals as steward"));
}

TEST_F(JudgingApprovals, ApprovalInARoleThatTheCharterDoesNotGiveDoesNotCount) {
  const auto lead = Signed(By("person/fritz", v1::ROLE_LEAD), federation_.person("fritz"));
  EXPECT_THAT(Reasons({lead, Steward(), OwnSite()}), HasSubstr("0 of 1 approvals as lead"));
}

TEST_F(JudgingApprovals, ApprovalOfAnotherOrderDoesNotCount) {
  const std::vector<SignedStatement> earlier = All();
  order_.nonce = "ff0102030405060708090a0b0c0d0e0f";  // the same job, ordered once more
  Order();
  const Verdict verdict = Judged(earlier);
  EXPECT_EQ(verdict.reasons.size(), 3u);
  EXPECT_THAT(absl::StrJoin(verdict.notes, "\n"), HasSubstr("person/bela does not count: it is about another order"));
}

TEST_F(JudgingApprovals, ApprovalIsNotReplayedAfterItsExpiry) {
  EXPECT_THAT(Reasons(All(), "2027-03-22T10:00:00Z"), HasSubstr("0 of 1 approvals as lead"));
}

TEST_F(JudgingApprovals, ApprovalWithoutEndDoesNotCount) {
  Approval approval = By("person/bela", v1::ROLE_LEAD);
  approval.expires = At("2037-01-01T00:00:00Z");
  const Verdict verdict = Judged({Signed(approval, federation_.person("bela")), Steward(), OwnSite()});
  EXPECT_FALSE(verdict.allowed());
  EXPECT_THAT(absl::StrJoin(verdict.notes, "\n"), HasSubstr("longer than 30 days"));
}

TEST_F(JudgingApprovals, RefusalStopsTheJobWhateverElseIsThere) {
  Approval refusal = By("person/bela", v1::ROLE_LEAD);
  refusal.approves = false;
  std::vector<SignedStatement> statements = All();
  statements.push_back(Signed(refusal, federation_.person("bela")));
  EXPECT_EQ(Reasons(statements), "person/bela refused this order");
  EXPECT_THAT(Reasons(statements, "2027-03-22T10:00:00Z"), HasSubstr("refused"));  // a refusal does not expire
}

TEST_F(JudgingApprovals, RefusalOfWhomNobodyAskedStopsNothing) {
  Approval refusal = By("person/fritz", v1::ROLE_AUDITOR);
  refusal.approves = false;
  std::vector<SignedStatement> statements = All();
  statements.push_back(Signed(refusal, federation_.person("fritz")));
  EXPECT_EQ(Reasons(statements), "");
}

TEST_F(JudgingApprovals, EngineerMayTakeTheOrderBack) {
  Approval refusal = By("person/ada", v1::ROLE_ENGINEER);
  refusal.approves = false;
  std::vector<SignedStatement> statements = All();
  statements.push_back(Signed(refusal, federation_.person("ada")));
  EXPECT_EQ(Reasons(statements), "person/ada refused this order");
}

TEST_F(JudgingApprovals, RefusalThatSomebodyElseSignedStopsNothing) {
  Approval refusal = By("person/bela", v1::ROLE_LEAD);
  refusal.approves = false;
  std::vector<SignedStatement> statements = All();
  statements.push_back(Signed(refusal, federation_.person("fritz")));
  EXPECT_EQ(Reasons(statements), "");
}

TEST_F(JudgingApprovals, LoweredFloorIsTheOneOfTheVerdict) {
  spec_.mutable_aggregation()->mutable_secure_sum()->set_two_sites(true);
  spec_.mutable_aggregation()->mutable_secure_sum()->set_colluding_organisations(0);
  spec_.mutable_rounds()->set_min_sites(2);
  order_.loosens = {v1::RULE_MIN_SITES};
  UseCharter({{"min_colluding_organisations: 1", "min_colluding_organisations: 0"}});
  Approval lead = By("person/bela", v1::ROLE_LEAD);
  lead.loosens = {v1::RULE_MIN_SITES};
  Approval steward = By("person/clara", v1::ROLE_STEWARD);
  steward.loosens = {v1::RULE_MIN_SITES};
  steward.expires = At("2027-03-10T00:00:00Z");
  const Verdict verdict =
      Judged({Signed(lead, federation_.person("bela")), Signed(steward, federation_.person("clara")), OwnSite()});
  EXPECT_THAT(verdict.reasons, ::testing::IsEmpty());
  EXPECT_EQ(verdict.terms.min_sites, 2u);
  EXPECT_EQ(verdict.terms.min_organisations, 3u);
  EXPECT_EQ(verdict.terms.valid_until, At("2027-03-10T00:00:00Z"));
  EXPECT_THAT(Reasons(All()), HasSubstr("asks to loosen min_sites"));
}

class LooseningHours : public JudgingApprovals {
 protected:
  LooseningHours() {
    order_.loosens = {v1::RULE_HOURS};
    Order();
  }
  SignedStatement Loosening(const std::string& person, v1::Role as) const {
    Approval approval = By("person/" + person, as);
    approval.loosens = {v1::RULE_HOURS};
    return Signed(approval, federation_.person(person));
  }
  const std::string saturday_ = "2027-03-06T10:00:00Z";
};

TEST_F(LooseningHours, NeedsFourEyesThatNamedIt) {
  const auto bela = Loosening("bela", v1::ROLE_LEAD);
  const auto clara = Loosening("clara", v1::ROLE_STEWARD);
  EXPECT_EQ(Reasons({bela, clara, OwnSite()}, saturday_), "");
  // An approval of the order alone is none of the loosening.
  EXPECT_THAT(Reasons({bela, Steward(), OwnSite()}, saturday_), HasSubstr("asks to loosen hours, which needs"));
  EXPECT_THAT(Reasons({bela, bela, Steward(), OwnSite()}, saturday_), HasSubstr("asks to loosen hours, which needs"));
}

TEST_F(LooseningHours, IsNotDoneUnasked) {
  order_.loosens.clear();
  Order();
  EXPECT_THAT(Reasons({Loosening("bela", v1::ROLE_LEAD), Loosening("clara", v1::ROLE_STEWARD), OwnSite()}, saturday_),
              HasSubstr("close at"));
}

TEST_F(LooseningHours, NeedsTwoOrganisations) {
  UseCharter({{"id: clara, name: Clara Immerwahr, organisation: Universitätsspital Zürich",
               "id: clara, name: Clara Immerwahr, organisation: Magyar Kardiológiai Intézet"}});
  EXPECT_THAT(Reasons({Loosening("bela", v1::ROLE_LEAD), Loosening("clara", v1::ROLE_STEWARD), OwnSite()}, saturday_),
              HasSubstr("of two people of two organisations"));
}

TEST_F(LooseningHours, DoesNotReachWhatTheCharterDoesNotName) {
  order_.loosens = {v1::RULE_SECURE_SUM};
  Order();
  EXPECT_THAT(Reasons(All()), HasSubstr("loosen secure_sum, which the charter's loosening"));
}

TEST_F(LooseningHours, DoesNotLoosenTheSitesOwnPolicy) {
  UsePolicy(
      "data_sets: [{name: heart, purposes: [risk-of-disease]}]\n"
      "hours: [{days: [monday], from: '00:00', until: '24:00'}]\n");
  EXPECT_THAT(Reasons({Loosening("bela", v1::ROLE_LEAD), Loosening("clara", v1::ROLE_STEWARD), OwnSite()}, saturday_),
              HasSubstr("this site's policy: hours (line 2) close"));
}

TEST_F(JudgingApprovals, GarbageAmongTheApprovalsHarmsNobody) {
  std::vector<SignedStatement> statements = All();
  statements.push_back({"accord-approval-v1\n", "x"});
  statements.push_back({"", ""});
  const Verdict verdict = Judged(statements);
  EXPECT_TRUE(verdict.allowed());
  EXPECT_EQ(verdict.notes.size(), 2u);
}

}  // namespace
}  // namespace accord
