#include "client/daemon/run/joint_commands.h"

#include <sstream>
#include <string>
#include <vector>

#include "client/daemon/run/anchor_commands.h"
#include "client/daemon/run/charter_commands.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/governance/joint_site.h"
#include "trust/joint/anchor_check.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class JointCommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    anchor_.config_path = site_.OwnConfig();
    joint_.config_path = site_.JointConfig();
    joint_.own_config = site_.OwnConfig();
    joint_.own_anchor = File("hearts.anchor", site_.Signed(site_.HeartAnchor()).Text());
    joint_.anchor = File("lungs.anchor", site_.Signed(site_.LungAnchor()).Text());
    joint_.rosters = {File("lungs.roster", site_.LungRoster().Text())};
    joint_.charter = File("lungs.charter", site_.LungCharter().bytes());
  }
  std::string File(const std::string& name, const std::string& text) {
    const std::string path = site_.joint().Path(name);
    JointSite::Write(path, text);
    return path;
  }
  template <typename Options>
  std::string Run(absl::Status (*command)(const Options&, std::ostream&), const Options& options) {
    std::ostringstream out;
    status_ = command(options, out);
    return status_.ok() ? out.str() : std::string(status_.message());
  }
  bool IsPinned() {
    const auto pin = ReadJointPin(site_.joint().State());
    return pin.ok() && pin->has_value();
  }
  SignedAnchor ReadAnchor(const std::string& name) {
    auto anchor = SignedAnchor::Parse(ReadFile(site_.joint().Path(name)).value_or(""));
    EXPECT_TRUE(anchor.ok()) << anchor.status();
    return *std::move(anchor);
  }
  // An anchor of the hearts as the command writes it, in own.anchor.
  std::string WriteAnchorOfHearts() {
    const std::string roster = File("joint.roster", SignedRoster(site_.federations().JointRoster()).Text());
    anchor_.file = roster;
    anchor_.out = site_.joint().Path("own.anchor");
    std::string words = Run(WriteAnchorFile, anchor_);
    anchor_.file = anchor_.out;
    anchor_.out.clear();
    return words;
  }

  JointSite site_{absl::Now()};
  AnchorOptions anchor_;
  JointOptions joint_;
  absl::Status status_;
};

TEST_F(JointCommandsTest, AnchorHasWhatIsPinnedAndTheMembersOfTheJointRoster) {
  const std::string words = WriteAnchorOfHearts();
  ASSERT_TRUE(status_.ok()) << status_;
  EXPECT_THAT(words,
              AllOf(HasSubstr("Anchor of Heart Federation for Hearts and Lungs"), HasSubstr("signed by nobody")));
  const Anchor anchor = ReadAnchor("own.anchor").anchor();
  EXPECT_EQ(anchor.roster, site_.federations().HeartRoster().hash());
  EXPECT_EQ(anchor.charter, site_.HeartCharter().hash());
  ASSERT_EQ(anchor.members.size(), 4u);
  EXPECT_EQ(anchor.members[3].site, "va");
  EXPECT_EQ(anchor.members[3].public_key_der, site_.federations().joint().signer("va").public_key_der());
  anchor_.file = site_.joint().Path("joint.roster");
  anchor_.out = site_.joint().Path("own.anchor");
  EXPECT_THAT(Run(WriteAnchorFile, anchor_), HasSubstr("is not written over"));
}

TEST_F(JointCommandsTest, SiteSignsForItsOwnKeyInTheJointFederationAlone) {
  WriteAnchorOfHearts();
  EXPECT_THAT(Run(SignAnchorFile, anchor_), HasSubstr("say with --joint CONFIG where this site has that key"));
  anchor_.joint_config = site_.JointConfig();
  EXPECT_THAT(Run(SignAnchorFile, anchor_), HasSubstr("signed as va"));
  EXPECT_TRUE(ReadAnchor("own.anchor").IsSignedBy("va", site_.federations().HeartRoster().Find("va")->key));
  site_.joint().Enrol(FourHospitals(), "va");  // so that the drafted key is somebody else's
  WriteFileAtomically(site_.joint().Path("own.anchor"), ReadAnchor("own.anchor").bytes()).IgnoreError();
  EXPECT_THAT(Run(SignAnchorFile, anchor_), HasSubstr("names this site with ANOTHER KEY"));
  EXPECT_TRUE(ReadAnchor("own.anchor").signatures().empty());
}

TEST_F(JointCommandsTest, AnchorOfWhatIsNotPinnedIsNotSigned) {
  WriteAnchorOfHearts();
  anchor_.joint_config = site_.JointConfig();
  site_.PinOwnCharter({{"  min_rows: 50\n", "  min_rows: 80\n"}});
  EXPECT_THAT(Run(SignAnchorFile, anchor_), HasSubstr("nothing was signed"));
  anchor_.file = joint_.anchor;
  EXPECT_THAT(Run(SignAnchorFile, anchor_), HasSubstr("the anchor is of Lung Federation"));
}

TEST_F(JointCommandsTest, AnchorsAreMergedAndShown) {
  WriteAnchorOfHearts();
  anchor_.joint_config = site_.JointConfig();
  Run(SignAnchorFile, anchor_);
  EXPECT_THAT(Run(ShowAnchorFile, anchor_), HasSubstr("4 organisations of the roster must sign it, and 1 did"));
  SignedAnchor others = TwoFederations::SignedBy(site_.federations().hearts().sites(),
                                                 ReadAnchor("own.anchor").anchor(), {"cleveland", "hungarian"});
  ASSERT_TRUE(others.Sign("switzerland", site_.federations().hearts().sites().signer("switzerland")).ok());
  anchor_.others = {File("others.anchor", others.Text())};
  EXPECT_THAT(Run(MergeAnchorFiles, anchor_), HasSubstr("has 4 signatures now"));
  EXPECT_THAT(Run(ShowAnchorFile, anchor_), HasSubstr("It holds."));
  anchor_.file = joint_.anchor;
  anchor_.roster = joint_.rosters.front();
  EXPECT_THAT(Run(ShowAnchorFile, anchor_), AllOf(HasSubstr("Anchor of Lung Federation"), HasSubstr("It holds.")));
}

TEST_F(JointCommandsTest, PinSaysWhatToCompareByTelephone) {
  const std::string words = Run(PinJoint, joint_);
  ASSERT_TRUE(status_.ok()) << status_;
  EXPECT_THAT(words, AllOf(HasSubstr("COMPARE BY TELEPHONE with a site of Lung Federation"),
                           HasSubstr(HexDigest(site_.LungRoster().roster()->hash()))));
  EXPECT_TRUE(IsPinned());
  EXPECT_THAT(Run(PinJoint, joint_), Not(HasSubstr("COMPARE"))) << "the same again";
  EXPECT_THAT(Run(ForgetJoint, joint_), HasSubstr("held against no other federation any more"));
  EXPECT_FALSE(IsPinned());
  EXPECT_THAT(Run(ShowJoint, joint_), HasSubstr("in no joint federation"));
}

TEST_F(JointCommandsTest, AnchorWithoutItsQuorumIsNotPinned) {
  Anchor anchor = site_.LungAnchor();
  anchor.members.resize(1);
  File("lungs.anchor", TwoFederations::SignedBy(site_.federations().lungs(), anchor, {"charite"}).Text());
  EXPECT_THAT(Run(PinJoint, joint_), HasSubstr("2 organisations of the roster must sign it, and 1 did"));
  EXPECT_FALSE(IsPinned());
}

TEST_F(JointCommandsTest, RosterThatNotAllItsSitesSignedIsNotPinned) {
  File("lungs.roster", SignedRoster(*site_.LungRoster().roster()).Text());
  EXPECT_THAT(Run(PinJoint, joint_), HasSubstr("charite"));
  EXPECT_FALSE(IsPinned());
}

TEST_F(JointCommandsTest, AnchorThatNamesThisSiteWithAnotherKeyIsNotPinned) {
  site_.joint().Enrol(FourHospitals(), "va");
  EXPECT_THAT(Run(PinJoint, joint_), HasSubstr("names this site, va, with ANOTHER KEY"));
  EXPECT_FALSE(IsPinned());
}

TEST_F(JointCommandsTest, ExpiredAnchorIsNotPinned) {
  Anchor anchor = site_.LungAnchor();
  anchor.made -= absl::Hours(48);
  anchor.valid_until = site_.now() - absl::Hours(1);
  File("lungs.anchor", site_.Signed(anchor).Text());
  EXPECT_THAT(Run(PinJoint, joint_), HasSubstr("was valid until"));
}

TEST_F(JointCommandsTest, OlderAnchorIsNotPinnedAgain) {
  Run(PinJoint, joint_);
  ASSERT_TRUE(status_.ok()) << status_;
  Anchor anchor = site_.LungAnchor();
  anchor.made -= absl::Hours(1);
  File("lungs.anchor", site_.Signed(anchor).Text());
  EXPECT_THAT(Run(PinJoint, joint_), AllOf(HasSubstr("nothing was changed"), HasSubstr("not taken again")));
  joint_.replace = true;
  Run(PinJoint, joint_);
  EXPECT_TRUE(status_.ok()) << status_;
}

TEST_F(JointCommandsTest, NewerRosterHasToFollowThePinnedOne) {
  Run(PinJoint, joint_);
  ASSERT_TRUE(status_.ok()) << status_;
  const std::shared_ptr<const Roster> first = site_.LungRoster().roster();
  RosterTerms terms = site_.LungTerms();
  terms.version = 2;
  terms.previous = first->hash();
  terms.valid_until += absl::Hours(24);
  SignedRoster next(TwoFederations::Parsed(terms));
  ASSERT_TRUE(next.SignAfter(*first, "charite", site_.federations().lungs().signer("charite")).ok());
  Anchor anchor = site_.WithTimes(site_.federations().AnchorOf(*next.roster(), site_.LungCharter()));
  File("lungs.anchor", site_.Signed(anchor).Text());
  joint_.rosters = {File("lungs-2.roster", next.Text())};
  EXPECT_THAT(Run(PinJoint, joint_), HasSubstr("2 organisations of the roster before must sign it, and 1 did"));
  ASSERT_TRUE(next.SignAfter(*first, "oslo", site_.federations().lungs().signer("oslo")).ok());
  File("lungs-2.roster", next.Text());
  const std::string words = Run(PinJoint, joint_);
  ASSERT_TRUE(status_.ok()) << status_;
  EXPECT_THAT(words, Not(HasSubstr("COMPARE"))) << "its organisations' word is enough";
}

TEST_F(JointCommandsTest, CharterThatLoosensEitherIsNotPinned) {
  Run(PinJoint, joint_);
  ASSERT_TRUE(status_.ok()) << status_;
  CharterFileOptions charter;
  charter.config_path = site_.JointConfig();
  charter.file = File("joint.charter", site_.JointCharter({{"  min_rows: 50\n", "  min_rows: 40\n"}}).Text());
  EXPECT_THAT(Run(PinCharterFile, charter),
              AllOf(HasSubstr("than the charter of Heart Federation"), HasSubstr("floors.min_rows is 40, before 50")));
  EXPECT_EQ(ReadCharterPin(site_.joint().State(), "").value_or("?"), "");
  File("joint.charter", site_.JointCharter().Text());
  Run(PinCharterFile, charter);
  EXPECT_TRUE(status_.ok()) << status_;
  EXPECT_THAT(Run(ShowJoint, joint_), AllOf(HasSubstr("Anchor of Heart Federation"), HasSubstr("Anchor of Lung"),
                                            HasSubstr("under the charters of")));
}

TEST_F(JointCommandsTest, CharterThatIsPinnedAlreadyIsHeldAgainstBoth) {
  ASSERT_TRUE(PinCharter(site_.joint().State(), site_.JointCharter({{"  min_rows: 50\n", "  min_rows: 40\n"}})).ok());
  EXPECT_THAT(Run(PinJoint, joint_), HasSubstr("floors.min_rows is 40, before 50"));
  EXPECT_FALSE(IsPinned());
}

}  // namespace
}  // namespace accord
