#include "client/daemon/work/own_floors.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/validation/job_validation.h"
#include "tests/client/daemon/work/drill.h"
#include "tests/trust/roster/example_roster.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::SiteConfig OwnConfig() {
  v1::SiteConfig config;
  config.set_site("site-0");
  config.mutable_floors()->set_min_sites(3);
  config.mutable_floors()->set_min_organisations(3);
  config.mutable_floors()->set_min_colluding_organisations(1);
  config.mutable_sandbox()->set_threads(8);
  config.mutable_sandbox()->set_memory_mib(65536);
  return config;
}

Roster RosterOf(int num_sites) {
  ExampleSites sites;
  for (int i = 0; i < num_sites; ++i) sites.Add("site-" + std::to_string(i), "Hospital " + std::to_string(i));
  return sites.Listed();
}

v1::JobSpec TwoSitesJob() {
  v1::JobSpec spec = SecureDrillJob(10);
  spec.mutable_rounds()->set_min_sites(2);
  spec.mutable_rounds()->set_target_sites(2);
  spec.mutable_aggregation()->mutable_secure_sum()->set_two_sites(true);
  spec.mutable_aggregation()->mutable_secure_sum()->set_colluding_organisations(0);
  return spec;
}

TEST(OwnFloors, LetAJobOfThreeSitesThrough) {
  const Roster roster = RosterOf(3);
  EXPECT_THAT(RefusedByConfig(SecureDrillJob(10), OwnConfig(), &roster), IsEmpty());
  EXPECT_THAT(RosterBelowFloors(OwnConfig().floors(), roster), IsEmpty());
}

TEST(OwnFloors, OfTwoSitesAskForBothWords) {
  const Roster roster = RosterOf(2);
  v1::SiteConfig config = OwnConfig();
  EXPECT_THAT(RefusedByConfig(TwoSitesJob(), config, &roster),
              ElementsAre(AllOf(HasSubstr("each learns the other's numbers"),
                                HasSubstr("write floors: {allow_two_sites: true}"))));
  EXPECT_THAT(RosterBelowFloors(config.floors(), roster), ElementsAre(HasSubstr("floors: {allow_two_sites: true}")));
  EXPECT_THAT(RefusedByConfig(SecureDrillJob(10), config, &roster),
              ElementsAre(HasSubstr("the job does not say that this is meant")));
  config.mutable_floors()->set_allow_two_sites(true);
  EXPECT_THAT(RefusedByConfig(TwoSitesJob(), config, &roster), IsEmpty());
  EXPECT_THAT(RosterBelowFloors(config.floors(), roster), IsEmpty());
}

TEST(OwnFloors, CountWhoCanTakePart) {
  const Roster roster = RosterOf(4);
  v1::SiteConfig config = OwnConfig();
  config.mutable_floors()->set_min_sites(5);
  config.mutable_floors()->set_min_colluding_organisations(2);
  EXPECT_THAT(RefusedByConfig(SecureDrillJob(10), config, &roster),
              ElementsAre(HasSubstr("floors.min_colluding_organisations"), HasSubstr("the roster has 4 sites")));
  v1::JobSpec named = SecureDrillJob(10);
  for (const char* site : {"site-0", "site-1", "site-2"}) named.mutable_rounds()->add_sites(site);
  config = OwnConfig();
  config.mutable_floors()->set_min_organisations(4);
  EXPECT_THAT(RefusedByConfig(named, config, &roster), ElementsAre(HasSubstr("3 organisations that can take part")));
  // A cohort of three of the four may be brought: not for sure.
  EXPECT_THAT(RefusedByConfig(TwoSitesJob(), OwnConfig(), &roster),
              ElementsAre(HasSubstr("floors.min_colluding_organisations")));
  EXPECT_THAT(RefusedByConfig(SecureDrillJob(10), config, nullptr), IsEmpty()) << "no roster is known";
}

TEST(OwnFloors, TellOfPlainSumsAndTheMachine) {
  v1::SiteConfig config = OwnConfig();
  EXPECT_THAT(RefusedByConfig(ValidDrillJob(10), config, nullptr),
              ElementsAre(HasSubstr("floors: {allow_plain_sums: true}")));
  config.mutable_floors()->set_allow_plain_sums(true);
  config.mutable_sandbox()->set_threads(0);
  EXPECT_THAT(RefusedByConfig(ValidDrillJob(10), config, nullptr),
              ElementsAre(HasSubstr("threads; this site allows 0")));
}

TEST(OwnFloors, AreSaidInWords) {
  EXPECT_EQ(
      OwnFloorsInWords(OwnConfig().floors()),
      "at least 3 sites of 3 organisations, sums that bear 1 colluding organisation; sums of two sites never; plain "
      "sums never");
}

}  // namespace
}  // namespace accord
