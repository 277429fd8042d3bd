// The one form in which papers write a moment.
#include "trust/charter/utc_time.h"

#include <string>

#include "gtest/gtest.h"

namespace accord {
namespace {

TEST(UtcTime, ReadsWhatItWrites) {
  const absl::Time first = absl::UnixEpoch(), last = absl::FromUnixSeconds(253402300799);  // of the year 9999
  for (absl::Time time = first; time < last; time += absl::Hours(24 * 97) + absl::Seconds(4711)) {
    const auto read = ParseUtc(FormatUtc(time));
    ASSERT_TRUE(read.ok()) << FormatUtc(time);
    ASSERT_EQ(*read, time);
  }
  EXPECT_EQ(*ParseUtc("2027-01-01T00:00:00Z"), absl::FromUnixSeconds(1798761600));
  EXPECT_EQ(*ParseUtc("2028-02-29T23:59:59Z"), absl::FromUnixSeconds(1835481599));
  EXPECT_EQ(*ParseUtc("9999-12-31T23:59:59Z"), last);
}

TEST(UtcTime, RefusesEveryOtherForm) {
  for (const std::string text :
       {"", "2027-01-01", "2027-01-01T00:00:00", "2027-01-01T00:00:00z", "2027-01-01 00:00:00Z", "2027-01-01T00:00:00ZZ",
        " 2027-01-01T00:00:00Z", "2027-1-01T00:00:00Z0", "+027-01-01T00:00:00Z", "2027-01-01T00:00:0-Z",
        "2027-00-01T00:00:00Z", "2027-13-01T00:00:00Z", "2027-01-00T00:00:00Z", "2027-02-29T00:00:00Z",
        "2027-06-31T00:00:00Z", "2027-01-01T24:00:00Z", "2027-01-01T00:60:00Z", "2027-01-01T00:00:60Z",
        "1969-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "2027-01-01T00:00:00.5Z",
        "2027-01-01T00:00:00\xc2"}) {
    const auto read = ParseUtc(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.status().message(), "is not a moment of the form 2027-01-01T00:00:00Z");
  }
  EXPECT_FALSE(ParseUtc(std::string("2027-01-01T00:00:0\0Z", 20)).ok());
}

}  // namespace
}  // namespace accord
