#include "trust/charter/charter.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/example_charter.h"
#include "trust/charter/names_alike.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class CharterText : public ::testing::Test {
 protected:
  static std::string Fault(const std::string& yaml) {
    const auto charter = Charter::Parse(yaml, "charter.yaml");
    EXPECT_FALSE(charter.ok()) << yaml;
    if (charter.ok()) return "";
    EXPECT_EQ(charter.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(charter.status().message());
  }
  std::string FaultAfter(const Replacements& changes) const { return Fault(federation_.Yaml(changes)); }

  ExampleFederation federation_;
};

TEST_F(CharterText, IsReadAndNamedByItsExactBytes) {
  const Charter charter = federation_.Written();
  EXPECT_EQ(charter.bytes(), federation_.Yaml());
  EXPECT_EQ(charter.terms().floors().min_rows(), 50u);
  EXPECT_EQ(charter.not_before(), At("2027-01-01T00:00:00Z"));
  EXPECT_EQ(charter.FindPerson("ada")->organisation(), "Cleveland Clinic");
  EXPECT_EQ(charter.FindPerson("mallory"), nullptr);
  EXPECT_EQ(charter.Clause("floors.min_rows"), "the charter's floors.min_rows (line 29)");
  // A comment changes nothing that is meant, and yet the charter is another one.
  const auto commented = Charter::Parse(absl::StrCat(federation_.Yaml(), "# seen\n"), "charter.yaml");
  ASSERT_TRUE(commented.ok()) << commented.status();
  EXPECT_NE(commented->hash(), charter.hash());
}

TEST_F(CharterText, TellsAllFaultsAtOnceWithTheirLines) {
  const std::string fault = FaultAfter({{"expires: 2028-01-01T00:00:00Z", "expires: 2026-01-01T00:00:00Z"},
                                        {"min_sites: 3\n", "min_sites: 1\n"},
                                        {"purposes: [billing-audit]", "purposes: [billing]"},
                                        {"retention: {uploads_days: 0, ", "retentions: {}\nretention: {"}});
  EXPECT_THAT(fault, AllOf(HasSubstr("charter.yaml:4: expires: is not after not_before"),
                           HasSubstr("charter.yaml:24: floors.min_sites: is 1; expected at least 2"),
                           HasSubstr("data_sets[1].purposes[0]: is not the name of one of purposes"),
                           HasSubstr("retentions: is not a field here; did you mean retention?"),
                           HasSubstr("retention.uploads_days: is missing")));
}

TEST_F(CharterText, HasNoDefaultsForWhatBinds) {
  for (const char* line : {"  secure_sum: true\n", "  min_rows: 50\n", "  minimum_cell: 10\n", "  each_site: true\n"}) {
    EXPECT_THAT(FaultAfter({{line, ""}}), HasSubstr("is missing")) << line;
  }
}

TEST_F(CharterText, RefusesAnchorsAliasesTagsAndSecondDocuments) {
  EXPECT_THAT(FaultAfter({{"tags: [care]", "tags: &a [care]"}, {"tags: [fraud]", "tags: *a"}}),
              AllOf(HasSubstr("anchor"), HasSubstr("alias")));
  EXPECT_THAT(FaultAfter({{"version: 1\n", "version: !!int 1\n"}}), HasSubstr("a tag (!name)"));
  EXPECT_THAT(Fault(absl::StrCat(federation_.Yaml(), "---\nname: other\n")), HasSubstr("a second document"));
}

TEST_F(CharterText, RefusesABombOfNestedLists) {
  const std::string bomb = absl::StrCat("hours: ", std::string(10'000, '['), std::string(10'000, ']'), "\n");
  EXPECT_THAT(Fault(bomb), HasSubstr("nested more than"));
  EXPECT_THAT(Fault(std::string(kMaxCharterBytes + 1, '\n')), HasSubstr("expected at most"));
}

TEST_F(CharterText, FaultsOfTheWholeTextNameItsFile) {
  const auto cut_off = Charter::Parse("name: heart", "from-the-mail.yaml");
  EXPECT_THAT(std::string(cut_off.status().message()), HasSubstr("from-the-mail.yaml: the charter does not end"));
}

TEST_F(CharterText, RefusesAKeyOfYamlWrittenTwice) {
  EXPECT_THAT(FaultAfter({{"  min_rows: 50\n", "  min_rows: 50\n  min_rows: 1\n"}}),
              HasSubstr("floors.min_rows: is written a second time"));
}

TEST_F(CharterText, RefusesOnePublicKeyOfTwoPeople) {
  EXPECT_THAT(FaultAfter({{"$bela", "$ada"}}), HasSubstr("is the key of ada too"));
}

TEST_F(CharterText, RefusesWhatIsNoKey) {
  EXPECT_THAT(FaultAfter({{"$bela", "AAAA"}}), HasSubstr("people[1].key: is not the base64 of an ECDSA P-256"));
}

TEST_F(CharterText, RefusesAnOrganisationThatOnlyLooksLikeASecondOne) {
  // Cyrillic Es and o.
  for (const char* twin :
       {"\u0421leveland Clinic", "Cleveland Clini\u0441", "CLEVELAND CLINIC", "C1eveland Clinic", "Cleveland-Clinic"}) {
    const std::string entry = absl::StrCat("organisations:\n  - {name: ", twin, "}\n");
    EXPECT_THAT(FaultAfter({{"organisations:\n", entry}}), HasSubstr("organisations[")) << twin;
  }
  EXPECT_THAT(FaultAfter({{"organisations:\n", "organisations:\n  - {name: \u0421leveland Clinic}\n"}}),
              HasSubstr("letters of two scripts in one word"));
}

TEST_F(CharterText, RefusesIdsThatLookAlike) {
  EXPECT_THAT(FaultAfter({{"id: bela,", "id: ad-a,"}}), HasSubstr("people[1].id: looks like the name of another"));
  EXPECT_THAT(FaultAfter({{"id: bela,", "id: ada,"}}), HasSubstr("people[1].id: names the same person a second time"));
}

TEST_F(CharterText, RefusesCharactersThatCannotBeSeenAlsoInCommentsAndEscapes) {
  EXPECT_THAT(Fault(absl::StrCat("# \u202e\n", federation_.Yaml())), HasSubstr("line 1 has the character U+202E"));
  EXPECT_THAT(FaultAfter({{"words: Admissions since 2010.", "words: \"Admissions\\u202e since 2010.\""}}),
              HasSubstr("data_sets[0].words: is not to be read"));
  EXPECT_THAT(Fault(absl::StrReplaceAll(federation_.Yaml(), {{"\n", "\r\n"}})), HasSubstr("carriage returns"));
}

TEST_F(CharterText, RefusesAPurposeOfFraudThatNobodyCoSigns) {
  EXPECT_THAT(FaultAfter({{"co_signers:\n  - {tag: fraud, role: ombudsman, count: 1}\n", ""}}),
              HasSubstr("purposes[1].tags: has fraud, which no entry of co_signers names"));
  EXPECT_THAT(FaultAfter({{"{tag: fraud, role: ombudsman, count: 1}", "{tag: fraud, role: ombudsman, count: 2}"}}),
              HasSubstr("asks for 2 of the role ombudsman, and people lists 1"));
}

TEST_F(CharterText, RefusesALooseningThatLoosensNothing) {
  EXPECT_THAT(FaultAfter({{"rule: min_sites, least: 2", "rule: min_sites, least: 3"}}),
              HasSubstr("loosening[0].least: is 3; expected at least 2 and less than floors.min_sites, which is 3"));
  EXPECT_THAT(FaultAfter({{"least: 2, by: [lead, steward]", "least: 2, by: [ombudsman]"}}),
              HasSubstr("fewer than two organisations"));
}

TEST_F(CharterText, RefusesDemandsThatNobodyCouldMeet) {
  EXPECT_THAT(
      FaultAfter({{"{role: steward, count: 1}\n    - {role: omb", "{role: steward, count: 9}\n    - {role: omb"}}),
      HasSubstr("approvals.by[1]: asks for 9 of the role steward"));
  EXPECT_THAT(FaultAfter({{"min_organisations: 3", "min_organisations: 5"}}), HasSubstr("floors.min_organisations"));
}

TEST_F(CharterText, RefusesAVersionThatDoesNotNameTheOneBefore) {
  EXPECT_THAT(FaultAfter({{"version: 1\n", "version: 2\n"}}), HasSubstr("former_sha256: is missing"));
}

TEST_F(CharterText, RefusesMomentsThatNoCalendarHas) {
  for (const char* moment : {"2027-02-30T00:00:00Z", "2027-01-01T24:00:00Z", "2027-01-01T00:00:60Z"}) {
    EXPECT_THAT(FaultAfter({{"2027-01-01T00:00:00Z", moment}}), HasSubstr("not_before: is not a moment")) << moment;
  }
}

TEST(NamesAlike, AreTheSameToTheEye) {
  EXPECT_EQ(LookAlikeKey("St. Mary's"), LookAlikeKey("st marys"));
  EXPECT_EQ(LookAlikeKey("СССР"), LookAlikeKey("CCCP"));  // Cyrillic, Latin
  EXPECT_EQ(LookAlikeKey("Ιlion"), LookAlikeKey("1lion"));
  EXPECT_EQ(LookAlikeKey("ｃａｒｅ"), LookAlikeKey("Care"));
  EXPECT_EQ(LookAlikeKey("modern"), LookAlikeKey("rnodem"));
  EXPECT_NE(LookAlikeKey("Bern"), LookAlikeKey("Basel"));
  EXPECT_NE(LookAlikeKey("Zürich"), LookAlikeKey("Zurich"));
  EXPECT_NE(LookAlikeKey("東京大学"), LookAlikeKey("京都大学"));
}

TEST(NamesAlike, WordsOfTheWorldAreOfOneScriptEach) {
  for (const char* name :
       {"Universitätsspital Zürich", "Магнитогорск", "東京大学", "Νοσοκομείο Alpha", "V.A. Center 3"}) {
    EXPECT_TRUE(CheckOneScript(name).ok()) << name << CheckOneScript(name);
  }
  EXPECT_THAT(std::string(CheckOneScript("Zu\u0308rich").message()), HasSubstr("combining mark U+0308"));
  EXPECT_THAT(std::string(CheckOneScript("Kl\u0456nik").message()), HasSubstr("two scripts"));
}

}  // namespace
}  // namespace accord
