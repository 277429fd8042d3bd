// What happens when nobody lies: the sum comes out, with dropouts, in complete and sparse graphs; nothing leaves before
// it is in the record; whatever is asked again is answered again, the same.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "aggregation/secure/messages/seed_commitment.h"
#include "aggregation/secure/shamir.h"
#include "tests/aggregation/secure/testing/test_federation.h"

namespace accord::secure::testing {
namespace {

using State = SecureParticipant::State;

TEST(HonestRound, SumOfAllComesOut) {
  TestFederation federation({.num_sites = 5});
  federation.OpenEpoch(1, federation.All());
  const PlayedAttempt attempt = federation.Run(1);
  EXPECT_EQ(federation.Unmask(attempt, federation.All()), federation.PlainSum(federation.All()));
  EXPECT_EQ(federation[0].state(), State::kReady);
}

TEST(HonestRound, MaskedVectorsDifferFromTheVectorsAndBetweenAttempts) {
  TestFederation federation({.num_sites = 4});
  federation.OpenEpoch(1, federation.All());
  const PlayedAttempt first = federation.Run(1);
  const PlayedAttempt second = federation.Run(2);
  for (const size_t site : federation.All()) {
    EXPECT_NE(first.payloads.at(site), federation[site].vector);
    EXPECT_NE(first.payloads.at(site), second.payloads.at(site));
  }
}

TEST(HonestRound, MissingSitesPairMasksAreTakenOffWithTheSurvivorsSeeds) {
  TestFederation federation({.num_sites = 5});
  federation.OpenEpoch(1, federation.All());
  const Sites survivors = {0, 1, 3, 4};
  PlayedAttempt attempt = federation.Upload(1, survivors);  // site 2 never uploads
  federation.Sign(attempt, survivors, survivors);
  federation.Reveal(attempt, survivors, survivors);
  EXPECT_EQ(federation.Unmask(attempt, survivors), federation.PlainSum(survivors));
}

TEST(HonestRound, SurvivorThatGoesAfterSigningIsHealedByShares) {
  TestFederation federation({.num_sites = 5});
  federation.OpenEpoch(1, federation.All());
  PlayedAttempt attempt = federation.Upload(1, federation.All());
  federation.Sign(attempt, federation.All(), federation.All());
  federation.Reveal(attempt, federation.All(), {0, 1, 2, 3});  // site 4 is gone
  EXPECT_EQ(federation.Unmask(attempt, federation.All()), std::nullopt);
  std::vector<SecretBytes> shares;
  std::vector<SharePoint> points;
  for (const size_t site : {0, 1, 2}) {
    const Outbox outbox = federation[site].Send(SharesRequested{{federation[4].name()}});
    ASSERT_TRUE(outbox.reveal.has_value()) << outbox;
    const RevealStatement statement = ParseRevealStatement(outbox.reveal->bytes).value();
    EXPECT_FALSE(statement.self.has_value());
    EXPECT_TRUE(statement.pairs.empty());
    shares.push_back(std::move(ParseSeeds(statement, outbox.seeds).value().shares[0]));
  }
  for (size_t i = 0; i < 3; ++i) points.push_back({static_cast<uint8_t>(i + 1), &shares[i]});
  SecretBytes rebuilt = RebuildSecret(points).value();
  const UploadHeader header = ParseUploadHeader(attempt.headers.at(4).bytes).value();
  EXPECT_EQ(SelfCommitment(header.transcript(), header.site, rebuilt), header.self_commitment);
  attempt.reveals[4] = RevealStatement{};
  attempt.seeds[4].self = std::move(rebuilt);
  EXPECT_EQ(federation.Unmask(attempt, federation.All()), federation.PlainSum(federation.All()));
}

TEST(HonestRound, MissingSiteGivesItsPairSeedWithASurvivorThatHasGone) {
  TestFederation federation({.num_sites = 5});
  federation.OpenEpoch(1, federation.All());
  const Sites survivors = {0, 1, 2, 3};
  PlayedAttempt attempt = federation.Upload(1, federation.All());  // site 4 comes too late
  federation.Sign(attempt, survivors, survivors);
  const PairSeedsRequested request{federation.List(attempt, survivors, 4).headers,
                                   federation.Signatures(attempt, survivors).statements, federation.Names({1, 3})};
  const Outbox outbox = federation[4].Send(request);
  ASSERT_TRUE(outbox.reveal.has_value()) << outbox;
  EXPECT_EQ(federation[4].state(), State::kMissing);
  EXPECT_EQ(outbox.order, (std::vector<std::string>{"append", "reveal", "peers"}));
  const RevealStatement statement = ParseRevealStatement(outbox.reveal->bytes).value();
  EXPECT_FALSE(statement.self.has_value());
  EXPECT_TRUE(statement.shares.empty());
  ASSERT_EQ(statement.pairs.size(), 2u);
  const RevealedSeeds seeds = ParseSeeds(statement, outbox.seeds).value();
  EXPECT_TRUE(CheckSeeds(statement, seeds, [](absl::string_view) { return 0; }).ok());
  // The other end of the pair gives the same.
  federation.Reveal(attempt, survivors, {1});
  EXPECT_TRUE(attempt.seeds.at(1).pairs[0].EqualsConstantTime(seeds.pairs[0].Reveal()));
}

TEST(HonestRound, SiteThatHasNotEvenComputedGivesPairSeedsToo) {
  TestFederation federation({.num_sites = 5});
  federation.OpenEpoch(1, federation.All());
  federation[4].computes_at_once = false;
  const Sites survivors = {0, 1, 2, 3};
  PlayedAttempt attempt = federation.Upload(1, survivors);
  federation[4].Send(federation.Plan(1));
  ASSERT_EQ(federation[4].state(), State::kPlanned);
  federation.Sign(attempt, survivors, survivors);
  const Outbox outbox = federation[4].Send(PairSeedsRequested{federation.List(attempt, survivors, 4).headers,
                                                              federation.Signatures(attempt, survivors).statements,
                                                              federation.Names({2})});
  EXPECT_TRUE(outbox.reveal.has_value()) << outbox;
  // What it computes after that leaves no more.
  EXPECT_TRUE(federation[4].Send(VectorComputed{HashOfVector(federation[4].vector)}).SentNothing());
  EXPECT_EQ(federation[4].state(), State::kMissing);
}

TEST(HonestRound, ThreeSitesMakeNoSharesAndAllAnswer) {
  TestFederation federation({.num_sites = 3});
  federation.OpenEpoch(1, federation.All());
  PlayedAttempt attempt = federation.Upload(1, federation.All());
  EXPECT_FALSE(ParseOffers(attempt.offers.at(0)).value().offers[0].share.has_value());
  federation.Sign(attempt, federation.All(), federation.All());
  federation.Reveal(attempt, federation.All(), federation.All());
  EXPECT_EQ(federation.Unmask(attempt, federation.All()), federation.PlainSum(federation.All()));
  EXPECT_TRUE(federation[0].Send(SharesRequested{{federation[1].name()}}).Refused(SiteRefusal::kNoShares));
}

TEST(HonestRound, TwoSitesComputeWhereJobAndBothSitesSayThatInWords) {
  Floors floors;
  floors.two_sites = true;
  TestFederation federation({.num_sites = 2, .floors = floors});
  federation.colluding_organisations = 0;
  federation.OpenEpoch(1, federation.All());
  AttemptTerms terms = federation.Terms(1);
  terms.two_sites = true;
  PlayedAttempt attempt = federation.Upload(federation.Plan(terms), federation.All());
  federation.Sign(attempt, federation.All(), federation.All());
  federation.Reveal(attempt, federation.All(), federation.All());
  EXPECT_EQ(federation.Unmask(attempt, federation.All()), federation.PlainSum(federation.All()));
}

TEST(HonestRound, MoreSitesThanTwoComputeWithoutCollaboratorsWhereJobAndSitesLetTwoDoSo) {
  const Floors floors = {.sites = 5, .organisations = 5, .colluding_organisations = 2, .two_sites = true};
  TestFederation federation({.num_sites = 3, .floors = floors});
  federation.colluding_organisations = 0;
  federation.OpenEpoch(1, federation.All());
  AttemptTerms terms = federation.Terms(1);
  terms.two_sites = true;
  PlayedAttempt attempt = federation.Upload(federation.Plan(terms), federation.All());
  EXPECT_EQ(ParseUploadHeader(attempt.headers.at(0).bytes).value().floor_survivors, 2u);
  federation.Sign(attempt, federation.All(), federation.All());
  federation.Reveal(attempt, federation.All(), federation.All());
  EXPECT_EQ(federation.Unmask(attempt, federation.All()), federation.PlainSum(federation.All()));
}

TEST(HonestRound, SparseGraphSumsAndHealsADropout) {
  TestFederation federation({.num_sites = 12});
  federation.OpenEpoch(1, federation.All());
  AttemptTerms terms = federation.Terms(1);
  terms.graph = GraphTerms{true, 6, 4, 2};
  PlayedAttempt attempt = federation.Upload(federation.Plan(terms), federation.All());
  EXPECT_EQ(ParseOffers(attempt.offers.at(0)).value().offers.size(), 6u);
  const Sites survivors = federation.AllBut({5});
  federation.Sign(attempt, survivors, survivors);
  federation.Reveal(attempt, survivors, survivors);
  EXPECT_EQ(federation.Unmask(attempt, survivors), federation.PlainSum(survivors));
}

TEST(HonestRound, EverythingIsInTheRecordBeforeItLeaves) {
  TestFederation federation({.num_sites = 4});
  const std::vector<std::string> key_order = {"append", "key"};
  EXPECT_EQ(federation[0].Send(federation.EpochRequest(1)).order, key_order);
  federation.OpenEpoch(2, federation.All());
  const std::vector<std::string> upload_order = {"compute", "append", "mask", "header"};
  EXPECT_EQ(federation[0].Send(federation.Plan(2)).order, upload_order);
  PlayedAttempt attempt = federation.Upload(2, federation.All());
  const std::vector<std::string> sign_order = {"append", "peers", "statement"};
  const Outbox signed_it = federation[0].Send(federation.List(attempt, federation.All(), 0));
  EXPECT_EQ(signed_it.order, sign_order);
  federation.Sign(attempt, federation.All(), federation.All());
  const std::vector<std::string> reveal_order = {"append", "reveal", "peers"};
  EXPECT_EQ(federation[0].Send(federation.Signatures(attempt, federation.All())).order, reveal_order);
  const Sha256Digest elsewhere = Sha256("another attempt");
  const std::vector<std::string> void_order = {"append", "void"};
  EXPECT_EQ(federation[0].Send(VoidRequested{elsewhere}).order, void_order);
}

TEST(HonestRound, WhateverIsAskedAgainIsAnsweredAgainTheSame) {
  TestFederation federation({.num_sites = 4});
  const Outbox key = federation[0].Send(federation.EpochRequest(1));
  const std::vector<SignedBytes> statements = federation.CollectKeys(1, federation.All());
  EXPECT_EQ(statements[0], *key.key_statement);
  federation.OpenEpoch(1, federation.All());
  EXPECT_EQ(federation[0].Send(EpochListed{1, statements}).nonce, federation.nonces()[0]);
  PlayedAttempt attempt = federation.Upload(1, federation.All());
  const std::vector<uint32_t> payload = federation[0].payload;
  const Outbox plan_again = federation[0].Send(federation.Plan(1));
  EXPECT_EQ(plan_again.header, attempt.headers.at(0));
  EXPECT_EQ(plan_again.offers, attempt.offers.at(0));
  EXPECT_EQ(federation[0].payload, payload);
  federation.Sign(attempt, federation.All(), federation.All());
  const SignedBytes statement = attempt.statements.at(0);
  federation.Sign(attempt, federation.All(), {0});
  EXPECT_EQ(attempt.statements.at(0), statement);
  federation.Reveal(attempt, federation.All(), {0});
  const RevealStatement reveal = attempt.reveals.at(0);
  const uint64_t entries = federation[0].record().sequence();
  federation.Reveal(attempt, federation.All(), {0});
  EXPECT_EQ(attempt.reveals.at(0), reveal);
  federation.Sign(attempt, federation.All(), {0});
  EXPECT_EQ(attempt.statements.at(0), statement);
  federation.previous.clear();
  EXPECT_EQ(federation[0].Send(federation.Plan(1)).header, attempt.headers.at(0));
  EXPECT_EQ(federation[0].record().sequence(), entries);
}

TEST(HonestRound, RoundFollowsRoundAndAnAbsentSiteComesBackOnProof) {
  TestFederation federation({.num_sites = 5});
  federation.OpenEpoch(1, federation.All());
  federation.Run(1);
  federation.OpenEpoch(2, {0, 1, 2, 3});
  federation.Run(2);
  federation.OpenEpoch(3, federation.All());  // site 4 was absent in attempt 2
  const PlayedAttempt attempt = federation.Run(3);
  EXPECT_EQ(federation.Unmask(attempt, federation.All()), federation.PlainSum(federation.All()));
}

TEST(HonestRound, NewerAttemptTakesThePlaceOfOneThatFailed) {
  TestFederation federation({.num_sites = 4});
  federation.OpenEpoch(1, federation.All());
  federation.Upload(1, federation.All());
  const PlayedAttempt attempt = federation.Run(2);
  EXPECT_EQ(federation.Unmask(attempt, federation.All()), federation.PlainSum(federation.All()));
}

TEST(HonestRound, BadPlanLeavesTheAttemptInHandAsItIs) {
  TestFederation federation({.num_sites = 4});
  federation.OpenEpoch(1, federation.All());
  PlayedAttempt attempt = federation.Upload(1, federation.All());
  AttemptTerms terms = federation.Terms(2);
  terms.encoding_sites = 3;
  EXPECT_TRUE(federation[0].Send(federation.Plan(terms)).Refused(SiteRefusal::kBadTerms));
  federation.Sign(attempt, federation.All(), federation.All());
  federation.Reveal(attempt, federation.All(), federation.All());
  EXPECT_EQ(federation.Unmask(attempt, federation.All()), federation.PlainSum(federation.All()));
}

TEST(HonestRound, PauseForgetsEverythingAndANewEpochGoesOn) {
  TestFederation federation({.num_sites = 4});
  federation.OpenEpoch(1, federation.All());
  PlayedAttempt attempt = federation.Upload(1, federation.All());
  federation[0].Send(Forget{});
  EXPECT_EQ(federation[0].state(), State::kNoEpoch);
  EXPECT_TRUE(federation[0].Send(federation.List(attempt, federation.All(), 0)).Refused(SiteRefusal::kOutOfOrder));
  federation.OpenEpoch(2, federation.All());
  const PlayedAttempt next = federation.Run(2);
  EXPECT_EQ(federation.Unmask(next, federation.All()), federation.PlainSum(federation.All()));
}

TEST(HonestRound, SaysInWordsWhereItStands) {
  TestFederation federation({.num_sites = 4});
  EXPECT_EQ(federation[0].machine().Describe(), "holds no keys; waits for a new epoch");
  federation.OpenEpoch(1, federation.All());
  EXPECT_EQ(federation[0].machine().Describe(), "epoch 1 of 4 sites; waits for a plan");
  PlayedAttempt attempt = federation.Upload(1, federation.All());
  federation.Sign(attempt, federation.All(), federation.All());
  EXPECT_EQ(federation[0].machine().Describe(),
            "attempt 1: signed that 4 sites are in the sum; nothing is revealed before 3 have signed");
}

TEST(HonestRound, MakerOfAPacketThatDoesNotOpenIsNamedAndTheSumGoesOn) {
  TestFederation federation({.num_sites = 5});
  federation.OpenEpoch(1, federation.All());
  PlayedAttempt attempt = federation.Upload(1, federation.All());
  // Site 2 seals rubbish for site 0 and signs it.
  Offers offers = ParseOffers(attempt.offers.at(2)).value();
  offers.offers[0].share->packet[20] ^= 1;
  UploadHeader header = ParseUploadHeader(attempt.headers.at(2).bytes).value();
  header.offers_root = OffersRoot(header.site, offers);
  attempt.headers[2] = secure::Sign(header, federation[2].signer()).value();
  attempt.offers[2] = Serialize(offers);
  const Sites rest = federation.AllBut({2});
  federation.Sign(attempt, federation.All(), rest);
  EXPECT_EQ(ParseSurvivorStatement(attempt.statements.at(0).bytes).value().complaints, federation.Names({2}));
  EXPECT_TRUE(ParseSurvivorStatement(attempt.statements.at(1).bytes).value().complaints.empty());
  federation.Reveal(attempt, rest, rest);
  // The share that it complained about it does not give; others do.
  EXPECT_TRUE(federation[0].Send(SharesRequested{federation.Names({2})}).Refused(SiteRefusal::kNoShares));
  EXPECT_TRUE(federation[1].Send(SharesRequested{federation.Names({2})}).reveal.has_value());
  const Outbox both = federation[0].Send(SharesRequested{federation.Names({2, 3})});
  ASSERT_TRUE(both.reveal.has_value());
  EXPECT_EQ(ParseRevealStatement(both.reveal->bytes).value().shares.size(), 1u);
}

TEST(HonestRound, PeerWithAnotherPairSeedIsNamed) {
  TestFederation federation({.num_sites = 5});
  federation.OpenEpoch(1, federation.All());
  PlayedAttempt attempt = federation.Upload(1, federation.All());
  Offers offers = ParseOffers(attempt.offers.at(2)).value();
  offers.offers[1].pair_commitment[0] ^= 1;  // towards site 1
  UploadHeader header = ParseUploadHeader(attempt.headers.at(2).bytes).value();
  header.offers_root = OffersRoot(header.site, offers);
  attempt.headers[2] = secure::Sign(header, federation[2].signer()).value();
  attempt.offers[2] = Serialize(offers);
  federation.Sign(attempt, federation.All(), {0, 1});
  EXPECT_TRUE(ParseSurvivorStatement(attempt.statements.at(0).bytes).value().complaints.empty());
  EXPECT_EQ(ParseSurvivorStatement(attempt.statements.at(1).bytes).value().complaints, federation.Names({2}));
}

}  // namespace
}  // namespace accord::secure::testing
