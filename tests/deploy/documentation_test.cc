// What the pages tell people to type and to read is really there.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "bench/federation/process.h"
#include "re2/re2.h"

namespace accord {
namespace {

const std::filesystem::path& Root() {
  static const std::filesystem::path root = ACCORD_SOURCE_DIR;
  return root;
}

// README.md and everything in docs.
std::vector<std::string> Pages() {
  std::vector<std::string> pages = {"README.md", "tests/README.md"};
  for (const auto& file : std::filesystem::directory_iterator(Root() / "docs")) {
    if (file.path().extension() == ".md") pages.push_back("docs/" + file.path().filename().string());
  }
  return pages;
}

// The folders that hold the source, and the paths of all files in them.
const std::set<std::string>& Folders() {
  static const std::set<std::string> folders = {"aggregation", "base", "bench",  "cli",   "client", "coordinator",
                                                "deploy",      "docs", "models", "proto", "tests",  "trust"};
  return folders;
}
const std::set<std::string>& Files() {
  static const std::set<std::string> files = [] {
    std::set<std::string> found;
    for (const std::string& folder : Folders()) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(Root() / folder)) {
        found.insert(entry.path().lexically_relative(Root()).string());
      }
    }
    return found;
  }();
  return files;
}

// Is there a file or folder whose path ends in these names? A star stands for any part of a name.
bool Exists(const std::string& path, bool from_root) {
  if (from_root && !absl::StrContains(path, '*')) return std::filesystem::exists(Root() / path);
  std::string pattern = from_root ? "" : "(.*/)?";
  for (const char c : path) absl::StrAppend(&pattern, c == '*' ? "[^/]*" : RE2::QuoteMeta(std::string(1, c)));
  const RE2 matcher(pattern);
  return std::any_of(Files().begin(), Files().end(),
                     [&matcher](const std::string& file) { return RE2::FullMatch(file, matcher); });
}

std::string Read(const std::string& page) {
  std::ifstream file(Root() / page);
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

// What stands between backticks on a page, outside its blocks.
std::vector<std::string> InBackticks(const std::string& page) {
  std::vector<std::string> found;
  bool in_block = false;
  for (absl::string_view line : absl::StrSplit(Read(page), '\n')) {
    if (absl::StartsWith(absl::StripAsciiWhitespace(line), "```")) in_block = !in_block;
    if (in_block) continue;
    const std::vector<std::string> parts = absl::StrSplit(line, '`');
    for (size_t i = 1; i < parts.size(); i += 2) found.push_back(parts[i]);
  }
  return found;
}

// What `argv --help` prints; empty when it fails. Each is run once: pages show the same commands again and again.
const std::string& HelpOfProgram(std::vector<std::string> argv) {
  static std::map<std::vector<std::string>, std::string> known;
  argv.push_back("--help");
  const auto found = known.find(argv);
  if (found != known.end()) return found->second;
  return known.emplace(argv, bench::RunProgram(argv, absl::Seconds(30)).value_or("")).first->second;
}

// What `PROGRAM SUBCOMMAND... --help` prints; empty when there is no such command.
std::string HelpOf(const std::vector<std::string>& words) {
  std::vector<std::string> argv = {std::string(ACCORD_BINARY_DIR) + "/" + words[0]};
  static const std::regex name("[a-z][a-z-]*");
  for (size_t i = 1; i < words.size() && i <= 2 && std::regex_match(words[i], name); ++i) {
    std::vector<std::string> deeper = argv;
    deeper.push_back(words[i]);
    if (HelpOfProgram(deeper).empty()) break;
    argv = std::move(deeper);
  }
  return argv.size() == 1 ? "" : HelpOfProgram(argv);
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

// Hashes and signatures of different things never begin alike, and a reader finds each in one table.
TEST(Documentation, ThePageOfFormatsHasEveryDomainOfTheSourceAndNoOther) {
  const RE2 literal("\"(accord/v1/[a-z-]+)(?:\\\\0)?\"");
  std::set<std::string> used;
  for (const std::string& file : Files()) {
    const bool is_source = absl::EndsWith(file, ".cc") || absl::EndsWith(file, ".h");
    if (!is_source || absl::StartsWith(file, "tests/")) continue;
    for (absl::string_view line : absl::StrSplit(Read(file), '\n')) {
      if (absl::StartsWith(absl::StripAsciiWhitespace(line), "//")) continue;
      re2::StringPiece rest(line.data(), line.size());
      for (std::string domain; RE2::FindAndConsume(&rest, literal, &domain);) used.insert(domain);
    }
  }
  std::set<std::string> listed;
  for (absl::string_view line : absl::StrSplit(Read("docs/formats.md"), '\n')) {
    std::string domain;
    if (!RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), "^\\| `(accord/v1/[a-z-]+)` \\|", &domain))
      continue;
    EXPECT_TRUE(listed.insert(domain).second) << domain << " is listed twice";
  }
  EXPECT_GT(listed.size(), 30u);
  EXPECT_EQ(used, listed);
}

// Who has a file finds by its first line which one it is.
TEST(Documentation, ThePageOfFormatsHasEveryFirstLineOfTheSourceAndNoOther) {
  const RE2 literal("\"(accord-[a-z-]+-v[0-9]+)");
  std::set<std::string> used;
  for (const std::string& file : Files()) {
    const bool is_source = absl::EndsWith(file, ".cc") || absl::EndsWith(file, ".h");
    if (!is_source || absl::StartsWith(file, "tests/")) continue;
    const std::string source = Read(file);
    re2::StringPiece rest(source);
    for (std::string line; RE2::FindAndConsume(&rest, literal, &line);) used.insert(line);
  }
  std::set<std::string> listed;
  for (const std::string& word : InBackticks("docs/formats.md")) {
    if (RE2::FullMatch(word, "accord-[a-z-]+-v[0-9]+")) listed.insert(word);
  }
  EXPECT_GT(listed.size(), 15u);
  EXPECT_EQ(used, listed);
}

TEST(Documentation, EveryLinkLeadsToAFile) {
  static const std::regex link(R"(\]\(([^)#:]+)\))");
  size_t num_links = 0;
  for (const std::string& page : Pages()) {
    std::string text = Read(page);
    RE2::GlobalReplace(&text, "`[^`\n]*`", "``");  // a pattern may look like a link
    const auto folder = (Root() / page).parent_path();
    for (std::sregex_iterator found(text.begin(), text.end(), link), end; found != end; ++found) {
      EXPECT_TRUE(std::filesystem::exists(folder / (*found)[1].str())) << page << " -> " << (*found)[1];
      ++num_links;
    }
  }
  EXPECT_GT(num_links, 30u);
}

// Of every test, "Suite.Name": the file that has it.
std::map<std::string, std::string> AllTests() {
  static const RE2 declared("\\bTEST(?:_F|_P)?\\(\\s*([A-Za-z0-9]+),\\s*([A-Za-z0-9]+)\\)");
  std::map<std::string, std::string> tests;
  for (const std::string& file : Files()) {
    if (!absl::StartsWith(file, "tests/") || !absl::EndsWith(file, ".cc")) continue;
    const std::string source = Read(file);
    re2::StringPiece rest(source);
    for (std::string suite, name; RE2::FindAndConsume(&rest, declared, &suite, &name);) {
      tests.emplace(absl::StrCat(suite, ".", name), file);
    }
  }
  return tests;
}

TEST(Documentation, EveryTestThatThePageOfThreatsNamesIsThere) {
  static const RE2 named("[A-Z][A-Za-z0-9]+\\.[A-Z][A-Za-z0-9]+");
  const std::map<std::string, std::string> tests = AllTests();
  EXPECT_GT(tests.size(), 1000u);
  size_t num_named = 0;
  for (const std::string& name : InBackticks("docs/threat-model.md")) {
    if (!RE2::FullMatch(name, named)) continue;
    EXPECT_TRUE(tests.contains(name)) << name;
    ++num_named;
  }
  EXPECT_GT(num_named, 40u);
}

// Each attack of the page has a test, and those over whole federations are of real processes.
TEST(Documentation, ThePageOfThreatsTellsTestsOfOneProgramFromThoseOfWholeFederations) {
  static const RE2 row("^\\| ([^|]+) \\| [^|]+ \\| ([^|]+) \\| ([^|]+) \\|$");
  static const RE2 test("`([A-Za-z0-9]+\\.[A-Za-z0-9]+)`");
  const std::string page = Read("docs/threat-model.md");
  const std::map<std::string, std::string> tests = AllTests();
  size_t num_attacks = 0, num_whole = 0;
  for (absl::string_view line : absl::StrSplit(page.substr(page.find("\n| attack |") + 1), '\n')) {
    if (line.empty()) break;
    if (absl::StartsWith(line, "| attack") || absl::StartsWith(line, "|-")) continue;
    std::string attack, columns[2];
    ASSERT_TRUE(RE2::FullMatch(re2::StringPiece(line.data(), line.size()), row, &attack, &columns[0], &columns[1]))
        << line;
    size_t num_tests[2] = {};
    for (const bool whole : {false, true}) {
      re2::StringPiece rest(columns[whole]);
      for (std::string name; RE2::FindAndConsume(&rest, test, &name); ++num_tests[whole]) {
        const auto found = tests.find(name);
        ASSERT_NE(found, tests.end()) << name;
        EXPECT_EQ(absl::StartsWith(found->second, "tests/integration/"), whole) << attack << ": " << name;
      }
    }
    EXPECT_GT(num_tests[0] + num_tests[1], 0u) << attack << ": has no test";
    ++num_attacks;
    num_whole += num_tests[1] > 0 ? 1 : 0;
  }
  EXPECT_GT(num_attacks, 40u);
  EXPECT_GT(num_whole, 25u);
}

// `aggregation/ring`, `deploy/examples/*.yaml` and bare names of sources like `state_final.cc`.
TEST(Documentation, EveryFileOfTheSourceThatAPageNamesIsThere) {
  static const RE2 path("[A-Za-z0-9_./*-]+");
  static const RE2 source("[a-z0-9_]+\\.(h|cc|proto)");
  size_t num_files = 0;
  for (const std::string& page : Pages()) {
    for (const std::string& name : InBackticks(page)) {
      const bool from_root = absl::StrContains(name, '/') && Folders().contains(name.substr(0, name.find('/')));
      const bool elided = absl::StrContains(name, "...");
      const bool figure = absl::EndsWith(name, "_ms");  // of accord-bench
      if (elided || figure || !(from_root ? RE2::FullMatch(name, path) : RE2::FullMatch(name, source))) continue;
      EXPECT_TRUE(Exists(name, from_root)) << page << " names " << name;
      ++num_files;
    }
  }
  EXPECT_GT(num_files, 50u);
}

TEST(Documentation, EveryFileOfTheSourceThatACommentNamesIsThere) {
  static const RE2 named("([a-z0-9_/-]+\\.(?:h|cc|proto|md))\\b");
  static const std::set<std::string> foreign = {"soci-config.h"};  // of SOCI
  size_t num_files = 0;
  for (const std::string& file : Files()) {
    if (!absl::EndsWith(file, ".h") && !absl::EndsWith(file, ".cc")) continue;
    for (absl::string_view line : absl::StrSplit(Read(file), '\n')) {
      const size_t comment = line.find("//");
      if (comment == absl::string_view::npos) continue;
      re2::StringPiece rest(line.data() + comment, line.size() - comment);
      for (std::string name; RE2::FindAndConsume(&rest, named, &name);) {
        if (foreign.contains(name)) continue;
        EXPECT_TRUE(Exists(name, /*from_root=*/false)) << file << " names " << name;
        ++num_files;
      }
    }
  }
  EXPECT_GT(num_files, 50u);
}

// Whoever starts them in a script can tell a line that is wrong from work that failed.
TEST(Programs, EndWithTwoOnAWrongCommandLine) {
  for (const char* program : {"accord", "accord-client", "accord-coordinator"}) {
    for (const char* word : {"--no-such-option", "no-such-command"}) {
      auto process = bench::Process::Start({.argv = {absl::StrCat(ACCORD_BINARY_DIR, "/", program), word},
                                            .output_path = ::testing::TempDir() + "/wrong-command-line"});
      ASSERT_TRUE(process.ok()) << process.status().message();
      EXPECT_EQ(process->WaitForExit(absl::Seconds(60)).value_or(-1), 2) << program << " " << word;
    }
  }
}

}  // namespace
}  // namespace accord
