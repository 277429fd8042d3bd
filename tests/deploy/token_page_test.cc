// What docs/operations.md tells a site to type to get a signing key in a token does that.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "bench/federation/process.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/signer/soft_token.h"

namespace accord {
namespace {

constexpr absl::Duration kTokenPageTimeout = absl::Seconds(60);

// The lines of all blocks of this language in the page's section on tokens, without the list's indent.
std::vector<std::string> Block(const std::string& language) {
  const std::string page = ReadFile(std::string(ACCORD_SOURCE_DIR) + "/docs/operations.md").value();
  const size_t begin = page.find("\n## A signing key in a token\n");
  EXPECT_NE(begin, std::string::npos);
  std::vector<std::string> lines;
  bool inside = false;
  for (const absl::string_view line : absl::StrSplit(page.substr(begin, page.find("\n## ", begin + 1) - begin), '\n')) {
    const absl::string_view bare = absl::StripAsciiWhitespace(line);
    if (absl::StartsWith(bare, "```")) {
      inside = bare == "```" + language;
    } else if (inside) {
      lines.emplace_back(line.substr(std::min<size_t>(3, line.size())));
    }
  }
  return lines;
}

// With the PINs that a person would be asked for.
std::string Answered(const std::string& command) {
  if (absl::StrContains(command, "--init-pin")) return command + " --so-pin 31415926 --new-pin " + SoftToken::kPin;
  if (absl::StrContains(command, "--init-token")) return command + " --so-pin 31415926";
  if (absl::StrContains(command, "--login")) return command + " --pin " + SoftToken::kPin;
  return command;
}

TEST(TokenPage, ItsCommandsMakeAKeyThatTheSiteCanSignWith) {
  const SoftToken token;
  token.Write("token-pin", SoftToken::kPin);
  int num_commands = 0;
  for (const std::string& command : Block("sh")) {
    if (!absl::StartsWith(command, "pkcs11-tool")) continue;
    const auto run = bench::RunProgram({"/bin/sh", "-c", Answered(command)}, kTokenPageTimeout);
    ASSERT_TRUE(run.ok()) << command << ": " << run.status().message();
    ++num_commands;
  }
  EXPECT_EQ(num_commands, 4);
  token.Write("client.yaml", absl::StrCat("coordinator: localhost:1\nsite: cleveland\nstate_dir: state\n",
                                          absl::StrJoin(Block("yaml"), "\n"), "\n"));
  // The site is not enrolled, which is a fault, but its token is well.
  const auto check = bench::RunProgram(
      {"/bin/sh", "-c",
       absl::StrCat(ACCORD_BINARY_DIR, "/accord-client check --config ", token.Path("client.yaml"), " || true")},
      kTokenPageTimeout);
  ASSERT_TRUE(check.ok()) << check.status().message();
  EXPECT_THAT(*check, ::testing::HasSubstr("ok       token: statements are signed by the key "));
}

}  // namespace
}  // namespace accord
