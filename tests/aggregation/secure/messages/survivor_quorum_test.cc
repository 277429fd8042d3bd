#include "aggregation/secure/messages/survivor_quorum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/aggregation/secure/messages/message_examples.h"

namespace accord::secure {
namespace {

using testing::HasSubstr;

SurvivorSet Set() { return ExampleSurvivorStatement().set; }  // n = 4, t = 3, C = 1, |S| = 3

std::vector<std::string> Cohort() { return {"site-a", "site-b", "site-c", "site-d"}; }

SignedBytes StatementOf(const std::string& site, const SurvivorSet& set = Set()) {
  SurvivorStatement statement = ExampleSurvivorStatement();
  statement.set = set;
  statement.site = site;
  statement.complaints.clear();
  return SignedBy(site, statement);
}

TEST(StatementTally, IsReachedByTDistinctMembers) {
  StatementTally tally(Set(), Cohort());
  EXPECT_EQ(tally.Add(StatementOf("site-a"), TestKey).outcome, StatementOutcome::kCounted);
  EXPECT_EQ(tally.Add(StatementOf("site-b"), TestKey).outcome, StatementOutcome::kCounted);
  EXPECT_FALSE(tally.Reached());
  EXPECT_EQ(tally.Add(StatementOf("site-d"), TestKey).outcome, StatementOutcome::kCounted);
  EXPECT_TRUE(tally.Reached());
}

TEST(StatementTally, CountsASiteOnceWhateverElseItSays) {
  StatementTally tally(Set(), Cohort());
  tally.Add(StatementOf("site-a"), TestKey);
  SurvivorStatement complaining = ExampleSurvivorStatement();
  EXPECT_EQ(tally.Add(SignedBy("site-a", complaining), TestKey).outcome, StatementOutcome::kRepeated);
  EXPECT_EQ(tally.counted().size(), 1u);
}

TEST(StatementTally, TellsAnotherSetOfTheAttemptFromAnotherAttempt) {
  StatementTally tally(Set(), Cohort());
  SurvivorSet other_set = Set();
  other_set.survivors_hash = Filled(1);
  const StatementTally::Added added = tally.Add(StatementOf("site-a", other_set), TestKey);
  EXPECT_EQ(added.outcome, StatementOutcome::kOtherSet);
  ASSERT_TRUE(added.statement.has_value());
  EXPECT_EQ(added.statement->set, other_set);
  SurvivorSet other_attempt = Set();
  other_attempt.transcript = Filled(1);
  EXPECT_EQ(tally.Add(StatementOf("site-a", other_attempt), TestKey).outcome, StatementOutcome::kOther);
  SurvivorSet other_counts = Set();
  other_counts.required_signatures = 2;
  EXPECT_EQ(tally.Add(StatementOf("site-a", other_counts), TestKey).outcome, StatementOutcome::kOther);
  EXPECT_TRUE(tally.counted().empty());
}

TEST(StatementTally, CountsNoStrangerNoForgeryAndNoNoise) {
  StatementTally tally(Set(), Cohort());
  EXPECT_EQ(tally.Add(StatementOf("site-e"), TestKey).outcome, StatementOutcome::kNotInCohort);
  SurvivorStatement in_anothers_name = ExampleSurvivorStatement();
  in_anothers_name.site = "site-b";
  EXPECT_EQ(tally.Add(SignedBy("site-a", in_anothers_name), TestKey).outcome, StatementOutcome::kBadSignature);
  EXPECT_EQ(tally.Add({"noise", "noise"}, TestKey).outcome, StatementOutcome::kMalformed);
  EXPECT_TRUE(tally.counted().empty());
}

std::string OrganisationOf(absl::string_view site) {
  return site == "site-a" || site == "site-b" ? "big" : std::string(site);
}

absl::StatusOr<SurvivorSet> Prove(const std::vector<SignedBytes>& statements, uint32_t colluding_organisations = 1,
                                  const std::string& job = "job-1") {
  return CheckOpenedProof(statements, job, {TestKey, OrganisationOf, colluding_organisations});
}

std::vector<SignedBytes> Proof(const SurvivorSet& set = Set()) {
  return {StatementOf("site-a", set), StatementOf("site-c", set), StatementOf("site-d", set)};
}

TEST(OpenedProof, OfTStatementsOverOneSetIsBelieved) {
  const auto set = Prove(Proof());
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(*set, Set());
}

TEST(OpenedProof, OfAnotherJobIsRefused) { EXPECT_FALSE(Prove(Proof(), 1, "job-2").ok()); }

TEST(OpenedProof, NeedsTStatementsOfDifferentSitesInOrder) {
  std::vector<SignedBytes> few = Proof();
  few.pop_back();
  EXPECT_FALSE(Prove(few).ok());
  EXPECT_FALSE(Prove({}).ok());
  std::vector<SignedBytes> twice = Proof();
  twice[1] = twice[0];
  EXPECT_THAT(std::string(Prove(twice).status().message()), HasSubstr("site-a twice"));
  std::vector<SignedBytes> swapped = Proof();
  std::swap(swapped[0], swapped[1]);
  EXPECT_FALSE(Prove(swapped).ok());
}

TEST(OpenedProof, OverDifferentSetsIsRefused) {
  SurvivorSet other = Set();
  other.survivors_hash = Filled(1);
  std::vector<SignedBytes> mixed = Proof();
  mixed[2] = StatementOf("site-d", other);
  EXPECT_FALSE(Prove(mixed).ok());
}

TEST(OpenedProof, WithAForgedSignatureIsRefused) {
  std::vector<SignedBytes> forged = Proof();
  forged[1].signature = forged[0].signature;
  EXPECT_EQ(Prove(forged).status().code(), absl::StatusCode::kUnauthenticated);
}

// Two colluding sites invent an attempt of their own to make an absent site skip a real one.
TEST(OpenedProof, OfColludersAloneIsRefused) {
  SurvivorSet invented = Set();
  invented.cohort_size = 2;
  invented.required_signatures = 2;
  invented.colluding_sites = 0;
  invented.survivor_count = 2;
  const std::vector<SignedBytes> statements = {StatementOf("site-a", invented), StatementOf("site-b", invented)};
  EXPECT_THAT(std::string(Prove(statements).status().message()), HasSubstr("colluding"));
  EXPECT_TRUE(Prove(statements, 0).ok()) << "nobody is assumed to collude";
}

TEST(OpenedProof, WithCountsThatNoAttemptHasIsRefused) {
  const auto refused = [](void (*change)(SurvivorSet&)) {
    SurvivorSet set = Set();
    change(set);
    return !Prove(Proof(set)).ok();
  };
  EXPECT_TRUE(refused([](SurvivorSet& set) { set.required_signatures = 2; }));
  EXPECT_TRUE(refused([](SurvivorSet& set) { set.cohort_size = 5; }));
  EXPECT_TRUE(refused([](SurvivorSet& set) { set.colluding_sites = 2; }));
  EXPECT_TRUE(refused([](SurvivorSet& set) { set.colluding_sites = 0xffffffff; }));
  EXPECT_TRUE(refused([](SurvivorSet& set) { set.survivor_count = 2; }));
  EXPECT_TRUE(refused([](SurvivorSet& set) { set.survivor_count = 5; }));
  EXPECT_TRUE(refused([](SurvivorSet& set) { set.cohort_size = 0xffffffff; }));
}

}  // namespace
}  // namespace accord::secure
