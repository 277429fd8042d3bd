#include "base/folder_lock.h"

#include <chrono>
#include <filesystem>
#include <future>

#include "gtest/gtest.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

TEST(FolderLock, IsHeldByOneAtATimeAndFreeAgainOnceThatOneIsDone) {
  const TemporaryFolder folder;
  auto first = LockFolder(folder.Path("new"));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(std::filesystem::is_directory(folder.Path("new"))) << "made where it was missing";
  auto second = std::async(std::launch::async, [&] { return LockFolder(folder.Path("new")).status(); });
  EXPECT_EQ(second.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  first->Reset();
  EXPECT_TRUE(second.get().ok());
}

TEST(FolderLock, OfWhatIsNoFolderIsRefused) {
  const TemporaryFolder folder;
  ASSERT_TRUE(WriteFileAtomically(folder.Path("file"), "").ok());
  EXPECT_FALSE(LockFolder(folder.Path("file")).ok());
}

}  // namespace
}  // namespace accord
