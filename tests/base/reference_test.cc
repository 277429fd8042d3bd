#include "base/config/reference.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/base/farm.pb.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(ConfigReference, SaysOfEachFieldWhatMayStandThere) {
  const std::string reference = ConfigReference(*test::Farm::descriptor());
  EXPECT_THAT(reference, StartsWith("- `name`: text, required, of the form `[a-z]{1,8}`; example: `oak`\n"
                                    "- `cows`: a whole number, at least 1 and at most 16\n"
                                    "- `area`: a number, required, above 0 - hectares\n"));
  EXPECT_THAT(reference, HasSubstr("- `crops`: list, each item text, at most 3 items, at most 10 bytes\n"));
  EXPECT_THAT(reference, HasSubstr("- `soil`: one of clay, sand, black_earth\n"));
}

TEST(ConfigReference, NestsSectionsAndChoices) {
  const std::string reference = ConfigReference(*test::Farm::descriptor());
  EXPECT_THAT(reference,
              HasSubstr("- `fields`: list, each item a section, at least 1 items\n  - `name`: text, required\n"));
  EXPECT_THAT(reference, HasSubstr("- exactly one of:\n  - `person`: a section\n  - `company`: text\n"));
}

TEST(ConfigReference, LeavesOutWhatPeopleDoNotWrite) {
  EXPECT_THAT(ConfigReference(*test::Farm::descriptor()), Not(HasSubstr("sealed")));
}

}  // namespace
}  // namespace accord
