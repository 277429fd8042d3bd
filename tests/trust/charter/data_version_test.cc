#include "trust/charter/data_version.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

DataVersion SomeVersion() {
  DataVersion version;
  version.mapping = Sha256("csv: {file: heart.csv}\n");
  version.parts = {{0, Sha256("age,disease\n50,1\n"), 17}, {3, Sha256(""), 0}};
  return version;
}

TEST(DataVersionText, IsToTheByteAsThePageSays) {
  const auto text = WriteDataVersion(SomeVersion());
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(*text, absl::StrCat("accord-data-version-v1\nmapping: ", Sha256Hex("csv: {file: heart.csv}\n"),
                                "\nrows: hashed\npart: 0 ", Sha256Hex("age,disease\n50,1\n"), " 17\npart: 3 ",
                                Sha256Hex(""), " 0\n"));
  EXPECT_EQ(HexDigest(DataVersionHash(*text)),
            Sha256Hex(absl::StrCat("accord/v1/data-version", std::string(1, '\0'), *text)));
  EXPECT_EQ(*ParseDataVersion(*text), SomeVersion());
}

TEST(DataVersionText, HasOneSpelling) {
  const std::string good = WriteDataVersion(SomeVersion()).value();
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"part: 3", "part: 0"},
                                                        {"part: 3", "part: 03"},
                                                        {"part: 3", "part: +3"},
                                                        {" 17\n", " 017\n"},
                                                        {" 17\n", "  17\n"},
                                                        {" 17\n", " 17 \n"},
                                                        {"rows: hashed", "rows: Hashed"},
                                                        {"accord-data-version-v1", "accord-data-version-v2"}}) {
    const std::string changed = absl::StrReplaceAll(good, {{from, to}});
    ASSERT_NE(changed, good) << from;
    EXPECT_FALSE(ParseDataVersion(changed).ok()) << to;
  }
}

TEST(DataVersionText, SaysWhereRowsWereNotHashed) {
  DataVersion version = SomeVersion();
  version.parts.clear();
  version.rows_hashed = false;
  const std::string text = WriteDataVersion(version).value();
  EXPECT_THAT(text, HasSubstr("rows: asked for\n"));
  EXPECT_FALSE(ParseDataVersion(text)->rows_hashed);
  EXPECT_THAT(DataVersionInWords(version), HasSubstr("a database server's"));
}

TEST(DataVersionText, HoldsNoMorePartsThanAReaderTakes) {
  DataVersion version = SomeVersion();
  version.parts.clear();
  for (uint32_t place = 0; place <= kMaxDataParts; ++place) version.parts.push_back({place, Sha256(""), 0});
  EXPECT_FALSE(WriteDataVersion(version).ok());
  version.parts.pop_back();
  EXPECT_TRUE(WriteDataVersion(version).ok());
}

}  // namespace
}  // namespace accord
