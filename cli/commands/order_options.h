// The commands below `accord order`, in files of their own, and what several of them take.
#pragma once

#include "cli/commands/command_tree.h"
#include "cli/governance/order_summary.h"

namespace accord {

// --job, --approval, --last, --last-job
void AddSummaryOptions(CLI::App& leaf, SummarySources& sources);

// approve, refuse
void AddApprovalCommands(CommandTree& tree, CLI::App& group);
// judge
void AddJudgeOrder(CommandTree& tree, CLI::App& group);

}  // namespace accord
