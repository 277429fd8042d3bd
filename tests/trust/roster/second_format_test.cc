// Rosters of the second format as texts.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/roster/example_chain.h"
#include "trust/roster/roster.h"
#include "trust/roster/roster_lines.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Fault(const std::string& bytes) {
  const auto roster = Roster::Parse(bytes);
  EXPECT_EQ(roster.status().code(), absl::StatusCode::kInvalidArgument) << bytes;
  return std::string(roster.status().message());
}

class SecondFormat : public ::testing::Test {
 protected:
  // What the first one reads like with a change of its text.
  std::string With(absl::string_view from, absl::string_view to) const {
    EXPECT_THAT(bytes_, HasSubstr(std::string(from)));
    return absl::StrReplaceAll(bytes_, {{from, to}});
  }

  ExampleChain chain_;
  const std::string bytes_ = chain_.FirstRoster().bytes();
};

TEST_F(SecondFormat, IsTheTextThatIsDocumented) {
  RosterChanges changes = ExampleChain::Renewal();
  changes.revocations = {{true, "va", "stolen laptop"}};
  changes.people = {chain_.Person("dora", {v1::ROLE_OMBUDSMAN})};
  const Roster first = chain_.FirstRoster();
  const Roster second = ExampleChain::Next(first, changes);
  const std::vector<std::string> lines = absl::StrSplit(second.bytes(), '\n');
  const auto key = [](const KeyPairSigner& signer) { return absl::Base64Escape(signer.public_key_der()); };
  EXPECT_THAT(
      lines,
      ElementsAre("accord-roster-v2", "federation: Heart Federation", "version: 2",
                  "previous: " + HexDigest(first.hash()), "quorum: 3", "valid until: 2028-01-10T08:00:00Z",
                  "organisation: Cleveland Clinic", "organisation: Magyar Kardiológiai Intézet",
                  "organisation: Universitätsspital Zürich", "organisation: V.A. Medical Center",
                  "site: cleveland | organisation: Cleveland Clinic | key: " + key(chain_.sites().signer("cleveland")),
                  "site: euclid | organisation: Cleveland Clinic | key: " + key(chain_.sites().signer("euclid")),
                  "site: hungarian | organisation: Magyar Kardiológiai Intézet | key: " +
                      key(chain_.sites().signer("hungarian")),
                  "site: switzerland | organisation: Universitätsspital Zürich | key: " +
                      key(chain_.sites().signer("switzerland")),
                  "person: ada | name: Dr ada | organisation: Cleveland Clinic | roles: engineer, lead | key: " +
                      key(chain_.person("ada")),
                  "person: dora | name: Dr dora | organisation: V.A. Medical Center | roles: ombudsman | key: " +
                      key(chain_.person("dora")),
                  "revoked site: va | key: " + key(chain_.sites().signer("va")) + " | reason: stolen laptop", ""));
}

TEST_F(SecondFormat, GivesBackWhatWasWritten) {
  const Roster roster = chain_.FirstRoster();
  EXPECT_EQ(roster.version(), 1u);
  EXPECT_FALSE(roster.previous().has_value());
  EXPECT_EQ(roster.quorum(), 3u);
  EXPECT_EQ(roster.valid_until(), kChainEnds);
  EXPECT_EQ(roster.organisations().size(), 4u);
  ASSERT_NE(roster.FindPerson("ada"), nullptr);
  EXPECT_EQ(*roster.FindPerson("ada"), chain_.Person("ada", {v1::ROLE_ENGINEER, v1::ROLE_LEAD}));
  EXPECT_EQ(roster.FindPerson("bob"), nullptr);
  EXPECT_EQ(roster.ShutOut("va"), nullptr);
  EXPECT_EQ(ParsedRoster(Roster::Write(roster.terms())).hash(), roster.hash());
}

TEST_F(SecondFormat, EarlierFormatCountsAsVersionOneThatAllMustFollowAndNeverEnds) {
  const Roster roster = FourHospitals().Listed();
  EXPECT_EQ(roster.version(), 1u);
  EXPECT_EQ(roster.quorum(), 4u);
  EXPECT_EQ(roster.valid_until(), absl::InfiniteFuture());
  EXPECT_FALSE(roster.previous().has_value());
}

TEST_F(SecondFormat, KnowsWhoIsShutOut) {
  RosterChanges changes = ExampleChain::Renewal();
  changes.revocations = {{true, "va", "stolen laptop"}, {true, "cleveland", "left a backup on a train"}};
  const std::string old_key = chain_.sites().signer("cleveland").public_key_der();
  ExampleSites renewed;
  renewed.Add("cleveland", "Cleveland Clinic");
  changes.sites = renewed.entries();
  const Roster roster = ExampleChain::Next(chain_.FirstRoster(), changes);
  ASSERT_NE(roster.ShutOut("va"), nullptr);
  EXPECT_EQ(roster.ShutOut("va")->reason, "stolen laptop");
  EXPECT_EQ(roster.ShutOut("cleveland"), nullptr);  // it came back with another key
  EXPECT_NE(roster.FindRevoked(old_key), nullptr);
  EXPECT_EQ(roster.ShutOut("basel"), nullptr);
}

TEST_F(SecondFormat, RefusesEveryTruncation) {
  for (size_t size = 0; size < bytes_.size(); ++size) {
    const auto roster = Roster::Parse(bytes_.substr(0, size));
    if (roster.ok()) {
      EXPECT_EQ(bytes_[size - 1], '\n');  // fewer lines of people are another roster
      EXPECT_NE(roster->hash(), chain_.FirstRoster().hash());
    }
  }
}

TEST_F(SecondFormat, SurvivesEveryChangedByteAndNeverKeepsItsHash) {
  const Roster roster = chain_.FirstRoster();
  for (size_t i = 0; i < bytes_.size(); ++i) {
    for (const int flip : {0x01, 0x20, 0x80}) {
      std::string mutant = bytes_;
      mutant[i] = static_cast<char>(mutant[i] ^ flip);
      const auto parsed = Roster::Parse(mutant);
      if (!parsed.ok()) continue;
      EXPECT_NE(parsed->hash(), roster.hash());
      EXPECT_EQ(*Roster::Write(parsed->terms()), mutant) << "a second spelling";
    }
  }
}

TEST_F(SecondFormat, RefusesHeadsThatSayNoOneThing) {
  EXPECT_THAT(Fault(With("version: 1", "version: 01")), HasSubstr("line 3 of the roster"));
  EXPECT_THAT(Fault(With("version: 1", "version: 0")), HasSubstr("line 3 of the roster"));
  EXPECT_THAT(Fault(With("version: 1", "version: 1000001")), HasSubstr("line 3 of the roster"));
  EXPECT_THAT(Fault(With("version: 1", "version: 2")), HasSubstr("has no line 'previous: HEX'"));
  EXPECT_THAT(Fault(With("version: 1\n", absl::StrCat("version: 1\nprevious: ", std::string(64, 'a'), "\n"))),
              HasSubstr("the first one follows none"));
  EXPECT_THAT(Fault(With("version: 1\n", "version: 2\nprevious: none\n")), HasSubstr("line 4 of the roster"));
  EXPECT_THAT(Fault(With("valid until: 20", "valid until: 2O")), HasSubstr("line 5 of the roster"));
  EXPECT_THAT(Fault(With("quorum: 3\n", "")), HasSubstr("is not of the form 'quorum: ...'"));
}

TEST_F(SecondFormat, RefusesAQuorumByWhichTwoRostersCouldFollowWithoutACommonSigner) {
  EXPECT_THAT(Fault(With("quorum: 3", "quorum: 2")), HasSubstr("more than half"));
  EXPECT_THAT(Fault(With("quorum: 3", "quorum: 5")), HasSubstr("4 organisations have sites"));
  EXPECT_TRUE(Roster::Parse(With("quorum: 3", "quorum: 4")).ok());
}

TEST_F(SecondFormat, CountsOnlyOrganisationsWithSitesForTheQuorum) {
  // Ten organisations of people alone neither raise nor lower what is more than half.
  std::string listed = bytes_;
  for (const char* name : {"Y1", "Y2", "Y3", "Y4", "Y5", "Y6"}) {
    listed =
        absl::StrReplaceAll(listed, {{"site: cleveland", absl::StrCat("organisation: ", name, "\nsite: cleveland")}});
  }
  EXPECT_TRUE(Roster::Parse(listed).ok()) << Roster::Parse(listed).status();
}

TEST_F(SecondFormat, RefusesAnOrganisationThatHasNoLineOrLooksLikeAnother) {
  EXPECT_THAT(
      Fault(With("site: va | organisation: V.A. Medical Center", "site: va | organisation: V.A. medical center")),
      HasSubstr("names an organisation that has no line of its own"));
  EXPECT_THAT(
      Fault(With("organisation: Cleveland Clinic", "organisation: Cleveland CIinic\norganisation: Cleveland Clinic")),
      HasSubstr("looks like Cleveland C"));
  EXPECT_THAT(Fault(With("organisation: Magyar", "organisation: Cleveland Сlinic\norganisation: Magyar")),
              HasSubstr("line 7 of the roster"));  // a Cyrillic letter
}

TEST_F(SecondFormat, RefusesOneKeyForASiteAndAPerson) {
  RosterTerms terms = chain_.FirstTerms();
  terms.people[0].public_key_der = terms.sites[0].public_key_der;
  EXPECT_THAT(std::string(Roster::Write(terms).status().message()),
              HasSubstr("the key of site cleveland a second time"));
}

TEST_F(SecondFormat, RefusesARevokedKeyThatIsStillListed) {
  RosterTerms terms = chain_.FirstTerms();
  terms.revoked = {{true, "va", chain_.sites().signer("va").public_key_der(), "stolen"}};
  EXPECT_THAT(std::string(Roster::Write(terms).status().message()), HasSubstr("the key of site va a second time"));
}

TEST_F(SecondFormat, RefusesOtherSpellingsOfRoles) {
  for (const char* roles :
       {"lead, engineer", "engineer,lead", "engineer, engineer, lead", "engineer, boss", "", "Engineer"}) {
    EXPECT_THAT(Fault(With("engineer, lead", roles)), HasSubstr("has roles that are not")) << roles;
  }
}

TEST_F(SecondFormat, RefusesLinesOutOfTheirOrder) {
  std::vector<std::string> lines = absl::StrSplit(bytes_, '\n');
  std::swap(lines[lines.size() - 2], lines[lines.size() - 3]);  // a person before a site
  EXPECT_THAT(Fault(absl::StrJoin(lines, "\n")), HasSubstr("is not expected here"));
}

TEST_F(SecondFormat, ReadsAFileOfPeople) {
  const std::string line = bytes_.substr(bytes_.find("person: "));
  const auto people = ReadPeople(line);
  ASSERT_TRUE(people.ok()) << people.status();
  EXPECT_THAT(*people, ElementsAre(chain_.Person("ada", {v1::ROLE_ENGINEER, v1::ROLE_LEAD})));
  EXPECT_THAT(std::string(ReadPeople(line + "site: x\n").status().message()), HasSubstr("line 2: is not of the form"));
}

}  // namespace
}  // namespace accord
