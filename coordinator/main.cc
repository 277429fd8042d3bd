// accord-coordinator: schedules rounds, adds up the sites' vectors, keeps models and reports.
#include <unistd.h>

#include <iostream>

#include "CLI/CLI.hpp"
#include "base/process_tuning.h"
#include "coordinator/commands/commands.h"

namespace {

void AddInvited(CLI::App& command, std::vector<std::string>& sites, std::vector<std::string>& people) {
  command
      .add_option("--site", sites,
                  "a site to invite, and the organisation that it belongs to, as the roster will name it (repeatable)")
      ->allow_extra_args(false)
      ->type_name("ID=ORGANISATION");
  command.add_option("--person", people, "a person to invite (repeatable)")->allow_extra_args(false)->type_name("ID");
}

void AddInit(CLI::App& app, accord::InitOptions& options) {
  CLI::App* init = app.add_subcommand("init", "Make the folder of a new coordinator: certificates and configuration");
  init->add_option("folder", options.folder, "folder to make")->required();
  init->add_option("--name", options.names,
                   "host name or address under which sites reach this coordinator (repeatable)")
      ->allow_extra_args(false);
  init->add_option("--listen", options.listen, "address:port to listen on; port 0 takes a free one")
      ->default_str(options.listen = "0.0.0.0:7443");
  init->add_option("--project", options.project, "the project whose log this coordinator keeps, for ever")
      ->capture_default_str();
  AddInvited(*init, options.sites, options.people);
  init->footer(
      "Example:\n  accord-coordinator init /var/lib/accord --name accord.example.org --site \"st-marys=St Mary's "
      "Hospital\" --person ada");
}

struct RunArguments {
  std::string config;
  bool after_gap = false;
};

void AddRun(CLI::App& app, RunArguments& arguments) {
  CLI::App* run = app.add_subcommand("run", "Serve until SIGTERM");
  run->add_option("--config", arguments.config, "coordinator.yaml")->required();
  run->add_flag("--after-gap", arguments.after_gap,
                "go on although the log was last added to more than 31 days ago: you looked at the clock, and it is "
                "right");
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

// As on the command line.
struct RevokeArguments {
  std::string config, role, id, reason;
};

void AddRevoke(CLI::App& app, RevokeArguments& arguments) {
  CLI::App* revoke =
      app.add_subcommand("revoke", "Shut a site or a person out, at once, until it enrols with a new token");
  revoke->add_option("role", arguments.role, "site or person")->required()->check(CLI::IsMember({"site", "person"}));
  revoke->add_option("id", arguments.id, "as enrolled")->required();
  revoke->add_option("--reason", arguments.reason, "which the member is told; its hash is in the log")->required();
  revoke->add_option("--config", arguments.config, "coordinator.yaml")->required();
  revoke->footer(
      "Example:\n  accord-coordinator revoke site st-marys --reason \"a machine was stolen\" --config "
      "/var/lib/accord/coordinator.yaml");
}

void AddInvite(CLI::App& app, accord::InviteOptions& options, int& valid_hours) {
  CLI::App* invite = app.add_subcommand(
      "invite", "Write an invitation for each site and person: a one-time token with this coordinator's address");
  AddInvited(*invite, options.sites, options.people);
  invite->add_option("--out", options.out, "folder for their files")->default_str(options.out = "invitations");
  invite->add_option("--config", options.config, "coordinator.yaml")->required();
  invite->add_option("--valid-hours", valid_hours, "hours within which they must be used")
      ->check(CLI::Range(1, 24 * 365))
      ->capture_default_str();
  invite->footer(
      "Example:\n  accord-coordinator invite --site \"st-marys=St Mary's Hospital\" --person ada --config "
      "/var/lib/accord/coordinator.yaml");
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
  CLI::App* draft =
      AddRosterCommand(*roster, options, "draft", "Write the next roster, of the enrolled sites, for them to sign",
                       " --out roster.txt --federation \"Heart Federation\"");
  draft->add_option("--site", options.sites, "a site to list (repeatable); else every enrolled one")
      ->allow_extra_args(false);
  draft->add_option("--federation", options.federation, "the federation's name; else as in the roster in force");
  draft
      ->add_option(
          "--people", options.people,
          "file of all people to list, lines `person: ...` as in the roster; else those of the roster in force")
      ->type_name("FILE");
  draft
      ->add_option("--revoke-site", options.revoked_sites,
                   "ID=REASON (repeatable): the site's key is good no longer, and the site is shut out until a later "
                   "roster lists it with another one")
      ->allow_extra_args(false);
  draft->add_option("--revoke-person", options.revoked_people, "ID=REASON (repeatable): likewise of a person")
      ->allow_extra_args(false);
  draft->add_option("--quorum", options.quorum,
                    "organisations that must sign the next roster, more than half; else as in the one in force");
  draft->add_option("--valid-days", options.valid_days, "no site joins a round so many days from now")
      ->capture_default_str()
      ->check(CLI::Range(1, 3660));
  draft->add_flag("--anew", options.anew, "a first roster, which every site signs and pins anew; not the next version");
  draft->add_option("--out", options.out, "file to write")->required();
  draft->callback([&chosen] { chosen = accord::DraftRoster; });
  CLI::App* publish =
      AddRosterCommand(*roster, options, "publish", "Put a roster in force that its sites have signed", " roster.txt");
  publish->add_option("file", options.files, "the roster's file, or several that sites have signed apart")->required();
  publish->callback([&chosen] { chosen = accord::PublishRoster; });
  CLI::App* status = AddRosterCommand(*roster, options, "status",
                                      "Say who still must sign a roster, and what it would change", " roster.txt");
  status->add_option("file", options.files, "the roster's file, or several that sites have signed apart")->required();
  status->add_option("--out", options.out, "file to write with the signatures of all of them")->type_name("FILE");
  status->callback([&chosen] { chosen = accord::RosterStatus; });
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
  CLI::App* head = AddLogCommand(*log, options, "head",
                                 "Write the last head, for an institution to add this project to its federation tree",
                                 " --out heart.head");
  head->add_option("--out", options.out, "file to write")->required();
  head->callback([&chosen] { chosen = accord::WriteLogHeadFile; });
  CLI::App* hand_in = AddLogCommand(*log, options, "hand-in",
                                    "Write the last head for the federation tree's next tick, with the proof that it "
                                    "continues the one before",
                                    " --out hand-in --since taken.head");
  hand_in->add_option("--out", options.out, "file to write")->required();
  hand_in
      ->add_option("--since", options.since,
                   "the file taken.head that the tree's keeper has laid ready; else the "
                   "head of the last receipt in the log")
      ->type_name("FILE");
  hand_in->callback([&chosen] { chosen = accord::HandInLog; });
  CLI::App* receipt = AddLogCommand(*log, options, "receipt", "Enter receipts of the federation tree into the log",
                                    " receipt-20270101T000000Z --tree-id "
                                    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
  receipt->add_option("file", options.files, "receipts, as the tree's keeper has laid them ready")->required();
  receipt
      ->add_option(
          "--tree-id", options.tree_id,
          "the federation tree's id, as its institution tells it; the first receipt needs it, and binds the log "
          "to that tree")
      ->type_name("HEX");
  receipt->callback([&chosen] { chosen = accord::TakeReceipts; });
}

using TreeCommand = absl::Status (*)(const accord::TreeOptions&, std::ostream&);

// One below federation-tree.
struct TreeHelp {
  const char *name, *description, *arguments;
  TreeCommand run;
};

CLI::App* AddTreeCommand(CLI::App& tree, accord::TreeOptions& options, TreeCommand& chosen, const TreeHelp& help) {
  CLI::App* command = tree.add_subcommand(help.name, help.description);
  command->add_option("folder", options.folder, "the tree's folder")->required();
  command->footer(std::string("Example:\n  accord-coordinator federation-tree ") + help.name + " /var/lib/accord-tree" +
                  help.arguments);
  command->callback([&chosen, run = help.run] { chosen = run; });
  return command;
}

void AddTreeProjects(CLI::App& tree, accord::TreeOptions& options, TreeCommand& chosen) {
  CLI::App* add = AddTreeCommand(
      tree, options, chosen,
      {"add", "Give a project's log a slot", " --project heart --head heart.head", accord::AddTreeProject});
  add->add_option("--head", options.head, "the file that accord-coordinator log head wrote there")->required();
  CLI::App* remove = AddTreeCommand(tree, options, chosen,
                                    {"remove", "Commit to nothing of a project any more; its slot stays its own",
                                     " --project heart", accord::RemoveTreeProject});
  CLI::App* restore = AddTreeCommand(
      tree, options, chosen,
      {"restore", "Take the heads of a removed project again", " --project heart", accord::RestoreTreeProject});
  for (CLI::App* command : {add, remove, restore}) {
    command->add_option("--project", options.project, "by which name you know it: lower-case letters, digits, hyphens")
        ->required();
  }
}

void AddTree(CLI::App& app, accord::TreeOptions& options, TreeCommand& chosen) {
  CLI::App* tree =
      app.add_subcommand("federation-tree", "Keep a federation tree: commitments to the heads of many projects' logs");
  tree->require_subcommand(1);
  tree->footer("Example:\n  accord-coordinator federation-tree init /var/lib/accord-tree");
  CLI::App* init =
      AddTreeCommand(*tree, options, chosen,
                     {"init", "Make the folder of a new tree", " --slots 64 --cadence-s 3600", accord::InitTree});
  init->add_option("--name", options.name, "of the tree: lower-case letters, digits, hyphens")->capture_default_str();
  init->add_option("--slots", options.slots, "the most projects that it will ever have; stays as it is")
      ->capture_default_str();
  init->add_option("--cadence-s", options.cadence_s, "seconds from one tick to the next; stays as it is")
      ->capture_default_str();
  AddTreeProjects(*tree, options, chosen);
  CLI::App* tick =
      AddTreeCommand(*tree, options, chosen, {"tick", "Make the tick whose time it is, once", "", accord::TickTree});
  CLI::App* run = AddTreeCommand(*tree, options, chosen,
                                 {"run", "Make each tick when its time comes, until SIGTERM", "", accord::RunTree});
  for (CLI::App* command : {tick, run}) {
    command->add_flag(
        "--after-gap", options.after_gap,
        "make the next tick although the last one is more than 1,000 cadences and a day ago: you looked at "
        "the clock, and it is right");
  }
  AddTreeCommand(*tree, options, chosen,
                 {"show", "List the projects, for the institution alone", "", accord::ShowTree});
  CLI::App* whole = AddTreeCommand(
      *tree, options, chosen,
      {"export", "Write the tree to a file, to be checked by anybody", " --out tree.log", accord::ExportTree});
  whole->add_option("--out", options.out, "file to write")->required();
}

void AddComplaints(CLI::App& app, accord::ComplaintOptions& options) {
  CLI::App* complaints =
      app.add_subcommand("complaints", "List what ombudsmen complained of: open, overdue or answered");
  complaints->add_option("--config", options.config, "coordinator.yaml")->required();
  complaints->footer("Example:\n  accord-coordinator complaints --config /var/lib/accord/coordinator.yaml");
}

// As accord and accord-client end.
constexpr int kExitWrongCommandLine = 2;

}  // namespace

int main(int argc, char** argv) {
  accord::TuneProcess();
  CLI::App app("The coordinator of an Accord federation.", "accord-coordinator");
  app.set_version_flag("--version", "accord-coordinator " ACCORD_VERSION);
  app.require_subcommand(1);
  app.footer("Example:\n  accord-coordinator init /var/lib/accord --name accord.example.org");
  accord::InitOptions init;
  RunArguments run;
  TokenArguments token;
  AddInit(app, init);
  AddRun(app, run);
  AddToken(app, token);
  RevokeArguments revoke;
  AddRevoke(app, revoke);
  accord::InviteOptions invite;
  int invitations_valid_hours = 72;
  AddInvite(app, invite, invitations_valid_hours);
  accord::RosterOptions roster;
  RosterCommand roster_command = nullptr;
  AddRoster(app, roster, roster_command);
  accord::CharterOptions charter;
  CharterCommand charter_command = nullptr;
  AddCharter(app, charter, charter_command);
  accord::LogOptions log;
  LogCommand log_command = nullptr;
  AddLog(app, log, log_command);
  accord::TreeOptions tree;
  TreeCommand tree_command = nullptr;
  AddTree(app, tree, tree_command);
  accord::ComplaintOptions complaints;
  complaints.colour = isatty(STDOUT_FILENO) == 1;
  AddComplaints(app, complaints);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitWrongCommandLine;
  }
  absl::Status status;
  if (app.got_subcommand("init")) status = accord::RunInit(init);
  if (app.got_subcommand("run")) status = accord::RunCoordinator(run.config, run.after_gap);
  if (app.got_subcommand("token")) status = Token(token);
  if (app.got_subcommand("revoke")) {
    status = accord::RunRevoke({revoke.config, revoke.role + "/" + revoke.id, revoke.reason}, std::cout);
  }
  if (app.got_subcommand("invite")) {
    invite.validity = absl::Hours(invitations_valid_hours);
    status = accord::RunInvite(invite, std::cout);
  }
  if (app.got_subcommand("complaints")) status = accord::ShowComplaints(complaints, std::cout);
  if (roster_command != nullptr) status = roster_command(roster, std::cout);
  if (charter_command != nullptr) status = charter_command(charter, std::cout);
  if (log_command != nullptr) status = log_command(log, std::cout);
  if (tree_command != nullptr) status = tree_command(tree, std::cout);
  if (status.ok()) return 0;
  std::cerr << "accord-coordinator: " << status.message() << "\n";
  return 1;
}
