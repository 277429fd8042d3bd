#include "trust/roster/display_name.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

std::string Fault(absl::string_view name) { return std::string(CheckDisplayName(name).message()); }

TEST(DisplayName, TakesNamesOfTheWorld) {
  for (const char* name : {"Cleveland Clinic", "V.A. Medical Center, Long Beach", "Universitätsspital Zürich",
                           "Магнитогорск", "東京大学", "अस्पताल", "A", "Hôpital (Lyon) - 2: Nord/Sud", "\U0001F3E5"}) {
    EXPECT_TRUE(CheckDisplayName(name).ok()) << name << CheckDisplayName(name);
  }
  EXPECT_TRUE(CheckDisplayName(std::string(128, 'x')).ok());
}

TEST(DisplayName, RefusesNothingAndTooMuch) {
  EXPECT_EQ(Fault(""), "is empty");
  EXPECT_THAT(Fault(std::string(129, 'x')), HasSubstr("has 129 bytes; expected at most 128"));
}

TEST(DisplayName, RefusesWhatIsNotUtf8) {
  for (const char* name : {"\xff", "a\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    EXPECT_EQ(Fault(name), "is not UTF-8");
  }
}

TEST(DisplayName, RefusesControlCharactersAndWhatReordersOrHidesText) {
  const std::string nul("a\0b", 3);
  EXPECT_THAT(Fault(nul), HasSubstr("U+0000"));
  EXPECT_THAT(Fault("a\nb"), HasSubstr("U+000A"));
  EXPECT_THAT(Fault("a\rb"), HasSubstr("U+000D"));
  EXPECT_THAT(Fault("a\x1b[2Jb"), HasSubstr("U+001B"));
  EXPECT_THAT(Fault("a\x7f"), HasSubstr("U+007F"));
  EXPECT_THAT(Fault("a\u0085"), HasSubstr("U+0085"));
  EXPECT_THAT(Fault("a\u202eb"), HasSubstr("U+202E"));  // right-to-left override
  EXPECT_THAT(Fault("a\u2066b"), HasSubstr("U+2066"));  // isolate
  EXPECT_THAT(Fault("a\u200bb"), HasSubstr("U+200B"));  // zero width space
  EXPECT_THAT(Fault("\ufeffa"), HasSubstr("U+FEFF"));
  EXPECT_THAT(Fault("a\U000e0041"), HasSubstr("U+E0041"));  // tag
}

TEST(DisplayName, RefusesTheSeparatorAndSpacesThatCannotBeSeen) {
  EXPECT_THAT(Fault("a | key: b"), HasSubstr("'|'"));
  for (const char* name : {" a", "a ", "a  b", " "}) EXPECT_THAT(Fault(name), HasSubstr("a space at an end"));
  EXPECT_THAT(Fault("a\u00a0b"), HasSubstr("U+00A0"));
  EXPECT_THAT(Fault("a\u3000b"), HasSubstr("U+3000"));
}

TEST(DisplayName, IsNotRepeatedInTheFault) { EXPECT_EQ(Fault("secret\nname").find("secret"), std::string::npos); }

}  // namespace
}  // namespace accord
