#include <iostream>

#include "client/daemon/main_options.h"

namespace accord {
namespace {

struct AnchorCommand {
  const char* name;
  const char* description;
  const char* example;
  absl::Status (*run)(const AnchorOptions& options, std::ostream& out);
};

constexpr AnchorCommand kAnchorCommands[] = {
    {"write",
     "Write an anchor of this site's federation for a joint one: the roster and the charter that are pinned here, and "
     "its sites in the joint roster with their keys there.",
     "accord-client anchor write joint-roster.txt --out a.anchor --config client.yaml", WriteAnchorFile},
    {"sign", "Say in words what is in an anchor of this site's federation and add this site's signature to it.",
     "accord-client anchor sign a.anchor --joint joint.yaml --config client.yaml", SignAnchorFile},
    {"merge", "Take the signatures of other files of the same anchor over.",
     "accord-client anchor merge a.anchor a-va.anchor a-cleveland.anchor", MergeAnchorFiles},
    {"show",
     "Say what is in an anchor, who has signed it, who still must, and whether it holds by a roster. Ends with 0 when "
     "it does.",
     "accord-client anchor show b.anchor --roster b-roster.txt", ShowAnchorFile},
};

void AddAnchorOptions(CLI::App& command, const AnchorCommand& entry, AnchorOptions& anchor) {
  const bool writes = entry.run == WriteAnchorFile;
  command.add_option("file", anchor.file, writes ? "the joint federation's roster, or its draft" : "the anchor's file")
      ->type_name("FILE")
      ->required();
  if (entry.run == MergeAnchorFiles) {
    command.add_option("other", anchor.others, "the files that have the signatures")->type_name("FILE")->required();
  }
  if (entry.run == ShowAnchorFile) {
    command.add_option("--roster", anchor.roster, "the signed roster of the anchor's federation; else the pinned one")
        ->type_name("FILE");
    return;
  }
  command.add_option("--out", anchor.out, writes ? "file to write" : "where to write it; else into the same file")
      ->type_name("FILE")
      ->required(writes);
  if (writes) {
    command.add_option("--days", anchor.days, "how long it holds, at most as long as roster and charter; else 90")
        ->type_name("N")
        ->check(CLI::Range(1, 366));
  }
  if (entry.run == SignAnchorFile) {
    command
        .add_option("--joint", anchor.joint_config,
                    "this site's config in the joint federation, for comparing its key there")
        ->type_name("CONFIG");
  }
}

void AddAnchor(CLI::App& app, Options& options, Command& chosen) {
  CLI::App* anchor = app.add_subcommand(
      "anchor", "How this site's federation shows itself to another one with which it works together.");
  anchor->require_subcommand(1);
  anchor->footer("Example:\n  accord-client anchor sign a.anchor --joint joint.yaml --config client.yaml");
  for (const AnchorCommand& entry : kAnchorCommands) {
    CLI::App* command = AddCommand(*anchor, options, entry.name, entry.description, entry.example);
    AddAnchorOptions(*command, entry, options.anchor);
    command->callback([&options, &chosen, run = entry.run] {
      chosen = [&options, run] {
        options.anchor.config_path = options.config;
        return run(options.anchor, std::cout);
      };
    });
  }
}

struct JointCommand {
  const char* name;
  const char* description;
  const char* example;
  absl::Status (*run)(const JointOptions& options, std::ostream& out);
};

constexpr JointCommand kJointCommands[] = {
    {"pin",
     "Pin the two federations behind the joint one: nothing runs in it here that is weaker than in either, or with "
     "anybody whom neither anchor shows.",
     "accord-client joint pin --own client.yaml --own-anchor a.anchor --anchor b.anchor --roster b-roster.txt "
     "--charter b-charter.signed --config joint.yaml",
     PinJoint},
    {"show", "Say which federations are behind the joint one, and whether it holds for this site now.",
     "accord-client joint show --config joint.yaml", ShowJoint},
    {"forget", "Hold the joint federation against no other one any more.",
     "accord-client joint forget --config joint.yaml", ForgetJoint},
};

void AddJointPinOptions(CLI::App& pin, JointOptions& joint) {
  pin.add_option("--own", joint.own_config, "this site's config in its own federation")
      ->type_name("CONFIG")
      ->required();
  pin.add_option("--own-anchor", joint.own_anchor, "the own federation's anchor")->type_name("FILE")->required();
  pin.add_option("--anchor", joint.anchor, "the other federation's anchor")->type_name("FILE")->required();
  pin.add_option("--roster", joint.rosters,
                 "the other federation's signed rosters, from the one behind the pinned one to that of its anchor")
      ->type_name("FILE")
      ->required();
  pin.add_option("--charter", joint.charter, "the other federation's charter")->type_name("FILE")->required();
  pin.add_flag("--replace", joint.replace, "in place of another collaboration, or of a roster that is not followed");
}

}  // namespace

void AddJoint(CLI::App& app, Options& options, Command& chosen) {
  AddAnchor(app, options, chosen);
  CLI::App* joint = app.add_subcommand(
      "joint", "A joint federation of two: what this site holds it against. The stricter one counts.");
  joint->require_subcommand(1);
  joint->footer("Example:\n  accord-client joint show --config joint.yaml");
  for (const JointCommand& entry : kJointCommands) {
    CLI::App* command = AddCommand(*joint, options, entry.name, entry.description, entry.example);
    if (entry.run == PinJoint) AddJointPinOptions(*command, options.joint);
    command->callback([&options, &chosen, run = entry.run] {
      chosen = [&options, run] {
        options.joint.config_path = options.config;
        return run(options.joint, std::cout);
      };
    });
  }
}

}  // namespace accord
