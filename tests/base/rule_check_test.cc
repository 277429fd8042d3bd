#include "base/config/rule_check.h"

#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/farm.pb.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

test::Farm GoodFarm() {
  test::Farm farm;
  farm.set_name("oak");
  farm.set_area(2.5);
  farm.add_fields()->set_name("north");
  farm.mutable_person();
  return farm;
}

std::vector<std::string> Texts(const FaultList& faults) {
  std::vector<std::string> texts;
  for (const Fault& fault : faults.faults()) texts.push_back(absl::StrCat(fault.path, ": ", fault.text));
  return texts;
}

// As for bytes from a peer: without places.
std::vector<std::string> BrokenRules(const test::Farm& farm) {
  FaultList faults;
  CheckRules(farm, faults);
  return Texts(faults);
}

TEST(CheckRules, FindNothingInAGoodMessage) { EXPECT_THAT(BrokenRules(GoodFarm()), IsEmpty()); }

TEST(CheckRules, FindWhatIsMissingInAnEmptyMessage) {
  EXPECT_THAT(BrokenRules(test::Farm()),
              ElementsAre(StartsWith("name: is missing"), "area: is 0; expected above 0",
                          StartsWith("fields: is missing"), "owner: is missing; write one of person, company, number"));
}

TEST(CheckRules, HoldNumbersToTheirRangeButLetUnsetOnesStandForTheirDefault) {
  test::Farm farm = GoodFarm();
  farm.set_cows(0);
  EXPECT_THAT(BrokenRules(farm), IsEmpty());
  farm.set_cows(17);
  farm.set_area(0);
  EXPECT_THAT(BrokenRules(farm),
              ElementsAre("cows: is 17; expected at least 1 and at most 16", "area: is 0; expected above 0"));
}

TEST(CheckRules, RefuseNumbersThatAreNotFinite) {
  test::Farm farm = GoodFarm();
  farm.set_area(std::numeric_limits<double>::infinity());
  farm.set_slope(std::numeric_limits<float>::quiet_NaN());
  farm.mutable_fields(0)->set_size(-std::numeric_limits<double>::infinity());
  EXPECT_THAT(BrokenRules(farm), ElementsAre("area: is not a finite number", "slope: is not a finite number",
                                             "fields[0].size: is not a finite number"));
}

TEST(CheckRules, HoldTextToLengthAndPattern) {
  test::Farm farm = GoodFarm();
  farm.set_name("oak\n");
  farm.add_crops("a crop with a long name");
  farm.set_company(std::string(4097, 'x'));
  EXPECT_THAT(BrokenRules(farm), ElementsAre(StartsWith("name: is 'oak\\n'; expected the form [a-z]{1,8}"),
                                             "crops[0]: has 23 bytes; expected at most 10",
                                             "company: has 4097 bytes; expected at most 4096"));
}

TEST(CheckRules, StopAtTheFirstFaultOfAListThatIsTooLong) {
  test::Farm farm = GoodFarm();
  for (int i = 0; i < 100'001; ++i) farm.add_fields();
  EXPECT_THAT(BrokenRules(farm), ElementsAre("fields: has 100002 items; expected at most 100000"));
}

TEST(CheckRules, RefuseAnEnumValueThatNobodyKnows) {
  test::Farm farm = GoodFarm();
  farm.set_soil(static_cast<test::Farm::Soil>(9));
  EXPECT_THAT(BrokenRules(farm), ElementsAre("soil: has the unknown value 9; expected one of clay, sand, black_earth"));
}

TEST(CheckNoUnknownFields, FindsThemHoweverDeep) {
  test::Farm farm = GoodFarm();
  test::Field& field = *farm.mutable_fields(0);
  field.GetReflection()->MutableUnknownFields(&field)->AddVarint(77, 1);
  test::Person& person = *farm.mutable_person();
  person.GetReflection()->MutableUnknownFields(&person)->AddLengthDelimited(78, "x");
  FaultList faults;
  CheckNoUnknownFields(farm, faults);
  EXPECT_THAT(Texts(faults),
              ElementsAre(StartsWith("fields[0]: has field number 77"), StartsWith("person: has field number 78")));
}

}  // namespace
}  // namespace accord
