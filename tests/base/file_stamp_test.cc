#include "base/file_stamp.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <string>

#include "absl/time/clock.h"
#include "base/file.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

TEST(FileStampTest, IsTheSameWhileNobodyChangesTheFile) {
  const TemporaryFolder folder;
  const std::string path = folder.Path("one");
  const FileStamp none = StampOf(path);
  EXPECT_EQ(none.error, ENOENT);
  EXPECT_TRUE(IsSettled(none, absl::Now())) << "its coming shows whenever it comes";
  ASSERT_TRUE(WriteFileAtomically(path, "one").ok());
  const FileStamp first = StampOf(path);
  EXPECT_EQ(first.error, 0);
  EXPECT_EQ(first.size, 3u);
  EXPECT_NE(first, none);
  EXPECT_EQ(StampOf(path), first);
}

TEST(FileStampTest, IsAnotherAfterAReplacementByAsManyBytesWhoseTimeWasPutBack) {
  const TemporaryFolder folder;
  const std::string path = folder.Path("one");
  ASSERT_TRUE(WriteFileAtomically(path, "one").ok());
  FileStamp first = StampOf(path);
  while (!IsSettled(first, absl::Now())) first = StampOf(path);  // a tenth of a second
  struct stat info;
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  ASSERT_TRUE(WriteFileAtomically(path, "two").ok());
  const timespec times[2] = {info.st_atim, info.st_mtim};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  EXPECT_EQ(StampOf(path).written_ns, first.written_ns);
  EXPECT_NE(StampOf(path), first);
}

TEST(FileStampTest, SettlesLaterWhereTheFileSystemKeepsWholeSeconds) {
  FileStamp stamp;
  stamp.changed_ns = 1'800'000'000'000'000'000;
  const absl::Time changed = absl::FromUnixNanos(stamp.changed_ns);
  EXPECT_FALSE(IsSettled(stamp, changed + absl::Seconds(2)));
  EXPECT_TRUE(IsSettled(stamp, changed + absl::Seconds(3)));
  stamp.changed_ns += 1;
  EXPECT_TRUE(IsSettled(stamp, changed + absl::Seconds(1)));
}

TEST(FileStampTest, IsNotSettledInTheMomentAfterAChange) {
  const TemporaryFolder folder;
  const std::string path = folder.Path("one");
  ASSERT_TRUE(WriteFileAtomically(path, "one").ok());
  const FileStamp stamp = StampOf(path);
  const absl::Time changed = absl::FromUnixNanos(stamp.changed_ns);
  EXPECT_FALSE(IsSettled(stamp, changed));
  EXPECT_FALSE(IsSettled(stamp, changed - absl::Hours(1))) << "a clock that was set back";
  EXPECT_TRUE(IsSettled(stamp, changed + absl::Seconds(3)));
}

}  // namespace
}  // namespace accord
