#include "coordinator/store/roster_store.h"

#include <memory>
#include <string>

#include "coordinator/store/store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"
#include "tests/trust/roster/example_roster.h"

namespace accord {
namespace {

const absl::Time kRosterTime = absl::FromUnixSeconds(1'700'000'000);

class RosterStoreTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_ = *Store::Open(folder_.Path("state"));
  RosterStore& rosters_ = store_->rosters();
};

TEST_F(RosterStoreTest, KeepsTheExactFileAndGivesTheLatest) {
  EXPECT_EQ(*rosters_.Latest(), nullptr);
  const SignedRoster first = FourHospitals().SignedByAll();
  ASSERT_TRUE(rosters_.Publish(first, kRosterTime).ok());
  auto latest = rosters_.Latest();
  ASSERT_TRUE(latest.ok()) << latest.status();
  EXPECT_EQ((*latest)->signed_text, first.Text());
  EXPECT_EQ((*latest)->roster->hash(), first.roster()->hash());
  EXPECT_EQ((*latest)->published, kRosterTime);
  const int64_t known = (*latest)->ordinal;
  EXPECT_EQ(*rosters_.Latest(known), nullptr);
  const SignedRoster second = FourHospitals().SignedByAll();
  ASSERT_TRUE(rosters_.Publish(second, kRosterTime).ok());
  latest = rosters_.Latest(known);
  ASSERT_TRUE(latest.ok()) << latest.status();
  EXPECT_GT((*latest)->ordinal, known);
  EXPECT_EQ((*latest)->roster->hash(), second.roster()->hash());
}

TEST_F(RosterStoreTest, PublishingTheSameAgainChangesNothing) {
  const SignedRoster roster = FourHospitals().SignedByAll();
  ASSERT_TRUE(rosters_.Publish(roster, kRosterTime).ok());
  const int64_t ordinal = (*rosters_.Latest())->ordinal;
  ASSERT_TRUE(rosters_.Publish(roster, kRosterTime + absl::Hours(1)).ok());
  EXPECT_EQ((*rosters_.Latest())->ordinal, ordinal);
}

TEST_F(RosterStoreTest, AnEarlierRosterMayComeBackIntoForce) {
  const SignedRoster first = FourHospitals().SignedByAll();
  ASSERT_TRUE(rosters_.Publish(first, kRosterTime).ok());
  ASSERT_TRUE(rosters_.Publish(FourHospitals().SignedByAll(), kRosterTime).ok());
  ASSERT_TRUE(rosters_.Publish(first, kRosterTime).ok());
  EXPECT_EQ((*rosters_.Latest())->roster->hash(), first.roster()->hash());
  EXPECT_EQ((*rosters_.Latest())->ordinal, 3);
}

TEST_F(RosterStoreTest, RefusesWhatNotAllHaveSigned) {
  const ExampleSites sites = FourHospitals();
  SignedRoster roster = sites.Draft();
  ASSERT_TRUE(roster.Sign("va", sites.signer("va")).ok());
  EXPECT_EQ(rosters_.Publish(roster, kRosterTime).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(*rosters_.Latest(), nullptr);
}

}  // namespace
}  // namespace accord
