#include "aggregation/secure/messages/reveal_statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aggregation/secure/messages/seed_commitment.h"
#include "tests/aggregation/secure/messages/message_examples.h"

namespace accord::secure {
namespace {

using testing::HasSubstr;

TEST(RevealStatement, NeverHoldsBothKindsForOnePeer) {
  RevealStatement statement = ExampleRevealStatement();
  statement.pairs = {{"site-b", Filled(1)}};
  const auto parsed = ParseRevealStatement(Serialize(statement));
  EXPECT_THAT(std::string(parsed.status().message()), HasSubstr("both hold site-b"));
  EXPECT_FALSE(Sign(statement, TestSites::Get().signer("site-a")).ok());
}

TEST(RevealStatement, HoldsNothingOfItsSignerButTheSelfSeed) {
  RevealStatement pair = ExampleRevealStatement();
  pair.pairs = {{"site-a", Filled(1)}};
  EXPECT_FALSE(ParseRevealStatement(Serialize(pair)).ok());
  RevealStatement share = ExampleRevealStatement();
  share.shares = {{"site-a", Filled(1)}};
  EXPECT_FALSE(ParseRevealStatement(Serialize(share)).ok());
}

TEST(RevealStatement, RevealsSomething) {
  RevealStatement statement = ExampleRevealStatement();
  statement.self.reset();
  statement.pairs.clear();
  statement.shares.clear();
  EXPECT_FALSE(ParseRevealStatement(Serialize(statement)).ok());
}

TEST(RevealStatement, RefusesUnsortedLists) {
  RevealStatement statement = ExampleRevealStatement();
  std::swap(statement.shares[0], statement.shares[1]);
  EXPECT_FALSE(ParseRevealStatement(Serialize(statement)).ok());
}

// A statement of site-a over real seeds: itself, the missing site-d, shares of site-b and site-c.
struct Revealed {
  RevealStatement statement;
  RevealedSeeds seeds;
};

uint8_t PositionOfSiteA(absl::string_view maker) { return maker == "site-b" ? 1 : 2; }

Revealed RealReveal() {
  Revealed revealed;
  RevealStatement& statement = revealed.statement;
  statement = ExampleRevealStatement();
  revealed.seeds.self = SeedOf(1);
  revealed.seeds.pairs.push_back(SeedOf(2));
  revealed.seeds.shares.push_back(SeedOf(3));
  revealed.seeds.shares.push_back(SeedOf(4));
  statement.self = SelfCommitment(statement.transcript, "site-a", SeedOf(1));
  statement.pairs[0].commitment = PairCommitment(statement.transcript, "site-a", "site-d", SeedOf(2));
  statement.shares[0].commitment = ShareCommitment(statement.transcript, {"site-b", "site-a", 1}, SeedOf(3));
  statement.shares[1].commitment = ShareCommitment(statement.transcript, {"site-c", "site-a", 2}, SeedOf(4));
  return revealed;
}

TEST(RevealedSeeds, TravelInTheOrderOfTheStatement) {
  const Revealed revealed = RealReveal();
  const SecretBytes bytes = SerializeSeeds(revealed.seeds);
  ASSERT_EQ(bytes.size(), 4u * 32);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(bytes.Reveal()[32 * i], i + 1);
  const auto parsed = ParseSeeds(revealed.statement, bytes.RevealAsText());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_TRUE(CheckSeeds(revealed.statement, *parsed, PositionOfSiteA).ok());
}

TEST(RevealedSeeds, HaveExactlyTheLengthThatTheStatementSays) {
  const Revealed revealed = RealReveal();
  for (const size_t size : {size_t{0}, size_t{127}, size_t{129}, size_t{160}}) {
    EXPECT_EQ(ParseSeeds(revealed.statement, std::string(size, 'x')).status().code(),
              absl::StatusCode::kInvalidArgument)
        << size;
  }
}

TEST(RevealedSeeds, UnlikeTheStatementAreRefusedAndNamed) {
  const Revealed revealed = RealReveal();
  const char* names[] = {"self-mask seed", "pair seed with site-d", "share of site-b", "share of site-c"};
  for (size_t i = 0; i < 4; ++i) {
    std::string bytes(SerializeSeeds(revealed.seeds).RevealAsText());
    bytes[32 * i + 31] ^= 1;
    const auto parsed = ParseSeeds(revealed.statement, bytes);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    const absl::Status status = CheckSeeds(revealed.statement, *parsed, PositionOfSiteA);
    EXPECT_THAT(std::string(status.message()), HasSubstr(names[i]));
  }
}

TEST(RevealedSeeds, AShareAtAnotherPositionIsAnotherShare) {
  const Revealed revealed = RealReveal();
  EXPECT_FALSE(CheckSeeds(revealed.statement, revealed.seeds, [](absl::string_view) -> uint8_t { return 1; }).ok());
}

TEST(RevealedSeeds, OfAnotherStatementAreRefused) {
  const Revealed revealed = RealReveal();
  EXPECT_FALSE(CheckSeeds(revealed.statement, RevealedSeeds{}, PositionOfSiteA).ok());
}

TEST(SeedCommitment, DependsOnTranscriptSitesPositionAndKind) {
  const SecretBytes seed = SeedOf(7);
  const Sha256Digest transcript = Filled(1);
  const std::vector<Sha256Digest> all = {
      SelfCommitment(transcript, "site-a", seed),
      SelfCommitment(transcript, "site-b", seed),
      SelfCommitment(Filled(2), "site-a", seed),
      SelfCommitment(transcript, "site-a", SeedOf(8)),
      PairCommitment(transcript, "site-a", "site-b", seed),
      PairCommitment(transcript, "site-a", "site-c", seed),
      PairCommitment(Filled(2), "site-a", "site-b", seed),
      ShareCommitment(transcript, {"site-a", "site-b", 1}, seed),
      ShareCommitment(transcript, {"site-b", "site-a", 1}, seed),
      ShareCommitment(transcript, {"site-a", "site-b", 2}, seed),
      ShareCommitment(Filled(2), {"site-a", "site-b", 1}, seed),
  };
  EXPECT_EQ(std::set<Sha256Digest>(all.begin(), all.end()).size(), all.size());
  EXPECT_EQ(PairCommitment(transcript, "site-b", "site-a", seed), PairCommitment(transcript, "site-a", "site-b", seed));
}

}  // namespace
}  // namespace accord::secure
