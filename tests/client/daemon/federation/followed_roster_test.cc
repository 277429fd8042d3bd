// A site that has pinned one roster, and a coordinator that shows it others: each lie as a test.
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/file.h"
#include "client/daemon/federation/pinned_roster.h"
#include "client/daemon/federation/roster_pin.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/federation/federation_folder.h"
#include "tests/trust/roster/example_chain.h"
#include "trust/roster/roster_fork.h"

namespace accord {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StillClock : public Clock {
 public:
  absl::Time Now() override { return now; }
  absl::Duration Monotonic() override { return now - kChainBegins; }
  absl::Time now = kChainBegins;
};

class FollowedRoster : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(PinRoster(folder_.State(), *first_.roster()).ok()); }
  PinnedRoster Site(const std::string& config_hash = "") {
    return PinnedRoster(folder_.Config("va", config_hash), chain_.sites().signer("va").public_key_der(), clock_);
  }
  std::string Pin() const { return *ReadRosterPin(folder_.State(), ""); }
  static std::string Hash(const SignedRoster& roster) { return HexDigest(roster.roster()->hash()); }
  // Shown `next`, a site that goes by the first one stays with it, and says this.
  void IsRefused(const SignedRoster& next, const std::string& words) {
    PinnedRoster site = Site();
    site.Offer(first_.Text());
    ASSERT_TRUE(site.Current().ok()) << site.Current().status();
    site.Offer(next.Text());
    EXPECT_EQ(site.Current().status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(site.Current().status().message()), HasSubstr(words));
    EXPECT_EQ(Pin(), Hash(first_));
    EXPECT_THAT(site.News(), IsEmpty());
    site.Offer(first_.Text());
    EXPECT_TRUE(site.Current().ok()) << site.Current().status();
  }

  FederationFolder folder_;
  StillClock clock_;
  ExampleChain chain_;
  const SignedRoster first_ = chain_.First();
  const SignedRoster second_ = chain_.Renewed(*first_.roster());
  const SignedRoster third_ = chain_.Renewed(*second_.roster(), 360);
};

TEST_F(FollowedRoster, IsGoneOverToByItselfAndForGood) {
  PinnedRoster site = Site();
  site.Offer(second_.Text());
  ASSERT_TRUE(site.Current().ok()) << site.Current().status();
  EXPECT_EQ((*site.Current())->version(), 2u);
  EXPECT_EQ(Pin(), Hash(second_));
  EXPECT_THAT(site.News(), Contains(HasSubstr("went over to version 2 of the roster")));
  PinnedRoster restarted = Site();
  restarted.Offer(second_.Text());
  EXPECT_TRUE(restarted.Current().ok());
}

TEST_F(FollowedRoster, IsGoneOverToAfterACrashBetweenTheBytesAndThePin) {
  const StateFolder state = folder_.State();
  ASSERT_TRUE(WriteFileAtomically(state.FormerRosterFile(), first_.roster()->bytes()).ok());
  ASSERT_TRUE(WriteFileAtomically(state.RosterFile(), second_.roster()->bytes()).ok());
  EXPECT_EQ(ReadPinnedRoster(state)->hash(), first_.roster()->hash());
  PinnedRoster site = Site();
  site.Offer(second_.Text());
  EXPECT_TRUE(site.Current().ok()) << site.Current().status();
  EXPECT_EQ(Pin(), Hash(second_));
}

TEST_F(FollowedRoster, CoordinatorThatAddsASiteWithoutSignaturesIsRefused) {
  chain_.sites().Add("mallory", "Mallory");
  RosterChanges changes = ExampleChain::Renewal();
  changes.sites = {chain_.sites().entries().back()};
  IsRefused(chain_.SignedNext(*first_.roster(), changes, {"mallory"}), "and 0 did");
}

TEST_F(FollowedRoster, CoordinatorThatChangesAKeyWithoutItsOwnerIsRefused) {
  ExampleSites forged;
  forged.Add("hungarian", "Magyar Kardiológiai Intézet");
  RosterChanges changes = ExampleChain::Renewal();
  changes.sites = forged.entries();
  IsRefused(chain_.SignedNext(*first_.roster(), changes, {"cleveland", "switzerland", "va"}),
            "not signed by hungarian itself");
}

TEST_F(FollowedRoster, CoordinatorWithOneStolenKeyIsRefused) {
  IsRefused(chain_.SignedNext(*first_.roster(), ExampleChain::Renewal(), {"cleveland"}), "and 1 did");
}

TEST_F(FollowedRoster, CoordinatorWithOneOrganisationFewerThanTheQuorumIsRefused) {
  IsRefused(chain_.SignedNext(*first_.roster(), ExampleChain::Renewal(), {"cleveland", "euclid", "va"}), "and 2 did");
}

TEST_F(FollowedRoster, CoordinatorThatReplaysAnOlderRosterIsRefused) {
  PinnedRoster site = Site();
  site.Offer(second_.Text());
  site.Offer(third_.Text());
  EXPECT_EQ(Pin(), Hash(third_));
  for (const SignedRoster* older : {&second_, &first_}) {
    site.Offer(older->Text());
    EXPECT_FALSE(site.Current().ok());
    EXPECT_EQ(Pin(), Hash(third_));
  }
}

TEST_F(FollowedRoster, CoordinatorThatShowsAForkLeavesTheProofOfIt) {
  PinnedRoster site = Site();
  site.Offer(second_.Text());
  site.News();
  const SignedRoster fork =
      chain_.SignedNext(*first_.roster(), ExampleChain::Renewal(99), {"cleveland", "switzerland", "va"});
  site.Offer(fork.Text());
  EXPECT_FALSE(site.Current().ok());
  EXPECT_EQ(Pin(), Hash(second_));
  const std::vector<std::string> news = site.News();
  ASSERT_EQ(news.size(), 1u);
  EXPECT_THAT(news[0], HasSubstr("accord audit fork"));
  const size_t path = news[0].find(folder_.State().EvidenceFolder());
  ASSERT_NE(path, std::string::npos);
  const auto file = ReadFile(news[0].substr(path, news[0].find(';', path) - path), kMaxRosterForkBytes);
  ASSERT_TRUE(file.ok()) << file.status();
  const auto proof = CheckRosterFork(*file);
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_TRUE(proof->both_hold);
  EXPECT_EQ(proof->signers.size(), 2u);
}

TEST_F(FollowedRoster, CoordinatorThatFirstStripsSignaturesDoesNotTakeTheProofAway) {
  PinnedRoster site = Site();
  site.Offer(second_.Text());
  site.Offer(SignedRoster(*second_.roster()).Text());
  site.News();
  site.Offer(chain_.SignedNext(*first_.roster(), ExampleChain::Renewal(99), {"cleveland", "va"}).Text());
  EXPECT_THAT(site.News(), Contains(HasSubstr("accord audit fork")));
}

TEST_F(FollowedRoster, CoordinatorThatSkipsAVersionIsAskedForIt) {
  PinnedRoster site = Site();
  site.Offer(third_.Text());
  EXPECT_FALSE(site.Current().ok());
  const auto request = site.NextRequest();
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->pinned_hash(), std::string(first_.roster()->hash().begin(), first_.roster()->hash().end()));
  EXPECT_FALSE(site.NextRequest().has_value()) << "once";
  v1::RosterChain chain;
  chain.add_signed_rosters(second_.Text());
  site.Take(chain);
  EXPECT_TRUE(site.Current().ok()) << site.Current().status();
  EXPECT_EQ(Pin(), Hash(third_));
  EXPECT_FALSE(site.NextRequest().has_value());
}

TEST_F(FollowedRoster, AChainComesInAsManyMessagesAsItTakes) {
  const SignedRoster fourth = chain_.Renewed(*third_.roster(), 500);
  PinnedRoster site = Site();
  site.Offer(fourth.Text());
  for (const SignedRoster* next : {&second_, &third_}) {
    ASSERT_TRUE(site.NextRequest().has_value());
    v1::RosterChain chain;
    chain.add_signed_rosters(next->Text());
    site.Take(chain);
  }
  EXPECT_EQ(Pin(), Hash(fourth));
  EXPECT_TRUE(site.Current().ok());
}

TEST_F(FollowedRoster, CoordinatorThatAnswersWithAForgedLinkIsRefused) {
  PinnedRoster site = Site();
  site.Offer(third_.Text());
  ASSERT_TRUE(site.NextRequest().has_value());
  v1::RosterChain chain;
  chain.add_signed_rosters(chain_.SignedNext(*first_.roster(), ExampleChain::Renewal(), {"cleveland"}).Text());
  chain.add_signed_rosters(third_.Text());
  site.Take(chain);
  EXPECT_THAT(std::string(site.Current().status().message()), HasSubstr("and 1 did"));
  EXPECT_EQ(Pin(), Hash(first_));
  EXPECT_FALSE(site.NextRequest().has_value()) << "it is not asked again and again";
}

TEST_F(FollowedRoster, CoordinatorThatHasNothingInBetweenIsSaidSo) {
  PinnedRoster site = Site();
  site.Offer(third_.Text());
  ASSERT_TRUE(site.NextRequest().has_value());
  site.Take(v1::RosterChain());
  EXPECT_THAT(std::string(site.Current().status().message()), HasSubstr("has no roster that follows"));
  EXPECT_FALSE(site.NextRequest().has_value());
}

TEST_F(FollowedRoster, AChainThatNobodyAskedForChangesNothing) {
  PinnedRoster site = Site();
  site.Offer(first_.Text());
  v1::RosterChain chain;
  chain.add_signed_rosters(second_.Text());
  site.Take(chain);
  EXPECT_EQ(Pin(), Hash(first_));
}

TEST_F(FollowedRoster, CoordinatorWithAPredecessorOfAnotherFederationIsRefused) {
  RosterTerms terms = first_.roster()->terms();
  terms.federation = "Other Federation";
  terms.version = 2;
  terms.previous = first_.roster()->hash();
  SignedRoster next(ParsedRoster(Roster::Write(terms)));
  for (const RosterEntry& site : chain_.sites().entries()) {
    ASSERT_TRUE(next.Sign(site.site, chain_.sites().signer(site.site)).ok());
  }
  IsRefused(next, "it is of the federation Other Federation");
}

TEST_F(FollowedRoster, ThatHasExpiredLetsNoRoundBegin) {
  PinnedRoster site = Site();
  site.Offer(first_.Text());
  clock_.now = kChainEnds - absl::Seconds(1);
  EXPECT_TRUE(site.Current().ok());
  EXPECT_TRUE(site.CheckCohort({"va"}).ok());
  clock_.now = kChainEnds;
  EXPECT_THAT(std::string(site.Current().status().message()), HasSubstr("was valid until 2027-07-14T08:00:00Z"));
  EXPECT_EQ(site.CheckCohort({"va"}).code(), absl::StatusCode::kUnavailable);
  // Renewed late, it goes on.
  site.Offer(second_.Text());
  EXPECT_TRUE(site.Current().ok()) << site.Current().status();
  EXPECT_TRUE(site.CheckCohort({"va"}).ok());
}

TEST_F(FollowedRoster, ThatRevokesASiteKeepsItOutOfEveryCohort) {
  RosterChanges changes = ExampleChain::Renewal();
  changes.revocations = {{true, "switzerland", "its keys were stolen"}};
  PinnedRoster site = Site();
  EXPECT_TRUE(site.CheckCohort({"switzerland", "va"}).ok());
  site.Offer(chain_.SignedNext(*first_.roster(), changes, {"cleveland", "hungarian", "va"}).Text());
  ASSERT_TRUE(site.Current().ok()) << site.Current().status();
  EXPECT_TRUE(site.CheckCohort({"cleveland", "va"}).ok());
  const absl::Status refused = site.CheckCohort({"cleveland", "switzerland", "va"});
  EXPECT_THAT(std::string(refused.message()), HasSubstr("site switzerland is in the cohort"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("its keys were stolen"));
}

TEST_F(FollowedRoster, ThatRevokesThisSiteStopsIt) {
  RosterChanges changes = ExampleChain::Renewal();
  changes.revocations = {{true, "va", "lost laptop"}};
  PinnedRoster site = Site();
  site.Offer(chain_.SignedNext(*first_.roster(), changes, {"cleveland", "hungarian", "switzerland"}).Text());
  EXPECT_THAT(std::string(site.Current().status().message()), HasSubstr("the key of this site was revoked"));
  EXPECT_FALSE(site.CheckCohort({"cleveland"}).ok());
}

TEST_F(FollowedRoster, OfTheConfigAloneExpiresWhateverTheCoordinatorShowsAfterwards) {
  for (const std::string& path : {folder_.State().RosterPinFile(), folder_.State().RosterFile()}) {
    ASSERT_EQ(unlink(path.c_str()), 0);
  }
  PinnedRoster site = Site(Hash(first_));
  EXPECT_EQ(site.CheckCohort({"va"}).code(), absl::StatusCode::kFailedPrecondition) << "who knows what it says";
  site.Offer(first_.Text());
  EXPECT_TRUE(site.CheckCohort({"va"}).ok()) << site.CheckCohort({"va"});
  PinnedRoster restarted = Site(Hash(first_));
  restarted.Offer(second_.Text());
  EXPECT_TRUE(restarted.CheckCohort({"va"}).ok()) << restarted.CheckCohort({"va"});
  clock_.now = kChainEnds;
  EXPECT_EQ(restarted.CheckCohort({"va"}).code(), absl::StatusCode::kUnavailable);
}

TEST_F(FollowedRoster, IsNotGoneOverToWhereTheConfigNamesAnother) {
  PinnedRoster site = Site(Hash(first_));
  site.Offer(second_.Text());
  EXPECT_THAT(std::string(site.Current().status().message()), HasSubstr("roster_sha256"));
  EXPECT_EQ(Pin(), Hash(first_));
}

}  // namespace
}  // namespace accord
