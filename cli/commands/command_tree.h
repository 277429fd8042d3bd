// The commands of `accord` as CLI11 parses them. Parsing only chooses an action; RunCli then runs it once.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/environment.h"

namespace accord {

// What one command does: its exit code, or what went wrong.
using Action = std::function<absl::StatusOr<ExitCode>()>;

struct LeafHelp {
  std::string name;
  std::string description;
  std::string example;  // lines of a shell
};

class CommandTree {
 public:
  explicit CommandTree(CliEnvironment& environment);

  CliEnvironment& environment() { return environment_; }
  CLI::App& app() { return app_; }
  CLI::App& AddGroup(const std::string& name, const std::string& description);
  // A command that can be run, with --json, --profile and its example in --help. Options added to the result must live
  // in what `action` holds on to.
  CLI::App& AddLeaf(CLI::App& parent, const LeafHelp& help, Action action);

  bool json() const { return json_; }
  const std::string& profile() const { return profile_; }
  // Empty until a command line was parsed.
  const Action& chosen() const { return chosen_; }

 private:
  CliEnvironment& environment_;
  CLI::App app_;
  bool json_ = false;
  std::string profile_;
  Action chosen_;
};

}  // namespace accord
