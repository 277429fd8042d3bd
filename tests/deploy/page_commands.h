// What a page tells people to type: the commands of its shell blocks, each of which a test takes in the page's order
// and runs, and those that it mentions in its text.
#pragma once

#include <string>
#include <vector>

namespace accord {

// Not thread-safe.
class PageCommands {
 public:
  // `page`: its name in docs/, without ".md".
  explicit PageCommands(const std::string& page);

  // The next command under this heading (of whatever level), whose block is nearest below it. The test fails, and it is
  // empty, unless it begins with `begin`: the page says something else than what the test plays.
  std::string Take(const std::string& heading, const std::string& begin);
  // "PAGE, HEADING: COMMAND" of those that were not taken.
  std::vector<std::string> NotTaken() const;
  // Of programs of Accord, with an argument, in backticks.
  const std::vector<std::string>& InText() const { return in_text_; }

 private:
  struct Command {
    std::string heading;
    std::string text;  // without a comment, on one line
    bool taken = false;
  };

  const std::string page_;
  std::vector<Command> commands_;
  std::vector<std::string> in_text_;
};

}  // namespace accord
