// Every way in which an attempt of honest sites can go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/aggregation/secure/round/played_cohort.h"

namespace accord::secure {
namespace {

using State = SecureRound::State;
using testing::HasSubstr;

TEST(SecureRound, OpensTheSumOfAllWhenAllAnswer) {
  for (const uint32_t n : {2u, 3u, 4u, 5u, 6u, 9u}) {
    PlayedCohort cohort({.num_sites = n, .colluding_organisations = n < 3 ? 0u : 1u});
    cohort.Play();
    std::set<uint32_t> all;
    for (uint32_t i = 0; i < n; ++i) all.insert(i);
    cohort.ExpectOpenedOver(all);
    EXPECT_TRUE(cohort.Blamed().empty());
    EXPECT_TRUE(cohort.Rejected().empty());
    EXPECT_EQ(cohort.All<AcceptUpload>().size(), n);
  }
}

TEST(SecureRound, OpensTheSumOfTheOthersWhenOneUploadsNothing) {
  for (const uint32_t missing : {0u, 1u, 3u}) {
    PlayedCohort cohort({.num_sites = 4});
    cohort.silent = {missing};
    cohort.Play();
    std::set<uint32_t> others = {0, 1, 2, 3};
    others.erase(missing);
    cohort.ExpectOpenedOver(others);
    EXPECT_EQ(cohort.Last<Opened>().absences[0].reason, "it uploaded nothing in time");
  }
}

TEST(SecureRound, ShowsEachSurvivorTheHeadersAndItsOwnOffers) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.silent = {2};
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  ASSERT_EQ(cohort.All<SendSurvivors>().size(), 3u);
  const SendSurvivors& shown = *cohort.All<SendSurvivors>()[0];
  EXPECT_EQ(shown.site, "site-00");
  EXPECT_EQ(shown.headers->size(), 3u);
  ASSERT_EQ(shown.offers.size(), 2u);
  const ShownOffer offer = *ParseShownOffer(shown.offers[1]);
  EXPECT_EQ(offer.maker, "site-03");
  EXPECT_EQ(offer.offer.peer, "site-00");
  EXPECT_TRUE(CheckShownOffer(offer, ParseUploadHeader((*shown.headers)[2].bytes)->offers_root).ok());
}

TEST(SecureRound, TakesNoMoreThanTheSignaturesNeededAndShowsTheSameToAll) {
  PlayedCohort cohort({.num_sites = 6});  // t = 5
  cohort.Play();
  cohort.ExpectOpenedOver({0, 1, 2, 3, 4, 5});
  ASSERT_EQ(cohort.All<KeepProof>().size(), 1u);
  EXPECT_EQ(cohort.Last<KeepProof>().proof.statements->size(), 5u);
  for (const SendSignatures* shown : cohort.All<SendSignatures>()) {
    EXPECT_EQ(shown->statements, cohort.Last<KeepProof>().proof.statements);
  }
}

TEST(SecureRound, KeepsTheProofBeforeAnybodyIsShownIt) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.Play();
  for (const RoundAction& action : cohort.log) {
    if (std::holds_alternative<KeepProof>(action)) return;
    EXPECT_FALSE(std::holds_alternative<SendSignatures>(action));
  }
  FAIL() << "no proof was kept";
}

TEST(SecureRound, KeepsTheSurvivorsOnceBeforeAnybodyIsShownThem) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.silent = {2};
  cohort.Play();
  ASSERT_EQ(cohort.All<KeepSurvivors>().size(), 1u);
  const ShownSet& set = cohort.Last<KeepSurvivors>().set;
  EXPECT_EQ(set.survivors, (std::vector<std::string>{"site-00", "site-01", "site-03"}));
  EXPECT_EQ(set.cohort.size(), 4u);
  EXPECT_EQ(set.encoding_sites, 4u);
  EXPECT_EQ(set.required_signatures, 3u);
  EXPECT_EQ(set.colluding_sites, 1u);
  EXPECT_TRUE(CheckShownSet(set).ok());
  for (const RoundAction& action : cohort.log) {
    if (std::holds_alternative<KeepSurvivors>(action)) return;
    EXPECT_FALSE(std::holds_alternative<SendSurvivors>(action));
  }
}

TEST(SecureRound, RebuildsTheSeedOfASurvivorThatLeavesBeforeItSigns) {
  PlayedCohort cohort({.num_sites = 4});  // t = 3, k = 3
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  cohort.silent = {1};
  cohort.Handle(SiteGone{"site-01"});
  cohort.Answer();
  cohort.ExpectOpenedOver({0, 1, 2, 3});
  EXPECT_EQ(cohort.All<RequestShares>().size(), 3u);
}

TEST(SecureRound, RebuildsTheSeedOfASurvivorThatLeavesBetweenSigningAndRevealing) {
  PlayedCohort cohort({.num_sites = 5});
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  for (uint32_t i = 0; i < 5; ++i) cohort.Handle(cohort.Statement(i));
  cohort.silent = {4};
  cohort.Answer();
  EXPECT_EQ(cohort.round().state(), State::kRevealing);
  EXPECT_EQ(cohort.round().WaitsFor(), std::vector<std::string>{"site-04"});
  cohort.Handle(SiteGone{"site-04"});
  EXPECT_EQ(cohort.round().state(), State::kRecovering);
  cohort.Answer();
  cohort.ExpectOpenedOver({0, 1, 2, 3, 4});
}

TEST(SecureRound, TakesTheSeedFromTheSiteItselfWhenItComesBack) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  for (uint32_t i = 0; i < 4; ++i) cohort.Handle(cohort.Statement(i));
  cohort.silent = {2, 3};
  cohort.Handle(SiteGone{"site-02"});
  cohort.Handle(SiteGone{"site-03"});
  cohort.Answer();
  EXPECT_EQ(cohort.round().state(), State::kRecovering);  // two shares of three
  cohort.silent.clear();
  cohort.Handle(SiteBack{"site-02"});
  cohort.Answer();
  cohort.ExpectOpenedOver({0, 1, 2, 3});
}

TEST(SecureRound, GetsThePairSeedOfAGoneSurvivorFromTheMissingSite) {
  PlayedCohort cohort({.num_sites = 5});  // t = 4, k = 3
  for (uint32_t i = 0; i < 4; ++i) cohort.Handle(cohort.Upload(i));
  cohort.Handle(CloseCollecting{});
  for (uint32_t i = 0; i < 4; ++i) cohort.Handle(cohort.Statement(i));
  cohort.silent = {0};
  cohort.Handle(SiteGone{"site-00"});
  cohort.Answer();
  ASSERT_EQ(cohort.All<RequestPairSeeds>().size(), 1u);
  EXPECT_EQ(cohort.Last<RequestPairSeeds>().site, "site-04");
  EXPECT_EQ(cohort.Last<RequestPairSeeds>().gone, std::vector<std::string>{"site-00"});
  EXPECT_EQ(cohort.Last<RequestPairSeeds>().headers->size(), 4u);
  EXPECT_EQ(cohort.Last<RequestPairSeeds>().statements->size(), 4u);
  cohort.ExpectOpenedOver({0, 1, 2, 3});
}

TEST(SecureRound, WaitsForEitherWhenSurvivorAndMissingSiteAreGone) {
  for (const uint32_t comes_back : {0u, 4u}) {
    PlayedCohort cohort({.num_sites = 5});
    for (uint32_t i = 0; i < 4; ++i) cohort.Handle(cohort.Upload(i));
    cohort.Handle(CloseCollecting{});
    for (uint32_t i = 0; i < 4; ++i) cohort.Handle(cohort.Statement(i));
    cohort.silent = {0, 4};
    cohort.Handle(SiteGone{"site-00"});
    cohort.Handle(SiteGone{"site-04"});
    cohort.Answer();
    EXPECT_EQ(cohort.round().WaitsFor(), (std::vector<std::string>{"site-00", "site-04"}));
    cohort.silent.clear();
    cohort.Handle(SiteBack{cohort.Site(comes_back)});
    cohort.Answer();
    cohort.ExpectOpenedOver({0, 1, 2, 3});
  }
}

TEST(SecureRound, CountsASignatureThatComesAfterTheOthersWereShown) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  cohort.silent = {3};
  cohort.Answer();
  EXPECT_EQ(cohort.round().state(), State::kRevealing);
  cohort.silent.clear();
  cohort.Handle(cohort.Statement(3));
  cohort.Answer();
  cohort.ExpectOpenedOver({0, 1, 2, 3});
}

TEST(SecureRound, ShowsTheSurvivorsAgainToASiteThatIsBack) {
  PlayedCohort cohort({.num_sites = 3});
  cohort.UploadAll();
  cohort.Handle(SiteGone{"site-01"});
  cohort.Handle(CloseCollecting{});
  EXPECT_EQ(cohort.All<SendSurvivors>().size(), 2u);
  cohort.Handle(SiteBack{"site-01"});
  EXPECT_EQ(cohort.All<SendSurvivors>().size(), 3u);
  cohort.Answer();
  cohort.ExpectOpenedOver({0, 1, 2});
}

TEST(SecureRound, ASparseGraphNeedsTheSeedsOfNeighboursOnly) {
  PlayedCohort cohort({.num_sites = 12, .degree = 6, .share_threshold = 3, .max_missing = 3});
  cohort.silent = {5, 8};
  cohort.Play();
  cohort.ExpectOpenedOver({0, 1, 2, 3, 4, 6, 7, 9, 10, 11});
  EXPECT_LE(cohort.Last<Unmask>().seeds.size(), 10u + 12u);
}

TEST(SecureRound, AnswersThatComeTwiceChangeNothing) {
  PlayedCohort cohort({.num_sites = 4});
  for (const uint32_t site : {0u, 0u, 1u, 1u, 2u, 2u}) cohort.Handle(cohort.Upload(site));
  cohort.Handle(CloseCollecting{});
  cohort.Handle(CloseCollecting{});
  for (const uint32_t site : {0u, 0u, 1u, 1u, 2u, 2u}) cohort.Handle(cohort.Statement(site));
  for (const uint32_t site : {0u, 0u, 1u, 1u, 2u, 2u}) cohort.Handle(cohort.Reveal(site));
  cohort.ExpectOpenedOver({0, 1, 2});
  EXPECT_EQ(cohort.All<AcceptUpload>().size(), 3u);
  EXPECT_TRUE(cohort.Rejected().empty());
  EXPECT_TRUE(cohort.Blamed().empty());
}

TEST(SecureRound, TheSameEventsGiveTheSameActions) {
  PlayedCohort one({.num_sites = 5});
  PlayedCohort other({.num_sites = 5});
  one.silent = other.silent = {2};
  one.Play();
  other.Play();
  ASSERT_EQ(one.log.size(), other.log.size());
  for (size_t i = 0; i < one.log.size(); ++i) EXPECT_EQ(one.log[i].index(), other.log[i].index());
}

}  // namespace
}  // namespace accord::secure
