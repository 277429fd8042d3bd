// May this job run at this site? One attack, one name.
#include "trust/charter/judge.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/judging.h"
#include "trust/charter/order_words.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(Judging, JobThatEverybodyApprovedMayRun) {
  const Verdict verdict = Judged(All());
  EXPECT_THAT(verdict.reasons, IsEmpty());
  EXPECT_THAT(verdict.notes, IsEmpty());
  EXPECT_EQ(verdict.engineer, "person/ada");
  EXPECT_EQ(verdict.organisation, "Cleveland Clinic");
  EXPECT_EQ(verdict.terms.min_sites, 3u);
  EXPECT_EQ(verdict.terms.min_rows, 50u);
  EXPECT_EQ(verdict.terms.valid_until, At("2027-03-20T00:00:00Z"));
}

TEST_F(Judging, WhatIsRememberedIsBounded) {
  for (size_t i = 0; i <= JudgeMemory::kMaxSignatures; ++i) memory_.KeepGood(Sha256(std::to_string(i)));
  EXPECT_EQ(memory_.num_good(), 1u);
  for (size_t i = 0; i <= JudgeMemory::kMaxJobs; ++i) {
    memory_.KeepJob(Sha256(std::to_string(i)), std::make_shared<const v1::JobSpec>());
  }
  EXPECT_EQ(memory_.FindJob(Sha256("0")), nullptr);
  EXPECT_NE(memory_.FindJob(Sha256(std::to_string(JudgeMemory::kMaxJobs))), nullptr);
}

TEST_F(Judging, ASignatureThatWasGoodVouchesForNoOther) {
  const std::vector<SignedStatement> approvals = All();
  EXPECT_TRUE(Judged(approvals).allowed());
  const SignedStatement good = signed_order_;
  signed_order_.signature[7] = static_cast<char>(signed_order_.signature[7] ^ 1);
  EXPECT_THAT(Reasons(approvals), HasSubstr("not signed with the key of ada"));
  signed_order_ = good;
  std::vector<SignedStatement> changed = approvals;
  changed[0].signature = approvals[1].signature;
  EXPECT_FALSE(Judged(changed).allowed());
}

TEST_F(Judging, OneChangedByteOfTheJobIsFound) {
  job_bytes_.back() = static_cast<char>(job_bytes_.back() ^ 1);
  EXPECT_THAT(Reasons(All()), HasSubstr("the job's bytes are not those that ada signed for"));
}

TEST_F(Judging, AnotherJobUnderTheSameOrderIsRefused) {
  spec_.mutable_rounds()->set_count(21);
  job_bytes_ = spec_.SerializeAsString();
  EXPECT_THAT(Reasons(All()), HasSubstr("the job's bytes are not those"));
}

TEST_F(Judging, EveryChangedByteOfTheOrderIsFound) {
  const SignedStatement good = signed_order_;
  const std::vector<SignedStatement> approvals = All();
  for (size_t i = 0; i < good.bytes.size(); i += 7) {
    signed_order_ = good;
    signed_order_.bytes[i] = static_cast<char>(signed_order_.bytes[i] ^ 1);
    EXPECT_FALSE(Judged(approvals).allowed()) << i;
  }
}

TEST_F(Judging, SubmitterWhoCallsHimselfByAnothersNameIsRefused) {
  // Fritz, an auditor, writes an order in the name of ada.
  SignOrder("fritz");
  EXPECT_THAT(Reasons(All()), HasSubstr("not signed with the key of ada"));
}

// A coordinator can keep a revocation from a site for as long as the site believes the roster that it has.
TEST_F(Judging, RosterThatIsValidForLongerThanTheCharterLetsOneBeBelievedWaits) {
  UseCharter({{"  min_rows: 50\n", "  min_rows: 50\n  roster_days: 30\n"}});
  EXPECT_THAT(Reasons(All()), HasSubstr("is valid without an end, and the charter's floors.roster_days (line"));
  EXPECT_TRUE(Judged(All()).waits()) << "for a renewed one";
  RosterTerms terms;
  terms.federation = "Heart Federation";
  terms.quorum = 3;
  terms.valid_until = At("2027-03-31T10:00:00Z");
  terms.sites = federation_.sites().entries();
  for (const RosterEntry& site : terms.sites) terms.organisations.push_back(site.organisation);
  auto roster = Roster::Parse(Roster::Write(terms).value_or(""));
  ASSERT_TRUE(roster.ok()) << roster.status();
  active_ = *ActiveCharter::Create(federation_.SignedByAll(active_.charter()),
                                   std::make_shared<const Roster>(*std::move(roster)), nullptr);
  memory_.Clear();
  EXPECT_THAT(Reasons(All(), "2027-03-01T09:59:59Z"),
              HasSubstr("is valid until 2027-03-31T10:00:00Z, and the charter's floors.roster_days"));
  EXPECT_EQ(Reasons(All(), "2027-03-01T10:00:00Z"), "");
}

TEST_F(Judging, RoleComesFromTheCharterAndNotFromTheOrder) {
  order_.engineer = "fritz";
  Order("fritz");
  EXPECT_THAT(Reasons(All()), HasSubstr("fritz has the role auditor"));
}

TEST_F(Judging, StrangerIsRefused) {
  order_.engineer = "mallory";
  Order("ada");
  EXPECT_THAT(Reasons(All()), HasSubstr("by mallory, who is not in the charter's people"));
}

TEST_F(Judging, OrderUnderAnotherCharterIsRefused) {
  order_.charter = Sha256("another");
  SignOrder("ada");
  EXPECT_THAT(Reasons(All()), HasSubstr("and this site goes by"));
}

TEST_F(Judging, ExpiredCharterRunsNothing) {
  EXPECT_THAT(Reasons(All(), "2028-01-03T10:00:00Z"), HasSubstr("the charter's expires (line 4)"));
}

TEST_F(Judging, CharterThatHasNotBegunRunsNothing) {
  EXPECT_THAT(Reasons(All(), "2026-12-30T10:00:00Z"), HasSubstr("nothing runs under it before"));
}

TEST_F(Judging, ExpiredOrderIsRefused) {
  EXPECT_THAT(Reasons(All(), "2027-04-01T10:00:00Z"), HasSubstr("the order expired at 2027-04-01T00:00:00Z"));
}

TEST_F(Judging, OrderForLongerThanTheCharterLetsIsRefused) {
  order_.expires = At("2027-12-01T00:00:00Z");
  Order();
  EXPECT_THAT(Reasons(All()), HasSubstr("longer than 60 days"));
}

TEST_F(Judging, PurposeAndDataSetMustBelongTogether) {
  order_.purpose = "billing-audit";
  Order();
  const std::string reasons = Reasons(All());
  EXPECT_THAT(reasons, HasSubstr("heart may not be read for the purpose billing-audit"));
  EXPECT_THAT(reasons, HasSubstr("0 of 1 approvals as ombudsman"));  // asked for because of the tag fraud
}

TEST_F(Judging, DataSetOfTheJobIsTheOneThatWasOrdered) {
  spec_.mutable_data()->set_name("bills");
  Order();
  EXPECT_THAT(Reasons(All()), HasSubstr("the job reads bills, and its order names heart"));
}

TEST_F(Judging, TorchScriptThatTheCharterDoesNotNameIsRefused) {
  spec_.mutable_model()->mutable_torchscript()->set_file("model.pt");
  spec_.mutable_model()->mutable_torchscript()->set_sha256(std::string(64, 'a'));
  order_.torchscript = *ParseHexDigest(std::string(64, 'a'));
  Order();
  EXPECT_THAT(Reasons(All()), HasSubstr("the charter's code.torchscript"));
  UseCharter(
      {{"retention:", "code: {torchscript: [{sha256: " + std::string(64, 'a') + ", words: Seen.}]}\nretention:"}});
  EXPECT_EQ(Reasons(All()), "");
  order_.torchscript.reset();
  Order();
  EXPECT_THAT(Reasons(All()), HasSubstr("and its order names none"));
}

TEST_F(Judging, MappingThatWasOrderedIsTheOneThatTheSiteHas) {
  order_.mappings["va"] = Sha256("mapping");
  Order();
  EXPECT_THAT(Reasons(All()), HasSubstr("of this site, which has none"));
  mapping_ = Sha256("another");
  EXPECT_THAT(Reasons(All()), HasSubstr("of this site, which has"));
  mapping_ = Sha256("mapping");
  EXPECT_EQ(Reasons(All()), "");
}

TEST_F(Judging, JobBelowTheFloorsIsRefusedWithTheClause) {
  spec_.mutable_aggregation()->mutable_secure_sum()->set_two_sites(true);
  spec_.mutable_aggregation()->mutable_secure_sum()->set_colluding_organisations(0);
  spec_.mutable_rounds()->set_min_sites(2);
  spec_.mutable_evaluation()->set_minimum_cell(5);
  Order();
  const std::string reasons = Reasons(All());
  EXPECT_THAT(reasons, HasSubstr("rounds.min_sites is 2, and the charter's floors.min_sites (line 24) is 3"));
  EXPECT_THAT(reasons, HasSubstr("floors.min_colluding_organisations (line 26) is 1"));
  EXPECT_THAT(reasons, HasSubstr("floors.minimum_cell (line 28) is 10"));
}

TEST_F(Judging, PlainSumsAreRefusedWhereTheCharterWantsSecureOnes) {
  spec_.mutable_aggregation()->clear_secure_sum();
  spec_.mutable_aggregation()->set_plain_sum(true);
  Order();
  EXPECT_THAT(Reasons(All()), HasSubstr("the charter's floors.secure_sum (line 27) is true"));
}

TEST_F(Judging, CharterThatWantsPrivacyRefusesJobsThatPromiseNone) {
  UseCharter({{"min_rows: 50", "min_rows: 50\n  privacy: {epsilon: 3, delta: 1e-5}"}});
  EXPECT_THAT(Reasons(All()), HasSubstr("demands differential privacy"));
}

TEST_F(Judging, NothingRunsOutsideTheHours) {
  EXPECT_THAT(Reasons(All(), "2027-03-01T07:59:59Z"), HasSubstr("hours (line 38) close"));
  EXPECT_EQ(Reasons(All(), "2027-03-01T08:00:00Z"), "");
  EXPECT_EQ(Reasons(All(), "2027-03-05T23:59:59Z"), "");
  EXPECT_THAT(Reasons(All(), "2027-03-06T10:00:00Z"), HasSubstr("close"));  // a Saturday
}

TEST_F(Judging, PolicyTightensWhoWhatAndHowMany) {
  UsePolicy(
      "data_sets: [{name: heart, purposes: [risk-of-disease]}]\n"
      "people: [emil]\norganisations: [V.A. Medical Center]\nrefused_tags: [care]\n"
      "floors: {min_sites: 4, min_rows: 100, minimum_cell: 20}\n");
  const Verdict verdict = Judged(All());
  EXPECT_THAT(verdict.reasons, ElementsAre(HasSubstr("policy: people (line 2) does not take jobs of ada"),
                                           HasSubstr("organisations (line 3) does not take jobs of Cleveland Clinic"),
                                           HasSubstr("refused_tags (line 4) refuses jobs for care"),
                                           HasSubstr("floors.min_sites (line 5) is 4"),
                                           HasSubstr("floors.minimum_cell (line 5) is 20")));
  EXPECT_EQ(verdict.terms.min_rows, 100u);
  EXPECT_EQ(verdict.terms.min_organisations, 3u);
}

TEST_F(Judging, PolicyBoundsWhatAJobTakesOfTheMachine) {
  const std::string released = "data_sets: [{name: heart, purposes: [risk-of-disease]}]\n";
  spec_.mutable_compute()->set_threads(4);
  spec_.mutable_compute()->set_memory_mib(2048);
  Order();
  UsePolicy(released + "limits:\n  threads: 3\n  memory_mib: 2047\n");
  EXPECT_THAT(
      Judged(All()).reasons,
      ElementsAre(HasSubstr("the job wants 4 threads (compute.threads), and this site's policy: limits.threads "
                            "(line 3) is 3"),
                  HasSubstr("2048 MiB of memory (compute.memory_mib), and this site's policy: limits.memory_mib "
                            "(line 4) is 2047")));
  UsePolicy(released + "limits: {threads: 4, memory_mib: 2048, scratch_mib: 0, kept_mib: 10}\n");
  const Verdict verdict = Judged(All());
  EXPECT_THAT(verdict.reasons, IsEmpty());
  EXPECT_TRUE(verdict.terms.limits.has_scratch_mib());
  EXPECT_EQ(verdict.terms.limits.kept_mib(), 10u);
  EXPECT_THAT(DescribeVerdict(verdict, "va", At("2027-03-01T10:00:00Z")),
              HasSubstr("; at most 0 MiB of a scratch file; at most 10 MiB kept between rounds.\n"));
}

TEST_F(Judging, PolicyThatWasCheckedAgainstAnotherCharterIsNotUsed) {
  UsePolicy("data_sets: [{name: heart, purposes: [risk-of-disease]}]\n");
  UseCharter({{"min_rows: 50", "min_rows: 60"}});
  EXPECT_THAT(Reasons(All()), HasSubstr("checked against another charter"));
}

TEST_F(Judging, AllReasonsAreToldAtOnce) {
  spec_.mutable_rounds()->set_count(21);
  job_bytes_ = spec_.SerializeAsString();
  EXPECT_EQ(Judged({}, "2028-01-01T10:00:00Z").reasons.size(), 7u);
}

TEST_F(Judging, WaitsWhereTimeAndApprovalsAreAllThatIsMissing) {
  EXPECT_TRUE(Judged({}).waits());
  EXPECT_TRUE(Judged(All(), "2027-02-20T10:00:00Z").waits()) << "a Saturday";
  EXPECT_TRUE(Judged(All(), "2027-02-01T10:00:00Z").waits()) << "before the order begins to hold";
  EXPECT_FALSE(Judged(All()).waits()) << "it may run";
  EXPECT_FALSE(Judged(All(), "2027-04-02T10:00:00Z").waits()) << "the order has expired";
  Approval no = By("person/clara", v1::ROLE_STEWARD);
  no.approves = false;
  EXPECT_FALSE(Judged({Signed(no, federation_.person("clara"))}).waits());
}

TEST_F(Judging, WaitsForTheLooseningOfAFloorThatTheOrderAsksFor) {
  spec_.mutable_aggregation()->mutable_secure_sum()->set_two_sites(true);
  spec_.mutable_aggregation()->mutable_secure_sum()->set_colluding_organisations(0);
  spec_.mutable_rounds()->set_min_sites(2);
  order_.loosens = {v1::RULE_MIN_SITES};
  UseCharter({{"min_colluding_organisations: 1", "min_colluding_organisations: 0"}});
  EXPECT_TRUE(Judged(All()).waits()) << Reasons(All());
  order_.loosens.clear();
  Order();
  EXPECT_FALSE(Judged(All()).waits());
}

}  // namespace
}  // namespace accord
