#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "bench/federation/process.h"

namespace accord {
namespace {

constexpr absl::Duration kTimeout = absl::Minutes(4);

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Processes that name this folder on their command line.
std::vector<std::string> ProcessesOf(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& process : std::filesystem::directory_iterator("/proc", error)) {
    std::string command_line = ReadAll(process.path().string() + "/cmdline");
    if (absl::StrContains(command_line, folder)) found.push_back(std::move(command_line));
  }
  return found;
}

class Quickstart : public testing::Test {
 protected:
  // Runs the script over the programs of this build; its exit status.
  int Run(std::vector<std::string> options) {
    std::vector<std::string> argv = {std::string(ACCORD_SOURCE_DIR) + "/deploy/quickstart.sh", "--skip-install",
                                     "--out", out_};
    argv.insert(argv.end(), options.begin(), options.end());
    auto process =
        bench::Process::Start({argv, folder_.Path("output"), {std::string("ACCORD_BINARIES=") + ACCORD_BINARY_DIR}});
    EXPECT_TRUE(process.ok()) << process.status().message();
    if (!process.ok()) return -1;
    const absl::StatusOr<int> status = process->WaitForExit(kTimeout);
    output_ = process->Output();
    EXPECT_TRUE(status.ok()) << status.status().message();
    return status.value_or(-1);
  }

  void InterruptInTheTraining() {
    auto process = bench::Process::Start(
        {{std::string(ACCORD_SOURCE_DIR) + "/deploy/quickstart.sh", "--skip-install", "--out", out_},
         folder_.Path("interrupted"),
         {std::string("ACCORD_BINARIES=") + ACCORD_BINARY_DIR}});
    ASSERT_TRUE(process.ok());
    ASSERT_TRUE(process->WaitForOutput("== Training", kTimeout).ok()) << process->OutputTail();
    process->Signal(SIGTERM);
    ASSERT_TRUE(process->WaitForExit(kTimeout).ok());
  }

  nlohmann::json Result() const { return nlohmann::json::parse(ReadAll(out_ + "/result.json"), nullptr, false); }

  bench::TempFolder folder_;
  const std::string out_ = folder_.Path("out");
  std::string output_;
};

TEST_F(Quickstart, TrainsOverSyntheticHospitalsAndStopsEverythingAlsoWhenItIsInterrupted) {
  InterruptInTheTraining();
  EXPECT_TRUE(ProcessesOf(out_).empty()) << ProcessesOf(out_).front();
  // Over the folder that the first run has left.
  ASSERT_EQ(Run({}), 0) << output_;
  EXPECT_TRUE(ProcessesOf(out_).empty()) << ProcessesOf(out_).front();
  const nlohmann::json result = Result();
  ASSERT_TRUE(result.is_object());
  EXPECT_EQ(result["synthetic"], true);
  EXPECT_EQ(result["hospitals"].size(), 4u);
  for (const char* how : {"alone", "federated", "pooled"}) {
    EXPECT_TRUE(result["weighted"][how]["accuracy"].is_number()) << how;
    EXPECT_TRUE(result["weighted"][how]["auc"].is_number()) << how;
  }
  const std::string report = ReadAll(out_ + "/report.html");
  EXPECT_TRUE(absl::StrContains(report, "</html>"));
  EXPECT_TRUE(absl::StrContains(absl::AsciiStrToLower(report), "synthetic"));
  EXPECT_FALSE(absl::StrContains(report, "<script"));
  EXPECT_TRUE(absl::StrContains(output_, "SYNTHETIC"));
  EXPECT_GT(std::filesystem::file_size(out_ + "/model.pt"), 0u);
}

TEST_F(Quickstart, ReachesTheAccuracyOfPooledRowsOnTheRealFiles) {
  const char* data = std::getenv("ACCORD_DATA");
  if (data == nullptr) GTEST_SKIP() << "set ACCORD_DATA to the folder that holds data/heart-disease";
  ASSERT_EQ(Run({"--data", std::string(data) + "/data/heart-disease"}), 0) << output_;
  const nlohmann::json result = Result();
  ASSERT_TRUE(result.is_object());
  EXPECT_EQ(result["synthetic"], false);
  EXPECT_GE(result["weighted"]["federated"]["accuracy"].get<double>(), 0.79);
  EXPECT_GT(result["weighted"]["federated"]["accuracy"].get<double>(),
            result["weighted"]["alone"]["accuracy"].get<double>());
}

TEST_F(Quickstart, LeavesAFolderAloneThatIsNotItsOwn) {
  std::filesystem::create_directory(out_);
  std::ofstream(out_ + "/thesis.txt") << "precious";
  EXPECT_EQ(Run({}), 1);
  EXPECT_TRUE(absl::StrContains(output_, "not from an earlier quickstart"));
  EXPECT_EQ(ReadAll(out_ + "/thesis.txt"), "precious");
}

TEST_F(Quickstart, SaysWhichFileIsMissing) {
  EXPECT_EQ(Run({"--data", folder_.path()}), 1);
  EXPECT_TRUE(absl::StrContains(output_, "processed.cleveland.data")) << output_;
}

}  // namespace
}  // namespace accord
