// What can be said of an order without being a site.
#include "trust/charter/order_findings.h"

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/judging.h"

namespace accord {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AnOrderExamined : public Judging {
 protected:
  OrderFindings Examined(const std::vector<SignedStatement>& approvals,
                         const std::string& now = "2027-03-01T10:00:00Z") {
    return ExamineOrder(active_, {job_bytes_, signed_order_, approvals}, At(now), &memory_);
  }
  SignedStatement BySite(const std::string& site) {
    return Signed(By("site/" + site, v1::ROLE_UNSPECIFIED), federation_.sites().signer(site));
  }
  std::vector<SignedStatement> Everybody() {
    return {Lead(), Steward(), BySite("cleveland"), BySite("hungarian"), BySite("va")};
  }
  absl::Status HandedIn(const std::vector<SignedStatement>& given, const SignedStatement& approval,
                        const std::string& now = "2027-03-01T10:00:00Z") {
    std::vector<Approval> said;
    for (const SignedStatement& statement : given) said.push_back(*ParseApproval(statement.bytes));
    return CheckHandedApproval(active_, signed_order_, said, approval, At(now), &memory_).status();
  }
  static std::string Faults(const OrderFindings& findings) { return absl::StrJoin(findings.faults, "\n"); }

  JudgeMemory memory_;
};

TEST_F(AnOrderExamined, TellsInFewWordsWhichApprovalsAreMissing) {
  OrderFindings findings = Examined({});
  EXPECT_TRUE(findings.holds()) << Faults(findings);
  EXPECT_FALSE(findings.may_run());
  EXPECT_THAT(findings.missing, ElementsAre("lead 0 of 1", "steward 0 of 1"));
  EXPECT_EQ(findings.few_sites, "sites 0 of 3 (not yet: cleveland, hungarian, switzerland, va)");
  findings = Examined({Lead(), BySite("va")});
  EXPECT_THAT(findings.missing, ElementsAre("steward 0 of 1"));
  EXPECT_EQ(findings.few_sites, "sites 1 of 3 (not yet: cleveland, hungarian, switzerland)");
  EXPECT_THAT(*findings.approving_sites, ElementsAre("va"));
}

TEST_F(AnOrderExamined, MayRunOnceAllAreThereAndEnoughSitesHaveApproved) {
  const OrderFindings findings = Examined(Everybody());
  EXPECT_TRUE(findings.may_run()) << Faults(findings) << absl::StrJoin(findings.missing, ", ");
  EXPECT_EQ(findings.order, order_);
  EXPECT_EQ(findings.order_hash, JobOrderHash(signed_order_.bytes));
  EXPECT_EQ(findings.organisation, "Cleveland Clinic");
}

TEST_F(AnOrderExamined, CountsOnlySitesThatCanTakePart) {
  Approval refusal = By("site/va", v1::ROLE_UNSPECIFIED);
  refusal.approves = false;
  std::vector<SignedStatement> given = Everybody();
  given.push_back(Signed(refusal, federation_.sites().signer("va")));
  OrderFindings findings = Examined(given);
  EXPECT_EQ(findings.few_sites, "sites 2 of 3 (not yet: switzerland)") << "one that approved and then refused";
  EXPECT_FALSE(findings.may_run());
  EXPECT_THAT(findings.missing, IsEmpty()) << "it waits, and does not end";
  for (const char* site : {"cleveland", "hungarian", "switzerland"}) spec_.mutable_rounds()->add_sites(site);
  Order();
  findings = Examined(Everybody());
  EXPECT_EQ(findings.few_sites, "sites 2 of 3 (not yet: switzerland)") << "one that the job does not invite";
  EXPECT_THAT(*findings.approving_sites, ElementsAre("cleveland", "hungarian"));
  spec_.mutable_rounds()->clear_sites();
  UseCharter({{"since 2010., purposes: [risk-of-disease]}",
               "since 2010., purposes: [risk-of-disease], sites: [hungarian, va]}"}});
  EXPECT_EQ(Examined(Everybody()).few_sites, "sites 2 of 3 (not yet: none is left)")
      << "one that may not release the data set";
}

TEST_F(AnOrderExamined, TellsWhatNoApprovalCanMend) {
  UseCharter({{"  min_sites: 3", "  min_sites: 4"}});
  EXPECT_THAT(Faults(Examined({})), HasSubstr("floors.min_sites"));
  UseCharter({});
  order_.purpose = "billing-audit";
  Order();
  EXPECT_THAT(Faults(Examined({})), HasSubstr("may not be read for the purpose"));
  job_bytes_.push_back('x');
  EXPECT_THAT(Faults(Examined({})), HasSubstr("bytes are not those"));
}

TEST_F(AnOrderExamined, DoesNotHoldARuleAgainstItThatMayYetBeLoosened) {
  order_.loosens = {v1::RULE_MIN_SITES};
  UseCharter({{"  min_sites: 3", "  min_sites: 4"}});
  OrderFindings findings = Examined({});
  EXPECT_TRUE(findings.holds()) << Faults(findings);
  EXPECT_THAT(findings.missing, Contains(HasSubstr("two people of two organisations who loosen min_sites")));
  Approval lead = By("person/bela", v1::ROLE_LEAD), steward = By("person/clara", v1::ROLE_STEWARD);
  lead.loosens = steward.loosens = {v1::RULE_MIN_SITES};
  findings = Examined({Signed(lead, federation_.person("bela")), Signed(steward, federation_.person("clara")),
                       BySite("va"), BySite("cleveland"), BySite("hungarian")});
  EXPECT_TRUE(findings.may_run()) << Faults(findings) << absl::StrJoin(findings.missing, ", ");
}

TEST_F(AnOrderExamined, TellsWhenItMayRunAtAnotherHour) {
  const OrderFindings closed = Examined(Everybody(), "2027-03-06T10:00:30Z");
  EXPECT_TRUE(closed.holds());
  EXPECT_THAT(closed.closed, ElementsAre(HasSubstr("hours")));
  EXPECT_EQ(closed.next_change, At("2027-03-06T10:01:00Z"));
  EXPECT_THAT(Examined(Everybody(), "2027-02-10T10:00:00Z").closed, ElementsAre(HasSubstr("begins to hold")));
  EXPECT_THAT(Faults(Examined(Everybody(), "2027-04-01T10:00:00Z")), HasSubstr("expired"));
}

TEST_F(AnOrderExamined, SaysFromWhenOnItMayBeOtherwise) {
  UseCharter(
      {{"hours:\n  - {days: [monday, tuesday, wednesday, thursday, friday], from: '08:00', until: '24:00'}\n", ""},
       {"\n  - {rule: hours, by: [lead, steward]}", ""}});
  EXPECT_EQ(Examined({}).next_change, order_.expires);
  EXPECT_EQ(Examined({Lead()}).next_change, At("2027-03-20T00:00:00Z"));
  EXPECT_EQ(Examined({Lead()}, "2027-02-16T10:00:00Z").next_change, At("2027-02-20T00:00:00Z"));
}

TEST_F(AnOrderExamined, EndsWithTheRefusalOfOneWhoCouldApproveAndLeavesOutASiteThatRefuses) {
  Approval no = By("person/clara", v1::ROLE_STEWARD);
  no.approves = false;
  EXPECT_THAT(Faults(Examined({Lead(), Signed(no, federation_.person("clara"))})), HasSubstr("person/clara refused"));
  no = By("site/va", v1::ROLE_UNSPECIFIED);
  no.approves = false;
  const OrderFindings findings = Examined({Lead(), Signed(no, federation_.sites().signer("va"))});
  EXPECT_TRUE(findings.holds());
  EXPECT_THAT(findings.refusing_sites, ElementsAre("va"));
}

TEST_F(AnOrderExamined, ChecksEachSignatureOnceAndNotWithAnotherText) {
  const SignedStatement lead = Lead();
  EXPECT_THAT(Examined({lead}).missing, ElementsAre("steward 0 of 1"));
  EXPECT_EQ(memory_.num_good(), 2u);  // the order's too
  EXPECT_THAT(Examined({lead}).missing, ElementsAre("steward 0 of 1"));
  SignedStatement forged = Steward();
  forged.signature = lead.signature;
  EXPECT_THAT(Examined({lead, forged}).notes, ElementsAre(HasSubstr("not signed with that one's key")));
  EXPECT_EQ(memory_.num_good(), 2u);
}

TEST_F(AnOrderExamined, TakesAnApprovalThatCountsAndSaysWhyAnotherNeverWill) {
  EXPECT_TRUE(HandedIn({}, Lead()).ok());
  EXPECT_TRUE(HandedIn({}, Lead(), "2027-02-10T00:00:00Z").ok()) << "its time has not begun yet";
  EXPECT_THAT(std::string(HandedIn({}, Lead(), "2027-03-21T00:00:00Z").message()), HasSubstr("expired"));
  EXPECT_TRUE(HandedIn({Lead()}, Steward()).ok());
  SignedStatement forged = Steward();
  forged.signature = Lead().signature;
  EXPECT_EQ(HandedIn({Lead()}, forged).code(), absl::StatusCode::kInvalidArgument);
  const SignedStatement useless = Signed(By("person/fritz", v1::ROLE_AUDITOR), federation_.person("fritz"));
  EXPECT_THAT(std::string(HandedIn({}, useless).message()), HasSubstr("nothing asks for that role"));
  const SignedStatement own = Signed(By("person/ada", v1::ROLE_ENGINEER), federation_.person("ada"));
  EXPECT_THAT(std::string(HandedIn({}, own).message()), HasSubstr("own engineer"));
  const SignedStatement as_lead = Signed(By("person/emil", v1::ROLE_LEAD), federation_.person("emil"));
  const SignedStatement as_steward = Signed(By("person/emil", v1::ROLE_STEWARD), federation_.person("emil"));
  EXPECT_THAT(std::string(HandedIn({as_lead}, as_steward).message()), HasSubstr("a person counts once"));
  const SignedStatement earlier = Lead();
  order_.nonce = "0f0e0d0c0b0a09080706050403020100";
  Order();
  EXPECT_THAT(std::string(HandedIn({}, earlier).message()), HasSubstr("another order"));
}

TEST_F(AnOrderExamined, TakesNothingForAnOrderThatIsNotItsEngineers) {
  SignedStatement forged = Steward();
  forged.signature = Lead().signature;
  SignOrder("emil");
  Approval lead = By("person/bela", v1::ROLE_LEAD);
  const absl::Status status = HandedIn({}, Signed(lead, federation_.person("bela")));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("not signed with the key of ada"));
  EXPECT_FALSE(HandedIn({}, forged).ok());
}

TEST_F(AnOrderExamined, RemembersNoSignatureOfWhatWasOnlyLookedAt) {
  EXPECT_TRUE(HandedIn({}, Lead()).ok());
  EXPECT_EQ(memory_.num_good(), 1u) << "the order's";
}

}  // namespace
}  // namespace accord
