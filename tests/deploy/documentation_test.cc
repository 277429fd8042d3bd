// What the pages tell people to type and to read is really there.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "bench/federation/process.h"

namespace accord {
namespace {

const std::vector<std::string>& Pages() {
  static const std::vector<std::string> pages = {"README.md", "docs/jobs.md", "docs/operations.md"};
  return pages;
}

std::string Read(const std::string& page) {
  std::ifstream file(std::string(ACCORD_SOURCE_DIR) + "/" + page);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

// Lines of shell blocks (and of those inside lists) that start one of our programs, without sudo, comments.
std::vector<std::string> CommandsOf(const std::string& page) {
  std::vector<std::string> commands;
  bool in_shell = false;
  for (absl::string_view line : absl::StrSplit(Read(page), '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (absl::StartsWith(line, "```")) {
      in_shell = line == "```sh";
      continue;
    }
    static const std::regex sudo("^sudo (-u [a-z-]+ )?");
    const std::string bare = std::regex_replace(std::string(line.substr(0, line.find('#'))), sudo, "");
    if (in_shell && absl::StartsWith(bare, "accord")) commands.push_back(bare);
  }
  return commands;
}

// What `PROGRAM SUBCOMMAND... --help` prints; empty when there is no such command.
std::string HelpOf(const std::vector<std::string>& words) {
  std::vector<std::string> argv = {std::string(ACCORD_BINARY_DIR) + "/" + words[0]};
  static const std::regex name("[a-z]+");
  for (size_t i = 1; i < words.size() && i <= 2 && std::regex_match(words[i], name); ++i) {
    std::vector<std::string> deeper = argv;
    deeper.insert(deeper.end(), {words[i], "--help"});
    if (!bench::RunProgram(deeper, absl::Seconds(30)).ok()) break;
    argv.push_back(words[i]);
  }
  if (argv.size() == 1) return "";
  argv.push_back("--help");
  return bench::RunProgram(argv, absl::Seconds(30)).value_or("");
}

TEST(Documentation, EveryCommandThatItShowsExistsWithItsOptions) {
  size_t num_commands = 0;
  for (const std::string& page : Pages()) {
    for (const std::string& command : CommandsOf(page)) {
      SCOPED_TRACE(page + ": " + command);
      const std::vector<std::string> words = absl::StrSplit(command, ' ', absl::SkipWhitespace());
      const std::string help = HelpOf(words);
      EXPECT_NE(help, "");
      for (const std::string& word : words) {
        if (!absl::StartsWith(word, "-")) continue;
        EXPECT_TRUE(absl::StrContains(help, word)) << word << " is not in\n" << help;
      }
      ++num_commands;
    }
  }
  EXPECT_GT(num_commands, 15u);
}

TEST(Documentation, TheReadmeBeginsWithTheTwoCommands) {
  const std::string readme = Read("README.md");
  const size_t quickstart = readme.find("./deploy/quickstart.sh");
  const size_t tests = readme.find("./tests/run.sh");
  EXPECT_LT(quickstart, 400u);
  EXPECT_LT(tests, 500u);
  EXPECT_LT(quickstart, tests);
}

TEST(Documentation, EveryLinkLeadsToAFile) {
  static const std::regex link(R"(\]\(([^)#:]+)\))");
  for (const std::string page :
       {"README.md", "docs/architecture.md", "docs/operations.md", "docs/wire.md", "docs/threat-model.md"}) {
    const std::string text = Read(page);
    const auto folder = (std::filesystem::path(ACCORD_SOURCE_DIR) / page).parent_path();
    for (std::sregex_iterator found(text.begin(), text.end(), link), end; found != end; ++found) {
      EXPECT_TRUE(std::filesystem::exists(folder / (*found)[1].str())) << page << " -> " << (*found)[1];
    }
  }
}

}  // namespace
}  // namespace accord
