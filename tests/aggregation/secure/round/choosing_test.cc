// Who is in the sum: the one choice that the coordinator makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/aggregation/secure/round/played_cohort.h"

namespace accord::secure {
namespace {

using State = SecureRound::State;
using testing::HasSubstr;

PlayedCohort::EditUpload FloorOf(uint32_t survivors) {
  return [survivors](UploadHeader& header, Offers&) { header.floor_survivors = survivors; };
}

TEST(RoundChooses, NobodyWhenFewerThanNeededHaveUploadedAndBindsNobody) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.silent = {0, 2};
  cohort.Play();
  ASSERT_EQ(cohort.round().state(), State::kDead);
  EXPECT_THAT(cohort.Last<Dead>().reason, HasSubstr("Nothing has been opened."));
  EXPECT_FALSE(cohort.Last<Dead>().bound.has_value());
  EXPECT_TRUE(cohort.Last<Dead>().signed_by.empty());
  EXPECT_TRUE(cohort.All<RequestVoid>().empty());
  EXPECT_TRUE(cohort.All<SendSurvivors>().empty());
}

TEST(RoundChooses, NobodyBelowTheJobsFloor) {
  PlayedCohort cohort({.num_sites = 5, .min_sites = 5});
  cohort.silent = {0};
  cohort.Play();
  EXPECT_THAT(cohort.Last<Dead>().reason, HasSubstr("only 4 of the 5 sites that the job asks for"));
}

TEST(RoundChooses, NobodyInAWholeCohortOfTwoOrThreeThatIsNotWhole) {
  for (const uint32_t n : {2u, 3u}) {
    PlayedCohort cohort({.num_sites = n, .colluding_organisations = n - 2});
    cohort.silent = {0};
    cohort.Play();
    EXPECT_EQ(cohort.round().state(), State::kDead);
    EXPECT_FALSE(cohort.Last<Dead>().bound.has_value());
  }
}

TEST(RoundChooses, TheOthersWhenASitesOwnFloorIsNotMet) {
  PlayedCohort cohort({.num_sites = 6});  // t = 5
  cohort.silent = {5};
  cohort.Handle(cohort.Upload(2, FloorOf(6)));
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  // Without site-02 only four are left, and five must sign.
  EXPECT_EQ(cohort.round().state(), State::kDead);

  PlayedCohort larger({.num_sites = 9});  // t = 7
  larger.silent = {8};
  larger.Handle(larger.Upload(2, FloorOf(9)));
  larger.Play();
  larger.ExpectOpenedOver({0, 1, 3, 4, 5, 6, 7});
  EXPECT_EQ(larger.Last<Exclude>().site, "site-02");
  EXPECT_THAT(larger.Last<Exclude>().reason, HasSubstr("below the floors that its header asks for"));
}

TEST(RoundChooses, FloorsThatFallOneAfterTheOther) {
  PlayedCohort cohort({.num_sites = 12});  // t = 9
  cohort.silent = {11};
  cohort.Handle(cohort.Upload(0, FloorOf(12)));
  cohort.Handle(cohort.Upload(1, FloorOf(11)));  // met by eleven, not without site-00
  cohort.Play();
  cohort.ExpectOpenedOver({2, 3, 4, 5, 6, 7, 8, 9, 10});
}

TEST(RoundChooses, AGoneSiteWhenNobodyIsMissing) {
  PlayedCohort cohort({.num_sites = 5});
  cohort.UploadAll();
  cohort.silent = {3};
  cohort.Handle(SiteGone{"site-03"});
  cohort.Handle(CloseCollecting{});
  cohort.Answer();
  cohort.ExpectOpenedOver({0, 1, 2, 3, 4});
}

TEST(RoundChooses, NotAGoneSiteWhenSomebodyIsMissing) {
  PlayedCohort cohort({.num_sites = 7});  // t = 5
  cohort.silent = {6};
  cohort.UploadAll();
  cohort.silent = {3, 6};
  cohort.Handle(SiteGone{"site-03"});
  cohort.Handle(CloseCollecting{});
  cohort.Answer();
  cohort.ExpectOpenedOver({0, 1, 2, 4, 5});
  EXPECT_EQ(cohort.Last<Exclude>().reason, "it was out of reach when the survivors were listed");
}

TEST(RoundChooses, ASilentSiteAllTheSameWhenTooFewWouldBeLeft) {
  PlayedCohort cohort({.num_sites = 5});  // t = 4
  cohort.silent = {4};
  cohort.UploadAll();
  cohort.Handle(SiteGone{"site-03"});
  cohort.Handle(CloseCollecting{});
  EXPECT_EQ(cohort.round().state(), State::kSigning);
  cohort.Handle(SiteBack{"site-03"});
  cohort.Answer();
  cohort.ExpectOpenedOver({0, 1, 2, 3});
}

TEST(RoundChooses, NothingThatCannotEndWellBeforeAnybodyIsBound) {
  PlayedCohort cohort({.num_sites = 5});
  cohort.silent = {4};
  cohort.UploadAll();
  cohort.Handle(SiteGone{"site-03", true});
  cohort.Handle(CloseCollecting{});
  EXPECT_EQ(cohort.round().state(), State::kDead);
  EXPECT_TRUE(cohort.All<SendSurvivors>().empty());
  EXPECT_FALSE(cohort.Last<Dead>().bound.has_value());
}

TEST(RoundChooses, InASparseGraphOnlySitesWithEnoughNeighbours) {
  const CohortOptions options{.num_sites = 12, .degree = 4, .share_threshold = 4, .max_missing = 12};
  PlayedCohort cohort(options);
  cohort.silent = {0};
  cohort.Play();
  // All four neighbours of the missing site have three left, and so on round the ring: nobody remains.
  EXPECT_EQ(cohort.round().state(), State::kDead);

  PlayedCohort tolerant({.num_sites = 12, .degree = 4, .share_threshold = 3, .max_missing = 1});
  tolerant.silent = {0};
  tolerant.Play();
  EXPECT_EQ(tolerant.round().state(), State::kOpened);
}

TEST(RoundChooses, InASparseGraphNoMoreMissingThanItHoldsFor) {
  PlayedCohort cohort({.num_sites = 12, .degree = 6, .share_threshold = 2, .max_missing = 1});
  cohort.silent = {0, 6};
  cohort.Play();
  EXPECT_THAT(cohort.Last<Dead>().reason, HasSubstr("2 sites are missing, and the graph holds for 1"));
}

TEST(SecureRound, RefusesTermsThatDoNotFitEachOther) {
  PlayedCohort cohort({.num_sites = 4});
  RoundTerms terms = cohort.Terms();
  terms.graph = PlayedCohort({.num_sites = 5}).Terms().graph;
  EXPECT_FALSE(SecureRound::Create(terms).ok());
  terms = cohort.Terms();
  terms.quorum.required_signatures = 2;
  EXPECT_FALSE(SecureRound::Create(terms).ok());
  terms = cohort.Terms();
  std::swap(terms.fields.cohort[0], terms.fields.cohort[1]);
  EXPECT_FALSE(SecureRound::Create(terms).ok());
  terms = cohort.Terms();
  terms.fields.cohort[3] = "site-99";
  EXPECT_THAT(SecureRound::Create(terms).status().message(),
              HasSubstr("site-99 is in the cohort and not in the roster"));
}

}  // namespace
}  // namespace accord::secure
