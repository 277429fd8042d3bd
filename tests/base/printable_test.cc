#include "base/printable.h"

#include "gtest/gtest.h"

namespace accord {
namespace {

TEST(Printable, LeavesTextOfAnyLanguageAsItIs) {
  for (const char* text :
       {"", "site basel: \"ready\"", "Universit\xc3\xa4tsspital", "\xe2\x82\xac 5", "\xf0\x9f\x98\x80"}) {
    EXPECT_EQ(Printable(text), text);
  }
}

TEST(Printable, LetsNobodyMoveTheCursorChangeColoursOrFakeALine) {
  EXPECT_EQ(Printable("\x1b[2Jowned"), "?[2Jowned");
  EXPECT_EQ(Printable("a\r\nb\tc"), "a? b c");
  EXPECT_EQ(Printable("\x7f\x08"), "??");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "31m"),
            "?31m")
      << "the second set of control characters";
  EXPECT_EQ(Printable(absl::string_view("\0", 1)), "?");
}

TEST(Printable, ReplacesEachByteThatIsNotUtf8) {
  EXPECT_EQ(Printable("ab\xff\xfe"
                      "c"),
            "ab??c");
  EXPECT_EQ(Printable("cut \xe2\x82"), "cut ??");
}

TEST(PrintableLines, KeepLineFeedsAlone) { EXPECT_EQ(PrintableLines("a\nb\rc\x1b"), "a\nb?c?"); }

}  // namespace
}  // namespace accord
