#include "cli/commands/command_tree.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace accord {

CommandTree::CommandTree(CliEnvironment& environment)
    : environment_(environment), app_("Train one model over data that never leaves the sites that own it.", "accord") {
  app_.require_subcommand(1);
  app_.set_version_flag("--version", ACCORD_VERSION);
  app_.footer(
      "Exit codes: 0 done, 1 failed, 2 wrong command line, 3 the watched or rehearsed job failed or was cancelled.\n"
      "`accord COMMAND --help` has an example of each. Job files: docs/jobs.md.");
}

CLI::App& CommandTree::AddGroup(const std::string& name, const std::string& description) {
  CLI::App& group = *app_.add_subcommand(name, description);
  group.require_subcommand(1);
  return group;
}

CLI::App& CommandTree::AddLeaf(CLI::App& parent, const LeafHelp& help, Action action) {
  CLI::App& leaf = *parent.add_subcommand(help.name, help.description);
  leaf.add_flag("--json", json_, "print the result as JSON, also faults");
  leaf.add_option("--profile", profile_, "folder of the login (default: ACCORD_PROFILE, else ~/.config/accord)")
      ->type_name("DIR");
  leaf.footer(absl::StrCat("Example:\n  ", absl::StrReplaceAll(help.example, {{"\n", "\n  "}})));
  leaf.callback([this, action = std::move(action)] { chosen_ = action; });
  return leaf;
}

}  // namespace accord
