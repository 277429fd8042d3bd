#include "client/daemon/governance/count_files.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

TEST(CountFiles, CountsWhatAFolderHolds) {
  const TemporaryFolder folder;
  EXPECT_EQ(CountFiles(folder.Path("none")).value(), 0);
  EXPECT_EQ(CountFiles(folder.path()).value(), 0);
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(WriteFileAtomically(folder.Path(name), name).ok());
  EXPECT_EQ(CountFiles(folder.path()).value(), 3);
  EXPECT_EQ(CountFiles(folder.path(), "b").value(), 1);
  ASSERT_TRUE(WriteFileAtomically(folder.Path("b.text"), "").ok());
  EXPECT_EQ(CountFiles(folder.path(), "b").value(), 2);
  EXPECT_EQ(CountFiles(folder.path(), "", ".text").value(), 1);
  EXPECT_EQ(CountFiles(folder.path(), "a", ".text").value(), 0);
}

TEST(CountFiles, OfAFolderThatCannotBeReadAreNotNone) {
  const TemporaryFolder folder;
  ASSERT_TRUE(WriteFileAtomically(folder.Path("file"), "").ok());
  const auto count = CountFiles(folder.Path("file"));
  EXPECT_TRUE(absl::IsUnavailable(count.status())) << count.status();
  EXPECT_THAT(std::string(count.status().message()), ::testing::HasSubstr("cannot count the files in"));
}

}  // namespace
}  // namespace accord
