// What docs/governance.md tells people to type, from nothing to an approved job, does that: every command of the walk,
// in its order, each as the person who is named above it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "client/daemon/federation/roster_pin.h"
#include "client/daemon/run/charter_signing.h"
#include "tests/cli/order_fixture.h"
#include "tests/client/daemon/federation/federation_folder.h"

namespace accord {
namespace {

using testing::HasSubstr;

// The lines of the walk's shell blocks, comments too; a line that ends with a backslash together with the next one.
std::vector<std::string> LinesOfTheWalk() {
  const std::string page = ReadFile(ACCORD_SOURCE_DIR "/docs/governance.md").value();
  const size_t begin = page.find("\n## From nothing to an approved job\n");
  EXPECT_NE(begin, std::string::npos);
  std::vector<std::string> lines;
  bool inside = false;
  bool continues = false;
  for (absl::string_view line : absl::StrSplit(page.substr(begin, page.find("\n## ", begin + 1) - begin), '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (absl::StartsWith(line, "```")) {
      inside = line == "```sh";
      continue;
    }
    if (!inside) continue;
    const bool goes_on = absl::ConsumeSuffix(&line, "\\");
    if (continues) {
      absl::StrAppend(&lines.back(), line);
    } else {
      lines.emplace_back(line);
    }
    continues = goes_on;
  }
  return lines;
}

class GovernancePage : public OrderFiles {
 protected:
  void SetUp() override {
    OrderFiles::SetUp();
    was_in_ = std::filesystem::current_path();
    std::filesystem::current_path(Path(""));
    std::filesystem::remove(charter_);
    WriteFile("heart-risk.yaml", kExampleJob);
    WriteFile("heart-risk-2.yaml", absl::StrReplaceAll(kExampleJob, {{"count: 20", "count: 30"}}));
    WriteFile("charter-2.yaml", federation_.Yaml({{"min_rows: 50", "min_rows: 20"}}));
    WriteFile("policy.yaml", "data_sets:\n  - {name: heart, purposes: [risk-of-disease]}\nfloors: {min_rows: 100}\n");
    // The site va at its own machine.
    va_.Enrol(federation_.sites(), "va");
    ASSERT_TRUE(PinRoster(va_.State(), federation_.sites().Listed()).ok());
    WriteFile("client.yaml", absl::StrCat("coordinator: localhost:1\nsite: va\nstate_dir: ", va_.State().path(), "\n"));
  }
  void TearDown() override {
    std::filesystem::current_path(was_in_);
    OrderFiles::TearDown();
  }

  // What people do between two commands of the page.
  void Between(const std::string& done) {
    if (absl::StartsWith(done, "accord charter draft")) {
      ASSERT_NE(ReadBack("charter.yaml"), "(no such file)");
      WriteFile("charter.yaml", federation_.Yaml());
    } else if (absl::StartsWith(done, "accord-client charter sign")) {
      for (const char* site : {"cleveland", "hungarian", "switzerland"}) {
        SignedCharter charter(federation_.Written());
        federation_.Sign(charter, site);
        WriteFile(absl::StrCat("charter-", site, ".signed"), charter.Text());
      }
    } else if (absl::StartsWith(done, "accord policy check")) {
      WriteFile("order", ReadBack("risk.order"));
      SiteApproves("va");
    }
  }

  void RunLine(const std::string& line) {
    std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipWhitespace());
    if (words[0] == "accord-client") {
      ASSERT_EQ(words.size(), 8u) << line;
      std::ostringstream out;
      const absl::Status status = SignCharterFile({words[7], words[3], words[5]}, out);
      EXPECT_TRUE(status.ok()) << line << "\n" << status;
      return;
    }
    ASSERT_EQ(words[0], "accord") << line;
    words.erase(words.begin());
    EXPECT_EQ(Run(words), kExitOk) << line << "\n" << Errors() << Output();
  }

  std::filesystem::path was_in_;
  FederationFolder va_;
};

TEST_F(GovernancePage, EveryCommandOfTheWalkDoesWhatThePageSays) {
  int num_commands = 0;
  std::string said;  // by the judge
  for (const std::string& line : LinesOfTheWalk()) {
    SCOPED_TRACE(line);
    if (absl::StartsWith(line, "#")) {
      const std::string who = line.substr(2, line.find_first_of(",; ", 2) - 2);
      for (const char* person : {"ada", "bela", "clara", "dora"}) {
        if (who == person) LogIn(person);
      }
      continue;
    }
    RunLine(line);
    if (absl::StartsWith(line, "accord order judge")) said = Output();
    Between(line);
    ++num_commands;
  }
  EXPECT_GE(num_commands, 18);
  EXPECT_THAT(said, HasSubstr("Site va would run this job"));
  EXPECT_THAT(said, HasSubstr("100 rows"));
  EXPECT_THAT(ReadBack("risk-clara.refusal"), HasSubstr("decision: refuse"));
}

}  // namespace
}  // namespace accord
