#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bench/federation/process.h"

namespace accord {
namespace {

constexpr absl::Duration kSystemdTimeout = absl::Seconds(60);

const std::string& Units() {
  static const std::string folder = std::string(ACCORD_SOURCE_DIR) + "/deploy/systemd/";
  return folder;
}

// The value of a key that a unit sets once; empty when it does not.
std::string ValueOf(const std::string& role, const std::string& key) {
  std::ifstream unit(absl::StrCat(Units(), "accord-", role, ".service"));
  for (std::string line; std::getline(unit, line);) {
    if (line.rfind(key + "=", 0) == 0) return line.substr(key.size() + 1);
  }
  return "";
}

TEST(Systemd, TheRolesRunAsUsersOfTheirOwnWithoutPrivileges) {
  EXPECT_EQ(ValueOf("coordinator", "User"), "accord-coordinator");
  EXPECT_EQ(ValueOf("client", "User"), "accord-client");
  EXPECT_EQ(ValueOf("tree", "User"), "accord-tree");
  for (const char* role : {"coordinator", "client", "tree"}) {
    EXPECT_EQ(ValueOf(role, "NoNewPrivileges"), "yes");
    EXPECT_EQ(ValueOf(role, "ProtectSystem"), "strict");
    EXPECT_EQ(ValueOf(role, "CapabilityBoundingSet"), "");
  }
}

// Its keeper and the projects exchange files alone.
TEST(Systemd, AFederationTreeHasNoNetwork) {
  EXPECT_EQ(ValueOf("tree", "PrivateNetwork"), "yes");
  EXPECT_EQ(ValueOf("tree", "RestrictAddressFamilies"), "AF_UNIX");
  EXPECT_EQ(ValueOf("tree", "UMask"), "0022") << "projects read their receipts";
}

TEST(Systemd, TheDaemonMayStillMakeTheTrainersNamespaces) {
  EXPECT_EQ(ValueOf("client", "RestrictNamespaces"), "");
  EXPECT_EQ(ValueOf("client", "ProtectKernelTunables"), "");
  EXPECT_EQ(ValueOf("client", "SystemCallFilter"), "");
}

TEST(Systemd, InstallPutsARoleThereAndUninstallTakesItAway) {
  for (const std::string role : {"coordinator", "client", "tree"}) {
    bench::TempFolder root;
    const auto installed = bench::RunProgram(
        {Units() + "install.sh", role, "--binaries", ACCORD_BINARY_DIR, "--destdir", root.path()}, kSystemdTimeout);
    ASSERT_TRUE(installed.ok()) << installed.status().message();
    const std::string unit = root.Path(absl::StrCat("etc/systemd/system/accord-", role, ".service"));
    const std::string name = role == "tree" ? "accord-coordinator" : "accord-" + role;
    const std::string program = root.Path("usr/local/bin/" + name);
    EXPECT_TRUE(std::filesystem::exists(unit));
    EXPECT_EQ(ValueOf(role, "ExecStart").rfind("/usr/local/bin/" + name + " ", 0), 0u);
    EXPECT_TRUE(std::filesystem::exists(program));
    for (const char* of_sites : {"usr/local/bin/accord-signer", "usr/local/bin/accord-reader"}) {
      EXPECT_EQ(std::filesystem::exists(root.Path(of_sites)), role == "client") << of_sites;
    }
    // The accord beside a coordinator submits jobs too.
    EXPECT_EQ(std::filesystem::exists(root.Path("usr/local/bin/accord-models")), role == "coordinator");
    for (const auto& [user, program_with_torch] :
         {std::pair("coordinator", "accord-models"), {"client", "accord-trainer"}}) {
      const std::string lib = absl::StrCat("lib/", program_with_torch);
      EXPECT_EQ(std::filesystem::exists(root.Path("usr/local/" + lib)),
                role == user && std::filesystem::exists(absl::StrCat(ACCORD_BINARY_DIR, "/../", lib)));
    }
    const auto removed = bench::RunProgram({Units() + "uninstall.sh", role, "--destdir", root.path()}, kSystemdTimeout);
    ASSERT_TRUE(removed.ok()) << removed.status().message();
    EXPECT_FALSE(std::filesystem::exists(unit));
    EXPECT_FALSE(std::filesystem::exists(program));
    EXPECT_TRUE(std::filesystem::is_empty(root.Path("usr/local/bin")));
    EXPECT_FALSE(std::filesystem::exists(root.Path("usr/local/lib/accord-trainer")));
    EXPECT_FALSE(std::filesystem::exists(root.Path("usr/local/lib/accord-models")));
  }
}

TEST(Systemd, UninstallLeavesTheProgramOfACoordinatorBesideAFederationTree) {
  bench::TempFolder root;
  const auto run = [&root](const std::string& script, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), Units() + script);
    arguments.insert(arguments.end(), {"--destdir", root.path()});
    const auto ran = bench::RunProgram(arguments, kSystemdTimeout);
    EXPECT_TRUE(ran.ok()) << ran.status().message();
  };
  for (const char* role : {"coordinator", "tree"}) run("install.sh", {role, "--binaries", ACCORD_BINARY_DIR});
  const std::string program = root.Path("usr/local/bin/accord-coordinator");
  run("uninstall.sh", {"tree"});
  EXPECT_TRUE(std::filesystem::exists(program));
  run("uninstall.sh", {"coordinator"});
  EXPECT_FALSE(std::filesystem::exists(program));
}

// The words of a command, with the folders of an installed service replaced by those of the test.
std::vector<std::string> WordsOf(absl::string_view command, const std::string& state_folder) {
  const std::string here = absl::StrReplaceAll(command, {{"/usr/local/bin", ACCORD_BINARY_DIR},
                                                         {"/var/lib/accord-coordinator", state_folder},
                                                         {"/var/lib/accord-tree", state_folder}});
  return absl::StrSplit(here, ' ', absl::SkipWhitespace());
}

// The line of operations.md that makes the folder of a role that runs as a service: `command` says how.
std::string InitLine(const std::string& role, const std::string& command) {
  const std::string prefix = absl::StrCat("sudo -u accord-", role, " ", command, " ");
  std::ifstream page(std::string(ACCORD_SOURCE_DIR) + "/docs/operations.md");
  for (std::string line; std::getline(page, line);) {
    if (line.rfind(prefix, 0) == 0) return "/usr/local/bin/" + line.substr(line.find(command));
  }
  return "";
}

TEST(Systemd, TheCoordinatorsUnitStartsInTheFolderThatItsPageMakes) {
  bench::TempFolder root;
  const std::string folder = root.Path("state");
  const std::string init = InitLine("coordinator", "accord-coordinator init");
  ASSERT_NE(init, "") << "operations.md does not make a folder for the service";
  const auto made =
      bench::RunProgram(WordsOf(absl::StrReplaceAll(init, {{"0.0.0.0:7443", "127.0.0.1:0"}}), folder), kSystemdTimeout);
  ASSERT_TRUE(made.ok()) << made.status().message();
  EXPECT_EQ(ValueOf("coordinator", "StateDirectory"), "accord-coordinator");
  auto running = bench::Process::Start({WordsOf(ValueOf("coordinator", "ExecStart"), folder), root.Path("output.txt")});
  ASSERT_TRUE(running.ok()) << running.status().message();
  const absl::Status listens = running->WaitForOutput("listening on 127.0.0.1:", kSystemdTimeout);
  EXPECT_TRUE(listens.ok()) << listens.message();
}

TEST(Systemd, TheTreesUnitStartsInTheFolderThatItsPageMakes) {
  bench::TempFolder root;
  const std::string folder = root.Path("tree");
  const std::string init = InitLine("tree", "accord-coordinator federation-tree init");
  ASSERT_NE(init, "") << "operations.md does not make a folder for the service";
  const auto made = bench::RunProgram(WordsOf(init, folder), kSystemdTimeout);
  ASSERT_TRUE(made.ok()) << made.status().message();
  EXPECT_EQ(ValueOf("tree", "StateDirectory"), "accord-tree");
  auto running = bench::Process::Start({WordsOf(ValueOf("tree", "ExecStart"), folder), root.Path("output.txt")});
  ASSERT_TRUE(running.ok()) << running.status().message();
  const absl::Status ticks = running->WaitForOutput("the next tick is at ", kSystemdTimeout);
  EXPECT_TRUE(ticks.ok()) << ticks.message();
}

TEST(Systemd, SystemdFindsNoFaultInTheUnits) {
  const std::string analyzer = "/usr/bin/systemd-analyze";
  if (!std::filesystem::exists(analyzer)) GTEST_SKIP() << "no systemd-analyze on this machine";
  for (const std::string role : {"coordinator", "client", "tree"}) {
    // The programs are not installed; everything else would be a fault.
    bench::TempFolder folder;
    const std::string unit = folder.Path(absl::StrCat("accord-", role, ".service"));
    const auto copied =
        bench::RunProgram({"/bin/sh", "-c", "sed \"s|^ExecStart=.*|ExecStart=/bin/true|\" \"$1\" >\"$2\"", "sh",
                           absl::StrCat(Units(), "accord-", role, ".service"), unit},
                          kSystemdTimeout);
    ASSERT_TRUE(copied.ok()) << copied.status().message();
    const auto verified = bench::RunProgram(
        {"/bin/sh", "-c", "\"$1\" verify --man=no \"$2\" 2>&1", "sh", analyzer, unit}, kSystemdTimeout);
    ASSERT_TRUE(verified.ok()) << verified.status().message();
    EXPECT_EQ(*verified, "");
  }
}

}  // namespace
}  // namespace accord
