#include "coordinator/store/scratch_files.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <utility>

#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

ino_t FileOf(const ScratchFile& file) {
  struct stat about = {};
  EXPECT_EQ(fstat(file.fd(), &about), 0);
  return about.st_ino;
}

ScratchFile Take(ScratchFiles& files) {
  auto file = files.Take();
  EXPECT_TRUE(file.ok()) << file.status();
  return file.ok() ? *std::move(file) : ScratchFile();
}

void Write(const ScratchFile& file, size_t num_bytes) {
  const std::string bytes(num_bytes, 'x');
  ASSERT_TRUE(WriteFully(file.fd(), bytes.data(), bytes.size(), 0).ok());
}

TEST(ScratchFilesTest, UsesAFileThatWasGivenBackAgain) {
  const TemporaryFolder folder;
  const auto files = ScratchFiles::Create(folder.path(), 1000);
  ino_t first = 0;
  {
    const ScratchFile file = Take(*files);
    Write(file, 100);
    first = FileOf(file);
  }
  const ScratchFile again = Take(*files);
  const ScratchFile other = Take(*files);
  EXPECT_EQ(FileOf(again), first);
  EXPECT_NE(FileOf(other), first);
}

TEST(ScratchFilesTest, LeavesNoNameInTheFolder) {
  const TemporaryFolder folder;
  const auto files = ScratchFiles::Create(folder.path(), 1000);
  ScratchFile file = Take(*files);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  file.Reset();
  EXPECT_FALSE(file.valid());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(ScratchFilesTest, LetsAFileGoThatWouldExceedWhatMayBeKept) {
  const TemporaryFolder folder;
  const auto files = ScratchFiles::Create(folder.path(), 150);
  ScratchFile one = Take(*files);
  ScratchFile two = Take(*files);
  Write(one, 100);
  Write(two, 100);
  const ino_t first = FileOf(one);
  one.Reset();
  two.Reset();  // does not fit beside the first
  const ScratchFile kept = Take(*files);
  EXPECT_EQ(FileOf(kept), first);
  const ScratchFile fresh = Take(*files);
  struct stat about = {};
  ASSERT_EQ(fstat(fresh.fd(), &about), 0);
  EXPECT_EQ(about.st_size, 0);
}

TEST(ScratchFilesTest, LetsUnusedFilesGoAndLeavesThoseInUse) {
  const TemporaryFolder folder;
  const auto files = ScratchFiles::Create(folder.path(), 1000);
  const ScratchFile used = Take(*files);
  Write(used, 10);
  {
    const ScratchFile unused = Take(*files);
    Write(unused, 100);
  }
  files->DropUnused();
  struct stat about = {};
  const ScratchFile fresh = Take(*files);
  ASSERT_EQ(fstat(fresh.fd(), &about), 0);
  EXPECT_EQ(about.st_size, 0);
  ASSERT_EQ(fstat(used.fd(), &about), 0);
  EXPECT_EQ(about.st_size, 10);
}

TEST(ScratchFilesTest, AFileOutlivesThePoolThatMadeIt) {
  const TemporaryFolder folder;
  auto files = ScratchFiles::Create(folder.path(), 1000);
  ScratchFile file = Take(*files);
  files.reset();
  Write(file, 10);
  const ScratchFile moved = std::move(file);
  EXPECT_TRUE(moved.valid());
}

TEST(ScratchFilesTest, NamesThePathWhereNoFileCanBeMade) {
  const auto files = ScratchFiles::Create("/nowhere/at/all", 1000);
  const auto file = files->Take();
  EXPECT_EQ(file.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(file.status().message()), ::testing::HasSubstr("/nowhere/at/all/upload-"));
}

}  // namespace
}  // namespace accord
