#include "aggregation/secure/messages/key_statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/limits.h"
#include "tests/aggregation/secure/messages/message_examples.h"

namespace accord::secure {
namespace {

TEST(KeyStatement, RefusesAPublicKeyWithASecondEncoding) {
  KeyStatement statement = ExampleKeyStatement();
  const auto readable = [&] { return ParseKeyStatement(Serialize(statement)).ok(); };
  statement.public_key.fill(0xff);
  statement.public_key[31] = 0x7f;
  statement.public_key[0] = 0xec;  // 2^255 - 20
  EXPECT_TRUE(readable());
  statement.public_key[0] = 0xed;  // 2^255 - 19: zero again
  EXPECT_FALSE(readable());
  statement.public_key[0] = 0xff;
  EXPECT_FALSE(readable());
  statement.public_key = Filled(0x23);
  EXPECT_TRUE(readable());
  statement.public_key[31] |= 0x80;  // the same point to RFC 7748
  EXPECT_FALSE(readable());
}

TEST(KeyStatement, RefusesReportsThatAreUnsortedTwiceOrOnItself) {
  KeyStatement statement = ExampleKeyStatement();
  std::swap(statement.seen[0], statement.seen[1]);
  EXPECT_FALSE(ParseKeyStatement(Serialize(statement)).ok());
  statement.seen[1].site = statement.seen[0].site;
  EXPECT_FALSE(ParseKeyStatement(Serialize(statement)).ok());
  statement.seen = {{"site-a", 1, Filled(1)}};
  EXPECT_FALSE(ParseKeyStatement(Serialize(statement)).ok());
}

TEST(KeyStatement, HoldsAtMostThirtyTwoReports) {
  KeyStatement statement = ExampleKeyStatement();
  statement.seen.clear();
  for (int i = 0; i < 32; ++i) statement.seen.push_back({absl::StrCat("x", 10 + i), 1, Filled(1)});
  EXPECT_TRUE(ParseKeyStatement(Serialize(statement)).ok());
  statement.seen.push_back({"y", 1, Filled(1)});
  EXPECT_FALSE(ParseKeyStatement(Serialize(statement)).ok());
}

std::vector<std::string> Reported(const std::string& site, const std::vector<std::string>& seen) {
  std::vector<SeenLedger> all;
  for (const std::string& one : seen) all.push_back({one, 1, {}});
  std::vector<std::string> sites;
  for (const SeenLedger& one : SeenToReport(site, all)) sites.push_back(one.site);
  return sites;
}

TEST(SeenToReport, IsEverybodyElseWhenTheyAreFew) {
  EXPECT_THAT(Reported("b", {"c", "a", "b"}), testing::ElementsAre("a", "c"));
  EXPECT_THAT(Reported("b", {}), testing::IsEmpty());
}

TEST(SeenToReport, GivesEverySiteThirtyTwoWitnessesInALargeFederation) {
  std::vector<std::string> sites;
  for (int i = 0; i < 100; ++i) sites.push_back(absl::StrCat("s", 100 + i));
  std::map<std::string, int> witnesses;
  for (const std::string& site : sites) {
    const std::vector<std::string> reported = Reported(site, sites);
    EXPECT_TRUE(std::is_sorted(reported.begin(), reported.end()));
    for (const std::string& one : reported) ++witnesses[one];
  }
  for (const std::string& site : sites) EXPECT_EQ(witnesses[site], static_cast<int>(kMaxSeen)) << site;
}

}  // namespace
}  // namespace accord::secure
