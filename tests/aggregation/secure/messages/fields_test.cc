#include "aggregation/secure/messages/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace accord::secure {
namespace {

using testing::HasSubstr;

TEST(Fields, NumbersAreLittleEndian) {
  FieldWriter writer;
  writer.U8(0x01).U32(0x02030405).U64(0x060708090a0b0c0d).Flag(true);
  EXPECT_EQ(writer.bytes(), std::string("\x01\x05\x04\x03\x02\x0d\x0c\x0b\x0a\x09\x08\x07\x06\x01", 14));
  FieldReader reader(writer.bytes(), "test");
  EXPECT_EQ(reader.U8("a"), 0x01);
  EXPECT_EQ(reader.U32("b"), 0x02030405u);
  EXPECT_EQ(reader.U64("c"), 0x060708090a0b0c0du);
  EXPECT_TRUE(reader.Flag("d"));
  EXPECT_TRUE(reader.Finish().ok());
}

TEST(Fields, TheFirstFaultIsToldWithItsFieldAndPlace) {
  FieldReader reader(absl::string_view("\x01\x02", 2), "key statement");
  reader.U8("first");
  EXPECT_EQ(reader.U32("epoch"), 0u);
  EXPECT_EQ(reader.String("site", 10), "");
  EXPECT_EQ(reader.Count("list", 5, 1), 0u);
  const absl::Status status = reader.Finish();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(status.message()), "key statement: epoch is cut off (byte 1)");
}

TEST(Fields, AStringIsHeldAgainstItsLimitAndAgainstWhatIsLeft) {
  FieldWriter writer;
  writer.String("abcd");
  FieldReader fits(writer.bytes(), "test");
  EXPECT_EQ(fits.String("text", 4), "abcd");
  EXPECT_TRUE(fits.Finish().ok());
  FieldReader too_long(writer.bytes(), "test");
  EXPECT_EQ(too_long.String("text", 3), "");
  EXPECT_THAT(std::string(too_long.Finish().message()), HasSubstr("at most 3"));
  FieldReader cut(absl::string_view(writer.bytes()).substr(0, 7), "test");
  EXPECT_EQ(cut.String("text", 4), "");
  EXPECT_THAT(std::string(cut.Finish().message()), HasSubstr("cut off"));
}

TEST(Fields, ACountIsHeldAgainstItsLimitAndAgainstWhatIsLeft) {
  FieldWriter writer;
  writer.U32(3).Raw("123456");
  FieldReader fits(writer.bytes(), "test");
  EXPECT_EQ(fits.Count("list", 3, 2), 3u);
  FieldReader over(writer.bytes(), "test");
  EXPECT_EQ(over.Count("list", 2, 2), 0u);
  EXPECT_TRUE(over.failed());
  FieldReader short_of(writer.bytes(), "test");
  EXPECT_EQ(short_of.Count("list", 3, 3), 0u);
  EXPECT_TRUE(short_of.failed());
}

TEST(Fields, AFlagIsZeroOrOne) {
  for (int value = 0; value < 256; ++value) {
    const std::string bytes(1, static_cast<char>(value));
    FieldReader reader(bytes, "test");
    reader.Flag("flag");
    EXPECT_EQ(reader.Finish().ok(), value < 2) << value;
  }
}

TEST(Fields, SiteIdsAreWhatEnrolmentGives) {
  for (const char* good : {"a", "0", "site-a", "a-", "9-9"}) EXPECT_TRUE(IsSiteId(good)) << good;
  EXPECT_TRUE(IsSiteId(std::string(63, 'a')));
  for (const char* bad : {"", "-a", "A", "site a", "site_a", "a.b", "\xc3\xa9", "a\n"})
    EXPECT_FALSE(IsSiteId(bad)) << bad;
  EXPECT_FALSE(IsSiteId(std::string(64, 'a')));
  EXPECT_FALSE(IsSiteId(absl::string_view("a\0b", 3)));
}

TEST(Fields, SortedListsRefuseTheSameSiteAndAnEarlierOne) {
  for (const auto& [first, second, good] : {std::tuple("a", "b", true),
                                            {"b", "a", false},
                                            {"a", "a", false},
                                            {"a", "a-", true},
                                            {"site-10", "site-9", true},
                                            {"site-9", "site-10", false}}) {
    FieldWriter writer;
    writer.String(first).String(second);
    FieldReader reader(writer.bytes(), "test");
    const std::string previous = reader.SiteAfter("list", "");
    reader.SiteAfter("list", previous);
    EXPECT_EQ(reader.Finish().ok(), good) << first << " " << second;
  }
}

TEST(Fields, DoublesAreHashedByTheirBits) {
  FieldWriter zero, minus_zero;
  zero.Bits(0.0);
  minus_zero.Bits(-0.0);
  EXPECT_NE(zero.bytes(), minus_zero.bytes());
}

}  // namespace
}  // namespace accord::secure
