#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    std::string folder = ::testing::TempDir() + "/accord-file-XXXXXX";
    folder_ = mkdtemp(folder.data());
  }
  ~FileTest() override { std::filesystem::remove_all(folder_); }
  std::string Path(absl::string_view name) const { return absl::StrCat(folder_, "/", name); }
  static int ModeOf(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(stat(path.c_str(), &info), 0);
    return info.st_mode & 07777;
  }
  size_t NumFiles() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  std::string folder_;
};

TEST_F(FileTest, WritesAtomicallyWithTheModeAskedFor) {
  for (const int mode : {0600, 0644, 0640}) {
    ASSERT_TRUE(WriteFileAtomically(Path("a"), "content", mode).ok());
    EXPECT_EQ(ModeOf(Path("a")), mode);
    EXPECT_EQ(ReadFile(Path("a")).value(), "content");
  }
  EXPECT_EQ(NumFiles(), 1u) << "no temporary file stays";
}

TEST_F(FileTest, ReplacesAnOpenFileWithoutChangingWhatItsReaderSees) {
  ASSERT_TRUE(WriteFileAtomically(Path("a"), "old").ok());
  UniqueFd reader(open(Path("a").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(WriteFileAtomically(Path("a"), "new", 0644, Durability::kVisible).ok());
  char bytes[3];
  ASSERT_TRUE(ReadFully(reader.get(), bytes, 3, 0).ok());
  EXPECT_EQ(std::string(bytes, 3), "old");
  EXPECT_EQ(ReadFile(Path("a")).value(), "new");
}

TEST_F(FileTest, LeavesTheOldContentWhenAWriteFails) {
  std::filesystem::create_directory(Path("taken"));
  EXPECT_FALSE(WriteFileAtomically(Path("taken"), "x").ok());
  EXPECT_TRUE(std::filesystem::is_directory(Path("taken")));
  EXPECT_EQ(NumFiles(), 1u) << "no temporary file stays";
  const absl::Status status = WriteFileAtomically(Path("missing/a"), "x");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("missing/a"));
}

TEST_F(FileTest, ReadsUpToTheLimitAndNoFurther) {
  ASSERT_TRUE(WriteFileAtomically(Path("a"), std::string(100, 'x')).ok());
  EXPECT_EQ(ReadFile(Path("a"), 100).value().size(), 100u);
  EXPECT_EQ(ReadFile(Path("a"), 99).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ReadFile(Path("none")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(ReadFile(folder_).ok()) << "a folder is no file";
}

TEST_F(FileTest, ReadsAndWritesExactlyOrSaysThatTheFileEnds) {
  UniqueFd fd(open(Path("a").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_TRUE(WriteFully(fd.get(), "hello", 5, 10).ok());
  char bytes[5];
  ASSERT_TRUE(ReadFully(fd.get(), bytes, 5, 10).ok());
  EXPECT_EQ(std::string(bytes, 5), "hello");
  EXPECT_EQ(ReadFully(fd.get(), bytes, 5, 11).code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(WriteFully(-1, "x", 1, 0).ok());
}

TEST_F(FileTest, MakesFoldersWithParentsAndTakesExistingOnes) {
  ASSERT_TRUE(MakeFolders(Path("a/b/c"), 0700).ok());
  EXPECT_EQ(ModeOf(Path("a/b/c")), 0700);
  EXPECT_TRUE(MakeFolders(Path("a/b/c"), 0700).ok());
  ASSERT_TRUE(WriteFileAtomically(Path("file"), "x").ok());
  EXPECT_FALSE(MakeFolders(Path("file")).ok());
}

TEST_F(FileTest, SharesMappedMemoryBetweenItsMappings) {
  auto fd = MakeMemoryFile("test", 4096);
  ASSERT_TRUE(fd.ok());
  auto writer = MappedFile::Map(fd->get(), 4096, MappedFile::Access::kReadWrite);
  auto reader = MappedFile::Map(fd->get(), 4096, MappedFile::Access::kRead);
  ASSERT_TRUE(writer.ok() && reader.ok());
  fd->Reset();
  std::memcpy(writer->data(), "shared", 6);
  EXPECT_EQ(std::memcmp(reader->data(), "shared", 6), 0);
  MappedFile moved = *std::move(writer);
  EXPECT_EQ(moved.size(), 4096u);
  EXPECT_EQ(writer->data(), nullptr);  // NOLINT: the state after the move is the promise
}

TEST_F(FileTest, MapsNothingForSizeZeroAndRefusesABadDescriptor) {
  EXPECT_TRUE(MappedFile::Map(-1, 0, MappedFile::Access::kRead).ok());
  EXPECT_FALSE(MappedFile::Map(-1, 10, MappedFile::Access::kRead).ok());
}

TEST_F(FileTest, ClosesItsDescriptorOnceAndOnlyOnce) {
  UniqueFd first(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = first.get();
  UniqueFd second = std::move(first);
  EXPECT_FALSE(first.valid());  // NOLINT: the state after the move is the promise
  EXPECT_EQ(second.get(), number);
  second.Reset();
  EXPECT_EQ(fcntl(number, F_GETFD), -1);
}

}  // namespace
}  // namespace accord
