#include "client/daemon/run/roster_commands.h"

#include <initializer_list>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "client/daemon/federation/roster_pin.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/federation/federation_folder.h"
#include "tests/trust/roster/example_chain.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RosterCommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.Enrol(sites_, "va");
    WriteConfig("");
    options_.config_path = folder_.Path("client.yaml");
    options_.file = folder_.Path("roster.txt");
    Write(sites_.Draft());
  }
  void WriteConfig(const std::string& more) {
    const std::string text = absl::StrCat("coordinator: localhost:1\nsite: va\nstate_dir: state\n", more);
    ASSERT_TRUE(WriteFileAtomically(folder_.Path("client.yaml"), text).ok());
  }
  void Write(const SignedRoster& roster) {
    ASSERT_TRUE(WriteFileAtomically(folder_.Path("roster.txt"), roster.Text()).ok());
  }
  SignedRoster Written(const std::string& name) {
    auto roster = SignedRoster::Parse(*ReadFile(folder_.Path(name)));
    EXPECT_TRUE(roster.ok()) << roster.status();
    return *std::move(roster);
  }
  // Words of what went wrong, or the output.
  std::string Run(absl::Status (*command)(const RosterFileOptions&, std::ostream&)) {
    std::ostringstream out;
    status_ = command(options_, out);
    return status_.ok() ? out.str() : std::string(status_.message());
  }
  std::string Pinned() { return ReadRosterPin(folder_.State(), "").value_or("?"); }
  std::string HashOf(const ExampleSites& sites) { return HexDigest(sites.Listed().hash()); }

  FederationFolder folder_;
  const ExampleSites sites_ = FourHospitals();
  RosterFileOptions options_;
  absl::Status status_;
};

TEST_F(RosterCommandsTest, SignAddsThisSitesSignatureAndPins) {
  const std::string text = Run(SignRosterFile);
  ASSERT_TRUE(status_.ok()) << status_;
  EXPECT_THAT(Written("roster.txt").Examine().missing, ::testing::ElementsAre("cleveland", "hungarian", "switzerland"));
  EXPECT_THAT(Written("roster.txt").Examine().bad, ::testing::IsEmpty());
  EXPECT_EQ(Pinned(), HashOf(sites_));
  EXPECT_THAT(text, HasSubstr("va of V.A. Medical Center, has signed"));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("pinned ", HashOf(sites_))));
  Run(SignRosterFile);  // once more does no harm
  EXPECT_TRUE(status_.ok());
}

TEST_F(RosterCommandsTest, SignKeepsTheSignaturesOfOthersAndLeavesTheFileAloneWithOut) {
  SignedRoster begun = sites_.Draft();
  ASSERT_TRUE(begun.Sign("cleveland", sites_.signer("cleveland")).ok());
  Write(begun);
  options_.out = folder_.Path("signed.txt");
  Run(SignRosterFile);
  ASSERT_TRUE(status_.ok()) << status_;
  EXPECT_THAT(Written("signed.txt").Examine().missing, ::testing::ElementsAre("hungarian", "switzerland"));
  EXPECT_EQ(Written("roster.txt").Text(), begun.Text());
}

TEST_F(RosterCommandsTest, SignRefusesARosterWithoutThisSiteOrWithAnotherKeyOfIt) {
  Write(FourHospitals().Draft());
  EXPECT_THAT(Run(SignRosterFile), HasSubstr("lists site va with another key"));
  ExampleSites without;
  without.Add("basel", "Basel");
  Write(without.Draft());
  EXPECT_THAT(Run(SignRosterFile), HasSubstr("does not list site va"));
  EXPECT_EQ(Pinned(), "");
  EXPECT_EQ(Written("roster.txt").Text(), without.Draft().Text());
}

TEST_F(RosterCommandsTest, AnotherRosterTakesThePlaceOfThePinnedOneOnlyWhenThatIsSaid) {
  Run(SignRosterFile);
  ExampleSites more = sites_;
  more.Add("basel", "Universitätsspital Basel");
  Write(more.Draft());
  const std::string refusal = Run(SignRosterFile);
  EXPECT_EQ(status_.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(refusal, HasSubstr("nothing was changed"));
  EXPECT_THAT(refusal, HasSubstr("site basel of Universitätsspital Basel is new"));
  EXPECT_THAT(refusal, HasSubstr("--replace"));
  EXPECT_EQ(Pinned(), HashOf(sites_));
  EXPECT_EQ(Written("roster.txt").Text(), more.Draft().Text()) << "it was signed";
  options_.replace = true;
  Run(SignRosterFile);
  EXPECT_TRUE(status_.ok()) << status_;
  EXPECT_EQ(Pinned(), HashOf(more));
}

TEST_F(RosterCommandsTest, SignOnlyLeavesTheRosterInForceUntilTheNewOneIsPinned) {
  Run(SignRosterFile);
  ExampleSites more = sites_;
  more.Add("basel", "Universitätsspital Basel");
  Write(more.Draft());
  options_.sign_only = true;
  Run(SignRosterFile);
  ASSERT_TRUE(status_.ok()) << status_;
  EXPECT_EQ(Pinned(), HashOf(sites_));
  EXPECT_EQ(Written("roster.txt").Examine().missing.size(), 4u);
  // Not yet signed by all.
  options_.replace = true;
  EXPECT_THAT(Run(PinRosterFile), HasSubstr("no signature of basel, cleveland, hungarian, switzerland"));
  EXPECT_EQ(Pinned(), HashOf(sites_));
  Write(more.SignedByAll());
  options_.replace = false;
  EXPECT_THAT(Run(PinRosterFile), HasSubstr("--replace"));
  options_.replace = true;
  Run(PinRosterFile);
  EXPECT_TRUE(status_.ok()) << status_;
  EXPECT_EQ(Pinned(), HashOf(more));
}

// ---- rosters that follow another one ----

class LaterRosterCommandsTest : public RosterCommandsTest {
 protected:
  void SetUp() override {
    RosterCommandsTest::SetUp();
    folder_.Enrol(chain_.sites(), "va");
  }
  SignedRoster After(const Roster& previous, int days, std::initializer_list<const char*> signers = {}) const {
    return chain_.SignedNext(previous, ExampleChain::Renewal(days), signers);
  }

  ExampleChain chain_;
  const Roster first_ = chain_.FirstRoster();
};

TEST_F(LaterRosterCommandsTest, ASecondSuccessorIsNotSignedUnaskedOnceTheFirstIsPinned) {
  ASSERT_TRUE(PinRoster(folder_.State(), first_).ok());
  const SignedRoster one = After(first_, 180);
  Write(one);
  Run(SignRosterFile);
  ASSERT_TRUE(status_.ok()) << status_;
  ASSERT_TRUE(PinRoster(folder_.State(), *one.roster()).ok());  // as the daemon does
  const SignedRoster other = After(first_, 99);
  Write(other);
  options_.sign_only = true;
  EXPECT_THAT(Run(SignRosterFile), HasSubstr("this site has signed another roster that follows"));
  EXPECT_EQ(status_.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Written("roster.txt").Text(), other.Text()) << "it was signed";
  options_.replace = true;
  Run(SignRosterFile);
  EXPECT_TRUE(status_.ok()) << status_;
}

TEST_F(LaterRosterCommandsTest, WhatWasSignedIsRememberedForEachRosterThatWasFollowed) {
  ASSERT_TRUE(PinRoster(folder_.State(), first_).ok());
  const SignedRoster second = After(first_, 180);
  Write(second);
  Run(SignRosterFile);
  ASSERT_TRUE(PinRoster(folder_.State(), *second.roster()).ok());
  Write(After(*second.roster(), 360));
  Run(SignRosterFile);
  ASSERT_TRUE(status_.ok()) << status_;
  Write(After(first_, 99));
  options_.sign_only = true;
  EXPECT_THAT(Run(SignRosterFile), HasSubstr("this site has signed another roster that follows"));
}

TEST_F(LaterRosterCommandsTest, ASiteThatHasPinnedNoneYetSignsOneSuccessorToo) {
  options_.sign_only = true;
  Write(After(first_, 180));
  Run(SignRosterFile);
  ASSERT_TRUE(status_.ok()) << status_;
  Run(SignRosterFile);  // once more does no harm
  ASSERT_TRUE(status_.ok()) << status_;
  Write(After(first_, 99));
  EXPECT_THAT(Run(SignRosterFile), HasSubstr("this site has signed another roster that follows"));
}

TEST_F(LaterRosterCommandsTest, ALaterOneWithoutSignaturesIsNotPinnedByASiteThatHasPinnedNone) {
  Write(After(first_, 180));
  EXPECT_THAT(Run(PinRosterFile), HasSubstr("this site has not signed it"));
  EXPECT_EQ(status_.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Pinned(), "");
}

TEST_F(LaterRosterCommandsTest, ALaterOneOfInventedSitesIsNotPinnedHoweverManyOfThemSigned) {
  Write(After(first_, 180, {"cleveland", "euclid", "hungarian", "switzerland"}));
  EXPECT_THAT(Run(PinRosterFile), HasSubstr("this site has not signed it"));
  EXPECT_EQ(Pinned(), "");
}

TEST_F(LaterRosterCommandsTest, ALaterOneThatThisSiteSignedIsPinnedOnceMoreThanHalfOfTheOrganisationsHave) {
  Write(After(first_, 180, {"cleveland", "euclid", "va"}));
  EXPECT_THAT(Run(PinRosterFile), HasSubstr("of its 4 organisations 2 have signed it; expected 3"));
  EXPECT_EQ(Pinned(), "");
  const SignedRoster enough = After(first_, 180, {"cleveland", "hungarian", "va"});
  Write(enough);
  Run(PinRosterFile);
  EXPECT_TRUE(status_.ok()) << status_;
  EXPECT_EQ(Pinned(), HexDigest(enough.roster()->hash()));
}

TEST_F(LaterRosterCommandsTest, ALaterOneIsPinnedByTheHashThatTheOfficerSays) {
  const SignedRoster later = After(first_, 180);
  Write(later);
  options_.hash = std::string(64, 'a');
  EXPECT_THAT(Run(PinRosterFile), HasSubstr("and --hash says aaaa"));
  EXPECT_EQ(Pinned(), "");
  options_.hash = HexDigest(later.roster()->hash());
  Run(PinRosterFile);
  EXPECT_TRUE(status_.ok()) << status_;
  options_.hash.clear();
  Run(PinRosterFile);  // it goes by that hash
  EXPECT_TRUE(status_.ok()) << status_;
}

// ---- what is published ----

TEST_F(RosterCommandsTest, PinTakesWhatTheCoordinatorPublishedLastWhereNoFileIsNamed) {
  options_.file.clear();
  EXPECT_FALSE(Run(PinRosterFile).empty());
  EXPECT_EQ(status_.code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(WriteFileAtomically(folder_.State().PublishedRosterFile(), sites_.SignedByAll().Text()).ok());
  EXPECT_THAT(Run(ShowRoster), HasSubstr("All have signed."));
  Run(PinRosterFile);
  EXPECT_TRUE(status_.ok()) << status_;
  EXPECT_EQ(Pinned(), HashOf(sites_));
}

TEST_F(RosterCommandsTest, PinRefusesARosterWithAnotherKeyOfThisSite) {
  Write(FourHospitals().SignedByAll());
  EXPECT_THAT(Run(PinRosterFile), HasSubstr("ANOTHER KEY"));
  EXPECT_EQ(Pinned(), "");
}

TEST_F(RosterCommandsTest, HashInTheConfigMustBeThatOfTheRoster) {
  WriteConfig(absl::StrCat("roster_sha256: ", std::string(64, 'a'), "\n"));
  EXPECT_THAT(Run(SignRosterFile), HasSubstr("mend the config first"));
  options_.replace = true;  // does not help
  EXPECT_THAT(Run(SignRosterFile), HasSubstr("mend the config first"));
  EXPECT_EQ(Pinned(), "");
  WriteConfig(absl::StrCat("roster_sha256: ", HashOf(sites_), "\n"));
  Run(SignRosterFile);
  EXPECT_TRUE(status_.ok()) << status_;
}

TEST_F(RosterCommandsTest, ShowSaysWhoIsInItAndWhatDiffersHere) {
  const std::string first = Run(ShowRoster);
  EXPECT_THAT(first, HasSubstr("cleveland of Cleveland Clinic, has not signed"));
  EXPECT_THAT(first, HasSubstr("It lists this site, va, with its key."));
  EXPECT_THAT(first, HasSubstr("This site has pinned no roster yet."));
  Run(SignRosterFile);
  EXPECT_THAT(Run(ShowRoster), HasSubstr("It is the roster that this site has pinned."));
  Write(FourHospitals().SignedByAll());
  const std::string other = Run(ShowRoster);
  EXPECT_THAT(other, HasSubstr("with ANOTHER KEY than it has"));
  EXPECT_THAT(other, HasSubstr(absl::StrCat("This site has pinned ANOTHER roster, ", HashOf(sites_))));
  EXPECT_THAT(other, HasSubstr("site cleveland has another key"));
}

TEST_F(RosterCommandsTest, ShowNeedsNoConfig) {
  options_.config_path = folder_.Path("none.yaml");
  const std::string text = Run(ShowRoster);
  EXPECT_TRUE(status_.ok()) << status_;
  EXPECT_THAT(text, HasSubstr("4 sites of 4 organisations"));
  EXPECT_THAT(text, Not(HasSubstr("this site")));
}

TEST_F(RosterCommandsTest, AFileThatIsNoRosterIsNamed) {
  ASSERT_TRUE(WriteFileAtomically(folder_.Path("roster.txt"), "accord-roster-v1\r\n").ok());
  EXPECT_THAT(Run(ShowRoster), HasSubstr("roster.txt: the roster has carriage returns"));
  EXPECT_THAT(Run(SignRosterFile), HasSubstr("roster.txt: the roster has carriage returns"));
  EXPECT_THAT(Run(PinRosterFile), HasSubstr("roster.txt: the roster has carriage returns"));
}

TEST_F(RosterCommandsTest, ASiteThatIsNotEnrolledIsToldSo) {
  ASSERT_EQ(unlink(folder_.State().IdentityFiles().key.c_str()), 0);
  EXPECT_THAT(Run(SignRosterFile), HasSubstr("accord-client enroll"));
}

TEST_F(RosterCommandsTest, ASiteWhoseIdentityCannotBeReadIsNotSentToEnrolAnew) {
  const TlsFiles files = folder_.State().IdentityFiles();
  for (const std::string& path : {files.key, files.certificate}) {
    ASSERT_EQ(unlink(path.c_str()), 0);
    ASSERT_TRUE(MakeFolders(path).ok());  // whoever runs the test, also root, cannot read a folder
  }
  EXPECT_THAT(Run(SignRosterFile), HasSubstr("sudo -u accord-client"));
  EXPECT_NE(status_.code(), absl::StatusCode::kNotFound);
  Write(sites_.SignedByAll());
  for (const auto command : {PinRosterFile, ShowRoster}) {
    const std::string text = Run(command);
    EXPECT_THAT(text, HasSubstr("sudo -u accord-client"));
    EXPECT_THAT(text, Not(HasSubstr("enroll")));
  }
}

}  // namespace
}  // namespace accord
