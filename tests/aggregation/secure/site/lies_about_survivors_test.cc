// A coordinator that lies about who is in the sum.
#include <gtest/gtest.h>

#include "tests/aggregation/secure/testing/test_federation.h"

namespace accord::secure::testing {
namespace {

using State = SecureParticipant::State;

class LiesAboutSurvivors : public ::testing::Test {
 protected:
  LiesAboutSurvivors() { federation_.OpenEpoch(1, federation_.All()); }

  void ExpectRefused(const SurvivorsListed& list, SiteRefusal refusal, size_t site = 0) {
    const State before = federation_[site].state();
    const uint64_t entries = federation_[site].record().sequence();
    const Outbox outbox = federation_[site].Send(list);
    EXPECT_TRUE(outbox.Refused(refusal)) << outbox;
    EXPECT_FALSE(outbox.statement.has_value() || outbox.reveal.has_value());
    EXPECT_EQ(federation_[site].state(), before);
    EXPECT_EQ(federation_[site].record().sequence(), entries);
  }

  // The header of `site` with other floors.
  void SetFloors(PlayedAttempt& attempt, size_t site, uint32_t survivors, uint32_t organisations) {
    UploadHeader header = ParseUploadHeader(attempt.headers.at(site).bytes).value();
    header.floor_survivors = survivors;
    header.floor_organisations = organisations;
    attempt.headers[site] = secure::Sign(header, federation_[site].signer()).value();
  }

  TestFederation federation_{{.num_sites = 5}};
};

TEST_F(LiesAboutSurvivors, OwnUploadLeftOutIsNotSigned) {
  const PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  ExpectRefused(federation_.List(attempt, {1, 2, 3, 4}, 0), SiteRefusal::kOwnHeaderMissing);
}

TEST_F(LiesAboutSurvivors, OwnUploadReplacedByAnotherOfTheSameTranscriptIsNotSigned) {
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  UploadHeader header = ParseUploadHeader(attempt.headers.at(0).bytes).value();
  header.payload_digest = Sha256("somebody else's numbers");
  attempt.headers[0] = secure::Sign(header, federation_[0].signer()).value();
  ExpectRefused(federation_.List(attempt, federation_.All(), 0), SiteRefusal::kOwnHeaderMissing);
}

TEST_F(LiesAboutSurvivors, SurvivorsBeforeTheOwnUploadIsCompleteAreNotSigned) {
  federation_[0].masks_at_once = false;
  PlayedAttempt attempt = federation_.Upload(1, {1, 2, 3, 4});
  federation_[0].Send(federation_.Plan(1));
  ASSERT_EQ(federation_[0].state(), State::kMasked);
  ExpectRefused(federation_.List(attempt, {1, 2, 3, 4}, 0), SiteRefusal::kOwnHeaderMissing);
}

TEST_F(LiesAboutSurvivors, UploadOfAnOlderAttemptIsFoundOut) {
  const PlayedAttempt older = federation_.Upload(1, federation_.All());
  PlayedAttempt attempt = federation_.Upload(2, federation_.All());
  attempt.headers[3] = older.headers.at(3);
  const Outbox outbox = federation_[0].Send(federation_.List(attempt, federation_.All(), 0));
  EXPECT_TRUE(outbox.Refused(SiteRefusal::kOtherTranscript)) << outbox;
  EXPECT_EQ(outbox.evidence.size(), 1u);
}

TEST_F(LiesAboutSurvivors, HeaderThatItsSiteDidNotSignIsRefused) {
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  attempt.headers[3].signature = attempt.headers[2].signature;
  ExpectRefused(federation_.List(attempt, federation_.All(), 0), SiteRefusal::kBadSignature);
}

TEST_F(LiesAboutSurvivors, MadeUpHeaderUnderACollaboratorsKeyIsRefused) {
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  const UploadHeader header = ParseUploadHeader(attempt.headers.at(3).bytes).value();
  attempt.headers[3] = secure::Sign(header, federation_[4].signer()).value();
  ExpectRefused(federation_.List(attempt, federation_.All(), 0), SiteRefusal::kBadSignature);
}

TEST_F(LiesAboutSurvivors, OneSiteTwiceOrOutOfOrderIsRefused) {
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  SurvivorsListed list = federation_.List(attempt, {0, 1, 2, 3}, 0);
  list.headers.push_back(list.headers.back());
  ExpectRefused(list, SiteRefusal::kListOutOfOrder);
  list = federation_.List(attempt, federation_.All(), 0);
  std::swap(list.headers[1], list.headers[2]);
  ExpectRefused(list, SiteRefusal::kListOutOfOrder);
  list = federation_.List(attempt, federation_.All(), 0);
  list.headers.push_back(list.headers.back());
  ExpectRefused(list, SiteRefusal::kListOutOfOrder);
}

TEST_F(LiesAboutSurvivors, SiteOfTheRosterThatIsNotOfTheCohortIsRefused) {
  federation_.OpenEpoch(2, {0, 1, 2, 3});
  PlayedAttempt attempt = federation_.Upload(2, {0, 1, 2, 3});
  UploadHeader header = ParseUploadHeader(attempt.headers.at(3).bytes).value();
  header.site = federation_[4].name();
  attempt.headers[4] = secure::Sign(header, federation_[4].signer()).value();
  SurvivorsListed list = federation_.List(attempt, {0, 1, 2}, 0);
  list.headers.push_back(attempt.headers[4]);
  ExpectRefused(list, SiteRefusal::kOutsideCohort);
}

TEST_F(LiesAboutSurvivors, FewerThanTheSignaturesNeededAreRefused) {
  const PlayedAttempt attempt = federation_.Upload(1, federation_.All());  // n = 5, t = 4
  ExpectRefused(federation_.List(attempt, {0, 1, 2}, 0), SiteRefusal::kTooFewSurvivors);
  ExpectRefused(federation_.List(attempt, {0}, 0), SiteRefusal::kTooFewSurvivors);
  ExpectRefused(SurvivorsListed{}, SiteRefusal::kTooFewSurvivors);
}

TEST_F(LiesAboutSurvivors, SetBelowTheStrictestFloorOfAllHeadersIsRefused) {
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  SetFloors(attempt, 3, 5, 3);
  ExpectRefused(federation_.List(attempt, {0, 1, 2, 3}, 0), SiteRefusal::kSurvivorsBelowFloor);
  SetFloors(attempt, 3, 3, 5);
  ExpectRefused(federation_.List(attempt, {0, 1, 2, 3}, 0), SiteRefusal::kSurvivorsBelowFloor);
}

TEST(LiesAboutSurvivorsOfAStrictSite, OwnFloorHoldsForTheSurvivorsToo) {
  Floors floors;
  floors.sites = 5;
  TestFederation federation({.num_sites = 5, .floors = floors});
  federation.OpenEpoch(1, federation.All());
  const PlayedAttempt attempt = federation.Upload(1, federation.All());
  EXPECT_TRUE(federation[0].Send(federation.List(attempt, {0, 1, 2, 3}, 0)).Refused(SiteRefusal::kSurvivorsBelowFloor));
}

TEST(LiesAboutSurvivorsOfAStrictSite, JobsFloorHoldsForTheSurvivorsToo) {
  TestFederation federation({.num_sites = 5});
  federation.OpenEpoch(1, federation.All());
  AttemptTerms terms = federation.Terms(1);
  terms.min_sites = 5;
  const PlayedAttempt attempt = federation.Upload(federation.Plan(terms), federation.All());
  EXPECT_TRUE(federation[0].Send(federation.List(attempt, {0, 1, 2, 3}, 0)).Refused(SiteRefusal::kSurvivorsBelowFloor));
}

TEST(LiesAboutSurvivorsOfAStrictSite, FewerThanTwoOrganisationsBesideTheCollaboratorsAreRefused) {
  Floors floors;
  floors.two_sites = true;  // else two organisations are too few already
  TestFederation federation(
      {.num_sites = 8, .organisations = {"A", "A", "A", "B", "B", "B", "C", "D"}, .floors = floors});
  federation.colluding_organisations = 1;
  federation.OpenEpoch(1, federation.All());
  const PlayedAttempt attempt = federation.Upload(1, federation.All());  // t = 6, C = 3
  EXPECT_TRUE(federation[0]
                  .Send(federation.List(attempt, {0, 1, 2, 3, 4, 5}, 0))  // A and B: one of them may collude
                  .Refused(SiteRefusal::kSurvivorsBelowFloor));
  const Outbox three = federation[0].Send(federation.List(attempt, {0, 1, 2, 3, 4, 5, 6}, 0));
  EXPECT_TRUE(three.statement.has_value()) << three;
}

TEST_F(LiesAboutSurvivors, SecondSetForOneTranscriptIsNeverSigned) {
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  federation_.Sign(attempt, {0, 1, 2, 3}, {0});
  ExpectRefused(federation_.List(attempt, federation_.All(), 0), SiteRefusal::kAlreadySigned);
  ExpectRefused(federation_.List(attempt, {0, 1, 2, 4}, 0), SiteRefusal::kAlreadySigned);
  federation_.Sign(attempt, {0, 1, 2, 3}, {1, 2, 3});
  federation_.Reveal(attempt, {0, 1, 2, 3}, {0});
  ExpectRefused(federation_.List(attempt, federation_.All(), 0), SiteRefusal::kAlreadySigned);
}

TEST_F(LiesAboutSurvivors, TwoSetsNeverBothGetEnoughSignatures) {
  // Half of the sites are shown one set, half another; one collaborator signs both.
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  federation_.Sign(attempt, {0, 1, 2, 3}, {0, 1});
  federation_.Sign(attempt, federation_.All(), {2, 3, 4});
  for (const size_t site : federation_.All()) {
    const Outbox outbox = federation_[site].Send(federation_.Signatures(attempt, federation_.All()));
    ASSERT_TRUE(outbox.Refused(SiteRefusal::kOtherSurvivorSet)) << outbox;
    EXPECT_FALSE(outbox.reveal.has_value());
    EXPECT_EQ(federation_[site].state(), State::kStopped);
    ASSERT_EQ(outbox.evidence.size(), 1u);
    EXPECT_EQ(outbox.evidence[0].kind, EvidenceKind::kTwoSurvivorSets);
    EXPECT_EQ(outbox.evidence[0].messages.size(), 2u);
  }
}

TEST_F(LiesAboutSurvivors, StatementsOfThoseWhoSawTheSameSetAloneAreTooFew) {
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  federation_.Sign(attempt, {0, 1, 2, 3}, {0, 1});
  federation_.Sign(attempt, federation_.All(), {2, 3, 4});
  EXPECT_TRUE(federation_[0].Send(federation_.Signatures(attempt, {0, 1})).Refused(SiteRefusal::kTooFewSignatures));
  EXPECT_TRUE(federation_[2].Send(federation_.Signatures(attempt, {2, 3, 4})).Refused(SiteRefusal::kTooFewSignatures));
}

TEST_F(LiesAboutSurvivors, SetOfAnAttemptThatItPromisedNeverToSignIsRefused) {
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  const Sha256Digest transcript = federation_.Transcript(1);
  const Outbox promise = federation_[0].Send(VoidRequested{transcript});
  ASSERT_TRUE(promise.void_statement.has_value());
  EXPECT_EQ(federation_[0].state(), State::kReady);  // seeds and all
  EXPECT_FALSE(federation_[0].Send(federation_.List(attempt, federation_.All(), 0)).statement.has_value());
  EXPECT_FALSE(federation_[0].Send(federation_.Plan(1)).header.has_value());
}

TEST_F(LiesAboutSurvivors, PromiseGivenBeforeThePlanHoldsToo) {
  const Sha256Digest transcript = federation_.Transcript(1);
  ASSERT_TRUE(federation_[0].Send(VoidRequested{transcript}).void_statement.has_value());
  EXPECT_TRUE(federation_[0].Send(federation_.Plan(1)).Refused(SiteRefusal::kVoided));
}

TEST_F(LiesAboutSurvivors, SiteThatSignedGivesNoPromise) {
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  federation_.Sign(attempt, federation_.All(), {0});
  const Outbox outbox = federation_[0].Send(VoidRequested{federation_.Transcript(1)});
  ASSERT_TRUE(outbox.Refused(SiteRefusal::kSigned)) << outbox;
  ASSERT_TRUE(outbox.refusals[0].bound.has_value());
  EXPECT_EQ(outbox.refusals[0].bound->sites, federation_.Names(federation_.All()));
  EXPECT_EQ(outbox.refusals[0].bound->encoding_sites, 5u);
  // Nor after a restart.
  const Sha256Digest transcript = federation_.Transcript(1);
  federation_[0].Restart();
  EXPECT_TRUE(federation_[0].Send(VoidRequested{transcript}).Refused(SiteRefusal::kSigned));
}

TEST_F(LiesAboutSurvivors, PromisesAboutUnknownAttemptsAreLimited) {
  int given = 0;
  for (int i = 0; i < 100; ++i) {
    given += federation_[0].Send(VoidRequested{Sha256(std::to_string(i))}).void_statement.has_value();
  }
  EXPECT_EQ(given, 64);
  EXPECT_TRUE(federation_[0].Send(VoidRequested{Sha256("more")}).Refused(SiteRefusal::kTooManyVoids));
  // What was promised once is said again.
  EXPECT_TRUE(federation_[0].Send(VoidRequested{Sha256("0")}).void_statement.has_value());
  // The attempt in hand is no unknown one.
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  EXPECT_TRUE(federation_[0].Send(VoidRequested{federation_.Transcript(1)}).void_statement.has_value());
}

// ---- offers ----

TEST_F(LiesAboutSurvivors, WithheldShareIsRefused) {
  const PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  SurvivorsListed list = federation_.List(attempt, federation_.All(), 0);
  list.offers.pop_back();
  ExpectRefused(list, SiteRefusal::kTamperedOffer);
  list = federation_.List(attempt, federation_.All(), 0);
  list.offers.erase(list.offers.begin());
  ExpectRefused(list, SiteRefusal::kTamperedOffer);
  list.offers.clear();
  ExpectRefused(list, SiteRefusal::kTamperedOffer);
}

TEST_F(LiesAboutSurvivors, RelabelledShareIsRefused) {
  const PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  SurvivorsListed list = federation_.List(attempt, federation_.All(), 0);
  std::swap(list.offers[0], list.offers[1]);
  ExpectRefused(list, SiteRefusal::kTamperedOffer);
  list = federation_.List(attempt, federation_.All(), 0);
  ShownOffer shown = ParseShownOffer(list.offers[0]).value();
  shown.maker = federation_[2].name();
  list.offers[1] = Serialize(shown);
  ExpectRefused(list, SiteRefusal::kTamperedOffer);
}

TEST_F(LiesAboutSurvivors, ShareOfAnotherHolderIsRefused) {
  const PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  SurvivorsListed list = federation_.List(attempt, federation_.All(), 0);
  const SurvivorsListed others = federation_.List(attempt, federation_.All(), 2);
  list.offers[0] = others.offers[1];  // site 1's offer to site 2
  ExpectRefused(list, SiteRefusal::kTamperedOffer);
  ShownOffer shown = ParseShownOffer(others.offers[1]).value();
  shown.offer.peer = federation_[0].name();
  list.offers[0] = Serialize(shown);
  ExpectRefused(list, SiteRefusal::kTamperedOffer);
}

TEST_F(LiesAboutSurvivors, OwnShareReflectedIsRefused) {
  const PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  SurvivorsListed list = federation_.List(attempt, federation_.All(), 0);
  list.offers[0] = federation_.List(attempt, federation_.All(), 1).offers[0];  // site 0's offer to site 1
  ExpectRefused(list, SiteRefusal::kTamperedOffer);
}

TEST_F(LiesAboutSurvivors, AlteredPacketOrCommitmentIsTheCoordinatorsDoingAndNoComplaint) {
  const PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  const SurvivorsListed honest = federation_.List(attempt, federation_.All(), 0);
  SurvivorsListed list = honest;
  ShownOffer shown = ParseShownOffer(list.offers[2]).value();
  shown.offer.share->packet[0] ^= 1;
  list.offers[2] = Serialize(shown);
  ExpectRefused(list, SiteRefusal::kTamperedOffer);
  shown = ParseShownOffer(honest.offers[2]).value();
  shown.offer.share->commitment[0] ^= 1;
  list.offers[2] = Serialize(shown);
  ExpectRefused(list, SiteRefusal::kTamperedOffer);
  shown = ParseShownOffer(honest.offers[2]).value();
  shown.offer.pair_commitment[0] ^= 1;
  list.offers[2] = Serialize(shown);
  ExpectRefused(list, SiteRefusal::kTamperedOffer);
  shown = ParseShownOffer(honest.offers[2]).value();
  shown.position = 2;
  list.offers[2] = Serialize(shown);
  ExpectRefused(list, SiteRefusal::kTamperedOffer);
  EXPECT_TRUE(federation_[0].Send(honest).statement.has_value());
}

TEST_F(LiesAboutSurvivors, ShareOfAnOlderAttemptIsRefused) {
  const PlayedAttempt older = federation_.Upload(1, federation_.All());
  const SurvivorsListed old_list = federation_.List(older, federation_.All(), 0);
  const PlayedAttempt attempt = federation_.Upload(2, federation_.All());
  SurvivorsListed list = federation_.List(attempt, federation_.All(), 0);
  list.offers[1] = old_list.offers[1];
  ExpectRefused(list, SiteRefusal::kTamperedOffer);
}

TEST_F(LiesAboutSurvivors, OffersOfSitesThatAreNotListedAreRefused) {
  const PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  SurvivorsListed list = federation_.List(attempt, {0, 1, 2, 3}, 0);
  list.offers.push_back(federation_.List(attempt, federation_.All(), 0).offers.back());
  ExpectRefused(list, SiteRefusal::kTamperedOffer);
}

// ---- sparse graphs ----

class LiesAboutSparseSurvivors : public ::testing::Test {
 protected:
  LiesAboutSparseSurvivors() {
    federation_.OpenEpoch(1, federation_.All());
    terms_ = federation_.Terms(1);
    terms_.graph = GraphTerms{true, 14, 3, 12};
    graph_ = federation_.AgreementOf(federation_.Plan(terms_)).graph;
  }

  TestFederation federation_{{.num_sites = 40}};
  AttemptTerms terms_;
  std::shared_ptr<const NeighbourGraph> graph_;
};

TEST_F(LiesAboutSparseSurvivors, CuttingOneSitesNeighbourhoodIsFoundOutByThatSite) {
  const PlayedAttempt attempt = federation_.Upload(federation_.Plan(terms_), federation_.All());
  const auto neighbours = graph_->Neighbours(0);
  // No more are missing than the graph bears, but they are all neighbours of one site: 2 of its 14 are left, 3 needed.
  Sites cut(neighbours.begin(), neighbours.begin() + 12);
  Outbox outbox = federation_[0].Send(federation_.List(attempt, federation_.AllBut(cut), 0));
  EXPECT_TRUE(outbox.Refused(SiteRefusal::kNeighbourhoodCut)) << outbox;
  cut.pop_back();
  outbox = federation_[0].Send(federation_.List(attempt, federation_.AllBut(cut), 0));
  EXPECT_TRUE(outbox.statement.has_value()) << outbox;
}

TEST_F(LiesAboutSparseSurvivors, MoreMissingThanTheGraphWasMadeForAreRefused) {
  terms_.graph = GraphTerms{true, 6, 4, 2};
  graph_ = federation_.AgreementOf(federation_.Plan(terms_)).graph;
  const PlayedAttempt attempt = federation_.Upload(federation_.Plan(terms_), federation_.All());
  Sites missing;  // three that are no neighbours of site 0
  for (uint32_t site = 1; missing.size() < 3; ++site) {
    if (!graph_->AreNeighbours(0, site)) missing.push_back(site);
  }
  const Outbox outbox = federation_[0].Send(federation_.List(attempt, federation_.AllBut(missing), 0));
  EXPECT_TRUE(outbox.Refused(SiteRefusal::kTooManyMissing)) << outbox;
}

TEST_F(LiesAboutSparseSurvivors, OfferAtAnotherPlaceThanTheGraphGivesIsRefused) {
  const PlayedAttempt attempt = federation_.Upload(federation_.Plan(terms_), federation_.All());
  const uint32_t neighbour = graph_->Neighbours(0)[0];
  SurvivorsListed list = federation_.List(attempt, federation_.All(), 0);
  ShownOffer shown = ParseShownOffer(list.offers[0]).value();
  shown.position = shown.position % 14 + 1;
  list.offers[0] = Serialize(shown);
  EXPECT_TRUE(federation_[0].Send(list).Refused(SiteRefusal::kTamperedOffer));
  ASSERT_EQ(shown.maker, federation_[neighbour].name());
}

}  // namespace
}  // namespace accord::secure::testing
