#include "cli/run.h"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "cli/commands/command_tree.h"
#include "cli/commands/commands.h"

namespace accord {
namespace {

ExitCode Fail(const CommandTree& tree, CliEnvironment& environment, const absl::Status& status) {
  const std::string message(status.message());
  environment.err << "accord: " << PrintableLines(message) << "\n";
  if (tree.json()) {
    const nlohmann::json fault = {{"error", message}, {"code", absl::StatusCodeToString(status.code())}};
    environment.out << fault.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  }
  return kExitFailed;
}

// True when an action was chosen; else `code` is how to end (help was printed, or the line is wrong).
bool Parse(std::vector<std::string> arguments, CommandTree& tree, CliEnvironment& environment, ExitCode& code) {
  try {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    tree.app().parse(std::move(arguments));
    return true;
  } catch (const CLI::ParseError& error) {
    code = tree.app().exit(error, environment.out, environment.err) == 0 ? kExitOk : kExitUsage;
    return false;
  }
}

}  // namespace

ExitCode RunCli(std::vector<std::string> arguments, CliEnvironment& environment) {
  CommandTree tree(environment);
  AddLoginCommand(tree);
  AddJobCommands(tree);
  AddSimulateCommand(tree);
  AddModelCommands(tree);
  AddOperatorsCommand(tree);
  AddSiteCommands(tree);
  AddDataCommands(tree);
  AddAuditCommands(tree);
  AddCharterCommands(tree);
  AddOrderCommands(tree);
  AddPolicyCommands(tree);
  AddReleaseCommands(tree);
  AddComplaintCommands(tree);
  ExitCode code = kExitUsage;
  if (!Parse(std::move(arguments), tree, environment, code)) return code;
  // Libraries behind the actions report through Status; what they throw all the same (no memory) must not end in
  // abort().
  try {
    const auto result = tree.chosen()();
    return result.ok() ? *result : Fail(tree, environment, result.status());
  } catch (const std::exception& error) {
    return Fail(tree, environment, absl::InternalError(absl::StrCat("unexpected: ", error.what())));
  }
}

}  // namespace accord
