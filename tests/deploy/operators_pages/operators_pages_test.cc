// docs/operations.md and docs/governance.md are played from nothing to an approved job and on from there, with
// docs/log.md, docs/egress.md and docs/provenance.md where their commands belong: each command of these pages is typed,
// in its section's order, by the one who is to type it, in one federation of real programs.
#include "tests/deploy/operators_pages/operators_pages.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "re2/re2.h"

namespace accord::operators_pages {

using ::testing::Contains;

namespace {

const std::vector<std::string>& NotTypedHere() {
  static const std::vector<std::string> commands = {
      "accord-bench --filter training",  // minutes, and it measures
      "accord audit fork",               // of two rosters that one site signed: tests/trust/roster/roster_fork_test.cc
  };
  return commands;
}

// Of the programs that a page mentions in its text: the same command with the same options was typed.
bool WasTyped(const std::string& mentioned, const std::vector<std::string>& typed) {
  static const RE2 name("[a-z][a-z-]*");
  const std::vector<std::string> words = absl::StrSplit(mentioned, ' ', absl::SkipWhitespace());
  size_t length = 1;
  while (length < words.size() && RE2::FullMatch(words[length], name)) ++length;
  return std::any_of(typed.begin(), typed.end(), [&](const std::string& command) {
    const std::vector<std::string> other = absl::StrSplit(command, ' ', absl::SkipWhitespace());
    const auto begin = std::find(other.begin(), other.end(), words[0]);
    if (other.end() - begin < static_cast<ptrdiff_t>(length)) return false;
    return std::equal(words.begin(), words.begin() + static_cast<ptrdiff_t>(length), begin) &&
           std::all_of(words.begin(), words.end(), [&](const std::string& word) {
             return !absl::StartsWith(word, "--") || std::find(begin, other.end(), word) != other.end();
           });
  });
}

TEST_F(OperatorsPages, AreTypedFromNothingToAnApprovedJobAndOn) {
  Play();
  if (HasFatalFailure()) return;
  const PageCommands formats("formats");  // which has none
  for (const PageCommands* page : std::initializer_list<const PageCommands*>{&operations_, &governance_, &formats,
                                                                             &log_, &egress_, &provenance_}) {
    for (const std::string& command : page->NotTaken()) {
      EXPECT_THAT(NotRunHere(), Contains(command)) << "nobody runs it: have the test play it, or say there why not";
    }
    for (const std::string& command : page->InText()) {
      if (absl::StrContains(absl::StrJoin(NotTypedHere(), "\n"), command)) continue;
      EXPECT_TRUE(WasTyped(command, typed_)) << "the text names it, and nobody typed it: " << command;
    }
  }
}

}  // namespace

}  // namespace accord::operators_pages
