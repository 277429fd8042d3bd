#include <iostream>

#include "client/daemon/main_options.h"

namespace accord {
namespace {

struct CharterCommand {
  const char* name;
  const char* description;
  const char* example;
  absl::Status (*run)(const CharterFileOptions& options, std::ostream& out);
};

constexpr CharterCommand kCharterCommands[] = {
    {"show", "Say what is in a charter, who has signed it, and how it differs from the one that this site has pinned.",
     "accord-client charter show charter.yaml --config client.yaml", ShowCharter},
    {"pin", "Pin a charter that is active: from then on no job runs here that it does not allow.",
     "accord-client charter pin charter.yaml --config client.yaml", PinCharterFile},
    {"forget", "Go by this site's own configuration again, without a charter.",
     "accord-client charter forget --config client.yaml", ForgetCharter},
};

struct OrderCommand {
  const char* name;
  const char* description;
  const char* example;
  absl::Status (*run)(const OrderOptions& options, std::ostream& out);
};

constexpr OrderCommand kOrderCommands[] = {
    {"jobs", "List the jobs that were brought to this site: which wait for it, which may run, which are refused.",
     "accord-client jobs --config client.yaml", ListOrders},
    {"show",
     "Say what a job is for and under which order, what changed since the job that this site approved last, and "
     "whether it may run here, with each clause that is broken.",
     "accord-client show 9f86d081884c --config client.yaml", ShowOrder},
    {"approve", "Sign this site's approval of one order.",
     "accord-client approve 9f86d081884c --as-site --config client.yaml", ApproveOrder},
    {"deny", "Sign this site's refusal of one order. It is for good.",
     "accord-client deny 9f86d081884c --as-site --config client.yaml", DenyOrder},
};

void AddCharterSigning(CLI::App& charter, Options& options, Command& chosen) {
  CLI::App* sign = AddCommand(charter, options, "sign",
                              "Say in words what is in a charter and add this site's signature to it. Pins nothing.",
                              "accord-client charter sign charter.yaml --out charter-va.signed --config client.yaml");
  sign->add_option("file", options.charter_signing.file, "the charter, signed by others or by nobody yet")
      ->type_name("FILE")
      ->required();
  sign->add_option("--out", options.charter_signing.out, "where to write it; else into the same file")
      ->type_name("FILE");
  sign->callback([&options, &chosen] {
    chosen = [&options] {
      options.charter_signing.config_path = options.config;
      return SignCharterFile(options.charter_signing, std::cout);
    };
  });
}

void AddOrderCommand(CLI::App& app, Options& options, Command& chosen, const OrderCommand& entry) {
  CLI::App* command = AddCommand(app, options, entry.name, entry.description, entry.example);
  const bool decides = entry.run == ApproveOrder || entry.run == DenyOrder;
  if (entry.run != ListOrders) {
    command
        ->add_option("order", options.order.order, "hash of the order, or its first digits (six or more), or the job")
        ->type_name("ORDER")
        ->required();
  }
  if (decides) command->add_flag("--as-site", options.order.as_site, "sign for the site, with its own key");
  if (entry.run == ApproveOrder) {
    command->add_option("--days", options.order.days, "how long it holds; else as long as charter and order let it")
        ->type_name("N")
        ->check(CLI::Range(1, 366));
  }
  command->add_flag("--json", options.order.json, "print as JSON");
  command->callback([&options, &chosen, run = entry.run] {
    chosen = [&options, run] {
      options.order.config_path = options.config;
      return run(options.order, std::cout);
    };
  });
}

void AddStop(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* stop =
      AddCommand(app, options, "stop",
                 "Take an ombudsman's signed stop of a job, whoever brought it. It is for good: nothing is "
                 "done here for the job's bytes again.",
                 "accord-client stop heart-risk.stop --config client.yaml");
  stop->add_option("file", options.stop.file, "the signed stop")->type_name("FILE")->required();
  stop->add_flag("--json", options.stop.json, "print as JSON");
  stop->callback([&options, &chosen] {
    chosen = [&options] {
      options.stop.config_path = options.config;
      return TakeStop(options.stop, std::cout);
    };
  });
}

struct ReleaseCommand {
  const char* name;
  const char* description;
  const char* example;
  absl::Status (*run)(const ReleaseOptions& options, std::ostream& out);
};

constexpr ReleaseCommand kReleaseCommands[] = {
    {"version",
     "Say which version a data set has now, for the release that its owner signs. Hashes its files in the sandbox.",
     "accord-client release version heart --config client.yaml", ShowDataVersion},
    {"take",
     "Take a release that a steward of this site's organisation signed: from then on the data set is read here for the "
     "purposes that it names, and in no other version.",
     "accord-client release take heart.release --config client.yaml", TakeRelease},
    {"show", "Say what is released here, and whether it holds now.", "accord-client release show --config client.yaml",
     ShowReleases},
};

void AddPolicy(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* policy = app.add_subcommand("policy", "This site's policy, as people of its organisation signed it.");
  policy->require_subcommand(1);
  policy->footer("Example:\n  accord-client policy take va.policy --config client.yaml");
  const auto add = [&](CLI::App* command, absl::Status (*run)(const PolicyFileOptions&, std::ostream&)) {
    command->add_flag("--json", options.policy.json, "print as JSON");
    command->callback([&options, &chosen, run] {
      chosen = [&options, run] {
        options.policy.config_path = options.config;
        return run(options.policy, std::cout);
      };
    });
  };
  CLI::App* take =
      AddCommand(*policy, options, "take",
                 "Take a policy that as many people of this site's organisation have signed as the charter "
                 "asks for: from then on this site goes by that text and by no other.",
                 "accord-client policy take va.policy --config client.yaml");
  take->add_option("file", options.policy.file, "the signed policy")->type_name("FILE")->required();
  add(take, TakePolicy);
  add(AddCommand(*policy, options, "show",
                 "Say which policy was signed last, by whom, and whether this site goes by it.",
                 "accord-client policy show --config client.yaml"),
      ShowPolicy);
}

void AddRelease(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* release =
      app.add_subcommand("release", "What the owner of this site's rows released, and in which version.");
  release->require_subcommand(1);
  release->footer("Example:\n  accord-client release take heart.release --config client.yaml");
  for (const ReleaseCommand& entry : kReleaseCommands) {
    CLI::App* command = AddCommand(*release, options, entry.name, entry.description, entry.example);
    if (entry.run == ShowDataVersion) {
      command->add_option("data-set", options.release.data_set, "as client.yaml names it")
          ->type_name("NAME")
          ->required();
    }
    if (entry.run == TakeRelease) {
      command->add_option("file", options.release.file, "the signed release")->type_name("FILE")->required();
      command
          ->add_option("--charter", options.release.charter,
                       "of a release under the charter that is to be pinned next: keep it until that is pinned; what "
                       "holds now goes on until then")
          ->type_name("FILE");
    }
    command->add_flag("--json", options.release.json, "print as JSON");
    command->callback([&options, &chosen, run = entry.run] {
      chosen = [&options, run] {
        options.release.config_path = options.config;
        return run(options.release, std::cout);
      };
    });
  }
}

}  // namespace

void AddCharter(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* charter = app.add_subcommand(
      "charter", "What the members of the federation agreed to: look at it, sign it, judge jobs by it.");
  charter->require_subcommand(1);
  charter->footer("Example:\n  accord-client charter pin charter.yaml --config client.yaml");
  AddCharterSigning(*charter, options, chosen);
  for (const CharterCommand& entry : kCharterCommands) {
    CLI::App* command = AddCommand(*charter, options, entry.name, entry.description, entry.example);
    if (entry.run != ForgetCharter) {
      const bool pins = entry.run == PinCharterFile;
      command
          ->add_option("file", options.charter.file,
                       pins ? "the charter's file with its signatures" : "the charter's file; else the pinned one")
          ->type_name("FILE")
          ->required(pins);
      command
          ->add_option("--former", options.charter.former,
                       "of an amendment: the version before; else the one that was pinned here")
          ->type_name("FILE");
      if (pins) command->add_flag("--replace", options.charter.replace, "in place of another charter that is pinned");
      if (!pins) command->add_flag("--json", options.charter.json, "print as JSON");
    }
    command->callback([&options, &chosen, run = entry.run] {
      chosen = [&options, run] {
        options.charter.config_path = options.config;
        return run(options.charter, std::cout);
      };
    });
  }
}

void AddOrders(CLI::App& app, Options& options, Command& chosen) {
  for (const OrderCommand& entry : kOrderCommands) AddOrderCommand(app, options, chosen, entry);
  AddStop(app, options, chosen);
  AddRelease(app, options, chosen);
  AddPolicy(app, options, chosen);
}

}  // namespace accord
