// Every message of a site that breaks a rule: rejected by name, and without effect on the others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aggregation/secure/messages/domains.h"
#include "tests/aggregation/secure/round/played_cohort.h"

namespace accord::secure {
namespace {

using State = SecureRound::State;
using testing::ElementsAre;
using testing::HasSubstr;

// site-01's upload is wrong in one way; the others' are taken, and then its right one is.
void ExpectRejected(PlayedCohort& cohort, UploadVerified upload, const std::string& reason) {
  cohort.Handle(std::move(upload));
  EXPECT_THAT(cohort.Rejected(), ElementsAre(HasSubstr(reason)));
  EXPECT_TRUE(cohort.All<AcceptUpload>().empty());
  EXPECT_TRUE(cohort.Blamed().empty());
  cohort.Play();
  cohort.ExpectOpenedOver({0, 1, 2, 3});
}

void ExpectEditRejected(const PlayedCohort::EditUpload& edit, const std::string& reason) {
  PlayedCohort cohort({.num_sites = 4});
  ExpectRejected(cohort, cohort.Upload(1, edit), reason);
}

TEST(RoundRejectsAnUpload, OfASiteOutsideTheCohort) {
  PlayedCohort cohort({.num_sites = 4});
  UploadVerified upload = cohort.Upload(1);
  upload.site = "site-99";
  ExpectRejected(cohort, std::move(upload), "site-99: the site is not in this attempt's cohort");
}

TEST(RoundRejectsAnUpload, WithTheHeaderOfAnotherSite) {
  PlayedCohort cohort({.num_sites = 4});
  UploadVerified upload = cohort.Upload(2);
  upload.site = "site-01";
  ExpectRejected(cohort, std::move(upload), "site-01: its header is that of site-02");
}

TEST(RoundRejectsAnUpload, WhoseHeaderCannotBeRead) {
  PlayedCohort cohort({.num_sites = 4});
  UploadVerified upload = cohort.Upload(1);
  upload.header.bytes.resize(upload.header.bytes.size() - 1);
  ExpectRejected(cohort, std::move(upload), "upload header");
}

TEST(RoundRejectsAnUpload, WhoseHeaderItsSiteDidNotSign) {
  PlayedCohort cohort({.num_sites = 4});
  UploadVerified upload = cohort.Upload(1);
  upload.header.signature = cohort.Upload(2).header.signature;
  ExpectRejected(cohort, std::move(upload), "signature");
}

TEST(RoundRejectsAnUpload, MadeUnderOtherTermsAndSaysWhich) {
  ExpectEditRejected([](UploadHeader& header, Offers&) { header.parts.model = Sha256("another model"); }, "model");
  ExpectEditRejected([](UploadHeader& header, Offers&) { header.parts.attempt = 1; }, "attempt");
}

TEST(RoundRejectsAnUpload, OfAnotherPayload) {
  ExpectEditRejected([](UploadHeader& header, Offers&) { header.payload_digest = Sha256("other"); },
                     "signed for another payload");
}

TEST(RoundRejectsAnUpload, WithFloorsThatTheCohortCannotMeet) {
  ExpectEditRejected([](UploadHeader& header, Offers&) { header.floor_survivors = 5; }, "site-01");
  ExpectEditRejected([](UploadHeader& header, Offers&) { header.floor_organisations = 0xFFFFFFFF; }, "site-01");
}

TEST(RoundRejectsAnUpload, WithOffersThatItsHeaderDoesNotBind) {
  PlayedCohort cohort({.num_sites = 4});
  UploadVerified upload = cohort.Upload(1);
  upload.offers =
      cohort.Upload(1, [](UploadHeader&, Offers& offers) { offers.offers[0].pair_commitment = Sha256("other"); })
          .offers;
  ExpectRejected(cohort, std::move(upload), "signed for other offers");
}

TEST(RoundRejectsAnUpload, WhoseOffersCannotBeRead) {
  PlayedCohort cohort({.num_sites = 4});
  UploadVerified upload = cohort.Upload(1);
  upload.offers = "nonsense";
  ExpectRejected(cohort, std::move(upload), "offers");
}

TEST(RoundRejectsAnUpload, WithOffersToOthersThanItsNeighbours) {
  ExpectEditRejected([](UploadHeader&, Offers& offers) { offers.offers.pop_back(); }, "2 offers for 3 neighbours");
  ExpectEditRejected([](UploadHeader&, Offers& offers) { offers.offers[2].peer = "site-99"; }, "not to its neighbours");
}

TEST(RoundRejectsAnUpload, WithoutSharesWhereTheyAreNeeded) {
  ExpectEditRejected(
      [](UploadHeader&, Offers& offers) {
        for (PeerOffer& offer : offers.offers) offer.share.reset();
      },
      "no shares are offered");
}

TEST(RoundRejectsAnUpload, WithSharesInACohortThatMakesNone) {
  PlayedCohort cohort({.num_sites = 3});
  cohort.Handle(cohort.Upload(1, [](UploadHeader&, Offers& offers) {
    for (PeerOffer& offer : offers.offers) offer.share.emplace();
  }));
  EXPECT_THAT(cohort.Rejected(), ElementsAre(HasSubstr("makes none")));
}

TEST(RoundRejectsAnUpload, ThatComesAfterTheSurvivorsWereShown) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.silent = {3};
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  cohort.Handle(cohort.Upload(3));
  EXPECT_THAT(cohort.Rejected(), ElementsAre(HasSubstr("too late")));
  cohort.Answer();
  cohort.ExpectOpenedOver({0, 1, 2});
  EXPECT_EQ(cohort.Last<Opened>().absences[0].reason, "its upload came after the survivors had been shown");
}

// Four sites have uploaded and been shown the survivors. Then `events` come, each of which is to be rejected for its
// reason, and then the rest goes well.
class RoundRejects : public testing::Test {
 protected:
  void SetUp() override {
    cohort_.UploadAll();
    cohort_.Handle(CloseCollecting{});
  }
  void SignAll() {
    for (uint32_t i = 0; i < 4; ++i) cohort_.Handle(cohort_.Statement(i));
  }
  void ExpectRejected(RoundEvent event, const std::string& reason) {
    const size_t before = cohort_.log.size();
    cohort_.Handle(std::move(event));
    ASSERT_EQ(cohort_.log.size(), before + 1) << reason;
    ASSERT_TRUE(std::holds_alternative<RejectMessage>(cohort_.log.back())) << reason;
    EXPECT_THAT(std::get<RejectMessage>(cohort_.log.back()).reason, HasSubstr(reason));
  }
  void TearDown() override {
    cohort_.Answer();
    cohort_.ExpectOpenedOver({0, 1, 2, 3});
    EXPECT_TRUE(cohort_.Blamed().empty());
  }

  PlayedCohort cohort_{{.num_sites = 4}};
};

TEST_F(RoundRejects, AStatementThatCannotBeRead) {
  StatementArrived event = cohort_.Statement(1);
  event.statement.bytes += '\0';
  ExpectRejected(std::move(event), "survivor statement");
}

TEST_F(RoundRejects, AStatementThatItsSiteDidNotSign) {
  StatementArrived event = cohort_.Statement(1);
  event.statement.signature = cohort_.Statement(2).statement.signature;
  ExpectRejected(std::move(event), "site-01");
}

TEST_F(RoundRejects, AStatementInAnothersName) {
  StatementArrived event = cohort_.Statement(1);
  event.site = "site-02";
  ExpectRejected(std::move(event), "in the name of site-01");
}

TEST_F(RoundRejects, AStatementOfASiteOutsideTheCohort) {
  StatementArrived event = cohort_.Statement(1);
  event.site = "site-99";
  ExpectRejected(std::move(event), "not in the cohort");
}

TEST_F(RoundRejects, AStatementForAnotherAttempt) {
  ExpectRejected(cohort_.Statement(1, [](SurvivorStatement& s) { s.set.transcript = Sha256("other"); }), "attempt");
}

TEST_F(RoundRejects, AStatementWithOtherCounts) {
  ExpectRejected(cohort_.Statement(1, [](SurvivorStatement& s) { s.set.required_signatures = 1; }), "");
}

TEST_F(RoundRejects, ARevealBeforeEnoughHaveSigned) {
  cohort_.Handle(cohort_.Statement(1));
  ExpectRejected(cohort_.Reveal(1), "nobody has been shown enough signatures");
}

TEST_F(RoundRejects, ARevealOfASiteThatHasNotSigned) {
  for (uint32_t i = 0; i < 3; ++i) cohort_.Handle(cohort_.Statement(i));
  ExpectRejected(cohort_.Reveal(3), "has not signed");
}

TEST_F(RoundRejects, ARevealThatCannotBeRead) {
  SignAll();
  RevealArrived event = cohort_.Reveal(1);
  event.statement.bytes.clear();
  ExpectRejected(std::move(event), "reveal");
}

TEST_F(RoundRejects, ARevealThatItsSiteDidNotSign) {
  SignAll();
  RevealArrived event = cohort_.Reveal(1);
  event.statement.signature = cohort_.Reveal(2).statement.signature;
  ExpectRejected(std::move(event), "site-01");
}

TEST_F(RoundRejects, ARevealInAnothersName) {
  SignAll();
  RevealArrived event = cohort_.Reveal(1);
  event.site = "site-02";
  ExpectRejected(std::move(event), "in the name of site-01");
}

TEST_F(RoundRejects, ARevealForOtherSurvivors) {
  SignAll();
  PlayedCohort other({.num_sites = 4});
  other.silent = {3};
  other.Play();
  ExpectRejected(other.Reveal(1), "other survivors");
}

TEST_F(RoundRejects, SeedsUnlikeWhatItsSiteSigned) {
  SignAll();
  RevealArrived event = cohort_.Reveal(1);
  event.seeds = SecretBytes(std::vector<uint8_t>(32, 7));
  ExpectRejected(std::move(event), "not the one that the statement commits to");
}

TEST_F(RoundRejects, TooFewSeeds) {
  SignAll();
  RevealArrived event = cohort_.Reveal(1);
  event.seeds = SecretBytes();
  ExpectRejected(std::move(event), "");
}

TEST_F(RoundRejects, APairSeedOfASurvivorWithAnotherSurvivor) {
  SignAll();
  ExpectRejected(cohort_.RevealOf(1, {.self = true, .pairs = {2}}), "all missing neighbours");
}

TEST_F(RoundRejects, AShareFromASiteOutsideTheCohortsSum) {
  SignAll();
  RevealArrived event = cohort_.RevealOf(1, {.shares = {2}});
  event.site = "site-99";
  ExpectRejected(std::move(event), "not in the cohort");
}

TEST_F(RoundRejects, AVoidStatementThatItsSiteDidNotSign) {
  VoidArrived event = cohort_.Void(1);
  event.statement.signature = cohort_.Void(2).statement.signature;
  ExpectRejected(std::move(event), "site-01");
}

TEST_F(RoundRejects, AVoidStatementInAnothersName) {
  VoidArrived event = cohort_.Void(1);
  event.site = "site-02";
  ExpectRejected(std::move(event), "site-01");
}

TEST(RoundRejectsAStatement, BeforeAnybodyWasShownSurvivors) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.Handle(cohort.Statement(1));
  EXPECT_THAT(cohort.Rejected(), ElementsAre(HasSubstr("nobody has been shown survivors")));
}

TEST(RoundRejectsAStatement, OfASiteThatIsMissing) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.silent = {3};
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  cohort.Handle(cohort.Statement(3));
  EXPECT_EQ(cohort.Rejected().size(), 1u);
  cohort.Answer();
  cohort.ExpectOpenedOver({0, 1, 2});
}

class RoundRejectsAReveal : public testing::Test {
 protected:
  // site-03 is missing; three have signed.
  void SetUp() override {
    cohort_.silent = {3};
    cohort_.UploadAll();
    cohort_.Handle(CloseCollecting{});
    for (uint32_t i = 0; i < 3; ++i) cohort_.Handle(cohort_.Statement(i));
  }
  void ExpectRejected(RoundEvent event, const std::string& reason) {
    cohort_.Handle(std::move(event));
    EXPECT_THAT(cohort_.Rejected(), ElementsAre(HasSubstr(reason)));
    cohort_.Answer();
    cohort_.ExpectOpenedOver({0, 1, 2});
  }
  PlayedCohort cohort_{{.num_sites = 4}};
};

TEST_F(RoundRejectsAReveal, WithoutThePairSeedOfAMissingNeighbour) {
  ExpectRejected(cohort_.RevealOf(0, {.self = true}), "all missing neighbours");
}

TEST_F(RoundRejectsAReveal, OfAMissingSitesOwnSeed) {
  ExpectRejected(cohort_.RevealOf(3, {.self = true}), "pair seeds only");
}

TEST_F(RoundRejectsAReveal, OfSharesFromAMissingSite) {
  ExpectRejected(cohort_.RevealOf(3, {.shares = {0}}), "pair seeds only");
}

TEST_F(RoundRejectsAReveal, OfAShareOfAMissingSite) {
  ExpectRejected(cohort_.RevealOf(0, {.shares = {3}}), "a share of site-03");
}

TEST(RoundRejectsAMissingSitesReveal, OfAPairWithAnotherMissingSite) {
  PlayedCohort cohort({.num_sites = 7});
  cohort.silent = {5, 6};
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  for (uint32_t i = 0; i < 5; ++i) cohort.Handle(cohort.Statement(i));
  cohort.Handle(cohort.RevealOf(5, {.pairs = {6}}));
  EXPECT_THAT(cohort.Rejected(), ElementsAre(HasSubstr("no surviving neighbour")));
}

}  // namespace
}  // namespace accord::secure
