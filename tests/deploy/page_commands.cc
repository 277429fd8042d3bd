#include "tests/deploy/page_commands.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "gtest/gtest.h"
#include "re2/re2.h"

namespace accord {

PageCommands::PageCommands(const std::string& page) : page_(page) {
  const std::string text = ReadFile(absl::StrCat(ACCORD_SOURCE_DIR, "/docs/", page, ".md")).value_or("");
  EXPECT_NE(text, "") << page;
  std::string heading, outside;
  bool in_block = false, in_shell = false, continues = false;
  for (const absl::string_view whole : absl::StrSplit(text, '\n')) {
    absl::string_view line = absl::StripAsciiWhitespace(whole);
    if (absl::StartsWith(line, "```")) {
      in_shell = line == "```sh";
      in_block = !in_block;
    } else if (!in_block) {
      if (absl::StartsWith(whole, "#"))
        heading = std::string(absl::StripLeadingAsciiWhitespace(whole.substr(whole.find_first_not_of('#'))));
      if (!absl::StartsWith(whole, "    ")) absl::StrAppend(&outside, line, " ");  // what programs print is indented
    } else if (!in_shell &&
               RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), "^(sudo |accord[a-z-]* [a-z])")) {
      ADD_FAILURE() << page << ": a command stands in a block that is not marked ```sh: " << line;
    } else if (in_shell && (continues || !absl::StartsWith(line, "#"))) {
      line = absl::StripTrailingAsciiWhitespace(line.substr(0, line.find(" # ")));
      const bool goes_on = absl::ConsumeSuffix(&line, "\\");
      if (continues) {
        absl::StrAppend(&commands_.back().text, line);
      } else if (!line.empty()) {
        commands_.push_back({heading, std::string(line)});
      }
      continues = goes_on;
    }
  }
  static const RE2 in_text("`(accord[a-z-]* [^`]+)`");
  re2::StringPiece rest(outside);
  for (std::string command; RE2::FindAndConsume(&rest, in_text, &command);) in_text_.push_back(command);
}

std::string PageCommands::Take(const std::string& heading, const std::string& begin) {
  const auto next = std::find_if(commands_.begin(), commands_.end(),
                                 [&](const Command& command) { return command.heading == heading && !command.taken; });
  if (next == commands_.end()) {
    ADD_FAILURE() << page_ << ", " << heading << ": the page has no further command; expected: " << begin;
    return "";
  }
  if (!absl::StartsWith(next->text, begin)) {
    ADD_FAILURE() << page_ << ", " << heading << ": the next command is \"" << next->text << "\"; expected: " << begin
                  << "\nHave the test play what the page says now.";
    return "";
  }
  next->taken = true;
  return next->text;
}

std::vector<std::string> PageCommands::NotTaken() const {
  std::vector<std::string> left;
  for (const Command& command : commands_) {
    if (!command.taken) left.push_back(absl::StrCat(page_, ", ", command.heading, ": ", command.text));
  }
  return left;
}

}  // namespace accord
