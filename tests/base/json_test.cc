#include "base/json.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/farm.pb.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

TEST(MessageToJson, KeepsTheSchemasNamesAndPrintsDefaults) {
  test::Farm farm;
  farm.set_name("a \"quoted\" name\n");
  farm.set_soil(test::Farm::BLACK_EARTH);
  farm.set_big(18446744073709551615u);
  farm.add_fields()->set_size(0.5);
  const auto json = MessageToJson(farm, JsonLayout::kOneLine);
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ(*json,
            R"({"name":"a \"quoted\" name\n","cows":0,"area":0,"height":"0","organic":false,"slope":0,"crops":[],)"
            R"("years":[],"fields":[{"name":"","size":0.5}],"soil":"BLACK_EARTH","soils":[],"sealed":"",)"
            R"("big":"18446744073709551615"})");
}

TEST(MessageToJson, IndentsForPeople) {
  test::Field field;
  field.set_name("north");
  EXPECT_THAT(MessageToJson(field).value(), HasSubstr("{\n \"name\": \"north\",\n"));
}

}  // namespace
}  // namespace accord
