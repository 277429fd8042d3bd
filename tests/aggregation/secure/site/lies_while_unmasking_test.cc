// A coordinator that wants seeds which it must not have.
#include <gtest/gtest.h>

#include "tests/aggregation/secure/testing/test_federation.h"

namespace accord::secure::testing {
namespace {

using State = SecureParticipant::State;

class LiesWhileUnmasking : public ::testing::Test {
 protected:
  LiesWhileUnmasking() { federation_.OpenEpoch(1, federation_.All()); }

  // Sites 0 to 3 survive and have signed; site 4's upload came too late.
  void SignOverFour() {
    attempt_ = federation_.Upload(1, federation_.All());
    federation_.Sign(attempt_, survivors_, survivors_);
  }

  void ExpectRefused(const SiteEvent& event, SiteRefusal refusal, size_t site = 0) {
    const Outbox outbox = federation_[site].Send(event);
    EXPECT_TRUE(outbox.Refused(refusal)) << outbox;
    EXPECT_FALSE(outbox.reveal.has_value());
  }

  PairSeedsRequested PairRequest(const Sites& survivors, const Sites& signers, const Sites& gone, size_t site = 4) {
    return PairSeedsRequested{federation_.List(attempt_, survivors, site).headers,
                              federation_.Signatures(attempt_, signers).statements, federation_.Names(gone)};
  }

  TestFederation federation_{{.num_sites = 5}};
  PlayedAttempt attempt_;
  Sites survivors_ = {0, 1, 2, 3};
};

TEST_F(LiesWhileUnmasking, NothingIsRevealedOnFewerThanTheSignaturesNeeded) {
  SignOverFour();
  ExpectRefused(federation_.Signatures(attempt_, {0, 1, 2}), SiteRefusal::kTooFewSignatures);
  ExpectRefused(SignaturesShown{}, SiteRefusal::kTooFewSignatures);
  EXPECT_EQ(federation_[0].state(), State::kSigned);
}

TEST_F(LiesWhileUnmasking, OneSignerTwiceCountsOnceAndIsRefused) {
  SignOverFour();
  SignaturesShown shown = federation_.Signatures(attempt_, {0, 1, 2});
  shown.statements.push_back(shown.statements[2]);
  ExpectRefused(shown, SiteRefusal::kListOutOfOrder);
}

TEST_F(LiesWhileUnmasking, ForgedSignatureIsRefused) {
  SignOverFour();
  SignaturesShown shown = federation_.Signatures(attempt_, survivors_);
  shown.statements[3].signature = shown.statements[2].signature;
  ExpectRefused(shown, SiteRefusal::kBadSignature);
}

TEST_F(LiesWhileUnmasking, SignatureOfAStrangerIsRefused) {
  federation_.OpenEpoch(2, survivors_);
  attempt_ = federation_.Upload(2, survivors_);
  federation_.Sign(attempt_, survivors_, survivors_);
  SignaturesShown shown = federation_.Signatures(attempt_, {0, 1});
  SurvivorStatement statement = ParseSurvivorStatement(shown.statements[1].bytes).value();
  statement.site = federation_[4].name();
  shown.statements.push_back(secure::Sign(statement, federation_[4].signer()).value());
  ExpectRefused(shown, SiteRefusal::kOutsideCohort);
}

TEST_F(LiesWhileUnmasking, SignaturesOfAnOlderAttemptAreRefused) {
  PlayedAttempt older = federation_.Upload(1, federation_.All());
  federation_.Sign(older, federation_.All(), federation_.All());
  federation_.End(older, AttemptOutcome::kAbandoned);
  attempt_ = federation_.Upload(2, federation_.All());
  federation_.Sign(attempt_, federation_.All(), {0});
  ExpectRefused(federation_.Signatures(older, federation_.All()), SiteRefusal::kOtherAttempt);
}

TEST_F(LiesWhileUnmasking, StatementWithOtherCountsIsRefused) {
  SignOverFour();
  SignaturesShown shown = federation_.Signatures(attempt_, survivors_);
  SurvivorStatement statement = ParseSurvivorStatement(shown.statements[3].bytes).value();
  statement.set.required_signatures = 2;
  shown.statements[3] = secure::Sign(statement, federation_[3].signer()).value();
  ExpectRefused(shown, SiteRefusal::kOtherAttempt);
}

TEST_F(LiesWhileUnmasking, SiteThatHasNotSignedRevealsNothingWhateverOthersSigned) {
  attempt_ = federation_.Upload(1, federation_.All());
  federation_.Sign(attempt_, federation_.All(), {0, 1, 2, 3});
  ExpectRefused(federation_.Signatures(attempt_, {0, 1, 2, 3}), SiteRefusal::kNotSigned, 4);
  ExpectRefused(SharesRequested{federation_.Names({0})}, SiteRefusal::kNotSigned, 4);
}

TEST_F(LiesWhileUnmasking, SharesAreNotGivenBeforeEnoughSignaturesWereShown) {
  SignOverFour();
  ExpectRefused(SharesRequested{federation_.Names({1})}, SiteRefusal::kNotSigned);
}

TEST_F(LiesWhileUnmasking, FirstRevealHoldsOwnSeedAndPairSeedsOfTheMissingAndNothingElse) {
  SignOverFour();
  federation_.Reveal(attempt_, survivors_, {0});
  const RevealStatement& reveal = attempt_.reveals.at(0);
  EXPECT_TRUE(reveal.self.has_value());
  ASSERT_EQ(reveal.pairs.size(), 1u);
  EXPECT_EQ(reveal.pairs[0].site, federation_[4].name());
  EXPECT_TRUE(reveal.shares.empty());
}

TEST_F(LiesWhileUnmasking, SiteAsGoneAndAsHereGivesNoShareOfAMissingSite) {
  SignOverFour();
  federation_.Reveal(attempt_, survivors_, survivors_);  // pair seeds with site 4 are out
  for (const size_t site : survivors_) {
    ExpectRefused(SharesRequested{federation_.Names({4})}, SiteRefusal::kNotASurvivor, site);
    ExpectRefused(SharesRequested{federation_.Names({1, 4})}, SiteRefusal::kNotASurvivor, site == 1 ? 0 : site);
  }
}

TEST_F(LiesWhileUnmasking, NoSequenceOfRequestsGivesBothKindsForOnePeer) {
  SignOverFour();
  federation_.Reveal(attempt_, survivors_, {0});
  std::vector<std::string> shares;
  for (const Sites& gone : {Sites{1}, Sites{2}, Sites{3}, Sites{1, 2, 3}}) {
    const Outbox outbox = federation_[0].Send(SharesRequested{federation_.Names(gone)});
    ASSERT_TRUE(outbox.reveal.has_value());
    const RevealStatement statement = ParseRevealStatement(outbox.reveal->bytes).value();
    for (const RevealedCommitment& share : statement.shares) shares.push_back(share.site);
  }
  for (const auto& pair : attempt_.reveals.at(0).pairs) {
    EXPECT_EQ(std::count(shares.begin(), shares.end(), pair.site), 0) << pair.site;
  }
  ExpectRefused(PairRequest(survivors_, survivors_, {1}, 0), SiteRefusal::kIsASurvivor);
}

TEST_F(LiesWhileUnmasking, OwnShareUnknownSitesAndNobodyAreRefused) {
  SignOverFour();
  federation_.Reveal(attempt_, survivors_, {0});
  ExpectRefused(SharesRequested{federation_.Names({0})}, SiteRefusal::kNotANeighbour);
  ExpectRefused(SharesRequested{{"site-9999"}}, SiteRefusal::kNotASurvivor);
  ExpectRefused(SharesRequested{{}}, SiteRefusal::kMalformed);
  ExpectRefused(SharesRequested{std::vector<std::string>(1000, federation_[1].name())}, SiteRefusal::kMalformed);
}

TEST_F(LiesWhileUnmasking, RepeatedNameGivesOneShare) {
  SignOverFour();
  federation_.Reveal(attempt_, survivors_, {0});
  const Outbox outbox = federation_[0].Send(SharesRequested{federation_.Names({1, 1})});
  ASSERT_TRUE(outbox.reveal.has_value());
  EXPECT_EQ(ParseRevealStatement(outbox.reveal->bytes).value().shares.size(), 1u);
}

TEST_F(LiesWhileUnmasking, SurvivorGivesNoPairSeedsWithOtherSurvivors) {
  SignOverFour();
  ExpectRefused(PairRequest(survivors_, survivors_, {1}, 0), SiteRefusal::kIsASurvivor);
  // Nor one that is a survivor and has not signed yet.
  federation_.OpenEpoch(2, federation_.All());
  attempt_ = federation_.Upload(2, federation_.All());
  federation_.Sign(attempt_, federation_.All(), {0, 1, 2, 3});
  ExpectRefused(PairRequest(federation_.All(), {0, 1, 2, 3}, {1}), SiteRefusal::kIsASurvivor, 4);
}

TEST_F(LiesWhileUnmasking, MissingSiteGivesNothingWithoutEnoughSignatures) {
  SignOverFour();
  ExpectRefused(PairRequest(survivors_, {0, 1, 2}, {1}), SiteRefusal::kTooFewSignatures, 4);
  ExpectRefused(PairRequest(survivors_, {}, {1}), SiteRefusal::kTooFewSignatures, 4);
  PairSeedsRequested forged = PairRequest(survivors_, survivors_, {1});
  forged.statements[0].signature[5] ^= 1;
  ExpectRefused(forged, SiteRefusal::kBadSignature, 4);
  forged = PairRequest(survivors_, survivors_, {1});
  forged.headers[0].signature[5] ^= 1;
  ExpectRefused(forged, SiteRefusal::kBadSignature, 4);
  EXPECT_EQ(federation_[4].state(), State::kMasked);
}

TEST_F(LiesWhileUnmasking, MissingSiteGivesPairSeedsWithSurvivorsOnly) {
  SignOverFour();
  ExpectRefused(PairRequest(survivors_, survivors_, {4}), SiteRefusal::kNotASurvivor, 4);
  federation_.OpenEpoch(2, federation_.All());
  attempt_ = federation_.Upload(2, {0, 1, 2, 3, 4});
  PairSeedsRequested request;
  federation_.Sign(attempt_, survivors_, survivors_);
  request = PairRequest(survivors_, survivors_, {1});
  request.gone = {"site-9999"};
  ExpectRefused(request, SiteRefusal::kNotASurvivor, 4);
}

TEST_F(LiesWhileUnmasking, MissingSiteNeverSignsOrRevealsItsSelfMaskSeedAfterwards) {
  SignOverFour();
  ASSERT_TRUE(federation_[4].Send(PairRequest(survivors_, survivors_, {1})).reveal.has_value());
  ExpectRefused(federation_.List(attempt_, federation_.All(), 4), SiteRefusal::kOutOfOrder, 4);
  ExpectRefused(federation_.Signatures(attempt_, survivors_), SiteRefusal::kNotSigned, 4);
  ExpectRefused(SharesRequested{federation_.Names({1})}, SiteRefusal::kNotSigned, 4);
  EXPECT_TRUE(federation_[4].Send(federation_.Plan(1)).SentNothing());
}

TEST_F(LiesWhileUnmasking, LateSiteHasDestroyedItsSeedOnceTheAttemptEnded) {
  SignOverFour();
  federation_[4].Send(AttemptEnded{1, AttemptOutcome::kLeftOut});
  EXPECT_EQ(federation_[4].state(), State::kReady);
  ExpectRefused(federation_.List(attempt_, federation_.All(), 4), SiteRefusal::kOutOfOrder, 4);
  ExpectRefused(PairRequest(survivors_, survivors_, {1}), SiteRefusal::kOutOfOrder, 4);
}

TEST_F(LiesWhileUnmasking, EndOfAnotherAttemptEndsNothing) {
  SignOverFour();
  federation_[0].Send(AttemptEnded{2, AttemptOutcome::kOpened});
  EXPECT_EQ(federation_[0].state(), State::kSigned);
}

TEST_F(LiesWhileUnmasking, NothingIsRevealedOnceTheAttemptEndedOrTheSitePaused) {
  SignOverFour();
  federation_[0].Send(AttemptEnded{1, AttemptOutcome::kAbandoned});
  ExpectRefused(federation_.Signatures(attempt_, survivors_), SiteRefusal::kNotSigned);
  federation_[1].Send(Forget{});
  ExpectRefused(federation_.Signatures(attempt_, survivors_), SiteRefusal::kNotSigned, 1);
  federation_[2].Send(AttemptEnded{9, AttemptOutcome::kJobOver});
  ExpectRefused(federation_.Signatures(attempt_, survivors_), SiteRefusal::kNotSigned, 2);
}

TEST_F(LiesWhileUnmasking, NewerAttemptLeavesNoSeedOfTheOlder) {
  SignOverFour();
  federation_.Upload(2, federation_.All());
  ExpectRefused(federation_.Signatures(attempt_, survivors_), SiteRefusal::kNotSigned);
}

TEST(LiesWhileUnmaskingSparse, SharesOfSitesThatAreNoNeighboursAreRefused) {
  TestFederation federation({.num_sites = 12});
  federation.OpenEpoch(1, federation.All());
  AttemptTerms terms = federation.Terms(1);
  terms.graph = GraphTerms{true, 6, 4, 2};
  const auto graph = federation.AgreementOf(federation.Plan(terms)).graph;
  PlayedAttempt attempt = federation.Upload(federation.Plan(terms), federation.All());
  federation.Sign(attempt, federation.All(), federation.All());
  federation.Reveal(attempt, federation.All(), {0});
  EXPECT_EQ(attempt.reveals.at(0).pairs.size(), 0u);
  for (uint32_t site = 1; site < 12; ++site) {
    const Outbox outbox = federation[0].Send(SharesRequested{federation.Names({site})});
    EXPECT_EQ(outbox.reveal.has_value(), graph->AreNeighbours(0, site)) << site;
    EXPECT_EQ(outbox.Refused(SiteRefusal::kNotANeighbour), !graph->AreNeighbours(0, site)) << site;
  }
}

}  // namespace
}  // namespace accord::secure::testing
