// The tool itself: a test that waits must be able to fail.
#include "bench/federation/process.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <string>

#include "absl/strings/match.h"

namespace accord::bench {
namespace {

class Processes : public testing::Test {
 protected:
  Process Shell(const std::string& script) {
    auto process = Process::Start({{"/bin/sh", "-c", script}, folder_.Path("log")});
    EXPECT_TRUE(process.ok()) << process.status().message();
    return std::move(process).value_or(Process());
  }
  TempFolder folder_;
};

// Which takes longer to load than most of its commands take.
TEST_F(Processes, AccordItselfLoadsNoLibTorch) {
  const auto libraries = [](const std::string& program) {
    return RunProgram({"/usr/bin/env", "LD_TRACE_LOADED_OBJECTS=1", std::string(ACCORD_BINARY_DIR) + "/" + program},
                      absl::Seconds(30))
        .value_or("");
  };
  EXPECT_TRUE(absl::StrContains(libraries("accord"), "libgrpc"));
  EXPECT_FALSE(absl::StrContains(libraries("accord"), "torch"));
  EXPECT_TRUE(absl::StrContains(libraries("accord-models"), "torch"));
}

TEST_F(Processes, OutputIsSeenWhenItComes) {
  Process process = Shell("echo first; exec sleep 1000");
  EXPECT_TRUE(process.WaitForOutput("first", absl::Seconds(10)).ok());
  EXPECT_TRUE(process.running());
}

TEST_F(Processes, AnEarlyEndIsNotWaitedThrough) {
  Process process = Shell("echo something else; exit 3");
  const absl::Status status = process.WaitForOutput("ready", absl::InfiniteDuration());
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(status.message(), "something else"));
}

TEST_F(Processes, ADeadlineEndsEveryWait) {
  Process process = Shell("exec sleep 1000");
  EXPECT_EQ(process.WaitForOutput("ready", absl::Milliseconds(20)).code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(process.WaitForExit(absl::Milliseconds(20)).status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(Processes, AKilledProcessIsGoneAndSaysSo) {
  Process process = Shell("exec sleep 1000");
  const pid_t pid = process.pid();
  process.Signal(SIGKILL);
  EXPECT_EQ(process.WaitForExit(absl::Seconds(10)).value_or(0), 128 + SIGKILL);
  EXPECT_TRUE(WaitUntilGone(pid, absl::Seconds(10)));
}

TEST_F(Processes, GrandchildrenAreFoundByName) {
  Process process = Shell("sh -c 'echo up; sleep 1000; true'; true");
  ASSERT_TRUE(process.WaitForOutput("up", absl::Seconds(10)).ok());
  EXPECT_FALSE(Descendants(process.pid(), "sh").empty());
  for (const pid_t pid : Descendants(process.pid(), "sleep")) kill(pid, SIGKILL);
}

TEST_F(Processes, AFailedProgramGivesItsErrorOutput) {
  const auto result = RunProgram({"/bin/sh", "-c", "echo wrong >&2; exit 7"}, absl::Seconds(10));
  EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(result.status().message(), "wrong"));
}

}  // namespace
}  // namespace accord::bench
