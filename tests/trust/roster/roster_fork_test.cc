#include "trust/roster/roster_fork.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/roster/example_chain.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class RosterForks : public ::testing::Test {
 protected:
  ExampleChain chain_;
  const Roster first_ = chain_.FirstRoster();
  const SignedRoster one_ = chain_.Renewed(first_, 100);
};

TEST_F(RosterForks, ShowWhoSignedBoth) {
  const SignedRoster other = chain_.SignedNext(first_, ExampleChain::Renewal(200), {"euclid", "switzerland", "va"});
  const auto file = WriteRosterFork(first_, one_, other);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(*file, *WriteRosterFork(first_, other, one_));
  const auto fork = CheckRosterFork(*file);
  ASSERT_TRUE(fork.ok()) << fork.status();
  EXPECT_EQ(fork->previous, first_.hash());
  EXPECT_EQ(fork->version, 2u);
  EXPECT_TRUE(fork->both_hold);
  ASSERT_THAT(fork->signers, SizeIs(2));
  // One organisation by two of its sites, one by one.
  EXPECT_EQ(fork->signers[0].organisation, "Cleveland Clinic");
  EXPECT_NE(fork->signers[0].site_of_first, fork->signers[0].site_of_second);
  EXPECT_EQ(fork->signers[1].site_of_first, "va");
  EXPECT_EQ(fork->signers[1].site_of_second, "va");
}

// By the size of the quorum.
TEST_F(RosterForks, TwoThatHoldAlwaysShareASigner) {
  for (const char* left_out : {"cleveland", "hungarian", "switzerland", "va"}) {
    SignedRoster other(ExampleChain::Next(first_, ExampleChain::Renewal(200)));
    for (const char* site : {"cleveland", "hungarian", "switzerland", "va"}) {
      if (site == std::string(left_out)) continue;
      ASSERT_TRUE(other.Sign(site, chain_.sites().signer(site)).ok());
    }
    EXPECT_TRUE(WriteRosterFork(first_, one_, other).ok()) << left_out;
  }
}

TEST_F(RosterForks, SayWhereOneOfThemIsOnlyADraft) {
  const SignedRoster other = chain_.SignedNext(first_, ExampleChain::Renewal(200), {"va"});
  EXPECT_FALSE(CheckRosterFork(*WriteRosterFork(first_, one_, other))->both_hold);
}

TEST_F(RosterForks, AreNoneWithoutACommonSigner) {
  const SignedRoster other = chain_.SignedNext(first_, ExampleChain::Renewal(200), {"switzerland"});
  EXPECT_THAT(std::string(WriteRosterFork(first_, one_, other).status().message()),
              HasSubstr("no organisation has signed both"));
}

TEST_F(RosterForks, AreNoneOfOneRosterOrOfTwoVersions) {
  EXPECT_FALSE(WriteRosterFork(first_, one_, one_).ok());
  EXPECT_FALSE(WriteRosterFork(first_, one_, chain_.Renewed(*one_.roster(), 300)).ok());
  EXPECT_FALSE(WriteRosterFork(first_, one_, chain_.First()).ok());
}

TEST_F(RosterForks, DoNotSurviveAnyCutOrAddition) {
  const SignedRoster other = chain_.Renewed(first_, 200);
  const std::string file = *WriteRosterFork(first_, one_, other);
  EXPECT_FALSE(CheckRosterFork(file + "x").ok());
  for (size_t size = 0; size < file.size(); size += 7) EXPECT_FALSE(CheckRosterFork(file.substr(0, size)).ok()) << size;
}

TEST_F(RosterForks, DoNotAccuseByAForgedSignature) {
  SignedRoster other = chain_.SignedNext(first_, ExampleChain::Renewal(200), {"switzerland"});
  // A signature of va over the one roster put under the other.
  const std::string line = one_.Text().substr(one_.Text().find("\nva ") + 1);
  const auto forged = SignedRoster::Parse(absl::StrCat(other.Text(), line));
  ASSERT_TRUE(forged.ok()) << forged.status();
  EXPECT_FALSE(WriteRosterFork(first_, one_, *forged).ok());
}

}  // namespace
}  // namespace accord
