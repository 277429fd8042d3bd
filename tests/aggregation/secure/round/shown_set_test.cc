// A survivor set after its round: who may still free whoever signed it.
#include "aggregation/secure/round/shown_set.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/aggregation/secure/testing/test_federation.h"

namespace accord::secure {
namespace {

// Four sites, t = 3, C = 1: three promises free.
class ShownSets : public ::testing::Test {
 protected:
  ShownSet Set() const {
    const std::vector<std::string> names = sites_.Names(sites_.All());
    return {Sha256("transcript"), names, {names[0], names[1], names[2]}, 4, 3, 1};
  }
  SignedBytes Promise(size_t site, const std::string& transcript = "transcript") {
    return *sites_[site].Send(VoidRequested{Sha256(transcript)}).void_statement;
  }
  absl::Status Add(VoidTally& tally, const SignedBytes& statement) {
    return tally.Add(statement, [this](absl::string_view site) -> const VerifyingKey* {
      const RosterSite* found = sites_.roster()->Find(site);
      return found == nullptr ? nullptr : &found->key;
    });
  }
  testing::TestFederation sites_{{.num_sites = 4}};
};

TEST_F(ShownSets, AreReleasedByAsManyMembersAsTheQuorumNeeds) {
  VoidTally tally(Set());
  EXPECT_TRUE(Add(tally, Promise(3)).ok()) << "not a survivor, but of the cohort";
  EXPECT_TRUE(Add(tally, Promise(0)).ok());
  EXPECT_TRUE(Add(tally, Promise(0)).ok());
  EXPECT_FALSE(tally.released()) << "one site counts once";
  EXPECT_FALSE(tally.Awaits(sites_[0].name()));
  EXPECT_TRUE(tally.Awaits(sites_[1].name()));
  EXPECT_TRUE(tally.voids().empty());
  EXPECT_TRUE(Add(tally, Promise(2)).ok());
  EXPECT_TRUE(tally.released());
  EXPECT_EQ(tally.voids().size(), 3u);
  EXPECT_FALSE(tally.Awaits(sites_[1].name())) << "nothing more is needed";
}

TEST_F(ShownSets, AreNotReleasedByPromisesThatAreNotValidOrOfAnotherAttempt) {
  VoidTally tally(Set());
  EXPECT_TRUE(absl::IsNotFound(Add(tally, Promise(0, "another transcript"))));
  SignedBytes forged = Promise(0);
  forged.signature = Promise(1).signature;
  EXPECT_FALSE(Add(tally, forged).ok());
  EXPECT_FALSE(Add(tally, {"no statement", "no signature"}).ok());
  EXPECT_TRUE(tally.Awaits(sites_[0].name()));
}

TEST_F(ShownSets, ThatWereReleasedBeforeARestartStaySo) {
  VoidTally tally(Set(), {Promise(0), Promise(1), Promise(2)});
  EXPECT_TRUE(tally.released());
  EXPECT_EQ(tally.voids().size(), 3u);
}

TEST_F(ShownSets, ThatNoAttemptHasAreRefused) {
  EXPECT_TRUE(CheckShownSet(Set()).ok());
  std::vector<ShownSet> damaged(6, Set());
  damaged[0].cohort.erase(damaged[0].cohort.begin());
  damaged[1].survivors[0] = "stranger";
  damaged[2].cohort[0] = "NO ID";
  damaged[3].required_signatures = 2;
  damaged[4].encoding_sites = 3;
  damaged[5].survivors.pop_back();
  for (const ShownSet& set : damaged) EXPECT_FALSE(CheckShownSet(set).ok());
}

}  // namespace
}  // namespace accord::secure
