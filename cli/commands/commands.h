// Every group of commands adds itself to the tree. One file a group; the larger job commands have files of their own.
#pragma once

#include "cli/commands/command_tree.h"

namespace accord {

void AddLoginCommand(CommandTree& tree);
// job validate, rehearse, submit, hand-in, papers, watch, list, show, cancel, stop, report
void AddJobCommands(CommandTree& tree);
// simulate
void AddSimulateCommand(CommandTree& tree);
// model export
void AddModelCommands(CommandTree& tree);
// operators
void AddOperatorsCommand(CommandTree& tree);
// site list
void AddSiteCommands(CommandTree& tree);
// data synthesize
void AddDataCommands(CommandTree& tree);
// audit evidence, verify, entry, compare, federation-tree, refusal, posture, fetch, accesses
void AddAuditCommands(CommandTree& tree);
// charter draft, person, show, diff, status, sign, merge, fetch, join
void AddCharterCommands(CommandTree& tree);
// order write, show, approve, refuse, judge
void AddOrderCommands(CommandTree& tree);
// complaint file, answer, list, show
void AddComplaintCommands(CommandTree& tree);
// policy check, sign, show
void AddPolicyCommands(CommandTree& tree);
// release write, show
void AddReleaseCommands(CommandTree& tree);

// Below `group`, the job commands.
void AddValidateCommand(CommandTree& tree, CLI::App& group);
void AddRehearseCommand(CommandTree& tree, CLI::App& group);
void AddReportCommand(CommandTree& tree, CLI::App& group);
void AddHandInCommand(CommandTree& tree, CLI::App& group);
void AddPapersCommand(CommandTree& tree, CLI::App& group);
void AddStopCommand(CommandTree& tree, CLI::App& group);
// Below `group`, the charter commands.
void AddCharterFetchCommand(CommandTree& tree, CLI::App& group);
void AddCharterJoinCommand(CommandTree& tree, CLI::App& group);
// Below `group`, the audit commands.
void AddVerifyCommand(CommandTree& tree, CLI::App& group);
void AddEntryCommand(CommandTree& tree, CLI::App& group);
void AddCompareCommand(CommandTree& tree, CLI::App& group);
void AddFederationTreeCommand(CommandTree& tree, CLI::App& group);
void AddRefusalCommand(CommandTree& tree, CLI::App& group);
void AddPostureCommand(CommandTree& tree, CLI::App& group);
void AddForkCommand(CommandTree& tree, CLI::App& group);
void AddAccessCommands(CommandTree& tree, CLI::App& group);

}  // namespace accord
