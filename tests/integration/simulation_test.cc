// `accord simulate`: many sites in one process give what as many daemons give.
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

using ::testing::AllOf;
using ::testing::HasSubstr;

class Simulations : public RunningFederation {
 protected:
  // The example of heart risk, shorter and for so many sites.
  std::string HeartJobOf(int sites) {
    const std::string yaml =
        absl::StrReplaceAll(ReadWhole(ACCORD_SOURCE_DIR "/deploy/examples/heart-risk.yaml"),
                            {{"count: 60", "count: 3"}, {"target_sites: 4", absl::StrCat("target_sites: ", sites)}});
    return Write("job.yaml", yaml);
  }
  std::string Write(const std::string& name, const std::string& text) {
    EXPECT_TRUE(WriteFileAtomically(folder_.Path(name), text, 0644, Durability::kVisible).ok());
    return folder_.Path(name);
  }
  bench::Process Start(std::vector<std::string> arguments, const std::string& output = "output") {
    arguments.insert(arguments.begin(), std::string(ACCORD_BINARY_DIR) + "/accord");
    std::filesystem::create_directories(folder_.Path("temporary"));
    auto process = bench::Process::Start({.argv = arguments,
                                          .output_path = folder_.Path(output),
                                          .environment = {"TMPDIR=" + folder_.Path("temporary")},
                                          .errors_path = folder_.Path("errors")});
    EXPECT_TRUE(process.ok()) << process.status().message();
    return std::move(process).value_or(bench::Process());
  }
  // What it printed, as JSON.
  nlohmann::json Run(std::vector<std::string> arguments, const std::string& output) {
    arguments.emplace_back("--json");
    bench::Process process = Start(std::move(arguments), output);
    EXPECT_EQ(ExitOf(process), 0) << Errors() << process.Output();
    const auto result = nlohmann::json::parse(process.Output(), nullptr, false);
    EXPECT_TRUE(result.is_object()) << process.Output();
    return result;
  }
  int ExitOf(bench::Process& process) {
    const auto status = process.WaitForExit(absl::Seconds(180) * kSlowdown);
    EXPECT_TRUE(status.ok()) << status.status().message();
    return status.value_or(-1);
  }
  std::string Errors() { return ReadWhole(folder_.Path("errors")); }

  bench::TempFolder folder_;
};

TEST_F(Simulations, GiveTheModelOfARehearsalBitForBitRoundForRound) {
  const std::string job = HeartJobOf(5);
  const std::vector<std::string> rows = {"--rows", "80", "--seed", "4", "--skew", "label=0.5,quantity=1"};
  const auto with = [&](std::vector<std::string> command) {
    command.push_back(job);
    command.insert(command.end(), rows.begin(), rows.end());
    return command;
  };
  const nlohmann::json rehearsed = Run(with({"job", "rehearse"}), "rehearsed");
  // Fewer trainers than sites, so that each computes for several.
  std::vector<std::string> simulate = with({"simulate"});
  simulate.insert(simulate.end(), {"--processes", "2"});
  const nlohmann::json simulated = Run(simulate, "simulated");
  ASSERT_TRUE(rehearsed.contains("report") && simulated.contains("report"));
  EXPECT_EQ(simulated["job_sha256"], rehearsed["job_sha256"]);
  EXPECT_EQ(simulated["report"]["model_digest"], rehearsed["report"]["model_digest"]);
  const nlohmann::json& rounds = simulated["report"]["rounds"];
  const nlohmann::json& expected = rehearsed["report"]["rounds"];
  ASSERT_EQ(rounds.size(), expected.size());
  for (size_t i = 0; i < rounds.size(); ++i) {
    EXPECT_EQ(rounds[i]["outcome"], "ROUND_FINISHED");
    EXPECT_EQ(rounds[i]["model_digest"], expected[i]["model_digest"]) << i;
    EXPECT_EQ(rounds[i]["sites"], expected[i]["sites"]) << i;
  }
  EXPECT_EQ(simulated["simulation"]["trainers"], 2);
  EXPECT_GT(simulated["simulation"]["memory"]["total_bytes"], 1 << 20);
  EXPECT_FALSE(rehearsed.contains("simulation"));
}

TEST_F(Simulations, EndWithTheSummaryOfARehearsalAndSayWhatTheyAreNot) {
  bench::Process process =
      Start({"simulate", HeartJobOf(6), "--rows", "40", "--processes", "1", "--html", folder_.Path("simulation.html")});
  ASSERT_EQ(ExitOf(process), 0) << Errors() << process.Output();
  EXPECT_THAT(process.Output(),
              AllOf(HasSubstr("SYNTHETIC rows: 6 sites of 40 rows"), HasSubstr("Simulation of heart-risk"),
                    HasSubstr("for 6 sites in one process"), HasSubstr("accord job submit ")));
  EXPECT_THAT(ReadWhole(folder_.Path("simulation.html")),
              AllOf(HasSubstr("Simulation on synthetic rows: heart-risk"), HasSubstr("one process and one sandbox")));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.Path("temporary")));
}

TEST_F(Simulations, AProcessOfTheSitesThatEndsIsToldWithItsLastLines) {
  bench::Process process = Start({"simulate", Write("job.yaml", SlowJob(1000, 4))});
  ASSERT_TRUE(process.WaitForOutput("training", absl::Seconds(60) * kSlowdown).ok()) << process.Output() << Errors();
  const auto sites = bench::Descendants(process.pid(), "accord-simulato");
  ASSERT_EQ(sites.size(), 1u);
  kill(sites.front(), SIGKILL);
  EXPECT_EQ(ExitOf(process), 1);
  EXPECT_THAT(Errors(), HasSubstr("the process of the simulated sites ended by itself"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.Path("temporary")));
}

}  // namespace
}  // namespace accord
