#include "aggregation/secure/messages/quorum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "tests/aggregation/secure/messages/message_examples.h"

namespace accord::secure {
namespace {

using testing::HasSubstr;

// Each site its own organisation.
std::vector<std::string> Independent(uint32_t num_sites) {
  std::vector<std::string> organisations;
  for (uint32_t i = 0; i < num_sites; ++i) organisations.push_back(absl::StrCat("org-", i));
  return organisations;
}

std::vector<UploadHeader> Headers(uint32_t count, uint32_t floor_survivors = 1, uint32_t floor_organisations = 1) {
  UploadHeader header = ExampleUploadHeader();
  header.floor_survivors = floor_survivors;
  header.floor_organisations = floor_organisations;
  return std::vector<UploadHeader>(count, header);
}

bool Opens(const CohortTerms& terms, uint32_t survivors) {
  return CheckSurvivors(terms, Headers(survivors), Independent(survivors)).ok();
}

// docs/secure-sum.md, "Small cohorts": n, t, most colluders, most dropouts, k.
TEST(Quorum, SmallCohortsAreAsTheTableSays) {
  struct Row {
    uint32_t n, t, colluders, dropouts, k;
  };
  for (const Row& row : {Row{2, 2, 0, 0, 0},
                         {3, 3, 1, 0, 0},
                         {4, 3, 1, 1, 3},
                         {5, 4, 2, 1, 3},
                         {6, 5, 3, 1, 4},
                         {7, 5, 2, 2, 4},
                         {8, 6, 3, 2, 5},
                         {9, 7, 4, 2, 5},
                         {10, 7, 3, 3, 6}}) {
    const auto most = ComputeCohortTerms(Independent(row.n), row.colluders);
    ASSERT_TRUE(most.ok()) << row.n << ": " << most.status();
    EXPECT_EQ(most->required_signatures, row.t) << row.n;
    EXPECT_EQ(most->colluding_sites, row.colluders) << row.n;
    EXPECT_EQ(most->share_threshold, row.k) << row.n;
    EXPECT_FALSE(ComputeCohortTerms(Independent(row.n), row.colluders + 1).ok()) << row.n << " with one colluder more";
    EXPECT_TRUE(Opens(*most, row.n - row.dropouts)) << row.n;
    EXPECT_FALSE(Opens(*most, row.n - row.dropouts - 1)) << row.n << " with one dropout more";
  }
}

// The properties that the other rules rest on, for every size and every number of colluders that is let through.
TEST(Quorum, HoldsItsPromisesForEverySizeUpToTwoHundredAndFiftySix) {
  for (uint32_t n = 2; n <= 256; ++n) {
    for (uint32_t colluders = 0; colluders < n; ++colluders) {
      const auto terms = ComputeCohortTerms(Independent(n), colluders);
      if (!terms.ok()) continue;
      const uint32_t t = terms->required_signatures;
      const uint32_t k = terms->share_threshold;
      EXPECT_LE(t, n);
      EXPECT_GT(2 * t, n + colluders) << "two sets share an honest signer";
      EXPECT_GE(t, colluders + 2) << "t survivors leave two sites beside the colluders";
      if (n >= 4) {
        EXPECT_GT(k, colluders);
        EXPECT_GT(2 * k, n);
        EXPECT_LE(k, n - 1) << "the maker keeps no share";
      } else {
        EXPECT_EQ(k, 0u);
      }
      // V voids, C of them lies, leave fewer than t signers.
      const uint32_t voids = VoidsNeeded(n, t, colluders);
      EXPECT_LT(n - (voids - colluders), t);
      EXPECT_GE(n - (voids - 1 - colluders), t) << "one void less would not do";
    }
  }
}

TEST(Quorum, RequiredSignaturesNeedNotFearLargeNumbers) {
  EXPECT_EQ(RequiredSignatures(0xffffffff), 2863311531u);
  EXPECT_EQ(RequiredSignatures(1), 1u);
}

TEST(Quorum, ColludersAreTheOrganisationsThatOwnMostSites) {
  const std::vector<std::string> owners = {"x", "y", "x", "z", "x", "y"};
  EXPECT_EQ(MostSitesOwnedBy(0, owners), 0u);
  EXPECT_EQ(MostSitesOwnedBy(1, owners), 3u);
  EXPECT_EQ(MostSitesOwnedBy(2, owners), 5u);
  EXPECT_EQ(MostSitesOwnedBy(3, owners), 6u);
  EXPECT_EQ(MostSitesOwnedBy(9, owners), 6u);
  EXPECT_EQ(MostSitesOwnedBy(2, {}), 0u);
  EXPECT_EQ(CountOrganisations(owners), 3u);
}

// The coordinator picks the cohort: one hospital and five sites of its friend.
TEST(Quorum, RefusesACohortOfTheTargetAndItsFriends) {
  const auto terms = ComputeCohortTerms({"target", "friend", "friend", "friend", "friend", "friend"}, 1);
  EXPECT_EQ(terms.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(ComputeCohortTerms({"one", "one", "one", "one"}, 0).ok()) << "one organisation alone";
}

TEST(Quorum, RefusesCohortsThatAreNone) {
  EXPECT_FALSE(ComputeCohortTerms({}, 0).ok());
  EXPECT_FALSE(ComputeCohortTerms(Independent(1), 0).ok());
  EXPECT_FALSE(ComputeCohortTerms(Independent((1 << 14) + 1), 0).ok());
  EXPECT_TRUE(ComputeCohortTerms(Independent(1 << 14), 0).ok());
}

// INVALID_ARGUMENT would end a job for good, and tomorrow's cohort may be another one.
TEST(Quorum, RefusesACohortThatCannotBeSummedAsAPreconditionThatMayYetBeMet) {
  for (const auto& terms :
       {ComputeCohortTerms(Independent(1), 0), ComputeCohortTerms(Independent((1 << 14) + 1), 0),
        ComputeCohortTerms(Independent(3), 2), ComputeCohortTerms({"a", "a", "b"}, 1),
        ComputeCohortTerms({"a", "a", "b", "c", "d"}, 2), ComputeCohortTerms(Independent(5), 0xffffffff)}) {
    EXPECT_EQ(terms.status().code(), absl::StatusCode::kFailedPrecondition) << terms.status();
  }
}

TEST(Quorum, AHugeNumberOfColludingOrganisationsIsRefusedNotWrapped) {
  EXPECT_FALSE(ComputeCohortTerms(Independent(5), 0xffffffff).ok());
  EXPECT_FALSE(ComputeCohortTerms(Independent(5), 0xfffffffe).ok());
}

TEST(Quorum, TwoSitesNeedTheWordOfTheJobAndOfTheSite) {
  const auto terms = ComputeCohortTerms(Independent(2), 0);
  ASSERT_TRUE(terms.ok()) << terms.status();
  Floors floors;
  EXPECT_THAT(std::string(CheckCohortFloors(*terms, floors, true).message()), HasSubstr("this site's configuration"));
  floors.two_sites = true;
  EXPECT_THAT(std::string(CheckCohortFloors(*terms, floors, false).message()), HasSubstr("the job"));
  EXPECT_TRUE(CheckCohortFloors(*terms, floors, true).ok());
  floors.sites = 5;
  EXPECT_TRUE(CheckCohortFloors(*terms, floors, true).ok()) << "the job and the site mean two sites";
}

TEST(Quorum, FloorsFallToTwoSitesWhereJobAndSiteBothSaySo) {
  const auto terms = ComputeCohortTerms(Independent(4), 0);
  ASSERT_TRUE(terms.ok()) << terms.status();
  const Floors strict = {.sites = 5, .organisations = 5, .colluding_organisations = 2, .two_sites = false};
  Floors floors = strict;
  EXPECT_FALSE(CheckCohortFloors(*terms, floors, true).ok());
  floors.two_sites = true;
  EXPECT_FALSE(CheckCohortFloors(*terms, floors, false).ok());
  EXPECT_TRUE(CheckCohortFloors(*terms, floors, true).ok());
  EXPECT_EQ(FloorsFor(floors, true).sites, 2u);
  EXPECT_EQ(FloorsFor(floors, true).organisations, 2u);
  EXPECT_EQ(FloorsFor(floors, false).sites, 5u);
  EXPECT_EQ(FloorsFor(strict, true).colluding_organisations, 2u);
}

TEST(Quorum, ASitesFloorsHoldForTheCohort) {
  const auto terms = ComputeCohortTerms({"x", "y", "z", "z", "y"}, 1);
  ASSERT_TRUE(terms.ok()) << terms.status();
  EXPECT_TRUE(CheckCohortFloors(*terms, {.sites = 5, .organisations = 3}, false).ok());
  EXPECT_FALSE(CheckCohortFloors(*terms, {.sites = 6, .organisations = 3}, false).ok());
  EXPECT_FALSE(CheckCohortFloors(*terms, {.sites = 5, .organisations = 4}, false).ok());
  EXPECT_FALSE(CheckCohortFloors(*terms, {.sites = 5, .organisations = 3, .colluding_organisations = 2}, false).ok());
}

TEST(Quorum, ASetMeetsTheStrictestFloorOfAllItsHeaders) {
  const auto terms = ComputeCohortTerms(Independent(7), 1);
  ASSERT_TRUE(terms.ok()) << terms.status();
  std::vector<UploadHeader> headers = Headers(6);
  EXPECT_TRUE(CheckSurvivors(*terms, headers, Independent(6)).ok());
  headers[3].floor_survivors = 7;
  headers[3].site = "careful";
  EXPECT_THAT(std::string(CheckSurvivors(*terms, headers, Independent(6)).message()), HasSubstr("careful"));
  headers[3].floor_survivors = 6;
  EXPECT_TRUE(CheckSurvivors(*terms, headers, Independent(6)).ok());
  headers[3].floor_organisations = 6;
  EXPECT_TRUE(CheckSurvivors(*terms, headers, Independent(6)).ok());
  EXPECT_FALSE(CheckSurvivors(*terms, headers, {"a", "b", "c", "d", "e", "e"}).ok());
}

TEST(Quorum, ASetOfTheColludersAndOneOrganisationIsRefused) {
  const auto terms = ComputeCohortTerms({"a", "b", "c", "c", "c", "c", "d"}, 1);
  EXPECT_FALSE(terms.ok()) << "one organisation has more than 2t - n";
  const auto spread = ComputeCohortTerms({"a", "a", "b", "b", "c", "c", "d"}, 1);
  ASSERT_TRUE(spread.ok()) << spread.status();
  EXPECT_TRUE(CheckSurvivors(*spread, Headers(5), {"a", "a", "b", "b", "c"}).ok());
  const auto few = ComputeCohortTerms({"a", "a", "a", "b", "b", "b", "c", "c", "c", "d"}, 1);
  ASSERT_TRUE(few.ok()) << few.status();
  // 8 sites, 3 may collude, but beside one organisation only one other is left when two have dropped out.
  EXPECT_TRUE(CheckSurvivors(*few, Headers(8), {"a", "a", "a", "b", "b", "b", "c", "c"}).ok());
  EXPECT_FALSE(CheckSurvivors(*few, Headers(8), {"a", "a", "a", "b", "b", "b", "b", "b"}).ok());
}

TEST(Quorum, AHeaderWithAFloorAboveItsOwnCohortIsNamed) {
  const auto terms = ComputeCohortTerms(Independent(5), 1);
  UploadHeader header = ExampleUploadHeader();
  header.site = "spoiler";
  header.floor_survivors = 5;
  header.floor_organisations = 5;
  EXPECT_TRUE(CheckHeaderFloors(*terms, header).ok());
  header.floor_survivors = 0xffffffff;
  EXPECT_THAT(std::string(CheckHeaderFloors(*terms, header).message()), HasSubstr("spoiler"));
  header.floor_survivors = 5;
  header.floor_organisations = 6;
  EXPECT_FALSE(CheckHeaderFloors(*terms, header).ok());
}

}  // namespace
}  // namespace accord::secure
