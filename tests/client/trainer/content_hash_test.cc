#include "client/trainer/data/content_hash.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr uint64_t kMostBytes = uint64_t{1} << 24;

class ContentHash : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& content) {
    const std::string path = folder_.Path(name);
    EXPECT_TRUE(MakeFolders(std::filesystem::path(path).parent_path().string()).ok());
    EXPECT_TRUE(WriteFileAtomically(path, content).ok());
    return path;
  }
  v1::DatasetMapping Images() {
    v1::DatasetMapping mapping;
    mapping.mutable_image_folder()->set_folder(folder_.Path("images"));
    mapping.mutable_image_folder()->set_labels(Write("labels.csv", "file,label\n"));
    return mapping;
  }

  TemporaryFolder folder_;
};

TEST_F(ContentHash, OfAFileIsItsSha256) {
  const std::string content(3'000'001, 'x');  // several pieces
  v1::DatasetMapping mapping;
  mapping.mutable_csv()->set_file(Write("heart.csv", content));
  mapping.mutable_split()->mutable_file()->set_file(Write("split.csv", "line,set\n"));
  uint64_t last = 0;
  const auto parts = HashContent(mapping, kMostBytes, [&](uint64_t bytes) { last = bytes; });
  ASSERT_TRUE(parts.ok()) << parts.status();
  ASSERT_THAT(*parts, SizeIs(2));
  EXPECT_EQ(HexDigest((*parts)[0].sha256), Sha256Hex(content));
  EXPECT_EQ((*parts)[0].bytes, content.size());
  EXPECT_EQ((*parts)[1].place, 1);
  EXPECT_EQ(last, content.size() + 9);
}

TEST_F(ContentHash, OfAFolderIsWhatSha256sumFinds) {
  Write("images/b.png", "b");
  Write("images/a/1.png", "one");
  Write("images/a.png", "a");
  const auto parts = HashContent(Images(), kMostBytes, nullptr);
  ASSERT_TRUE(parts.ok()) << parts.status();
  const std::string list =
      absl::StrCat(Sha256Hex("a"), "  a.png\n", Sha256Hex("one"), "  a/1.png\n", Sha256Hex("b"), "  b.png\n");
  EXPECT_EQ(HexDigest((*parts)[0].sha256), Sha256Hex(list));
  EXPECT_EQ((*parts)[0].bytes, 5);
  const std::string command =
      absl::StrCat("cd ", folder_.Path("images"), " && test \"$(find . -type f -printf '%P\\0' | LC_ALL=C sort -z | ",
                   "xargs -0 -r sha256sum | sha256sum)\" = \"", HexDigest((*parts)[0].sha256), "  -\"");
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

TEST_F(ContentHash, OfAFolderKnowsNamesAndBytesButNoLinks) {
  Write("images/1.png", "one");
  const Sha256Digest before = HashContent(Images(), kMostBytes, nullptr).value()[0].sha256;
  ASSERT_EQ(symlink("1.png", folder_.Path("images/link.png").c_str()), 0);
  EXPECT_EQ(HashContent(Images(), kMostBytes, nullptr).value()[0].sha256, before);
  std::filesystem::rename(folder_.Path("images/1.png"), folder_.Path("images/2.png"));
  EXPECT_NE(HashContent(Images(), kMostBytes, nullptr).value()[0].sha256, before);
}

TEST_F(ContentHash, RefusesNamesThatCouldMakeTwoLinesOfOne) {
  Write("images/1.png\n0", "one");
  const auto parts = HashContent(Images(), kMostBytes, nullptr);
  EXPECT_TRUE(absl::IsInvalidArgument(parts.status())) << parts.status();
}

TEST_F(ContentHash, OfADatabaseIsOfItsBytesAndItsJournal) {
  v1::DatasetMapping mapping;
  mapping.mutable_sqlite()->set_file(Write("ward.db", "pages"));
  ASSERT_THAT(HashContent(mapping, kMostBytes, nullptr).value(), SizeIs(1));
  Write("ward.db-journal", "half a transaction");
  ASSERT_THAT(HashContent(mapping, kMostBytes, nullptr).value(), SizeIs(2));
}

TEST_F(ContentHash, OfADatabaseServerIsNothing) {
  v1::DatasetMapping mapping;
  mapping.mutable_postgresql()->set_password_file(Write("password", "secret"));
  EXPECT_THAT(HashContent(mapping, kMostBytes, nullptr).value(), IsEmpty());
}

TEST_F(ContentHash, OfAFileThatIsTooLargeOrNotThereIsNone) {
  v1::DatasetMapping mapping;
  mapping.mutable_csv()->set_file(Write("heart.csv", "0123456789"));
  EXPECT_TRUE(absl::IsOutOfRange(HashContent(mapping, 9, nullptr).status()));
  mapping.mutable_csv()->set_file(folder_.Path("none.csv"));
  EXPECT_FALSE(HashContent(mapping, kMostBytes, nullptr).ok());
}

}  // namespace
}  // namespace accord
