// What is told of an order before a site judges it.
#include "trust/charter/foresight.h"

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/judging.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Foreseeing : public Judging {
 protected:
  Foresight Foreseen(const std::vector<SignedStatement>& approvals, const std::string& now = "2027-03-01T10:00:00Z") {
    return Foresee(active_.charter(), signed_order_, approvals, job_bytes_, At(now));
  }
};

TEST_F(Foreseeing, OrderWithoutApprovalsLacksThemAndIsNotHopeless) {
  const Foresight foresight = Foreseen({});
  EXPECT_THAT(foresight.reasons, IsEmpty());
  EXPECT_THAT(foresight.awaited,
              ElementsAre(HasSubstr("0 of 1 approvals as lead"), HasSubstr("0 of 1 approvals as steward")));
  EXPECT_EQ(foresight.engineer, "person/ada");
  EXPECT_EQ(foresight.organisation, "Cleveland Clinic");
}

TEST_F(Foreseeing, NothingIsLackingOncePeopleApproved) {
  const Foresight foresight = Foreseen({Lead(), Steward()});
  EXPECT_THAT(foresight.reasons, IsEmpty());
  EXPECT_THAT(foresight.awaited, IsEmpty());
}

TEST_F(Foreseeing, WhatNeverHealsIsToldWhole) {
  spec_.mutable_evaluation()->set_minimum_cell(2);
  order_.purpose = "billing-audit";
  order_.expires = At("2027-12-01T00:00:00Z");
  Order();
  EXPECT_THAT(Foreseen({}).reasons,
              ElementsAre(HasSubstr("longer than 60 days"), HasSubstr("heart may not be read for the purpose"),
                          HasSubstr("minimum_cell is 2")));
}

TEST_F(Foreseeing, TimeThatHasNotComeIsAwaitedAndTimeThatIsOverIsNot) {
  EXPECT_THAT(Foreseen({Lead(), Steward()}, "2027-02-01T10:00:00Z").awaited,
              Contains(HasSubstr("begins to hold at 2027-02-15T00:00:00Z")));
  EXPECT_THAT(Foreseen({}, "2027-05-01T10:00:00Z").reasons, ElementsAre(HasSubstr("the order expired")));
  EXPECT_THAT(Foreseen({}, "2026-12-30T10:00:00Z").awaited, Contains(HasSubstr("the charter's not_before")));
  EXPECT_THAT(Foreseen({}, "2028-01-03T10:00:00Z").reasons, Contains(HasSubstr("the charter's expires")));
}

TEST_F(Foreseeing, HoursAndOneSitesRightsAreTheSites) {
  UseCharter({{"purposes: [risk-of-disease]}\n", "purposes: [risk-of-disease], sites: [cleveland]}\n"}});
  const Foresight foresight = Foreseen({}, "2027-03-06T03:00:00Z");
  EXPECT_THAT(foresight.reasons, IsEmpty());
}

TEST_F(Foreseeing, RuleThatIsToBeLoosenedIsLackingItsTwoPeopleAlone) {
  spec_.mutable_rounds()->set_min_sites(2);
  spec_.mutable_aggregation()->mutable_secure_sum()->set_two_sites(true);
  spec_.mutable_aggregation()->mutable_secure_sum()->set_colluding_organisations(0);
  UseCharter({{"min_colluding_organisations: 1", "min_colluding_organisations: 0"}});
  EXPECT_THAT(Foreseen({Lead(), Steward()}).reasons, ElementsAre(HasSubstr("rounds.min_sites is 2")));
  order_.loosens = {v1::RULE_MIN_SITES};
  Order();
  const Foresight foresight = Foreseen({Lead(), Steward()});
  EXPECT_THAT(foresight.reasons, IsEmpty());
  EXPECT_THAT(foresight.awaited, ElementsAre(HasSubstr("asks to loosen min_sites")));
}

TEST_F(Foreseeing, RefusalOfOneWhoMayIsTheEnd) {
  Approval refusal = By("person/clara", v1::ROLE_STEWARD);
  refusal.approves = false;
  EXPECT_THAT(Foreseen({Lead(), Signed(refusal, federation_.person("clara"))}).reasons,
              ElementsAre("person/clara refused this order"));
}

TEST_F(Foreseeing, OrderThatSomebodyElseSignedIsHopeless) {
  SignOrder("fritz");
  const Foresight foresight = Foreseen({});
  EXPECT_THAT(foresight.reasons, ElementsAre(HasSubstr("not signed with the key of ada")));
  EXPECT_EQ(foresight.engineer, "");
}

TEST_F(Foreseeing, WithoutTheJobNothingIsSaidOfIt) {
  const Foresight foresight = Foresee(active_.charter(), signed_order_, {}, std::nullopt, At("2027-03-01T10:00:00Z"));
  EXPECT_THAT(foresight.reasons, IsEmpty());
  EXPECT_THAT(Foresee(active_.charter(), signed_order_, {}, "", At("2027-03-01T10:00:00Z")).reasons,
              ElementsAre(HasSubstr("the job's bytes are not those")));
}

TEST_F(Foreseeing, JudgeTellsWhatMayPass) {
  EXPECT_TRUE(Judged({Lead()}).waits());
  EXPECT_TRUE(Judged(All(), "2027-03-06T03:00:00Z").waits());  // a Saturday
  EXPECT_FALSE(Judged(All()).waits());
  order_.expires = At("2027-02-20T00:00:00Z");
  Order();
  EXPECT_FALSE(Judged(All()).waits());
}

}  // namespace
}  // namespace accord
