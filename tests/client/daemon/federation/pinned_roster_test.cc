#include "client/daemon/federation/pinned_roster.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/file.h"
#include "client/daemon/federation/roster_pin.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/federation/federation_folder.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class PinnedRosterTest : public ::testing::Test {
 protected:
  PinnedRoster Site(const std::string& config_hash = "") {
    return PinnedRoster(folder_.Config("va", config_hash), sites_.signer("va").public_key_der());
  }
  // Why there is no roster to go by.
  static std::string Reason(const PinnedRoster& roster) {
    const auto current = roster.Current();
    EXPECT_EQ(current.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(roster.InWords(), absl::StrCat("no secure job can run here: ", current.status().message()));
    return std::string(current.status().message());
  }
  void Pin(const Roster& roster) { ASSERT_TRUE(PinRoster(folder_.State(), roster).ok()); }

  FederationFolder folder_;
  ExampleSites sites_ = FourHospitals();
  const SignedRoster signed_ = sites_.SignedByAll();
  const std::string hash_ = HexDigest(signed_.roster()->hash());
};

TEST_F(PinnedRosterTest, IsThePublishedOneThatAllHaveSignedAndThisSiteHasPinned) {
  Pin(*signed_.roster());
  PinnedRoster roster = Site();
  roster.Offer(signed_.Text());
  const auto current = roster.Current();
  ASSERT_TRUE(current.ok()) << current.status();
  EXPECT_EQ((*current)->bytes(), sites_.Bytes());
  EXPECT_THAT(roster.InWords(), HasSubstr("Heart Federation, 4 sites of 4 organisations, as pinned"));
}

TEST_F(PinnedRosterTest, IsNoneUntilTheCoordinatorPublishesOne) {
  Pin(*signed_.roster());
  PinnedRoster roster = Site();
  EXPECT_THAT(Reason(roster), HasSubstr("the coordinator has published no roster"));
  roster.Offer("");
  EXPECT_THAT(Reason(roster), HasSubstr("the coordinator has published no roster"));
}

TEST_F(PinnedRosterTest, IsNoneThatThisSiteHasNotPinned) {
  PinnedRoster roster = Site();
  roster.Offer(signed_.Text());
  EXPECT_THAT(Reason(roster), HasSubstr("this site has pinned no roster"));
  EXPECT_THAT(Reason(roster),
              HasSubstr(absl::StrCat("accord-client roster pin ", folder_.Path("state/roster.published"))));
}

TEST_F(PinnedRosterTest, IsNoOtherThanThePinnedOneHoweverWellSigned) {
  Pin(*signed_.roster());
  // The same sites and keys, by the same signers; one organisation is renamed, so that one counts as two.
  sites_.entries()[0].organisation = "Cleveland Clinic 2";
  PinnedRoster roster = Site();
  roster.Offer(sites_.SignedByAll().Text());
  EXPECT_THAT(Reason(roster), HasSubstr("another roster"));
  EXPECT_THAT(Reason(roster), HasSubstr("--replace"));
}

TEST_F(PinnedRosterTest, PinMadeWhileTheDaemonRunsCountsAtOnce) {
  PinnedRoster roster = Site();
  roster.Offer(signed_.Text());
  EXPECT_FALSE(roster.Current().ok());
  Pin(*signed_.roster());
  EXPECT_TRUE(roster.Current().ok()) << roster.Current().status();
  Pin(FourHospitals().Listed());
  EXPECT_THAT(Reason(roster), HasSubstr("than this site has pinned"));
}

TEST_F(PinnedRosterTest, MayBePinnedInTheConfigAlone) {
  PinnedRoster roster = Site(hash_);
  roster.Offer(signed_.Text());
  EXPECT_TRUE(roster.Current().ok()) << roster.Current().status();
  PinnedRoster other = Site(std::string(64, 'a'));
  other.Offer(signed_.Text());
  EXPECT_FALSE(other.Current().ok());
  // Pinned in both places, they must agree.
  Pin(*signed_.roster());
  EXPECT_THAT(Reason(other), HasSubstr("roster_sha256"));
}

TEST_F(PinnedRosterTest, IsNoneWithAMissingOrAForgedSignatureThoughTheHashIsRight) {
  Pin(*signed_.roster());
  PinnedRoster roster = Site();
  SignedRoster three = sites_.Draft();
  for (const char* site : {"cleveland", "hungarian", "va"}) ASSERT_TRUE(three.Sign(site, sites_.signer(site)).ok());
  roster.Offer(three.Text());
  EXPECT_THAT(Reason(roster), HasSubstr("no signature of switzerland"));
  std::string forged = signed_.Text();
  const size_t at = forged.find("\nhungarian ") + 11;
  forged[at] = forged[at] == 'A' ? 'B' : 'A';
  roster.Offer(forged);
  EXPECT_THAT(Reason(roster), HasSubstr("a signature that is not good of hungarian"));
}

TEST_F(PinnedRosterTest, IsNoneWithBytesThatAreNoRoster) {
  Pin(*signed_.roster());
  PinnedRoster roster = Site();
  for (const std::string& bytes :
       {std::string("x"), std::string("\0\xff", 2), signed_.Text() + "x", sites_.Bytes(),
        absl::StrReplaceAll(signed_.Text(), {{"\n", "\r\n"}}), std::string(kMaxPublishedRosterBytes + 1, 'x')}) {
    roster.Offer(bytes);
    EXPECT_THAT(Reason(roster), HasSubstr("is not valid"));
  }
  // Nor does it harm: the good one is taken afterwards.
  roster.Offer(signed_.Text());
  EXPECT_TRUE(roster.Current().ok());
}

TEST_F(PinnedRosterTest, AnOfferTakesThePlaceOfTheOneBefore) {
  Pin(*signed_.roster());
  PinnedRoster roster = Site();
  roster.Offer(signed_.Text());
  const std::shared_ptr<const Roster> held = *roster.Current();
  roster.Offer("");
  EXPECT_FALSE(roster.Current().ok());
  EXPECT_EQ(held->bytes(), sites_.Bytes());  // whoever goes by it keeps it
  roster.Offer(signed_.Text());
  EXPECT_TRUE(roster.Current().ok());
}

TEST_F(PinnedRosterTest, IsNoneThatDoesNotListThisSiteWithItsKey) {
  const SignedRoster others = FourHospitals().SignedByAll();
  Pin(*others.roster());
  PinnedRoster roster = Site();
  roster.Offer(others.Text());
  EXPECT_THAT(Reason(roster), HasSubstr("lists this site with another key"));
  ExampleSites without;
  without.Add("basel", "Basel");
  roster.Offer(without.SignedByAll().Text());
  EXPECT_THAT(Reason(roster), HasSubstr("does not list this site"));
}

TEST_F(PinnedRosterTest, LeavesWhatAllHaveSignedForTheOperatorToLookAt) {
  ASSERT_TRUE(MakeFolders(folder_.State().path()).ok());
  PinnedRoster roster = Site();
  roster.Offer("x");
  EXPECT_TRUE(absl::IsNotFound(ReadFile(folder_.State().PublishedRosterFile()).status()));
  roster.Offer(signed_.Text());
  EXPECT_EQ(*ReadFile(folder_.State().PublishedRosterFile()), signed_.Text());
}

}  // namespace
}  // namespace accord
