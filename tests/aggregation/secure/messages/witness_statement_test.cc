#include "aggregation/secure/messages/witness_statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/aggregation/secure/messages/message_examples.h"

namespace accord::secure {
namespace {

SignedPosition Shown(const std::string& site) {
  UploadHeader header = ExampleUploadHeader();
  header.site = site;
  return {PositionKind::kUploadHeader, Sign(header, TestSites::Get().signer(site)).value()};
}

WitnessStatement ExampleWitness() { return {"site-b", "site-a", Filled(7), Shown("site-a")}; }

TEST(WitnessStatement, IsReadBackAsItWasSigned) {
  for (const bool seen : {true, false}) {
    WitnessStatement statement = ExampleWitness();
    if (!seen) statement.seen.reset();
    const auto message = Sign(statement, TestSites::Get().signer("site-b"));
    ASSERT_TRUE(message.ok()) << message.status();
    const auto verified = VerifyWitnessStatement(*message, TestKey);
    ASSERT_TRUE(verified.ok()) << verified.status();
    EXPECT_EQ(*verified, statement);
    EXPECT_EQ(Serialize(*verified), message->bytes);
  }
}

TEST(WitnessStatement, OfAnotherSignerDoesNotCount) {
  const auto message = Sign(ExampleWitness(), TestSites::Get().signer("site-c"));
  EXPECT_TRUE(absl::IsUnauthenticated(VerifyWitnessStatement(*message, TestKey).status()));
}

TEST(WitnessStatement, ASiteIsNoWitnessOfItsOwn) {
  WitnessStatement statement = ExampleWitness();
  statement.witness = "site-a";
  EXPECT_FALSE(ParseWitnessStatement(Serialize(statement)).ok());
}

TEST(WitnessStatement, ShowsTheAskingSitesWordAndNobodyElses) {
  WitnessStatement statement = ExampleWitness();
  statement.seen = Shown("site-c");
  EXPECT_FALSE(ParseWitnessStatement(Serialize(statement)).ok());
  statement.seen = Shown("site-a");
  statement.seen->kind = PositionKind::kSurvivorStatement;
  EXPECT_FALSE(ParseWitnessStatement(Serialize(statement)).ok());
}

TEST(WitnessStatement, CutShortOrLongerIsRefused) {
  const std::string bytes = Serialize(ExampleWitness());
  for (size_t size = 0; size < bytes.size(); size += 5) {
    EXPECT_FALSE(ParseWitnessStatement(bytes.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(ParseWitnessStatement(bytes + "x").ok());
}

RecordPosition At(const std::string& job, uint32_t attempt, uint64_t sequence, uint8_t head = 1) {
  return {"site-a", job, attempt, sequence, Filled(head)};
}

TEST(RecordPosition, ContradictsOnlyWhereOneRecordCannotHaveBoth) {
  EXPECT_FALSE(Contradict(At("job-1", 1, 5), At("job-1", 1, 5)));
  EXPECT_TRUE(Contradict(At("job-1", 1, 5), At("job-2", 9, 5, 2))) << "one number, two heads";
  EXPECT_TRUE(Contradict(At("job-1", 2, 5), At("job-1", 1, 6))) << "a later attempt at an earlier entry";
  EXPECT_TRUE(Contradict(At("job-1", 1, 6), At("job-1", 2, 5)));
  EXPECT_TRUE(Contradict(At("job-1", 1, 6), At("job-1", 2, 6))) << "each upload has an entry of its own";
  EXPECT_FALSE(Contradict(At("job-1", 1, 6), At("job-2", 2, 5))) << "jobs run side by side";
  EXPECT_FALSE(Contradict(At("job-1", 1, 5), At("job-1", 1, 6, 2))) << "header and statement of one attempt";
  RecordPosition other = At("job-1", 1, 5, 2);
  other.site = "site-b";
  EXPECT_FALSE(Contradict(At("job-1", 1, 5), other));
}

}  // namespace
}  // namespace accord::secure
