// How long a scratch file may become, and where none is made.
#include "client/daemon/training/scratch_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "base/scratch_space.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kAllOfTheDisk = uint64_t{1} << 60;

// Beside the programs: the folder for temporary files may be in memory.
TEST(MakeScratchFile, LeavesRunningJobsWhatTheyWereGranted) {
  const auto first = MakeScratchFile(ACCORD_BINARY_DIR, kAllOfTheDisk);
  if (absl::IsResourceExhausted(first.status())) GTEST_SKIP() << first.status();
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = MakeScratchFile(ACCORD_BINARY_DIR, kAllOfTheDisk, first->size / 2);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_LT(second->size, first->size / 4 * 3);
  EXPECT_GT(second->size, first->size / 4) << "what others write meanwhile is less than that";
  for (const uint64_t granted : {2 * first->size, UINT64_MAX}) {
    const absl::Status none = MakeScratchFile(ACCORD_BINARY_DIR, kAllOfTheDisk, granted).status();
    EXPECT_TRUE(absl::IsResourceExhausted(none)) << none;
    EXPECT_THAT(std::string(none.message()), HasSubstr("are other running jobs'"));
  }
}

constexpr int kCannotMount = 77;

// In namespaces of its own: an overlay whose upper folder is in memory, as a container's may be.
int TryAnOverlayInMemory() {
  if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return kCannotMount;
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return kCannotMount;
  if (mount("memory", "/mnt", "tmpfs", 0, nullptr) != 0) return kCannotMount;
  for (const char* folder : {"/mnt/lower", "/mnt/upper", "/mnt/work", "/mnt/merged"}) mkdir(folder, 0700);
  const char* layers = "lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work";
  if (mount("overlay", "/mnt/merged", "overlay", 0, layers) != 0) return kCannotMount;
  const absl::Status status = MakeScratchFile("/mnt/merged", uint64_t{100} << 20).status();
  const bool told = status.message().find("overlay that seems to lie in memory") != absl::string_view::npos;
  return absl::IsFailedPrecondition(status) && told ? 0 : 1;
}

TEST(MakeScratchFile, MakesNoneInAnOverlayThatLiesInMemory) {
  const pid_t child = fork();
  if (child == 0) _exit(TryAnOverlayInMemory());
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kCannotMount) GTEST_SKIP() << "this process may not mount an overlay";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace accord
