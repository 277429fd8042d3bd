// When a roster follows another one: each way in which somebody could try to get one through that should not.
#include "trust/roster/succession.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/roster/example_chain.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Succession : public ::testing::Test {
 protected:
  std::string Fault(const SignedRoster& next) const {
    const absl::Status step = CheckStep(first_, next);
    EXPECT_EQ(step.code(), absl::StatusCode::kFailedPrecondition);
    return std::string(step.message());
  }

  ExampleChain chain_;
  const Roster first_ = chain_.FirstRoster();
};

TEST_F(Succession, HoldsWithTheSignaturesOfTheQuorum) {
  const SignedRoster next = chain_.Renewed(first_);
  EXPECT_TRUE(CheckStep(first_, next).ok()) << CheckStep(first_, next);
  EXPECT_EQ(next.roster()->version(), 2u);
  // And on from there.
  EXPECT_TRUE(CheckStep(*next.roster(), chain_.Renewed(*next.roster(), 360)).ok());
}

TEST_F(Succession, SurvivesTheFile) {
  RosterChanges changes = ExampleChain::Renewal();
  changes.removed_sites = {"va"};
  const SignedRoster next = chain_.SignedNext(first_, changes, {"cleveland", "hungarian", "va"});
  const auto again = SignedRoster::Parse(next.Text());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->Text(), next.Text());
  EXPECT_THAT(next.Text(), HasSubstr("\nformer va "));
  EXPECT_TRUE(CheckStep(first_, *again).ok()) << CheckStep(first_, *again);
}

TEST_F(Succession, OneOrganisationFewerIsNotEnough) {
  const SignedRoster next = chain_.SignedNext(first_, ExampleChain::Renewal(), {"cleveland", "hungarian"});
  EXPECT_THAT(Fault(next), HasSubstr("3 organisations of the roster before must sign it, and 2 did"));
  EXPECT_THAT(Fault(next), HasSubstr("Universitätsspital Zürich, V.A. Medical Center"));
}

TEST_F(Succession, TwoSitesOfOneOrganisationAreOneVoice) {
  const SignedRoster next = chain_.SignedNext(first_, ExampleChain::Renewal(), {"cleveland", "euclid", "hungarian"});
  EXPECT_THAT(Fault(next), HasSubstr("and 2 did"));
}

TEST_F(Succession, OneStolenKeyBringsNoSiteIn) {
  chain_.sites().Add("mallory", "Cleveland Clinic");
  RosterChanges changes = ExampleChain::Renewal();
  changes.sites = {chain_.sites().entries().back()};
  EXPECT_THAT(Fault(chain_.SignedNext(first_, changes, {"cleveland", "mallory"})), HasSubstr("and 1 did"));
}

TEST_F(Succession, ANewSiteSignsForItsOwnKey) {
  chain_.sites().Add("basel", "Basel");
  RosterChanges changes = ExampleChain::Renewal();
  changes.sites = {chain_.sites().entries().back()};
  EXPECT_THAT(Fault(chain_.SignedNext(first_, changes, {"cleveland", "hungarian", "va"})),
              HasSubstr("not signed by basel itself"));
  EXPECT_TRUE(CheckStep(first_, chain_.SignedNext(first_, changes, {"basel", "cleveland", "hungarian", "va"})).ok());
}

TEST_F(Succession, ASignatureByANewKeyDoesNotCountForTheQuorum) {
  chain_.sites().Add("basel", "Basel");
  RosterChanges changes = ExampleChain::Renewal();
  changes.sites = {chain_.sites().entries().back()};
  EXPECT_THAT(Fault(chain_.SignedNext(first_, changes, {"basel", "cleveland", "hungarian"})), HasSubstr("and 2 did"));
}

TEST_F(Succession, AChangedKeySignsForItselfAndTheFormerOneCounts) {
  ExampleSites renewed;
  renewed.Add("va", "V.A. Medical Center");
  RosterChanges changes = ExampleChain::Renewal();
  changes.sites = renewed.entries();
  SignedRoster next = chain_.SignedNext(first_, changes, {"cleveland", "hungarian", "va"});
  EXPECT_THAT(Fault(next), HasSubstr("not signed by va itself"));
  ASSERT_TRUE(next.SignAfter(first_, "va", renewed.signer("va")).ok());
  EXPECT_TRUE(CheckStep(first_, next).ok()) << CheckStep(first_, next);
  EXPECT_THAT(ExamineStep(first_, next).organisations,
              ElementsAre("Cleveland Clinic", "Magyar Kardiológiai Intézet", "V.A. Medical Center"));
}

TEST_F(Succession, ASiteThatIsToBelongToAnotherOrganisationSigns) {
  RosterChanges changes = ExampleChain::Renewal();
  changes.sites = {{"euclid", "V.A. Medical Center", chain_.sites().signer("euclid").public_key_der()}};
  EXPECT_THAT(Fault(chain_.SignedNext(first_, changes, {"cleveland", "hungarian", "va"})),
              HasSubstr("not signed by euclid itself"));
  EXPECT_TRUE(CheckStep(first_, chain_.SignedNext(first_, changes, {"cleveland", "euclid", "hungarian", "va"})).ok());
}

TEST_F(Succession, TheKeyThatIsRevokedDoesNotCount) {
  RosterChanges changes = ExampleChain::Renewal();
  changes.revocations = {{true, "va", "stolen"}};
  EXPECT_THAT(Fault(chain_.SignedNext(first_, changes, {"cleveland", "hungarian", "va"})), HasSubstr("and 2 did"));
  EXPECT_TRUE(CheckStep(first_, chain_.SignedNext(first_, changes, {"cleveland", "hungarian", "switzerland"})).ok());
}

TEST_F(Succession, ARevocationStays) {
  RosterChanges changes = ExampleChain::Renewal();
  changes.revocations = {{true, "va", "stolen"}};
  const Roster second = ExampleChain::Next(first_, changes);
  RosterTerms terms = second.terms();
  terms.version = 3;
  terms.previous = second.hash();
  terms.revoked.clear();
  SignedRoster third(ParsedRoster(Roster::Write(terms)));
  for (const char* site : {"cleveland", "hungarian", "switzerland"}) {
    ASSERT_TRUE(third.Sign(site, chain_.sites().signer(site)).ok());
  }
  EXPECT_THAT(std::string(CheckStep(second, third).message()),
              HasSubstr("the revocation of the key of site va is not in it any more"));
}

TEST_F(Succession, NobodyHiresPeopleForAnotherOrganisation) {
  RosterChanges changes = ExampleChain::Renewal();
  changes.people = {chain_.Person("dora", {v1::ROLE_OMBUDSMAN})};
  EXPECT_THAT(
      Fault(chain_.SignedNext(first_, changes, {"cleveland", "hungarian", "switzerland"})),
      HasSubstr("person dora is new or changed, and no site of V.A. Medical Center in the roster before has signed"
                " for it"));
  EXPECT_TRUE(CheckStep(first_, chain_.SignedNext(first_, changes, {"cleveland", "hungarian", "va"})).ok());
}

TEST_F(Succession, NobodyGivesAnothersPersonANewRole) {
  RosterChanges changes = ExampleChain::Renewal();
  changes.people = {chain_.Person("ada", {v1::ROLE_OMBUDSMAN})};
  EXPECT_THAT(Fault(chain_.SignedNext(first_, changes, {"va", "hungarian", "switzerland"})),
              HasSubstr("no site of Cleveland Clinic in the roster before has signed for it"));
}

TEST_F(Succession, ASiteThatOthersBringInDoesNotHireForTheOrganisation) {
  chain_.sites().Add("mallory", "V.A. Medical Center");
  RosterChanges changes = ExampleChain::Renewal();
  changes.sites = {chain_.sites().entries().back()};
  changes.people = {chain_.Person("dora", {v1::ROLE_OMBUDSMAN})};
  const std::string fault =
      Fault(chain_.SignedNext(first_, changes, {"cleveland", "hungarian", "mallory", "switzerland"}));
  EXPECT_THAT(fault, HasSubstr("site mallory is new there, and no site of V.A. Medical Center in the roster before"));
  EXPECT_THAT(fault, HasSubstr("person dora is new or changed, and no site of V.A. Medical Center in the roster"));
  EXPECT_TRUE(CheckStep(first_, chain_.SignedNext(first_, changes, {"cleveland", "hungarian", "mallory", "va"})).ok());
}

TEST_F(Succession, OthersBringNoSiteIntoAnOrganisation) {
  chain_.sites().Add("mallory", "V.A. Medical Center");
  RosterChanges changes = ExampleChain::Renewal();
  changes.sites = {chain_.sites().entries().back()};
  EXPECT_THAT(Fault(chain_.SignedNext(first_, changes, {"cleveland", "hungarian", "mallory", "switzerland"})),
              HasSubstr("site mallory is new there"));
}

TEST_F(Succession, AnOrganisationWhoseKeysAreAllRevokedComesBackByItsNewSite) {
  ExampleSites renewed;
  renewed.Add("va", "V.A. Medical Center");
  RosterChanges changes = ExampleChain::Renewal();
  changes.revocations = {{true, "va", "stolen"}};
  changes.sites = renewed.entries();
  changes.people = {chain_.Person("dora", {v1::ROLE_OMBUDSMAN})};
  SignedRoster next = chain_.SignedNext(first_, changes, {"cleveland", "hungarian", "switzerland"});
  ASSERT_TRUE(next.SignAfter(first_, "va", renewed.signer("va")).ok());
  EXPECT_TRUE(CheckStep(first_, next).ok()) << CheckStep(first_, next);
}

TEST_F(Succession, ANewOrganisationVouchesForItsOwnPeople) {
  chain_.sites().Add("basel", "Basel");
  RosterChanges changes = ExampleChain::Renewal();
  changes.sites = {chain_.sites().entries().back()};
  RosterPerson person = chain_.Person("dora", {v1::ROLE_OMBUDSMAN});
  person.organisation = "Basel";
  changes.people = {person};
  EXPECT_TRUE(CheckStep(first_, chain_.SignedNext(first_, changes, {"basel", "cleveland", "hungarian", "va"})).ok());
  EXPECT_THAT(Fault(chain_.SignedNext(first_, changes, {"cleveland", "hungarian", "va"})),
              HasSubstr("no site of Basel has signed for it"));
}

TEST_F(Succession, AVersionIsNotSkipped) {
  RosterTerms terms = first_.terms();
  terms.version = 3;
  terms.previous = first_.hash();
  SignedRoster next(ParsedRoster(Roster::Write(terms)));
  for (const RosterEntry& site : chain_.sites().entries()) {
    ASSERT_TRUE(next.Sign(site.site, chain_.sites().signer(site.site)).ok());
  }
  EXPECT_THAT(Fault(next), HasSubstr("it is version 3; expected 2"));
}

TEST_F(Succession, APredecessorOfAnotherFederationIsNone) {
  RosterTerms terms = first_.terms();
  terms.federation = "Heart Federation of Europe";
  terms.version = 2;
  terms.previous = first_.hash();
  SignedRoster next(ParsedRoster(Roster::Write(terms)));
  for (const RosterEntry& site : chain_.sites().entries()) {
    ASSERT_TRUE(next.Sign(site.site, chain_.sites().signer(site.site)).ok());
  }
  EXPECT_THAT(Fault(next), HasSubstr("it is of the federation Heart Federation of Europe"));
}

TEST_F(Succession, FollowsTheOneThatItNamesAlone) {
  const SignedRoster second = chain_.Renewed(first_);
  const SignedRoster third = chain_.Renewed(*second.roster(), 360);
  EXPECT_THAT(Fault(third), HasSubstr(absl::StrCat("it follows ", HexDigest(second.roster()->hash()))));
  EXPECT_THAT(Fault(chain_.First()), HasSubstr("it follows no roster"));
}

TEST_F(Succession, OneBadSignatureRefusesTheFile) {
  std::string text =
      chain_.SignedNext(first_, ExampleChain::Renewal(), {"cleveland", "hungarian", "switzerland", "va"}).Text();
  const size_t at = text.find("\nhungarian ") + 11;
  text[at] = text[at] == 'A' ? 'B' : 'A';
  EXPECT_THAT(Fault(*SignedRoster::Parse(text)), HasSubstr("a signature is not good of hungarian"));
}

TEST_F(Succession, AFormerSignatureOfWhoWasNeverListedIsBad) {
  const SignedRoster next = chain_.Renewed(first_);
  const std::string line = next.Text().substr(next.Text().find("\nva ") + 4);
  const auto forged = SignedRoster::Parse(absl::StrCat(next.Text(), "former zurich ", line));
  ASSERT_TRUE(forged.ok()) << forged.status();
  EXPECT_THAT(Fault(*forged), HasSubstr("not good of zurich (by its former key)"));
}

TEST_F(Succession, ARosterOfTheEarlierFormatIsFollowedWithTheWordOfAll) {
  const Roster earlier = FourHospitals().Listed();
  ExampleSites sites = FourHospitals();
  const Roster before = sites.Listed();
  SignedRoster next(ParsedRoster(DraftNextRoster(before, ExampleChain::Renewal())));
  EXPECT_EQ(next.roster()->version(), 2u);
  EXPECT_EQ(next.roster()->quorum(), 3u);  // from now on
  for (const char* site : {"cleveland", "hungarian", "va"}) ASSERT_TRUE(next.Sign(site, sites.signer(site)).ok());
  EXPECT_THAT(std::string(CheckStep(before, next).message()), HasSubstr("4 organisations"));
  ASSERT_TRUE(next.Sign("switzerland", sites.signer("switzerland")).ok());
  EXPECT_TRUE(CheckStep(before, next).ok()) << CheckStep(before, next);
}

TEST_F(Succession, AFirstOneHasNoSignaturesOfFormerKeys) {
  const std::string text = chain_.First().Text();
  const std::string line = text.substr(text.find("\nva ") + 1);
  EXPECT_THAT(std::string(SignedRoster::Parse(absl::StrCat(text, "former ", line)).status().message()),
              HasSubstr("the roster follows no other one"));
}

TEST_F(Succession, MergesSignaturesOfFormerKeys) {
  RosterChanges changes = ExampleChain::Renewal();
  changes.removed_sites = {"va"};
  SignedRoster one = chain_.SignedNext(first_, changes, {"cleveland"});
  ASSERT_TRUE(one.MergeFrom(chain_.SignedNext(first_, changes, {"hungarian", "va"}), &first_).ok());
  EXPECT_TRUE(CheckStep(first_, one).ok()) << CheckStep(first_, one);
  EXPECT_THAT(ExamineStep(first_, one).bad, IsEmpty());
}

}  // namespace
}  // namespace accord
