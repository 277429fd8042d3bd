#include "base/utf8.h"

#include <string>

#include "gtest/gtest.h"

namespace accord {
namespace {

TEST(Utf8, TakesWellFormedTextOfEveryLength) {
  for (const char* text : {"", "plain", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                           "\xf4\x8f\xbf\xbf", "a\xc2\x80z"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
  EXPECT_TRUE(IsUtf8(absl::string_view("\0", 1)));
}

TEST(Utf8, FindsTheFirstByteThatIsNot) {
  EXPECT_EQ(ValidUtf8Prefix("ab\xff"), 2u);
  EXPECT_EQ(ValidUtf8Prefix("ab\x80"), 2u) << "a following byte without its first";
  EXPECT_EQ(ValidUtf8Prefix("ab\xe2\x82"), 2u) << "cut off";
  EXPECT_EQ(ValidUtf8Prefix("ab\xe2\x82z"), 2u);
  EXPECT_EQ(ValidUtf8Prefix("\xc0\x80"), 0u) << "overlong";
  EXPECT_EQ(ValidUtf8Prefix("\xe0\x9f\xbf"), 0u) << "overlong";
  EXPECT_EQ(ValidUtf8Prefix("\xf0\x8f\xbf\xbf"), 0u) << "overlong";
  EXPECT_EQ(ValidUtf8Prefix("\xed\xa0\x80"), 0u) << "a surrogate";
  EXPECT_EQ(ValidUtf8Prefix("\xf4\x90\x80\x80"), 0u) << "beyond U+10FFFF";
  EXPECT_EQ(ValidUtf8Prefix("\xf5\x80\x80\x80"), 0u);
  // At every place among the groups of eight in which plain text is passed over.
  for (size_t at = 0; at < 40; ++at) {
    std::string text(40, 'a');
    text[at] = '\xff';
    EXPECT_EQ(ValidUtf8Prefix(text), at);
  }
}

}  // namespace
}  // namespace accord
