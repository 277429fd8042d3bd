// What a trainer can do from inside its sandbox: the daemon's own launcher, the real program.
#include "client/daemon/training/sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/daemon/training/process_keeper.h"
#include "client/ipc/channel.h"
#include "tests/client/daemon/training/host_fixture.h"

namespace accord {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

struct Printed {
  absl::Mutex mutex;
  std::vector<std::string> lines ABSL_GUARDED_BY(mutex);
  std::vector<std::string> All() {
    absl::MutexLock lock(&mutex);
    return lines;
  }
};

class SandboxTest : public ::testing::Test {
 protected:
  void SetUp() override { ACCORD_SKIP_WITHOUT_SANDBOX(); }

  // Runs the trainer's self-test with `forbidden` besides what it always tries, to its end.
  std::vector<std::string> SelfTest(std::vector<BoundFile> files, const std::vector<std::string>& forbidden,
                                    bool gpu = false) {
    SandboxPlan plan;
    plan.name = "self-test";
    plan.program_path = absl::StrCat(ACCORD_BINARY_DIR, "/accord-trainer");
    plan.arguments = {"self-test", "--channel-fd", absl::StrCat(kChannelFd), "--memory-mib", "256"};
    for (const std::string& path : forbidden) plan.arguments.insert(plan.arguments.end(), {"--forbidden", path});
    if (gpu) {
      plan.arguments.push_back("--gpu");
      plan.devices = {"/dev/nvidia0", "/dev/nvidiactl"};  // those that are not there are left out
    }
    plan.files = std::move(files);
    auto ends = *IpcChannel::MakePair();
    plan.channel_fd = ends.second.fd();
    Printed printed;
    ProcessKeeper keeper([&](const std::string&, const std::string& line) {
      absl::MutexLock lock(&printed.mutex);
      printed.lines.push_back(line);
    });
    const absl::StatusOr<std::shared_ptr<KeptProcess>> process = keeper.Spawn(RequestFor(plan));
    EXPECT_TRUE(process.ok()) << process.status();
    (*process)->LastWords(absl::Seconds(60));
    return printed.All();
  }

  TemporaryFolder folder_;
};

TEST_F(SandboxTest, EverythingThatAHostileModelWouldTryIsDenied) {
  const std::string other = folder_.Write("other.csv", "1,2\n");
  const std::vector<std::string> lines = SelfTest({}, {other, "/proc/self/root" + other, ACCORD_SOURCE_DIR});
  for (const char* attempt :
       {"denied: an internet socket", "denied: a local socket", "denied: a name look-up", "denied: tracing process 1",
        "denied: reading the warm process's memory", "denied: starting a program", "denied: writing into /tmp",
        "denied: opening a descriptor's file for writing", "denied: reserving room behind a file's end",
        "denied: changing a path while the filter looks at it", "denied: reading /etc/passwd"}) {
    EXPECT_THAT(lines, Contains(attempt));
  }
  EXPECT_THAT(lines, Contains("denied: reading " + other));
  EXPECT_THAT(lines, Each(Not(HasSubstr("NOT DENIED"))));
}

// What a site gives up by sandbox.gpu: requests to the driver, and opening for writing what could be opened for
// reading.
TEST_F(SandboxTest, WithAGpuItsDriverCanBeAskedAndNothingElse) {
  std::vector<std::string> let_through;
  for (const std::string& line : SelfTest({}, {}, /*gpu=*/true)) {
    if (absl::StartsWith(line, "NOT DENIED: ")) let_through.push_back(line.substr(12));
  }
  EXPECT_THAT(let_through, ::testing::UnorderedElementsAre("asking a GPU's driver", "asking a GPU's memory driver",
                                                           "opening a descriptor's file for writing"));
}

TEST(SandboxArguments, OnlyAGpusDeviceFilesAreBoundBehindTheEmptyDev) {
  SandboxPlan plan;
  plan.program_path = "/usr/bin/accord-trainer";
  const std::vector<std::string> without = RequestFor(plan).arguments;
  EXPECT_THAT(without, Not(Contains("--dev-bind-try")));
  plan.devices = {"/dev/nvidia0"};
  std::vector<std::string> with = RequestFor(plan).arguments;
  const auto dev = std::find(with.begin(), with.end(), "--dev");
  const auto bound = std::find(with.begin(), with.end(), "--dev-bind-try");
  const auto sealed = std::find(with.begin(), with.end(), "--remount-ro");
  ASSERT_TRUE(dev < bound && bound < sealed && sealed != with.end());
  EXPECT_EQ(bound[1], "/dev/nvidia0");
  EXPECT_EQ(bound[2], "/dev/nvidia0");
  with.erase(bound, bound + 3);
  EXPECT_EQ(with, without);
}

TEST_F(SandboxTest, RefusedCallsAreLoggedByName) {
  const std::vector<std::string> lines = SelfTest({}, {});
  for (const char* call : {"socket", "ptrace", "execve", "openat", "kill", "clone"}) {
    EXPECT_THAT(lines, Contains(absl::StrCat("sandbox: refused system call ", call)));
  }
}

TEST_F(SandboxTest, AFileThatIsBoundCanBeReadWhichShowsThatTheTestCanFail) {
  const std::string data = folder_.Write("heart.csv", "1,2\n");
  EXPECT_THAT(SelfTest({{data, "/data/0/heart.csv"}}, {"/data/0/heart.csv"}),
              Contains("NOT DENIED: reading /data/0/heart.csv"));
}

TEST_F(SandboxTest, AProgramThatCannotStartLeavesItsReasonAsLastWords) {
  SandboxPlan plan;
  plan.name = "nothing";
  plan.program_path = absl::StrCat(ACCORD_BINARY_DIR, "/accord-trainer");
  plan.files = {{folder_.path() + "/absent.csv", "/data/0/absent.csv"}};
  auto ends = *IpcChannel::MakePair();
  plan.channel_fd = ends.second.fd();
  ProcessKeeper keeper([](const std::string&, const std::string&) {});
  const absl::StatusOr<std::shared_ptr<KeptProcess>> process = keeper.Spawn(RequestFor(plan));
  ASSERT_TRUE(process.ok());
  EXPECT_THAT((*process)->LastWords(absl::Seconds(60)), HasSubstr("absent.csv"));
}

}  // namespace
}  // namespace accord
