// `accord order approve` and `refuse`.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/printable.h"
#include "base/status.h"
#include "cli/commands/order_options.h"
#include "cli/commands/printing.h"
#include "cli/governance/governed_files.h"
#include "cli/governance/order_summary.h"
#include "cli/governance/order_writing.h"
#include "trust/charter/order_words.h"
#include "trust/roster/roster_words.h"

namespace accord {
namespace {

struct ApprovalOptions {
  SummarySources sources;
  std::string as;
  uint32_t days = 0;
  std::vector<std::string> loosens;
  std::string out;
  bool unseen = false;  // approve without the job
};

// Rules that the order asks to loosen and this approval does not name.
std::string NotLoosened(const JobOrder& order, const ApprovalRequest& request) {
  std::vector<std::string> names;
  for (const v1::Rule rule : order.loosens) {
    if (std::find(request.loosens.begin(), request.loosens.end(), rule) == request.loosens.end()) {
      names.push_back(RuleName(rule));
    }
  }
  if (names.empty() || !request.approves) return "";
  return absl::StrCat("It does not loosen ", absl::StrJoin(names, ", "), ", which the order asks for (--loosens).\n");
}

absl::StatusOr<ExitCode> DecideOrder(CommandTree& tree, const ApprovalOptions& options, bool approves) {
  CliEnvironment& environment = tree.environment();
  ApprovalRequest request{.approves = approves, .days = options.days, .loosens = {}};
  ACCORD_ASSIGN_OR_RETURN(request.as, ParseRole(options.as));
  ACCORD_ASSIGN_OR_RETURN(request.loosens, ParseRules(options.loosens));
  if (approves && options.sources.job.empty() && !options.unseen) {
    return absl::InvalidArgumentError(
        "give the job that the order names, --job FILE: what it does is shown before you sign. To approve a job that "
        "you do not see here, say --unseen");
  }
  const absl::Time now = environment.clock.Now();
  ACCORD_ASSIGN_OR_RETURN(OrderSummary summary, SummariseOrder(options.sources, now));
  ACCORD_ASSIGN_OR_RETURN(const PersonWithKey person, ReadPerson(environment, tree.profile()));
  // What is signed is shown first, also where it is then not signed.
  if (!tree.json()) environment.out << PrintableLines(summary.text) << "\n";
  ACCORD_ASSIGN_OR_RETURN(const ReadApproval approval,
                          SignApproval(request, summary, *summary.charter->charter(), person, now));
  ACCORD_RETURN_IF_ERROR(WriteNewFile(options.out, approval.statement.Text()));
  summary.json["file"] = options.out;
  summary.json["by"] = person.identity;
  summary.json["decision"] = approves ? "approve" : "refuse";
  summary.json["job_shown"] = summary.job.has_value();
  PrintFound(tree, summary.json,
             absl::StrCat("SIGNED: ", DescribeApproval(approval.approval), "\n  with the key ",
                          KeyFingerprint(person.signer.public_key_der()), "; it is in ", options.out, "\n",
                          NotLoosened(summary.order.order, request)));
  return kExitOk;
}

void AddDecision(CommandTree& tree, CLI::App& group, const LeafHelp& help, bool approves) {
  const auto options = std::make_shared<ApprovalOptions>();
  CLI::App& leaf =
      tree.AddLeaf(group, help, [&tree, options, approves] { return DecideOrder(tree, *options, approves); });
  leaf.add_option("FILE", options->sources.order, "the order")->required();
  leaf.add_option("--charter", options->sources.charter, "the charter that it is under")->required()->type_name("FILE");
  leaf.add_option("--as", options->as, "the role of yours in which you decide")->required()->type_name("ROLE");
  AddSummaryOptions(leaf, options->sources);
  if (approves) {
    leaf.add_option("--days", options->days, "days for which it counts; without it 14, or the charter's most if less")
        ->check(CLI::Range(1, 366));
    leaf.add_flag("--unseen", options->unseen,
                  "sign without --job, although what the job does is then not shown to you");
    leaf.add_option("--loosens", options->loosens, "a rule whose loosening you approve too (repeatable)")
        ->allow_extra_args(false)
        ->type_name("RULE");
  }
  leaf.add_option("-o,--out", options->out, "file to write; one that is there is not written over")
      ->required()
      ->type_name("FILE");
}

}  // namespace

void AddApprovalCommands(CommandTree& tree, CLI::App& group) {
  AddDecision(tree, group,
              {.name = "approve",
               .description = "Show an order in words and sign that you approve it: this one order, in one role of "
                              "yours, for some days. Nothing is signed that would not count.",
               .example = "accord order approve risk.order --charter charter.signed --job heart-risk.yaml --as lead "
                          "-o risk-lead.approval"},
              /*approves=*/true);
  AddDecision(tree, group,
              {.name = "refuse",
               .description = "Sign that you refuse an order. Where it comes to a site, the order is over for good.",
               .example = "accord order refuse risk.order --charter charter.signed --as steward -o risk.refusal"},
              /*approves=*/false);
}

}  // namespace accord
