// The parts of a federation on this machine; whole ones run in tests/integration.
#include "cli/local_federation/local_federation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/file.h"
#include "cli/local_federation/log_lines.h"
#include "cli/local_federation/process_memory.h"
#include "cli/local_federation/scratch_folder.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

bool IsReadable(int fd) {
  pollfd event = {fd, POLLIN, 0};
  return poll(&event, 1, 0) == 1;
}

ScratchFolder MakeFolder() { return ScratchFolder::Create("accord-test-").value(); }

void WriteProgram(const std::string& path) {
  ASSERT_TRUE(WriteFileAtomically(path, "#!/bin/sh\n", 0755, Durability::kVisible).ok());
}

TEST(StopRequestsTest, ASignalIsARequestAndASecondOneAnother) {
  const auto stop = StopRequests::Take().value();
  EXPECT_TRUE(stop->status().ok());
  EXPECT_FALSE(IsReadable(stop->fd()));
  raise(SIGINT);
  EXPECT_EQ(stop->status().code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(std::string(stop->status().message()), HasSubstr("SIGINT"));
  EXPECT_TRUE(IsReadable(stop->fd()));
  EXPECT_FALSE(IsReadable(stop->again_fd()));
  raise(SIGTERM);
  EXPECT_TRUE(IsReadable(stop->again_fd()));
  EXPECT_THAT(std::string(stop->status().message()), HasSubstr("SIGINT"));  // the first one
}

TEST(StopRequestsTest, AfterwardsSignalsDoWhatTheyDid) {
  struct sigaction before = {}, after = {};
  sigaction(SIGTERM, nullptr, &before);
  {
    const auto stop = StopRequests::Take().value();
    EXPECT_EQ(StopRequests::Take().status().code(), absl::StatusCode::kFailedPrecondition);
  }
  sigaction(SIGTERM, nullptr, &after);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
  EXPECT_TRUE(StopRequests::Take().ok());
}

TEST(StopRequestsTest, ARequestEndsAWait) {
  const ScratchFolder folder = MakeFolder();
  const auto stop = StopRequests::Take().value();
  Process process =
      Process::Start({.argv = {"/bin/sh", "-c", "exec sleep 1000"}, .output_path = folder.Path("log")}).value();
  raise(SIGINT);
  const Patience patience(absl::Minutes(5), stop.get());
  EXPECT_EQ(process.WaitForExit(patience).status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(process.WaitForOutput("ready", patience).code(), absl::StatusCode::kCancelled);
}

TEST(StopRequestsTest, ASecondOneDoesNotWaitForAnOrderlyEnd) {
  const ScratchFolder folder = MakeFolder();
  const auto stop = StopRequests::Take().value();
  Process process = Process::Start({.argv = {"/bin/sh", "-c", "trap '' TERM; echo up; exec sleep 1000"},
                                    .output_path = folder.Path("log")})
                        .value();
  ASSERT_TRUE(process.WaitForOutput("up", absl::Seconds(30)).ok());
  raise(SIGINT);
  raise(SIGINT);
  process.Stop(absl::Minutes(5), stop.get());
  EXPECT_FALSE(process.running());
}

TEST(Programs, AreFoundBesideTheRunningOneThenInPath) {
  const ScratchFolder own = MakeFolder(), other = MakeFolder();
  WriteProgram(own.Path("accord-client"));
  WriteProgram(other.Path("accord-client"));
  WriteProgram(other.Path("accord-coordinator"));
  WriteProgram(other.Path("accord-trainer"));
  const auto programs = FindPrograms(own.path(), "relative:/nowhere:" + other.path());
  ASSERT_TRUE(programs.ok()) << programs.status();
  EXPECT_EQ(programs->client, own.Path("accord-client"));
  EXPECT_EQ(programs->coordinator, other.Path("accord-coordinator"));
  EXPECT_EQ(programs->trainer, other.Path("accord-trainer"));
}

TEST(Programs, AllThatAreMissingAreNamed) {
  const ScratchFolder own = MakeFolder();
  WriteProgram(own.Path("accord-client"));
  std::filesystem::create_directory(own.Path("accord-trainer"));  // no program
  const auto programs = FindPrograms(own.path(), "");
  EXPECT_EQ(programs.status().code(), absl::StatusCode::kNotFound);
  const std::string message(programs.status().message());
  EXPECT_THAT(message, HasSubstr("accord-coordinator"));
  EXPECT_THAT(message, HasSubstr("accord-trainer"));
  EXPECT_THAT(message, Not(HasSubstr("accord-client,")));
}

TEST(ScratchFolderTest, IsItsOwnersAloneAndGoesUnlessItIsKept) {
  std::string gone, kept;
  {
    const ScratchFolder folder = MakeFolder();
    struct stat facts = {};
    ASSERT_EQ(stat(folder.path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0700u);
    ASSERT_TRUE(MakeFolders(folder.Path("deep/down")).ok());
    gone = folder.path();
    ScratchFolder other = MakeFolder();
    other.Keep();
    kept = other.path();
  }
  EXPECT_FALSE(std::filesystem::exists(gone));
  EXPECT_TRUE(std::filesystem::exists(kept));
  std::filesystem::remove_all(kept);
}

TEST(RunProgramTest, GivesTheInputAndOutlivesAProgramThatReadsNone) {
  EXPECT_EQ(RunProgram({"/bin/sh", "-c", "cat"}, absl::Seconds(30), "a token").value(), "a token");
  EXPECT_EQ(RunProgram({"/bin/true"}, absl::Seconds(30), std::string(60000, 'x')).value(), "");
}

TEST(RunProgramTest, TellsWhatAProgramThatFailedSaid) {
  const auto output = RunProgram({"/bin/sh", "-c", "echo half; echo no space >&2; exit 3"}, absl::Seconds(30));
  EXPECT_EQ(output.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(output.status().message()), HasSubstr("exited with status 3:\nno space\nhalf"));
}

// A token that is printed must not lie in /tmp for a moment.
TEST(RunProgramTest, KeepsWhatIsPrintedOffTheDisk) {
  EXPECT_THAT(RunProgram({"/bin/sh", "-c", "readlink /proc/$$/fd/1"}, absl::Seconds(30)).value(), HasSubstr("memfd:"));
}

TEST(MemoryOfProcesses, IsWhatTheKernelSays) {
  const auto memory = MemoryOf(getpid());
  ASSERT_TRUE(memory.ok()) << memory.status();
  EXPECT_GT(memory->peak_resident_bytes, uint64_t{1} << 20);
  EXPECT_GE(memory->peak_address_bytes, memory->peak_resident_bytes);
  EXPECT_GT(AvailableMemoryBytes().value_or(0), uint64_t{1} << 20);
  EXPECT_EQ(MemoryOf(-1).status().code(), absl::StatusCode::kNotFound);
}

TEST(ReadableLogs, AreWordsAndNoJson) {
  EXPECT_EQ(ReadableLog("sage\":\"cut off\"}\n"
                        "{\"time\":\"2026-11-26T07:30:29.146Z\",\"level\":\"error\",\"message\":\"no space\"}\n"
                        "plain words\n{\"level\":3}\n"),
            "  error: no space\n  plain words\n  {\"level\":3}\n");
}

}  // namespace
}  // namespace accord
