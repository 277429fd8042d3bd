// accord-coordinator: schedules rounds, adds up the sites' vectors, keeps models and reports.
#include <iostream>

#include "CLI/CLI.hpp"
#include "base/process_tuning.h"
#include "coordinator/commands/commands.h"

namespace {

void AddInit(CLI::App& app, accord::InitOptions& options) {
  CLI::App* init = app.add_subcommand("init", "Make the folder of a new coordinator: certificates and configuration");
  init->add_option("folder", options.folder, "folder to make")->required();
  init->add_option("--name", options.names,
                   "host name or address under which sites reach this coordinator (repeatable)")
      ->allow_extra_args(false);
  init->add_option("--listen", options.listen, "address:port to listen on; port 0 takes a free one")
      ->default_str(options.listen = "0.0.0.0:7443");
  init->footer("Example:\n  accord-coordinator init /var/lib/accord --name accord.example.org");
}

void AddRun(CLI::App& app, std::string& config) {
  CLI::App* run = app.add_subcommand("run", "Serve until SIGTERM");
  run->add_option("--config", config, "coordinator.yaml")->required();
  run->footer("Example:\n  accord-coordinator run --config /var/lib/accord/coordinator.yaml");
}

// As on the command line; Token() makes an identity of it.
struct TokenArguments {
  std::string config, role, id, organisation;
  int valid_hours = 72;
};

void AddToken(CLI::App& app, TokenArguments& arguments) {
  CLI::App* token = app.add_subcommand("token", "Print a one-time enrolment token for a site or a person");
  token->add_option("role", arguments.role, "site or person")->required()->check(CLI::IsMember({"site", "person"}));
  token->add_option("id", arguments.id, "lower-case letters, digits and hyphens")->required();
  token->add_option("--config", arguments.config, "coordinator.yaml")->required();
  token->add_option("--organisation", arguments.organisation,
                    "to which the site belongs, as the roster names it; else the site's id");
  token->add_option("--valid-hours", arguments.valid_hours, "hours within which it must be used")
      ->check(CLI::Range(1, 24 * 365))
      ->capture_default_str();
  token->footer(
      "Example:\n  accord-coordinator token site st-marys --organisation \"St Mary's Hospital\" --config "
      "/var/lib/accord/coordinator.yaml");
}

absl::Status Token(const TokenArguments& arguments) {
  return accord::RunToken({arguments.config, arguments.role + "/" + arguments.id, arguments.organisation,
                           absl::Hours(arguments.valid_hours)});
}

using RosterCommand = absl::Status (*)(const accord::RosterOptions&, std::ostream&);

CLI::App* AddRosterCommand(CLI::App& roster, accord::RosterOptions& options, const char* name, const char* description,
                           const char* arguments) {
  CLI::App* command = roster.add_subcommand(name, description);
  command->add_option("--config", options.config, "coordinator.yaml")->required();
  command->footer(std::string("Example:\n  accord-coordinator roster ") + name + arguments +
                  " --config /var/lib/accord/coordinator.yaml");
  return command;
}

void AddRoster(CLI::App& app, accord::RosterOptions& options, RosterCommand& chosen) {
  CLI::App* roster =
      app.add_subcommand("roster", "The sites, organisations and keys of the federation, which every site signs");
  roster->require_subcommand(1);
  roster->footer(
      "Example:\n  accord-coordinator roster draft --out roster.txt --config /var/lib/accord/coordinator.yaml");
  CLI::App* draft = AddRosterCommand(*roster, options, "draft", "Write the roster of enrolled sites, for them to sign",
                                     " --out roster.txt --federation \"Heart Federation\"");
  draft->add_option("--site", options.sites, "a site to list (repeatable); else every enrolled one")
      ->allow_extra_args(false);
  draft->add_option("--federation", options.federation, "the federation's name; else as in the roster in force");
  draft->add_option("--out", options.out, "file to write")->required();
  draft->callback([&chosen] { chosen = accord::DraftRoster; });
  CLI::App* publish =
      AddRosterCommand(*roster, options, "publish", "Put a roster in force that every site has signed", " roster.txt");
  publish->add_option("file", options.files, "the roster's file, or several that sites have signed apart")->required();
  publish->callback([&chosen] { chosen = accord::PublishRoster; });
  CLI::App* show = AddRosterCommand(*roster, options, "show", "Say which roster is in force", "");
  show->callback([&chosen] { chosen = accord::ShowPublishedRoster; });
}

using CharterCommand = absl::Status (*)(const accord::CharterOptions&, std::ostream&);

void AddCharter(CLI::App& app, accord::CharterOptions& options, CharterCommand& chosen) {
  CLI::App* charter =
      app.add_subcommand("charter", "What the members agreed to: who may run what, and who approves it");
  charter->require_subcommand(1);
  charter->footer(
      "Example:\n  accord-coordinator charter publish charter.signed --config /var/lib/accord/coordinator.yaml");
  CLI::App* publish = charter->add_subcommand("publish", "Put a charter in force that has the signatures it needs");
  publish->add_option("file", options.file, "the charter with its signatures")->required();
  publish->add_option("--former", options.former,
                      "of an amendment: the version before it, where it was not published here");
  publish->add_option("--config", options.config, "coordinator.yaml")->required();
  publish->footer(
      "Example:\n  accord-coordinator charter publish charter.signed --config /var/lib/accord/coordinator.yaml");
  publish->callback([&chosen] { chosen = accord::PublishCharter; });
  CLI::App* show = charter->add_subcommand("show", "Say which charter is in force, and whether jobs run under it");
  show->add_option("--config", options.config, "coordinator.yaml")->required();
  show->footer("Example:\n  accord-coordinator charter show --config /var/lib/accord/coordinator.yaml");
  show->callback([&chosen] { chosen = accord::ShowPublishedCharter; });
}

using LogCommand = absl::Status (*)(const accord::LogOptions&, std::ostream&);

CLI::App* AddLogCommand(CLI::App& log, accord::LogOptions& options, const char* name, const char* description,
                        const char* arguments) {
  CLI::App* command = log.add_subcommand(name, description);
  command->add_option("--config", options.config, "coordinator.yaml")->required();
  command->footer(std::string("Example:\n  accord-coordinator log ") + name + arguments +
                  " --config /var/lib/accord/coordinator.yaml");
  return command;
}

void AddLog(CLI::App& app, accord::LogOptions& options, LogCommand& chosen) {
  CLI::App* log = app.add_subcommand("log", "The log of everything that changed in the federation");
  log->require_subcommand(1);
  log->footer("Example:\n  accord-coordinator log export --out heart.log --config /var/lib/accord/coordinator.yaml");
  AddLogCommand(*log, options, "show", "Say which log this coordinator keeps, and how far it goes", "")
      ->callback([&chosen] { chosen = accord::ShowLog; });
  CLI::App* whole = AddLogCommand(*log, options, "export", "Write the whole log to a file, to be checked by anybody",
                                  " --out heart.log");
  whole->add_option("--out", options.out, "file to write")->required();
  whole->callback([&chosen] { chosen = accord::ExportLog; });
  CLI::App* names = AddLogCommand(*log, options, "names",
                                  "Write what opens the names in the log, for who may know them", " --out names.txt");
  names->add_option("--out", options.out, "file to write, readable by its owner only")->required();
  names->callback([&chosen] { chosen = accord::ExportLogNames; });
}

}  // namespace

int main(int argc, char** argv) {
  accord::TuneProcess();
  CLI::App app("The coordinator of an Accord federation.", "accord-coordinator");
  app.set_version_flag("--version", "accord-coordinator " ACCORD_VERSION);
  app.require_subcommand(1);
  app.footer("Example:\n  accord-coordinator init /var/lib/accord --name accord.example.org");
  accord::InitOptions init;
  std::string run_config;
  TokenArguments token;
  AddInit(app, init);
  AddRun(app, run_config);
  AddToken(app, token);
  accord::RosterOptions roster;
  RosterCommand roster_command = nullptr;
  AddRoster(app, roster, roster_command);
  accord::CharterOptions charter;
  CharterCommand charter_command = nullptr;
  AddCharter(app, charter, charter_command);
  accord::LogOptions log;
  LogCommand log_command = nullptr;
  AddLog(app, log, log_command);
  CLI11_PARSE(app, argc, argv);
  absl::Status status;
  if (app.got_subcommand("init")) status = accord::RunInit(init);
  if (app.got_subcommand("run")) status = accord::RunCoordinator(run_config);
  if (app.got_subcommand("token")) status = Token(token);
  if (roster_command != nullptr) status = roster_command(roster, std::cout);
  if (charter_command != nullptr) status = charter_command(charter, std::cout);
  if (log_command != nullptr) status = log_command(log, std::cout);
  if (status.ok()) return 0;
  std::cerr << "accord-coordinator: " << status.message() << "\n";
  return 1;
}
