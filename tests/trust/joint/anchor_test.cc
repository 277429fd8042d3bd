#include "trust/joint/anchor.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/joint/two_federations.h"
#include "trust/joint/anchor_check.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AnchorTest : public ::testing::Test {
 protected:
  std::string Faults(const SignedAnchor& anchor, AnchorRoster which = AnchorRoster::kNamed) {
    return std::string(CheckAnchor(anchor, roster_, which).message());
  }

  TwoFederations federations_;
  const Roster roster_ = federations_.LungRoster();
  Anchor anchor_ = federations_.AnchorOf(roster_, federations_.LungCharter());
};

TEST_F(AnchorTest, IsReadBackAsItWasWritten) {
  const SignedAnchor signed_anchor = TwoFederations::SignedByAllOf(federations_.lungs(), anchor_);
  const auto again = SignedAnchor::Parse(signed_anchor.Text());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->anchor(), anchor_);
  EXPECT_EQ(again->Text(), signed_anchor.Text());
  EXPECT_TRUE(CheckAnchor(*again, roster_, AnchorRoster::kNamed).ok());
}

TEST_F(AnchorTest, HasOneSpelling) {
  const std::string bytes = WriteAnchor(anchor_).value();
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"accord-anchor-v1", "accord-anchor-v2"},
      {"roster version: 1", "roster version: 01"},
      {"roster version: 1", "roster version: 0"},
      {"for: Hearts and Lungs", "for: Lung Federation"},
      {"for: Hearts", "for:  Hearts"},
      {"valid until: 2027-05-01", "valid until: 2027-01-01"},
      {"valid until: 2027-05-01", "valid until: 2028-05-01"},
      {"member: charite ", "member: oslo "},
      {"member: charite ", "member: char_ite "},
      {"member: charite M", "member: charite N"},
      {"\nmade: ", "\nmember: x\nmade: "},
  };
  for (const auto& [from, to] : changes) {
    const std::string changed = absl::StrReplaceAll(bytes, {{from, to}});
    ASSERT_NE(changed, bytes) << from;
    EXPECT_FALSE(ParseAnchor(changed).ok()) << to;
  }
  EXPECT_FALSE(ParseAnchor(bytes.substr(0, bytes.size() - 1)).ok());
  EXPECT_FALSE(ParseAnchor(bytes.substr(0, bytes.find("member: "))).ok()) << "an anchor without members";
}

TEST_F(AnchorTest, OneKeyIsNotThatOfTwoMembers) {
  anchor_.members[1].public_key_der = anchor_.members[0].public_key_der;
  EXPECT_THAT(std::string(WriteAnchor(anchor_).status().message()), HasSubstr("has the key of another member"));
}

TEST_F(AnchorTest, IsSignedBySitesAlone) {
  const std::string text = absl::StrReplaceAll(TwoFederations::SignedBy(federations_.lungs(), anchor_, {"oslo"}).Text(),
                                               {{"site/oslo", "person/oslo"}});
  EXPECT_THAT(std::string(SignedAnchor::Parse(text).status().message()), HasSubstr("sites alone"));
}

TEST_F(AnchorTest, HoldsWithTheQuorumAndEachMember) {
  anchor_.members.resize(2);  // charite and karolinska
  const SignedAnchor enough = TwoFederations::SignedBy(federations_.lungs(), anchor_, {"charite", "karolinska"});
  EXPECT_TRUE(CheckAnchor(enough, roster_, AnchorRoster::kNamed).ok()) << Faults(enough);
  const AnchorFindings findings = ExamineAnchor(enough, roster_, AnchorRoster::kNamed);
  EXPECT_EQ(findings.quorum, 2u);
  EXPECT_THAT(findings.organisations, ElementsAre("Charité", "Karolinska"));
  EXPECT_THAT(findings.others, ElementsAre("Rikshospitalet"));
  EXPECT_THAT(DescribeAnchorFindings(findings), HasSubstr("It holds.\n"));
}

TEST_F(AnchorTest, DoesNotHoldWithoutTheQuorum) {
  anchor_.members.resize(1);
  EXPECT_THAT(Faults(TwoFederations::SignedBy(federations_.lungs(), anchor_, {"charite"})),
              AllOf(HasSubstr("2 organisations of the roster must sign it, and 1 did"),
                    HasSubstr("Karolinska, Rikshospitalet")));
  EXPECT_THAT(Faults(TwoFederations::Unsigned(anchor_)), HasSubstr("and 0 did"));
}

TEST_F(AnchorTest, DoesNotHoldWhereAMemberDidNotSignForItsKey) {
  EXPECT_THAT(Faults(TwoFederations::SignedBy(federations_.lungs(), anchor_, {"charite", "karolinska"})),
              HasSubstr("named as members, and not signed by oslo itself"));
}

TEST_F(AnchorTest, ForgedSignatureRefusesItWhateverElseItHas) {
  SignedAnchor anchor = TwoFederations::SignedByAllOf(federations_.lungs(), anchor_);
  ASSERT_TRUE(anchor.Sign("oslo", federations_.joint().signer("oslo")).ok());  // another key than the roster's
  EXPECT_THAT(Faults(anchor), HasSubstr("a signature is not good of site/oslo"));
  SignedAnchor stranger = TwoFederations::SignedByAllOf(federations_.lungs(), anchor_);
  ASSERT_TRUE(stranger.Sign("va", federations_.hearts().sites().signer("va")).ok());
  EXPECT_THAT(Faults(stranger), HasSubstr("a signature is not good of site/va"));
}

TEST_F(AnchorTest, SignatureOverAnotherAnchorCountsForNothing) {
  const SignedAnchor signed_anchor = TwoFederations::SignedByAllOf(federations_.lungs(), anchor_);
  const std::string text =
      absl::StrReplaceAll(signed_anchor.Text(), {{"for: Hearts and Lungs", "for: Hearts and Lunges"}});
  const auto moved = SignedAnchor::Parse(text);
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_THAT(Faults(*moved), HasSubstr("a signature is not good of site/charite"));
}

TEST_F(AnchorTest, IsOfTheRosterThatItNames) {
  anchor_.roster[0] ^= 1;
  EXPECT_THAT(Faults(TwoFederations::SignedByAllOf(federations_.lungs(), anchor_)),
              HasSubstr("and the one at hand is"));
  RosterTerms later = federations_.LungTerms();
  later.version = 2;
  later.previous = roster_.hash();
  const Roster next = TwoFederations::Parsed(later);
  const SignedAnchor anchor =
      TwoFederations::SignedByAllOf(federations_.lungs(), federations_.AnchorOf(roster_, federations_.LungCharter()));
  EXPECT_FALSE(CheckAnchor(anchor, next, AnchorRoster::kNamed).ok());
  EXPECT_TRUE(CheckAnchor(anchor, next, AnchorRoster::kNewer).ok()) << "one's own roster goes on";
}

TEST_F(AnchorTest, MemberWhomALaterRosterShutOutIsOut) {
  const SignedAnchor anchor = TwoFederations::SignedByAllOf(federations_.lungs(), anchor_);
  RosterTerms later = federations_.LungTerms();
  later.version = 2;
  later.previous = roster_.hash();
  later.sites.pop_back();
  later.organisations.pop_back();
  later.revoked.push_back({true, "oslo", federations_.lungs().signer("oslo").public_key_der(), "stolen"});
  EXPECT_THAT(std::string(CheckAnchor(anchor, TwoFederations::Parsed(later), AnchorRoster::kNewer).message()),
              AllOf(HasSubstr("its member oslo is not in the roster"), HasSubstr("not counted: site/oslo")));
}

TEST_F(AnchorTest, SignerWhomALaterRosterGivesAnotherKeyIsPassedOver) {
  anchor_.members.resize(2);  // charite and karolinska
  const SignedAnchor anchor = TwoFederations::SignedByAllOf(federations_.lungs(), anchor_);
  RosterTerms later = federations_.LungTerms();
  later.version = 2;
  later.previous = roster_.hash();
  later.sites.back().public_key_der = federations_.joint().signer("oslo").public_key_der();
  const Roster rekeyed = TwoFederations::Parsed(later);
  EXPECT_TRUE(CheckAnchor(anchor, rekeyed, AnchorRoster::kNewer).ok());
  const AnchorFindings findings = ExamineAnchor(anchor, rekeyed, AnchorRoster::kNewer);
  EXPECT_THAT(findings.passed_over, ElementsAre("site/oslo"));
  EXPECT_THAT(findings.organisations, ElementsAre("Charité", "Karolinska")) << "it is not counted either";
  EXPECT_THAT(DescribeAnchorFindings(findings), AllOf(HasSubstr("site/oslo: not counted"), HasSubstr("It holds.\n")));
}

TEST_F(AnchorTest, QuorumAndMembersAreCountedWithoutTheSignersOfFormerKeys) {
  RosterTerms later = federations_.LungTerms();
  later.version = 2;
  later.previous = roster_.hash();
  later.sites.back().public_key_der = federations_.joint().signer("oslo").public_key_der();
  const Roster rekeyed = TwoFederations::Parsed(later);
  EXPECT_THAT(std::string(CheckAnchor(TwoFederations::SignedByAllOf(federations_.lungs(), anchor_), rekeyed,
                                      AnchorRoster::kNewer)
                              .message()),
              HasSubstr("named as members, and not signed by oslo itself"));
  anchor_.members.resize(1);
  EXPECT_THAT(std::string(CheckAnchor(TwoFederations::SignedBy(federations_.lungs(), anchor_, {"charite", "oslo"}),
                                      rekeyed, AnchorRoster::kNewer)
                              .message()),
              HasSubstr("2 organisations of the roster must sign it, and 1 did"));
}

TEST_F(AnchorTest, ForgedSignatureRefusesOnesOwnOfTheRosterInForce) {
  SignedAnchor anchor = TwoFederations::SignedByAllOf(federations_.lungs(), anchor_);
  ASSERT_TRUE(anchor.Sign("oslo", federations_.joint().signer("oslo")).ok());
  EXPECT_THAT(Faults(anchor, AnchorRoster::kNewer), HasSubstr("a signature is not good of site/oslo"));
}

TEST_F(AnchorTest, DoesNotOutliveItsRoster) {
  RosterTerms ends = federations_.LungTerms();
  ends.valid_until = At("2027-04-01T00:00:00Z");
  const Roster roster = TwoFederations::Parsed(ends);
  const SignedAnchor anchor =
      TwoFederations::SignedByAllOf(federations_.lungs(), federations_.AnchorOf(roster, federations_.LungCharter()));
  EXPECT_THAT(std::string(CheckAnchor(anchor, roster, AnchorRoster::kNamed).message()),
              HasSubstr("and the roster only until 2027-04-01"));
}

TEST_F(AnchorTest, HasItsTime) {
  EXPECT_TRUE(CheckAnchorTime(anchor_, TwoFederations::Now()).ok());
  EXPECT_THAT(std::string(CheckAnchorTime(anchor_, anchor_.valid_until).message()), HasSubstr("was valid until"));
  EXPECT_THAT(std::string(CheckAnchorTime(anchor_, At("2027-01-01T00:00:00Z")).message()), HasSubstr("yet to come"));
}

TEST_F(AnchorTest, OlderOneIsNotTakenAgain) {
  Anchor newer = anchor_;
  newer.made += absl::Hours(24);
  EXPECT_TRUE(CheckAnchorFollows(anchor_, newer).ok());
  EXPECT_TRUE(CheckAnchorFollows(anchor_, anchor_).ok());
  EXPECT_THAT(std::string(CheckAnchorFollows(newer, anchor_).message()), HasSubstr("an older one is not taken again"));
  Anchor back = newer;
  newer.roster_version = 2;
  EXPECT_THAT(std::string(CheckAnchorFollows(newer, back).message()), HasSubstr("older"));
  Anchor forked = anchor_;
  forked.roster[5] ^= 1;
  EXPECT_THAT(std::string(CheckAnchorFollows(anchor_, forked).message()), HasSubstr("ANOTHER roster of version 1"));
  Anchor elsewhere = anchor_;
  elsewhere.joint = "Lungs and Livers";
  EXPECT_THAT(std::string(CheckAnchorFollows(anchor_, elsewhere).message()), HasSubstr("not of the collaboration"));
}

TEST_F(AnchorTest, FilesAreMerged) {
  SignedAnchor one = TwoFederations::SignedBy(federations_.lungs(), anchor_, {"charite"});
  const SignedAnchor other = TwoFederations::SignedBy(federations_.lungs(), anchor_, {"karolinska", "oslo"});
  ASSERT_TRUE(one.MergeFrom(other).ok());
  EXPECT_TRUE(CheckAnchor(one, roster_, AnchorRoster::kNamed).ok());
  const SignedAnchor again = TwoFederations::SignedBy(federations_.lungs(), anchor_, {"oslo"});  // another nonce
  EXPECT_THAT(std::string(one.MergeFrom(again).message()), HasSubstr("both files have a signature of site/oslo"));
  anchor_.made += absl::Seconds(1);
  EXPECT_FALSE(one.MergeFrom(TwoFederations::Unsigned(anchor_)).ok());
}

}  // namespace
}  // namespace accord
