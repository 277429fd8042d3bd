// Lies that signed bytes prove: who is named, with which evidence, and how the attempt goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/aggregation/secure/round/played_cohort.h"

namespace accord::secure {
namespace {

using State = SecureRound::State;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

void FlipABit(std::vector<uint8_t>& seed) { seed[3] ^= 1; }

void CommitOddly(Offers& offers, const std::string& peer) {
  for (PeerOffer& offer : offers.offers) {
    if (offer.peer == peer) offer.pair_commitment = Sha256(peer);
  }
}

TEST(RoundConvicts, ASiteOfTwoUploadsAndKeepsTheFirst) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.Handle(cohort.Upload(1));
  cohort.Handle(cohort.Upload(1, [](UploadHeader& header, Offers&) { header.ledger_sequence = 9; }));
  EXPECT_THAT(cohort.Blamed(), ElementsAre("site-01: signed two different uploads for one attempt"));
  cohort.ExpectProven(EvidenceKind::kTwoUploads, Weight::kConvicts);
  EXPECT_EQ(cohort.Last<Blame>().evidence->messages.size(), 2u);
  cohort.Play();
  cohort.ExpectOpenedOver({0, 1, 2, 3});
}

TEST(RoundConvicts, NobodyOfASecondUploadThatItsSiteDidNotSign) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.Handle(cohort.Upload(1));
  UploadVerified forged = cohort.Upload(1, [](UploadHeader& header, Offers&) { header.ledger_sequence = 9; });
  forged.header.signature = cohort.Upload(2).header.signature;
  cohort.Handle(std::move(forged));
  EXPECT_TRUE(cohort.Blamed().empty());
  EXPECT_THAT(cohort.Rejected(), ElementsAre(HasSubstr("is here already")));
}

TEST(RoundConvicts, OneOfAPairThatCommittedToDifferentSeeds) {
  PlayedCohort cohort({.num_sites = 7});  // t = 5
  cohort.Handle(cohort.Upload(2, [](UploadHeader&, Offers& offers) { CommitOddly(offers, "site-05"); }));
  cohort.Play();
  EXPECT_THAT(cohort.Blamed(), ElementsAre("site-02, site-05: committed to different seeds for one pair"));
  EXPECT_EQ(cohort.All<Exclude>().size(), 2u);
  cohort.ExpectProven(EvidenceKind::kPairDisagreement, Weight::kOneOf);
  EXPECT_EQ(cohort.Last<Blame>().evidence->messages.size(), 2u);
  EXPECT_EQ(cohort.Last<Blame>().evidence->offers.size(), 2u);
  cohort.ExpectOpenedOver({0, 1, 3, 4, 6});
}

TEST(RoundConvicts, ASiteAtOddsWithMoreThanMayColludeAndExcludesItAlone) {
  PlayedCohort cohort({.num_sites = 5});  // C = 1
  cohort.Handle(cohort.Upload(2, [](UploadHeader&, Offers& offers) {
    for (PeerOffer& offer : offers.offers) offer.pair_commitment = Sha256(offer.peer);
  }));
  cohort.Play();
  EXPECT_THAT(cohort.Blamed(), ElementsAre(HasSubstr("site-02: committed to other pair seeds than 4")));
  EXPECT_EQ(cohort.All<Exclude>().size(), 1u);
  cohort.ExpectOpenedOver({0, 1, 3, 4});
}

TEST(RoundConvicts, ARevealerOfAnotherSelfSeedAndRebuildsTheRightOne) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  for (uint32_t i = 0; i < 4; ++i) cohort.Handle(cohort.Statement(i));
  cohort.Handle(cohort.RevealOf(1, {.self = true, .forge = FlipABit}));
  EXPECT_THAT(cohort.Blamed(), ElementsAre("site-01: revealed another self-mask seed than it had committed to"));
  cohort.ExpectProven(EvidenceKind::kRevealUnlikeCommitment, Weight::kConvicts);
  EXPECT_EQ(cohort.Last<Blame>().evidence->messages.size(), 5u);
  cohort.silent = {1};
  cohort.Answer();
  cohort.ExpectOpenedOver({0, 1, 2, 3});
}

TEST(RoundConvicts, ARevealerOfAnotherPairSeedAndTakesTheMissingSitesOwn) {
  PlayedCohort cohort({.num_sites = 5});
  for (uint32_t i = 0; i < 4; ++i) cohort.Handle(cohort.Upload(i));
  cohort.Handle(CloseCollecting{});
  for (uint32_t i = 0; i < 4; ++i) cohort.Handle(cohort.Statement(i));
  int seeds = 0;  // the self seed comes first
  cohort.Handle(cohort.RevealOf(
      1, {.self = true, .pairs = {4}, .forge = [&](std::vector<uint8_t>& seed) { seed[0] ^= (seeds++ > 0); }}));
  EXPECT_THAT(cohort.Blamed(), ElementsAre(HasSubstr("site-01: revealed another pair seed with site-04")));
  cohort.ExpectProven(EvidenceKind::kRevealUnlikeCommitment, Weight::kConvicts);
  cohort.silent = {1};
  cohort.Answer();
  cohort.ExpectOpenedOver({0, 1, 2, 3});
}

TEST(RoundConvicts, ARevealerOfAnotherShareAndDoesWithoutIt) {
  PlayedCohort cohort({.num_sites = 5});  // k = 3
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  for (uint32_t i = 0; i < 5; ++i) cohort.Handle(cohort.Statement(i));
  cohort.Handle(SiteGone{"site-00"});
  cohort.Handle(cohort.RevealOf(1, {.shares = {0}, .forge = FlipABit}));
  EXPECT_THAT(cohort.Blamed(), ElementsAre(HasSubstr("site-01: revealed another share of the seed of site-00")));
  cohort.ExpectProven(EvidenceKind::kRevealUnlikeCommitment, Weight::kConvicts);
  cohort.silent = {0, 1};
  cohort.Answer();
  // Both are gone: their seeds come from the three that are left.
  cohort.ExpectOpenedOver({0, 1, 2, 3, 4});
}

TEST(RoundConvicts, AMakerWhoseSharesDoNotRebuildItsSeedAndWaitsForItsOwnWord) {
  PlayedCohort cohort({.num_sites = 4});
  // Each share matches its commitment, and they lie on no polynomial through the seed.
  cohort.ReplaceShare(1, 0, 77);
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  cohort.silent = {1};
  cohort.Handle(SiteGone{"site-01"});
  cohort.Answer();
  EXPECT_THAT(cohort.Blamed(), ElementsAre(HasSubstr("site-01: made shares that do not rebuild")));
  const Evidence& evidence = *cohort.Last<Blame>().evidence;
  cohort.ExpectProven(EvidenceKind::kBadShares, Weight::kConvicts);
  EXPECT_EQ(evidence.shares.size(), 3u);
  EXPECT_EQ(evidence.offers.size(), 3u);
  EXPECT_EQ(cohort.round().WaitsFor(), std::vector<std::string>{"site-01"});
  cohort.silent.clear();
  cohort.Handle(SiteBack{"site-01"});
  cohort.Answer();
  cohort.ExpectOpenedOver({0, 1, 2, 3});
}

TEST(RoundConvicts, AMakerOfBadSharesThatNeverComesBackAndDies) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.ReplaceShare(1, 0, 77);
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  cohort.silent = {1};
  cohort.Handle(SiteGone{"site-01", true});
  cohort.Answer();
  EXPECT_EQ(cohort.round().state(), State::kDead);
  EXPECT_THAT(cohort.Last<Dead>().reason, HasSubstr("site-01 is gone, and its shares do not rebuild its seed"));
  EXPECT_EQ(cohort.Last<Dead>().signed_by.size(), 3u);
}

TEST(RoundConvicts, OneOfTwoWhenAMissingSiteHasAnotherPairSeed) {
  PlayedCohort cohort({.num_sites = 5});
  for (uint32_t i = 0; i < 4; ++i) cohort.Handle(cohort.Upload(i));
  cohort.Handle(CloseCollecting{});
  for (uint32_t i = 0; i < 4; ++i) cohort.Handle(cohort.Statement(i));
  cohort.Handle(SiteGone{"site-01"});
  cohort.Handle(cohort.RevealOf(4, {.pairs = {1}, .forge = FlipABit}));
  EXPECT_THAT(cohort.Blamed(), ElementsAre(HasSubstr("site-01, site-04: site-04 revealed another pair seed")));
  cohort.ExpectProven(EvidenceKind::kRevealUnlikeCommitment, Weight::kOneOf);
  // site-04 cannot help any more, so it all depends on site-01.
  cohort.silent = {1, 4};
  cohort.Answer();
  EXPECT_EQ(cohort.round().WaitsFor(), std::vector<std::string>{"site-01"});
  cohort.Handle(StopWaiting{});
  EXPECT_EQ(cohort.round().state(), State::kDead);
}

TEST(RoundConvicts, ASiteThatSignsAnotherSetThanItWasShown) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  cohort.Handle(cohort.Statement(2, [](SurvivorStatement& s) { s.set.survivors_hash = Sha256("other"); }));
  EXPECT_THAT(cohort.Blamed(), ElementsAre("site-02: signed another set of survivors than it was shown"));
  cohort.silent = {2};
  cohort.Answer();
  cohort.ExpectOpenedOver({0, 1, 2, 3});
}

TEST(RoundConvicts, ASiteOfTwoSetsWithBothStatements) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  cohort.Handle(cohort.Statement(2));
  cohort.Handle(cohort.Statement(2, [](SurvivorStatement& s) { s.set.survivors_hash = Sha256("other"); }));
  ASSERT_EQ(cohort.All<Blame>().size(), 1u);
  cohort.ExpectProven(EvidenceKind::kTwoSurvivorSets, Weight::kConvicts);
  EXPECT_EQ(cohort.Last<Blame>().evidence->messages.size(), 2u);
}

TEST(RoundConvicts, ASiteThatSignsAndVoids) {
  for (const bool void_first : {false, true}) {
    PlayedCohort cohort({.num_sites = 4});
    cohort.UploadAll();
    cohort.Handle(CloseCollecting{});
    if (void_first) cohort.Handle(cohort.Void(2));
    cohort.Handle(cohort.Statement(2));
    if (!void_first) cohort.Handle(cohort.Void(2));
    EXPECT_THAT(cohort.Blamed(), ElementsAre(StartsWith("site-02: ")));
    cohort.ExpectProven(EvidenceKind::kSignedAndVoided, Weight::kConvicts);
    EXPECT_EQ(cohort.Last<Blame>().evidence->messages.size(), 2u);
  }
}

TEST(RoundComplaints, CostThatShareOnlyAndNameBoth) {
  PlayedCohort cohort({.num_sites = 5});  // k = 3
  cohort.complaints[1] = {0};
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  cohort.silent = {0};
  cohort.Handle(SiteGone{"site-00"});
  cohort.Answer();
  EXPECT_THAT(cohort.Blamed(), ElementsAre(StartsWith("site-01, site-00: site-01 says")));
  for (const RequestShares* request : cohort.All<RequestShares>()) EXPECT_NE(request->site, "site-01");
  cohort.ExpectOpenedOver({0, 1, 2, 3, 4});
}

TEST(RoundComplaints, OfMoreThanMayColludeNameTheMakerAlone) {
  PlayedCohort cohort({.num_sites = 5});  // C = 1
  cohort.complaints[1] = {0};
  cohort.complaints[2] = {0};
  cohort.complaints[3] = {0};
  cohort.Play();
  EXPECT_THAT(cohort.Blamed(), ElementsAre(StartsWith("site-01, site-00: "),
                                           StartsWith("site-00: made offers that do not open for 2 neighbours")));
  cohort.ExpectOpenedOver({0, 1, 2, 3, 4});  // as long as site-00 itself answers
}

TEST(RoundComplaints, ThatLeaveTooFewSharesOfAGoneSiteEndTheAttempt) {
  PlayedCohort cohort({.num_sites = 5});
  cohort.complaints[1] = {0};
  cohort.complaints[2] = {0};
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  cohort.silent = {0};
  cohort.Handle(SiteGone{"site-00", true});
  cohort.Answer();
  EXPECT_EQ(cohort.round().state(), State::kDead);
  EXPECT_THAT(cohort.Last<Dead>().reason, HasSubstr("only 2 of the 3 shares"));
}

TEST(RoundComplaints, AboutASiteThatMadeNoOfferNameTheComplainer) {
  PlayedCohort cohort({.num_sites = 5});
  cohort.silent = {4};
  cohort.complaints[1] = {4};
  cohort.Play();
  EXPECT_THAT(cohort.Blamed(), ElementsAre("site-01: complains about site-04, which made it no offer"));
  cohort.ExpectOpenedOver({0, 1, 2, 3});
}

}  // namespace
}  // namespace accord::secure
