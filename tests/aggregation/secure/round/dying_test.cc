// Attempts that cannot be saved: each dies with a reason, nothing is opened, and who is bound is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/aggregation/secure/round/played_cohort.h"

namespace accord::secure {
namespace {

using State = SecureRound::State;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(RoundDies, WhenTooFewCanSignAndSaysWhoIsBound) {
  PlayedCohort cohort({.num_sites = 4});  // t = 3
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  cohort.Handle(cohort.Statement(0));
  cohort.Handle(SiteGone{"site-01", true});
  EXPECT_EQ(cohort.round().state(), State::kSigning);
  cohort.Handle(SiteGone{"site-02", true});
  ASSERT_EQ(cohort.round().state(), State::kDead);
  EXPECT_THAT(cohort.Last<Dead>().reason,
              HasSubstr("only 2 of the 4 sites can still sign who is in the sum, and 3 must"));
  EXPECT_THAT(cohort.Last<Dead>().signed_by, ElementsAre("site-00"));
  ASSERT_TRUE(cohort.Last<Dead>().bound.has_value());
  EXPECT_EQ(cohort.Last<Dead>().bound->survivors.size(), 4u);
  EXPECT_EQ(cohort.Last<Dead>().bound->encoding_sites, 4u);
}

TEST(RoundDies, AndAsksThoseInReachForVoidStatementsAsLongAsTheseCanFreeTheSigners) {
  PlayedCohort cohort({.num_sites = 4});  // n + C - t + 1 = 3 voids, so one signer at most
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  cohort.Handle(cohort.Statement(0));
  cohort.Handle(SiteGone{"site-01", true});
  cohort.Handle(SiteGone{"site-02", true});
  ASSERT_EQ(cohort.All<RequestVoid>().size(), 1u);
  EXPECT_EQ(cohort.Last<RequestVoid>().site, "site-03");
  cohort.Handle(cohort.Void(3));
  EXPECT_TRUE(cohort.All<Released>().empty());
  cohort.Handle(SiteBack{"site-01"});
  cohort.Handle(SiteBack{"site-02"});
  EXPECT_EQ(cohort.All<RequestVoid>().size(), 3u);
  cohort.Handle(cohort.Void(1));
  cohort.Handle(cohort.Void(2));
  ASSERT_EQ(cohort.All<Released>().size(), 1u);
  EXPECT_EQ(cohort.Last<Released>().voids.size(), 3u);
}

TEST(RoundDies, AndDoesNotAskWhenTooManyHaveSigned) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  cohort.Handle(cohort.Statement(0));
  cohort.Handle(cohort.Statement(1));
  cohort.Handle(SiteGone{"site-02", true});
  cohort.Handle(SiteGone{"site-03", true});
  ASSERT_EQ(cohort.round().state(), State::kDead);
  EXPECT_TRUE(cohort.All<RequestVoid>().empty());
}

TEST(RoundDies, WithoutReleaseWhenASignatureWasOnItsWay) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  cohort.Handle(SiteGone{"site-01", true});
  cohort.Handle(SiteGone{"site-02", true});
  ASSERT_EQ(cohort.round().state(), State::kDead);
  cohort.Handle(cohort.Statement(0));
  cohort.Handle(cohort.Statement(3));
  cohort.Handle(cohort.Void(1));
  cohort.Handle(cohort.Void(2));
  EXPECT_TRUE(cohort.All<Released>().empty());
}

TEST(RoundDies, WhenASmallCohortsSiteIsGoneForGood) {
  for (const uint32_t n : {2u, 3u}) {
    PlayedCohort cohort({.num_sites = n, .colluding_organisations = n - 2});
    cohort.UploadAll();
    cohort.Handle(CloseCollecting{});
    for (uint32_t i = 0; i < n; ++i) cohort.Handle(cohort.Statement(i));
    cohort.silent = {0};
    cohort.Answer();
    EXPECT_EQ(cohort.round().state(), State::kRevealing);
    cohort.Handle(SiteGone{"site-00"});
    EXPECT_EQ(cohort.round().state(), State::kRecovering);
    cohort.Handle(StopWaiting{});
    EXPECT_EQ(cohort.round().state(), State::kDead);
    EXPECT_THAT(cohort.Last<Dead>().reason, HasSubstr("sites all must answer"));
    EXPECT_EQ(cohort.Last<Dead>().signed_by.size(), n);
    EXPECT_TRUE(cohort.All<Unmask>().empty());
  }
}

TEST(RoundDies, WhenASurvivorAndItsMissingNeighbourAreBothGoneForGood) {
  PlayedCohort cohort({.num_sites = 5});
  for (uint32_t i = 0; i < 4; ++i) cohort.Handle(cohort.Upload(i));
  cohort.Handle(CloseCollecting{});
  for (uint32_t i = 0; i < 4; ++i) cohort.Handle(cohort.Statement(i));
  cohort.silent = {1, 4};
  cohort.Handle(SiteGone{"site-01", true});
  cohort.Answer();
  EXPECT_EQ(cohort.round().state(), State::kRecovering);
  cohort.Handle(SiteGone{"site-04", true});
  ASSERT_EQ(cohort.round().state(), State::kDead);
  EXPECT_THAT(cohort.Last<Dead>().reason, HasSubstr("the pair seed that it shares with site-04"));
}

TEST(RoundDies, BeforeMoreSitesSignWhatCanNotEndWell) {
  PlayedCohort cohort({.num_sites = 5});
  for (uint32_t i = 0; i < 4; ++i) cohort.Handle(cohort.Upload(i));
  cohort.Handle(CloseCollecting{});
  cohort.Handle(SiteGone{"site-04", true});
  cohort.Handle(cohort.Statement(0));
  EXPECT_EQ(cohort.round().state(), State::kSigning);
  cohort.Handle(SiteGone{"site-00", true});
  EXPECT_EQ(cohort.round().state(), State::kDead);
}

TEST(RoundDies, WhenMoreThanTheThresholdAllowsAreGone) {
  PlayedCohort cohort({.num_sites = 6});  // t = 5, k = 4
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  for (uint32_t i = 0; i < 6; ++i) cohort.Handle(cohort.Statement(i));
  cohort.silent = {0, 1, 2};
  cohort.Answer();
  cohort.Handle(SiteGone{"site-00", true});
  cohort.Handle(SiteGone{"site-01", true});
  EXPECT_EQ(cohort.round().state(), State::kRecovering);
  cohort.Handle(SiteGone{"site-02", true});
  ASSERT_EQ(cohort.round().state(), State::kDead);
  EXPECT_THAT(cohort.Last<Dead>().reason, HasSubstr("only 3 of the 4 shares"));
}

TEST(RoundDies, OnceAndOpensNothingAfterwards) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  for (uint32_t i = 0; i < 3; ++i) cohort.Handle(cohort.Statement(i));
  cohort.Handle(SiteGone{"site-03", true});
  cohort.Handle(SiteGone{"site-02", true});
  ASSERT_EQ(cohort.round().state(), State::kDead);
  for (uint32_t i = 0; i < 3; ++i) cohort.Handle(cohort.Reveal(i));
  cohort.Handle(cohort.Statement(3));
  cohort.Handle(StopWaiting{});
  cohort.Handle(CloseCollecting{});
  cohort.Handle(cohort.Upload(3));
  EXPECT_EQ(cohort.All<Dead>().size(), 1u);
  EXPECT_TRUE(cohort.All<Unmask>().empty());
  EXPECT_TRUE(cohort.round().WaitsFor().empty());
  EXPECT_EQ(cohort.round().WaitingWords(), "");
}

TEST(RoundEnds, AfterAtMostOneStopWaitingForEachSite) {
  for (uint32_t n = 2; n <= 8; ++n) {
    for (uint32_t silent_from = 0; silent_from <= n; ++silent_from) {
      PlayedCohort cohort({.num_sites = n, .colluding_organisations = n < 3 ? 0u : 1u});
      cohort.UploadAll();
      for (uint32_t i = silent_from; i < n; ++i) cohort.silent.insert(i);
      for (uint32_t stops = 0; !cohort.round().ended(); ++stops) {
        ASSERT_LE(stops, n + 1);
        cohort.Handle(StopWaiting{});
        cohort.Answer();
      }
    }
  }
}

TEST(RoundWaits, AndSaysForWhomAndWhy) {
  PlayedCohort cohort({.num_sites = 3});
  EXPECT_EQ(cohort.round().WaitingWords(),
            "waits for site-00, site-01, site-02 to upload. With 3 sites all must answer, else sums would expose "
            "single sites. Nothing has been opened.");
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  cohort.silent = {2};
  cohort.Answer();
  EXPECT_EQ(cohort.round().WaitingWords(),
            "waits for site-02: 2 of the 3 signatures needed are there. With 3 sites all must answer, else sums would "
            "expose single sites. Nothing has been opened.");
}

TEST(RoundWaits, ForHoldersOfSharesOnceTheirMakerIsGone) {
  PlayedCohort cohort({.num_sites = 4});
  cohort.UploadAll();
  cohort.Handle(CloseCollecting{});
  for (uint32_t i = 0; i < 4; ++i) cohort.Handle(cohort.Statement(i));
  cohort.silent = {0};
  cohort.Answer();
  cohort.silent = {0, 1, 2, 3};
  cohort.Handle(SiteGone{"site-00"});
  EXPECT_EQ(cohort.round().WaitingWords(),
            "waits for site-00, site-01, site-02, site-03 to reveal what takes the masks off the sum. Nothing has been "
            "opened.");
}

}  // namespace
}  // namespace accord::secure
