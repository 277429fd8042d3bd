#include "base/hash_named_file.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

class HashNamedFileTest : public ::testing::Test {
 protected:
  HashNamedFileTest() {
    std::string folder = ::testing::TempDir() + "/accord-named-XXXXXX";
    folder_ = mkdtemp(folder.data());
  }
  ~HashNamedFileTest() override { std::filesystem::remove_all(folder_); }
  std::string Path(absl::string_view name) const { return absl::StrCat(folder_, "/", name); }
  static int ModeOf(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(stat(path.c_str(), &info), 0);
    return info.st_mode & 07777;
  }

  std::string folder_;
};

TEST_F(HashNamedFileTest, LiesUnderItsHashForItsOwnerAlone) {
  const auto path = WriteHashNamedFile(Path("new/folder"), ".text", "content");
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_EQ(*path, Path(absl::StrCat("new/folder/", Sha256Hex("content").substr(0, 16), ".text")));
  EXPECT_EQ(ReadFile(*path).value(), "content");
  EXPECT_EQ(ModeOf(*path), 0600);
  EXPECT_EQ(ModeOf(Path("new/folder")), 0700);
}

TEST_F(HashNamedFileTest, TheSameContentLiesThereOnce) {
  const std::string first = WriteHashNamedFile(folder_, ".text", "content").value();
  EXPECT_EQ(WriteHashNamedFile(folder_, ".text", "content").value(), first);
  EXPECT_NE(WriteHashNamedFile(folder_, ".text", "other content").value(), first);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 2);
}

TEST_F(HashNamedFileTest, FolderThatIsAFileIsAnError) {
  ASSERT_TRUE(WriteFileAtomically(Path("taken"), "a file").ok());
  EXPECT_FALSE(WriteHashNamedFile(Path("taken"), ".text", "content").ok());
}

}  // namespace
}  // namespace accord
