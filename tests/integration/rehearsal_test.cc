// `accord job rehearse` as a person runs it: one command, nothing set up beforehand, nothing left behind.
#include <gmock/gmock.h>
#include <signal.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/file.h"
#include "bench/federation/process.h"
#include "tests/integration/running_federation.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class Rehearsals : public RunningFederation {
 protected:
  // The example of heart risk, shorter and for three sites.
  std::string HeartJob() {
    const std::string yaml = absl::StrReplaceAll(ReadWhole(ACCORD_SOURCE_DIR "/deploy/examples/heart-risk.yaml"),
                                                 {{"count: 60", "count: 4"}, {"target_sites: 4", "target_sites: 3"}});
    return WriteJob(yaml);
  }
  std::string WriteJob(const std::string& yaml) {
    EXPECT_TRUE(WriteFileAtomically(folder_.Path("job.yaml"), yaml, 0644, Durability::kVisible).ok());
    return folder_.Path("job.yaml");
  }
  // With a folder for temporary files that is the test's own and no profile that could help.
  bench::Process Rehearse(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {std::string(ACCORD_BINARY_DIR) + "/accord", "job", "rehearse"});
    std::filesystem::create_directories(Temporary());
    auto process = bench::Process::Start({.argv = arguments,
                                          .output_path = folder_.Path("output"),
                                          .environment = {"TMPDIR=" + Temporary(), "ACCORD_PROFILE=/nowhere"},
                                          .errors_path = folder_.Path("errors")});
    EXPECT_TRUE(process.ok()) << process.status().message();
    return std::move(process).value_or(bench::Process());
  }
  int ExitOf(bench::Process& process) {
    const auto status = process.WaitForExit(absl::Seconds(120) * kSlowdown);
    EXPECT_TRUE(status.ok()) << status.status().message();
    return status.value_or(-1);
  }
  std::string Temporary() { return folder_.Path("temporary"); }
  std::string Errors() { return ReadWhole(folder_.Path("errors")); }

  bench::TempFolder folder_;
};

TEST_F(Rehearsals, OneCommandRunsTheJobAndTellsWhatASubmitterWantsToKnow) {
  bench::Process process = Rehearse({HeartJob(), "--seed", "3", "--html", folder_.Path("rehearsal.html")});
  ASSERT_EQ(ExitOf(process), 0) << Errors() << process.Output();
  const std::string output = process.Output();
  for (const char* expected : {"heart-risk is a valid job", "SYNTHETIC rows: 3 sites of 400 rows, seed 3", "4 of 4",
                               "in a round", "says nothing about accuracy on real ones", "accord job submit "}) {
    EXPECT_THAT(output, HasSubstr(expected));
  }
  EXPECT_THAT(ReadWhole(folder_.Path("rehearsal.html")), HasSubstr("Rehearsal on synthetic rows: heart-risk"));
  EXPECT_TRUE(std::filesystem::is_empty(Temporary()));
}

TEST_F(Rehearsals, TheHashIsThatOfTheSubmittedFileWhateverTheRowsAre) {
  const std::string job = HeartJob();
  ASSERT_TRUE(WriteFileAtomically(folder_.Path("published.yaml"),
                                  "source: a table\ncolumns: [{name: age, mean: 54, spread: 9}]\n"
                                  "classes: [{level: absent, share: 0.45}, {level: present, share: 0.55}]\n")
                  .ok());
  bench::Process process = Rehearse({job, "--json", "--rows", "120", "--skew", "label=0.5,quantity=1", "--statistics",
                                     folder_.Path("published.yaml")});
  ASSERT_EQ(ExitOf(process), 0) << Errors();
  const auto result = nlohmann::json::parse(process.Output(), nullptr, false);
  ASSERT_TRUE(result.is_object()) << process.Output();
  EXPECT_EQ(result["sites"].size(), 3u);
  EXPECT_GT(result["trainer_memory"]["peak_resident_bytes"], 1 << 20);
  EXPECT_EQ(result["report"]["sites"].size(), 3u);
  for (const auto& site : result["report"]["sites"]) EXPECT_EQ(site["sandboxed"], true);

  Start({});
  const std::string id = Submit(ReadWhole(job));
  const v1::JobReport submitted = Await(id, [](const v1::JobReport&) { return true; });
  EXPECT_EQ(result["job_sha256"], submitted.job_sha256());
}

TEST_F(Rehearsals, CtrlCLeavesNoProcessAndNoFile) {
  bench::Process process = Rehearse({WriteJob(SlowJob(1000, 3))});
  ASSERT_TRUE(process.WaitForOutput("training", absl::Seconds(60) * kSlowdown).ok()) << process.Output() << Errors();
  std::vector<pid_t> started;
  for (const char* name : {"accord-coordina", "accord-client", "accord-trainer"}) {
    const auto found = bench::Descendants(process.pid(), name);
    EXPECT_FALSE(found.empty()) << name;
    started.insert(started.end(), found.begin(), found.end());
  }
  process.Signal(SIGINT);
  EXPECT_EQ(ExitOf(process), 1);
  EXPECT_THAT(Errors(), HasSubstr("stopped by Ctrl-C"));
  for (const pid_t pid : started) EXPECT_TRUE(bench::WaitUntilGone(pid, absl::Seconds(10) * kSlowdown)) << pid;
  EXPECT_TRUE(std::filesystem::is_empty(Temporary()));
}

TEST_F(Rehearsals, ADaemonThatEndsIsNamedWithItsLogsLastLines) {
  // A site may be called as parts of the federation are.
  const std::string yaml = absl::StrReplaceAll(
      SlowJob(1000, 3), {{"target_sites: 3", "target_sites: 3, sites: [coordinator, engineer, roster]"}});
  bench::Process process = Rehearse({WriteJob(yaml)});
  ASSERT_TRUE(process.WaitForOutput("training", absl::Seconds(60) * kSlowdown).ok()) << process.Output() << Errors();
  kill(bench::Descendants(process.pid(), "accord-client").front(), SIGKILL);
  EXPECT_EQ(ExitOf(process), 1);
  EXPECT_THAT(Errors(), HasSubstr("the daemon of "));
  EXPECT_THAT(Errors(), HasSubstr("info: connected to localhost:"));
  EXPECT_TRUE(std::filesystem::is_empty(Temporary()));
}

}  // namespace
}  // namespace accord
