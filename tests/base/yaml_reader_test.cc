#include "base/config/yaml_reader.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/farm.pb.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A farm without faults; tests add or replace lines.
constexpr char kGoodFarm[] = R"(name: oak
area: 2.5
fields:
  - name: north
person: {}
)";

class YamlReader : public ::testing::Test {
 protected:
  // "3: path: text" of each fault.
  std::vector<std::string> Faults(absl::string_view yaml, const YamlLimits& limits = {}) {
    message_.Clear();
    const absl::Status status = ReadYamlText(yaml, "farm.yaml", message_, &places_, limits);
    if (status.ok()) return {};
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    std::vector<std::string> faults = absl::StrSplit(std::string(status.message()), '\n');
    for (std::string& fault : faults) {
      if (fault.rfind("farm.yaml:", 0) == 0) fault = fault.substr(10);
    }
    return faults;
  }
  std::string Read() const { return message_.ShortDebugString(); }

  test::Farm message_;
  FieldPlaces places_;
};

TEST_F(YamlReader, ReadsEveryTypeOfValue) {
  EXPECT_THAT(
      Faults("name: oak\ncows: 3\narea: 1e2\nheight: -7\norganic: true\nslope: .5\ncrops: [rye, '1', 2.50]\n"
             "years:\n- 2001\n- -3\nfields:\n  - name: north\n    size: 4\n  - {name: south}\nsoil: black_earth\n"
             "soils: [clay, sand]\ncompany: \"A & B\"\nbig: 18446744073709551615\n"),
      ElementsAre());
  EXPECT_EQ(Read(),
            "name: \"oak\" cows: 3 area: 100 height: -7 organic: true slope: 0.5 crops: \"rye\" crops: \"1\" crops: "
            "\"2.50\" years: 2001 years: -3 fields { name: \"north\" size: 4 } fields { name: \"south\" } soil: "
            "BLACK_EARTH soils: CLAY soils: SOIL_SAND company: \"A & B\" big: 18446744073709551615");
}

TEST_F(YamlReader, TakesAnEmptySectionWrittenEitherWay) {
  EXPECT_THAT(Faults(kGoodFarm), ElementsAre());
  EXPECT_THAT(Faults("name: oak\narea: 1\nfields: [{name: a}]\nperson:\n"), ElementsAre());
  EXPECT_THAT(Read(), HasSubstr("person { }"));
}

TEST_F(YamlReader, RemembersTheLineOfEveryField) {
  ASSERT_THAT(Faults(kGoodFarm), ElementsAre());
  EXPECT_EQ(places_.LineOf("area"), 2);
  EXPECT_EQ(places_.LineOf("fields[0].name"), 4);
  EXPECT_EQ(places_.LineOf("fields[0].size"), 4) << "not written: the section around it";
  EXPECT_TRUE(places_.Wrote("area"));
  EXPECT_FALSE(places_.Wrote("fields[0].size"));
}

TEST_F(YamlReader, TellsAllFaultsAtOnceInTheOrderOfTheFile) {
  EXPECT_THAT(Faults("nmae: oak\narea: 0\ncows: many\nfields:\n  - size: 1\nperson: {}\n"),
              ElementsAre("1: nmae: is not a field here; did you mean name?",
                          "1: name: is missing; expected text, for example oak", "2: area: is 0; expected above 0",
                          "3: cows: is 'many'; expected a whole number, at least 1 and at most 16",
                          "5: fields[0].name: is missing; expected text"));
}

struct Hostile {
  std::string what;
  std::string yaml;  // after kGoodFarm, whose last line is 5
  std::string fault;
};
void PrintTo(const Hostile& hostile, std::ostream* out) { *out << hostile.what; }

class HostileYaml : public YamlReader, public ::testing::WithParamInterface<Hostile> {};

TEST_P(HostileYaml, IsRefusedWithLineAndReason) {
  EXPECT_THAT(Faults(absl::StrCat(kGoodFarm, GetParam().yaml)), ElementsAre(StartsWith(GetParam().fault)));
}

INSTANTIATE_TEST_SUITE_P(
    Table, HostileYaml,
    ::testing::Values(
        Hostile{"UnknownField", "tractors: 2\n", "6: tractors: is not a field here; expected one of name, cows,"},
        Hostile{"NearMiss", "organc: true\n", "6: organc: is not a field here; did you mean organic?"},
        Hostile{"DuplicateKey", "area: 3\n", "6: area: is written a second time (first in line 2); keep one"},
        Hostile{"TwoOfAChoice", "company: x\n", "6: company: cannot stand beside person (line 5); keep one"},
        Hostile{"NotFromFile", "sealed: x\n", "6: sealed: is filled in by Accord; remove it from the file"},
        Hostile{"TextForNumber", "cows: three\n", "6: cows: is 'three'; expected a whole number"},
        Hostile{"QuotedNumber", "cows: '3'\n", "6: cows: is the text '3'; expected a whole number"},
        Hostile{"Fraction", "cows: 3.5\n", "6: cows: is '3.5'; expected a whole number"},
        Hostile{"Negative", "cows: -1\n", "6: cows: is '-1'; expected a whole number, at least 1 and at most 16"},
        Hostile{"BeyondTheType", "height: 9223372036854775808\n",
                "6: height: is '9223372036854775808'; expected a whole"},
        Hostile{"BeyondTheRange", "cows: 17\n", "6: cows: is 17; expected at least 1 and at most 16"},
        Hostile{"WrittenZeroBelowTheRange", "cows: 0\n", "6: cows: is 0; expected at least 1 and at most 16"},
        Hostile{"NotANumber", "slope: .nan\n", "6: slope: is '.nan'; expected a number"},
        Hostile{"PlainNan", "slope: nan\n", "6: slope: is 'nan'; expected a number"},
        Hostile{"Infinity", "slope: inf\n", "6: slope: is 'inf'; expected a number"},
        Hostile{"OverflowToInfinity", "slope: 1e999\n", "6: slope: is '1e999'; expected a number"},
        Hostile{"YesForTrue", "organic: yes\n", "6: organic: is 'yes'; expected true or false"},
        Hostile{"UnknownEnumValue", "soil: rock\n", "6: soil: is 'rock'; expected one of clay, sand, black_earth"},
        Hostile{"EnumInCapitals", "soil: CLAY\n", "6: soil: is 'CLAY'; expected one of clay"},
        Hostile{"UnspecifiedEnumValue", "soil: unspecified\n", "6: soil: is 'unspecified'; expected one of"},
        Hostile{"EmptyValue", "soil:\n", "6: soil: is empty; expected one of clay"},
        Hostile{"NullText", "crops: [null]\n", "6: crops[0]: is empty; expected text"},
        Hostile{"ScalarForList", "crops: rye\n", "6: crops: is 'rye'; expected a list, each item text"},
        Hostile{"SectionForScalar", "cows: {a: 1}\n", "6: cows: is a section; expected a whole number"},
        Hostile{"ListForScalar", "slope:\n  - 1\n", "6: slope: is a list; expected a number"},
        Hostile{"WrongItem", "years:\n  - 1\n  - x\n", "8: years[1]: is 'x'; expected a whole number"},
        Hostile{"TooManyItems", "crops: [a, b, c, d]\n", "6: crops: has 4 items; expected at most 3"},
        Hostile{"TooLong", "crops: [abcdefghijk]\n", "6: crops[0]: has 11 bytes; expected at most 10"},
        Hostile{"Anchor", "height: &h 3\n", "6: height: an anchor (&name) is set here"},
        Hostile{"Tag", "height: !!int 3\n", "6: height: a tag (!name) is used here"},
        Hostile{"KeyThatIsAList", "? [a, b]\n: 3\n", "6: ?: a key is missing or is not plain text"},
        Hostile{"MergeKey", "<<: {height: 3}\n", "6: <<: is not a field here"},
        Hostile{"SecondDocument", "---\nname: elm\n", "6: a second document starts here"},
        Hostile{"BrokenYaml", "crops: [a, b\nheight: 3\n", "7: this is not YAML: "},
        Hostile{"TabsAsIndent", "fields:\n\t- name: x\n", "7: this is not YAML: "},
        Hostile{"NotUtf8", "company: \xff\n", "6: the text is not UTF-8 here"},
        Hostile{"ControlCharacter", "# \x07\n", "6: there is a control character here"}),
    [](const auto& info) { return info.param.what; });

TEST_F(YamlReader, TellsEachMissingField) {
  EXPECT_THAT(Faults(""), ElementsAre("1: name: is missing; expected text, for example oak",
                                      "1: area: is missing; expected a number (hectares)",
                                      "1: fields: is missing; expected a section",
                                      "1: owner: is missing; write one of person, company, number"));
}

TEST_F(YamlReader, DoesNotCallAWronglyWrittenChoiceMissing) {
  EXPECT_THAT(Faults("name: oak\narea: 1\nfields: [{name: a}]\nnumber: x\n"),
              ElementsAre("4: number: is 'x'; expected a whole number, at least 5"));
}

TEST_F(YamlReader, HoldsAMemberOfAChoiceToItsRangeEvenWhenItIsZero) {
  EXPECT_THAT(Faults("name: oak\narea: 1\nfields: [{name: a}]\nnumber: 0\n"),
              ElementsAre("4: number: is 0; expected at least 5"));
}

TEST_F(YamlReader, RefusesTextThatIsNotOfThePattern) {
  EXPECT_THAT(Faults("name: Oak Farm\narea: 1\nfields: [{name: a}]\nperson: {}\n"),
              ElementsAre("1: name: is 'Oak Farm'; expected the form [a-z]{1,8}, for example oak"));
  EXPECT_THAT(Faults("name: ''\narea: 1\nfields: [{name: a}]\nperson: {}\n"),
              ElementsAre("1: name: is empty; expected text"));
}

TEST_F(YamlReader, RefusesAFileThatIsNotASection) {
  EXPECT_THAT(Faults("- a\n- b\n"), ElementsAre(HasSubstr("the file is a list; expected fields")));
  EXPECT_THAT(Faults("just text"), ElementsAre(HasSubstr("the file is 'just text'; expected fields")));
}

TEST_F(YamlReader, RefusesABillionLaughsWithoutFollowingThem) {
  std::string bomb = "name: oak\ncrops: &a [x, x]\n";
  for (int i = 0; i < 30; ++i) absl::StrAppend(&bomb, "years: [*a, *a]\n");
  EXPECT_THAT(Faults(bomb), ::testing::Contains("3: years[0]: an alias (*name) is used here; write the value out, "
                                                "aliases are not read"));
}

TEST_F(YamlReader, RefusesDeepNestingLongFilesAndTooManyValues) {
  EXPECT_THAT(Faults("crops: " + std::string(100, '[')), ::testing::Contains(HasSubstr("nested more than 64 deep")));
  EXPECT_THAT(Faults(std::string(100'000, '[')), ElementsAre(HasSubstr("nested more than 64 deep")));
  YamlLimits limits;
  limits.max_bytes = 20;
  EXPECT_THAT(Faults(kGoodFarm, limits), ElementsAre(HasSubstr("larger than 20 bytes")));
  limits = {};
  limits.max_values = 3;
  EXPECT_THAT(Faults(kGoodFarm, limits), ElementsAre(HasSubstr("2: the file has more than 3 values")));
}

TEST_F(YamlReader, DoesNotFloodTheReaderWithFaults) {
  std::string many;
  for (int i = 0; i < 5000; ++i) absl::StrAppend(&many, "key", i, ": 1\n");
  const std::vector<std::string> faults = Faults(many);
  EXPECT_EQ(faults.size(), 101u);
  EXPECT_THAT(faults.back(), HasSubstr("more faults"));
}

TEST_F(YamlReader, SurvivesEveryTruncationAndEveryFlippedByteOfAFile) {
  const std::string good =
      absl::StrCat(kGoodFarm, "crops: ['a', \"b\\n\", c]\nsoils:\n- clay\n# end\n? x\n: {y: [1]}\n");
  for (size_t i = 0; i < good.size(); ++i) {
    Faults(good.substr(0, i));
    for (const char c : {'\0', '\n', '[', '{', '&', '*', '!', '"', '%', '|', '>', '?', ':', '-', '\xc3'}) {
      std::string mutant = good;
      mutant[i] = c;
      Faults(mutant);
    }
  }
}

TEST(ReadYamlFile, SaysThatAFileIsMissing) {
  test::Farm message;
  const absl::Status status = ReadYamlFile("/nowhere/farm.yaml", message);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nowhere/farm.yaml"));
}

}  // namespace
}  // namespace accord
