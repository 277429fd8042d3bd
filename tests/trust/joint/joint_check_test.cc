#include "trust/joint/joint_check.h"

#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/joint/two_federations.h"
#include "trust/joint/anchor_check.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Everything that a site of the hearts holds the joint federation against. A test changes one thing of it.
struct WholeJoint {
  explicit WholeJoint(TwoFederations& federations)
      : own_charter(federations.HeartCharter()),
        own_roster(federations.HeartRoster()),
        other_charter(federations.LungCharter()),
        other_roster(federations.LungRoster()),
        charter(federations.JointCharter(own_charter, other_charter)),
        roster(federations.JointRoster()),
        own_anchor(
            TwoFederations::SignedByAllOf(federations.hearts().sites(), federations.AnchorOf(own_roster, own_charter))),
        other_anchor(
            TwoFederations::SignedByAllOf(federations.lungs(), federations.AnchorOf(other_roster, other_charter))) {}

  JointCase Case() const {
    return {charter, roster, own_charter, own_roster, own_anchor, other_charter, other_roster, other_anchor};
  }
  std::string Faults() const { return std::string(CheckJoint(Case()).message()); }
  std::string FaultsAt(absl::Time now) const { return std::string(CheckJointTime(Case(), now).message()); }

  Charter own_charter;
  Roster own_roster;
  Charter other_charter;
  Roster other_roster;
  Charter charter;
  Roster roster;
  SignedAnchor own_anchor;
  SignedAnchor other_anchor;
};

class JointCheckTest : public ::testing::Test {
 protected:
  TwoFederations federations_;
  WholeJoint joint_{federations_};
};

TEST_F(JointCheckTest, JoinedFederationHoldsForBoth) {
  EXPECT_EQ(joint_.Faults(), "");
  EXPECT_EQ(joint_.FaultsAt(TwoFederations::Now()), "");
  const JointCase from_there = {joint_.charter,      joint_.roster,      joint_.other_charter, joint_.other_roster,
                                joint_.other_anchor, joint_.own_charter, joint_.own_roster,    joint_.own_anchor};
  EXPECT_TRUE(CheckJoint(from_there).ok()) << CheckJoint(from_there);
}

TEST_F(JointCheckTest, FieldThatLoosensTheOwnCharterIsNamed) {
  joint_.own_charter = federations_.HeartCharter({{"  min_rows: 50\n", "  min_rows: 80\n"}});
  EXPECT_THAT(joint_.Faults(), AllOf(HasSubstr("than the charter of Heart Federation, heart-network version 1"),
                                     HasSubstr("floors.min_rows is 50, before 80"),
                                     Not(HasSubstr("than the charter of Lung Federation"))));
}

TEST_F(JointCheckTest, FieldThatLoosensTheOthersCharterIsNamed) {
  const Charter strict = federations_.LungCharter({{"minimum_cell: 10", "minimum_cell: 20"}});
  const Anchor anchor = federations_.AnchorOf(joint_.other_roster, strict);
  joint_.other_charter = strict;
  joint_.other_anchor = TwoFederations::SignedByAllOf(federations_.lungs(), anchor);
  EXPECT_THAT(joint_.Faults(), AllOf(HasSubstr("than the charter of Lung Federation, lung-network version 1"),
                                     HasSubstr("floors.minimum_cell is 10, before 20"),
                                     Not(HasSubstr("than the charter of Heart Federation"))));
}

TEST_F(JointCheckTest, AllReasonsAreToldAtOnce) {
  joint_.charter =
      federations_.JointCharter(joint_.own_charter, joint_.other_charter,
                                {{"  min_rows: 50\n", "  min_rows: 49\n"}, {"each_site: true", "each_site: false"}});
  EXPECT_THAT(joint_.Faults(), AllOf(HasSubstr("Heart Federation"), HasSubstr("Lung Federation"),
                                     HasSubstr("min_rows is 49"), HasSubstr("sites are not asked")));
}

TEST_F(JointCheckTest, FewerThanAllSitesDoNotMakeItActive) {
  joint_.charter = federations_.JointCharter(joint_.own_charter, joint_.other_charter,
                                             {{"amendments:\n  sites: 0\n", "amendments:\n  sites: 5\n"}});
  EXPECT_THAT(joint_.Faults(), HasSubstr("signed by all sites of both federations"));
}

TEST_F(JointCheckTest, ThirdPartyInTheRosterIsFound) {
  ExampleSites more = federations_.joint();
  more.Add("stranger", "Stranger Clinic");
  RosterTerms terms = federations_.JointTerms();
  terms.sites = more.entries();
  terms.organisations.push_back("Stranger Clinic");
  terms.quorum = 5;  // of eight
  joint_.roster = TwoFederations::Parsed(terms);
  EXPECT_THAT(
      joint_.Faults(),
      AllOf(HasSubstr("site stranger of Stranger Clinic does not belong to Heart Federation and Lung Federation"),
            HasSubstr("no anchor names it"), HasSubstr("the organisation Stranger Clinic is in neither")));
}

TEST_F(JointCheckTest, OtherKeyBehindAMembersNameIsFound) {
  ExampleSites false_keys;
  false_keys.Add("oslo", "Rikshospitalet");
  RosterTerms terms = federations_.JointTerms();
  for (RosterEntry& site : terms.sites) {
    if (site.site == "oslo") site.public_key_der = false_keys.signer("oslo").public_key_der();
  }
  joint_.roster = TwoFederations::Parsed(terms);
  EXPECT_THAT(joint_.Faults(), AllOf(HasSubstr("site oslo"), HasSubstr("has another key for it")));
}

TEST_F(JointCheckTest, MemberOfAnotherOrganisationIsFound) {
  RosterTerms terms = federations_.JointTerms();
  for (RosterEntry& site : terms.sites) {
    if (site.site == "oslo") site.organisation = "Karolinska";
  }
  std::erase(terms.organisations, "Rikshospitalet");
  joint_.roster = TwoFederations::Parsed(terms);
  EXPECT_THAT(joint_.Faults(), AllOf(HasSubstr("site oslo of Karolinska"), HasSubstr("it is of Rikshospitalet")));
}

TEST_F(JointCheckTest, OneFederationDoesNotSpeakForASiteOfTheOther) {
  // The lungs list a site va of the same hospital too, with a key of their own for it, here and in the joint one.
  ExampleSites lungs = federations_.lungs();
  lungs.Add("va", "V.A. Medical Center");
  RosterTerms terms = federations_.LungTerms();
  terms.sites = lungs.entries();
  terms.organisations.push_back("V.A. Medical Center");
  terms.quorum = 3;
  joint_.other_roster = TwoFederations::Parsed(terms);
  Anchor anchor = federations_.AnchorOf(joint_.other_roster, joint_.other_charter);
  anchor.members.back().public_key_der = lungs.signer("va").public_key_der();
  joint_.other_anchor = TwoFederations::SignedByAllOf(lungs, anchor);
  EXPECT_THAT(joint_.Faults(), HasSubstr("its anchor of Lung Federation has another key for it"));
  RosterTerms taken = federations_.JointTerms();
  for (RosterEntry& site : taken.sites) {
    if (site.site == "va") site.public_key_der = lungs.signer("va").public_key_der();
  }
  joint_.roster = TwoFederations::Parsed(taken);
  EXPECT_THAT(joint_.Faults(), HasSubstr("its anchor of Heart Federation has another key for it"));
  Anchor without = joint_.own_anchor.anchor();
  without.members.pop_back();  // va takes no part
  joint_.own_anchor = TwoFederations::SignedByAllOf(federations_.hearts().sites(), without);
  EXPECT_THAT(joint_.Faults(), HasSubstr("Heart Federation has this site, and does not name it as a member"));
}

TEST_F(JointCheckTest, PersonWhomNobodyKnowsIsFound) {
  ExampleSites keys;
  keys.Add("mallory", "Charité");
  RosterTerms terms = federations_.JointTerms();
  terms.people.push_back({"mallory", "Mallory", "Charité", {v1::ROLE_LEAD}, keys.signer("mallory").public_key_der()});
  joint_.roster = TwoFederations::Parsed(terms);
  EXPECT_THAT(joint_.Faults(), HasSubstr("person mallory is in neither roster"));
  terms.people = {{"ada",
                   "Ada Byron",
                   "Cleveland Clinic",
                   {v1::ROLE_ENGINEER},
                   federations_.hearts().person("ada").public_key_der()}};
  joint_.roster = TwoFederations::Parsed(terms);
  EXPECT_EQ(joint_.Faults(), "") << "whom the joint charter lists";
}

TEST_F(JointCheckTest, PersonWhoseKeyEitherRosterRevokedIsFoundInTheJointCharterToo) {
  RosterTerms terms = federations_.LungTerms();
  terms.version = 2;
  terms.previous = joint_.other_roster.hash();
  terms.revoked = {{.of_site = false,
                    .id = "ada",
                    .public_key_der = federations_.hearts().person("ada").public_key_der(),
                    .reason = "stolen laptop"}};
  joint_.other_roster = TwoFederations::Parsed(terms);
  joint_.other_anchor = TwoFederations::SignedByAllOf(federations_.lungs(),
                                                      federations_.AnchorOf(joint_.other_roster, joint_.other_charter));
  EXPECT_THAT(joint_.Faults(),
              HasSubstr("the joint charter lists person ada, whose key the roster revoked: stolen laptop"));
}

TEST_F(JointCheckTest, AnchorForAnotherCollaborationCountsForNothing) {
  Anchor anchor = joint_.other_anchor.anchor();
  anchor.joint = "Lungs and Livers";
  joint_.other_anchor = TwoFederations::SignedByAllOf(federations_.lungs(), anchor);
  EXPECT_THAT(joint_.Faults(), HasSubstr("the anchor of Lung Federation is for Lungs and Livers"));
}

TEST_F(JointCheckTest, CharterThatTheAnchorDoesNotNameCountsForNothing) {
  joint_.other_charter = federations_.LungCharter({{"min_rows: 50", "min_rows: 10"}});
  EXPECT_THAT(joint_.Faults(), HasSubstr("the anchor of Lung Federation names the charter"));
}

TEST_F(JointCheckTest, OneFederationIsNotBoth) {
  joint_.other_anchor = joint_.own_anchor;
  joint_.other_roster = joint_.own_roster;
  joint_.other_charter = joint_.own_charter;
  EXPECT_THAT(joint_.Faults(), HasSubstr("both anchors are of Heart Federation"));
}

TEST_F(JointCheckTest, EachPartHasItsTime) {
  EXPECT_THAT(joint_.FaultsAt(At("2027-05-01T00:00:00Z")),
              AllOf(HasSubstr("the anchor of Heart Federation was valid until"),
                    HasSubstr("the anchor of Lung Federation was valid until")));
  EXPECT_THAT(joint_.FaultsAt(At("2028-01-01T00:00:00Z")),
              AllOf(HasSubstr("the charter of Heart Federation"), HasSubstr("the charter of Lung Federation"),
                    HasSubstr("the roster of Lung Federation, version 1, was valid until")));
}

}  // namespace
}  // namespace accord
