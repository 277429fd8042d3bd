#include <iostream>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "base/process_tuning.h"
#include "client/daemon/main_options.h"
#include "client/daemon/run/commands.h"
#include "client/daemon/run/daemon.h"
#include "client/daemon/run/doctor.h"
#include "client/daemon/run/egress_command.h"
#include "client/daemon/run/gain_command.h"
#include "client/daemon/run/log_commands.h"
#include "client/daemon/run/machine.h"
#include "client/daemon/run/personal_model.h"
#include "client/daemon/run/roster_commands.h"
#include "grpc/support/log.h"
#include "spdlog/spdlog.h"

namespace accord {

CLI::App* AddCommand(CLI::App& app, Options& options, const std::string& name, const std::string& description,
                     const std::string& example) {
  CLI::App* command = app.add_subcommand(name, description);
  command->add_option("--config", options.config, "the site's config file")->capture_default_str()->type_name("FILE");
  command->footer("Example:\n  " + example);
  return command;
}

namespace {

void AddEnrol(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* command = AddCommand(
      app, options, "enroll",
      "Make this site's key and exchange a one-time token for its certificate. With signing_token in the config, enrol "
      "the key in it for signing. Writes a config where there is none, with the data sets that --data names.",
      "accord-client enroll --token-file cleveland.invitation --data heart=heart.yaml");
  command->add_option("--coordinator", options.enrol.coordinator, "its address; else the invitation's, or the config's")
      ->type_name("HOST:PORT");
  command
      ->add_option("--token", options.enrol.invitation.text,
                   "the token; - reads it, or an invitation, from standard input, where no process list shows it")
      ->type_name("TOKEN");
  command->add_option("--token-file", options.enrol.invitation.file, "file of the invitation or of the token")
      ->type_name("FILE");
  command
      ->add_option("--data", options.enrol.data,
                   "a data set that this site releases, and its mapping file, for the config that is written "
                   "(repeatable)")
      ->allow_extra_args(false)
      ->type_name("NAME=MAPPING");
  command->add_flag("--allow-two-sites", options.enrol.allow_two_sites,
                    "write into the config that jobs of two sites run here: the other site can then compute this "
                    "site's numbers from each sum");
  command->add_flag("--force", options.enrol.force, "replace the identity that is there");
  command->callback([&] {
    chosen = [&options] {
      options.enrol.config_path = options.config;
      return EnrolSite(options.enrol, std::cin, std::cout);
    };
  });
}

void AddRun(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* command = AddCommand(app, options, "run", "Take part in jobs until stopped (SIGTERM).",
                                 "accord-client run --config /etc/accord-client/client.yaml");
  command->callback([&] { chosen = [&options] { return RunDaemon(options.config); }; });
}

void AddCheck(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* command = AddCommand(
      app, options, "check", "Look at config, certificate, clock, sandbox, data, BLAS and connection; say what to do.",
      "accord-client check --config client.yaml --job heart-risk.yaml");
  command->add_option("--job", options.job, "a job file whose data schema the data is held against")->type_name("FILE");
  command->add_flag("--json", options.json, "print the findings as JSON");
  command->callback(
      [&] { chosen = [&options] { return CheckSite(options.config, options.job, options.json, std::cout); }; });
}

struct Control {
  const char* name;
  const char* description;
  void (*fill)(v1::ControlRequest&);
};

constexpr Control kControls[] = {
    {"status", "Say what the running daemon does and what it waits for.",
     [](v1::ControlRequest& request) { request.mutable_status(); }},
    {"pause", "Stop at once: nothing leaves this site until `resume`, also across restarts.",
     [](v1::ControlRequest& request) { request.mutable_pause(); }},
    {"resume", "Take part in jobs again.", [](v1::ControlRequest& request) { request.mutable_resume(); }},
};

void AddControls(CLI::App& app, Options& options, Command& chosen) {
  for (const Control& control : kControls) {
    CLI::App* command = AddCommand(app, options, control.name, control.description,
                                   std::string("accord-client ") + control.name + " --config client.yaml");
    command->add_flag("--json", options.json, "print the daemon's status as JSON");
    command->callback([&options, &chosen, fill = control.fill] {
      chosen = [&options, fill] {
        v1::ControlRequest request;
        fill(request);
        return TellDaemon(options.config, request, options.json, std::cout);
      };
    });
  }
}

void AddEgress(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* command = AddCommand(app, options, "egress",
                                 "Show everything that left this site, from its ledger: what it was, how large, how "
                                 "protected, for which job. Checks "
                                 "the ledger on the way.",
                                 "accord-client egress --config client.yaml --since 2026-11-26 --totals");
  EgressOptions& egress = options.egress;
  command->add_option("--job", egress.job_id, "only of this job; the first digits of its id do")->type_name("ID");
  command->add_option("--since", egress.since, "only from this day or time (UTC) on")->type_name("TIME");
  command->add_option("--format", egress.format, "table, csv or json")->capture_default_str()->type_name("FORMAT");
  command->add_flag("--totals", egress.totals, "totals of each day and job");
  command->add_flag("--requests", egress.requests, "also what the coordinator asked for");
  command->callback([&options, &chosen, command] {
    if (!command->get_subcommands().empty()) return;  // it has chosen
    chosen = [&options] {
      options.egress.config_path = options.config;
      return ShowEgress(options.egress, std::cout);
    };
  });
  CLI::App* settle = AddCommand(
      *command, options, "settle",
      "After the state folder was put back from an older copy and no newer one is left: write into this site's record "
      "and ledger that what came since is lost. The daemon must not run.",
      "accord-client egress settle state/evidence/4f1d2c3b5a697887.evidence --config client.yaml");
  settle->add_option("file", options.settle.evidence, "the evidence that the daemon named when it refused")
      ->type_name("FILE")
      ->required();
  settle->callback([&] {
    chosen = [&options] {
      options.settle.config_path = options.config;
      return SettleLoss(options.settle, std::cout);
    };
  });
}

struct RosterCommand {
  const char* name;
  const char* description;
  const char* example;
  absl::Status (*run)(const RosterFileOptions& options, std::ostream& out);
};

constexpr RosterCommand kRosterCommands[] = {
    {"show", "Say who is in a roster, who has signed it, who still must, and how it differs from the pinned one.",
     "accord-client roster show roster.txt --config client.yaml", ShowRoster},
    {"sign",
     "Add this site's signature to a roster and pin it: from then on no other roster counts here but those that "
     "follow it. One that follows the pinned roster is only signed.",
     "accord-client roster sign roster.txt --config client.yaml", SignRosterFile},
    {"pin",
     "Pin a first roster that all its sites have signed, one that follows the pinned one, or a later one that this "
     "site and more than half of the organisations have signed or whose hash is said.",
     "accord-client roster pin roster.txt --config client.yaml --replace", PinRosterFile},
};

void AddRoster(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* roster =
      app.add_subcommand("roster", "The sites, organisations and keys of the federation: look at it, sign it, pin it.");
  roster->require_subcommand(1);
  roster->footer("Example:\n  accord-client roster sign roster.txt --config client.yaml");
  for (const RosterCommand& entry : kRosterCommands) {
    CLI::App* command = AddCommand(*roster, options, entry.name, entry.description, entry.example);
    const bool signs = entry.run == SignRosterFile;
    command
        ->add_option("file", options.roster.file,
                     signs ? "the roster's file" : "the roster's file; else what the coordinator published last")
        ->type_name("FILE")
        ->required(signs);
    if (entry.run != ShowRoster) {
      command->add_flag("--replace", options.roster.replace, "in place of another roster that is pinned");
    }
    if (signs) {
      command->add_option("--out", options.roster.out, "where to write it; else into the same file")->type_name("FILE");
      command->add_flag("--sign-only", options.roster.sign_only,
                        "pin nothing: the roster in force stays so until roster pin");
    }
    if (entry.run == PinRosterFile) {
      command
          ->add_option("--hash", options.roster.hash,
                       "the hash of the roster in force, as other sites say it: for a later one that this site has not "
                       "signed, or whose ancestor it has not pinned")
          ->type_name("HEX");
    }
    command->callback([&options, &chosen, run = entry.run] {
      chosen = [&options, run] {
        options.roster.config_path = options.config;
        return run(options.roster, std::cout);
      };
    });
  }
}

struct LogCommand {
  const char* name;
  const char* description;
  const char* example;
  absl::Status (*run)(const LogOptions& options, std::ostream& out);
};

constexpr LogCommand kLogCommands[] = {
    {"show", "Say which log of the federation this site goes by, on whose word, and how far it has seen it.",
     "accord-client log show --config client.yaml", ShowLog},
    {"pin", "Pin the federation's log by its id, once the sites have compared it: no other one counts from then on.",
     "accord-client log pin 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 --config client.yaml",
     PinLogById},
    {"forget",
     "After an accident at the coordinator that all sites agreed to leave behind: forget how far this site has "
     "seen the log. The daemon must not run.",
     "accord-client log forget --config client.yaml", ForgetLog},
};

void AddLog(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* log = app.add_subcommand("log", "The federation's log, as this site has seen it: look at it, pin it.");
  log->require_subcommand(1);
  log->footer("Example:\n  accord-client log show --config client.yaml");
  for (const LogCommand& entry : kLogCommands) {
    CLI::App* command = AddCommand(*log, options, entry.name, entry.description, entry.example);
    if (entry.run == PinLogById) {
      command->add_option("id", options.log.id, "the log's id; else that of the log which the coordinator showed first")
          ->type_name("ID");
      command->add_flag("--replace", options.log.replace, "in place of another log, which is pinned or was shown");
    }
    command->callback([&options, &chosen, run = entry.run] {
      chosen = [&options, run] {
        options.log.config_path = options.config;
        return run(options.log, std::cout);
      };
    });
  }
}

struct PersonalModelCommand {
  const char* name;
  const char* description;
  const char* example;
  absl::Status (*run)(const PersonalModelOptions& options, std::ostream& out);
};

constexpr PersonalModelCommand kPersonalModelCommands[] = {
    {"list", "Say of which jobs this site has a model of its own.",
     "accord-client personal-model list --config client.yaml", ListPersonalModels},
    {"export",
     "Write this site's own model of a job: raw parameters, and beside them FILE.json that says what they are.",
     "accord-client personal-model export 7f3a5d90c1e2b486 -o own.bin --config client.yaml", ExportPersonalModel},
    {"delete", "Delete this site's own model of a job that is over.",
     "accord-client personal-model delete 7f3a5d90c1e2b486 --config client.yaml", DeletePersonalModel},
};

void AddPersonalModel(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* group = app.add_subcommand(
      "personal-model",
      "Models of this site's own, which fedbn, fedper, fedrep and ditto make, and local_gain. They never leave by "
      "a job.");
  group->require_subcommand(1);
  group->footer("Example:\n  accord-client personal-model list --config client.yaml");
  for (const PersonalModelCommand& entry : kPersonalModelCommands) {
    CLI::App* command = AddCommand(*group, options, entry.name, entry.description, entry.example);
    if (entry.run != ListPersonalModels) {
      command->add_option("job", options.personal_model.job_id, "the job's id")->type_name("ID")->required();
    }
    if (entry.run == ExportPersonalModel) {
      command->add_option("-o,--output", options.personal_model.out, "file to write")->type_name("FILE")->required();
    }
    command->callback([&options, &chosen, run = entry.run] {
      chosen = [&options, run] {
        options.personal_model.config_path = options.config;
        return run(options.personal_model, std::cout);
      };
    });
  }
}

void AddGain(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* command =
      AddCommand(app, options, "gain",
                 "Say of each job with evaluation.local_gain how the common model does on the rows held "
                 "out here, beside the one that this site trained alone.",
                 "accord-client gain --config client.yaml");
  command->add_flag("--json", options.json, "print the figures as JSON");
  command->callback([&] { chosen = [&options] { return ShowGains({options.config, options.json}, std::cout); }; });
}

// gRPC writes to standard error by itself; what matters of it comes as a status as well.
void LogOfGrpc(gpr_log_func_args* line) { spdlog::debug("gRPC: {}", line->message); }

// As accord and accord-coordinator end.
constexpr int kExitWrongCommandLine = 2;

int Main(int argc, char** argv) {
  TuneProcess();
  CLI::App app("accord-client: a site's daemon. It trains on this site's rows in a sandbox and sends only sums.");
  app.set_version_flag("--version", kSoftwareVersion);
  app.require_subcommand(1);
  app.footer("Example:\n  accord-client status --config client.yaml");
  Options options;
  Command chosen;
  AddEnrol(app, options, chosen);
  AddRun(app, options, chosen);
  AddCheck(app, options, chosen);
  AddControls(app, options, chosen);
  AddEgress(app, options, chosen);
  AddRoster(app, options, chosen);
  AddCharter(app, options, chosen);
  AddOrders(app, options, chosen);
  AddJoint(app, options, chosen);
  AddLog(app, options, chosen);
  AddPersonalModel(app, options, chosen);
  AddGain(app, options, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitWrongCommandLine;
  }
  gpr_set_log_function(LogOfGrpc);
  const absl::Status status = chosen();
  if (status.ok()) return 0;
  std::cerr << "accord-client: " << status.message() << "\n";
  return 1;
}

}  // namespace
}  // namespace accord

int main(int argc, char** argv) { return accord::Main(argc, argv); }
