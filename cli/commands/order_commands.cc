// `accord order write` and `show`, and the group of them all.
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/commands/order_options.h"
#include "cli/commands/printing.h"
#include "cli/governance/governed_files.h"
#include "cli/governance/order_summary.h"
#include "cli/governance/order_writing.h"
#include "cli/operations/job_file.h"
#include "cli/operations/submission.h"

namespace accord {
namespace {

struct OrderWriteOptions {
  std::string job;
  std::string charter;
  std::string purpose;
  uint32_t days = 0;
  std::vector<std::string> mappings;
  std::vector<std::string> loosens;
  std::string out;
};

// As ReadOrderedJob, and the model of a job file can be built under this charter: what each site's trainer would find
// only once the job is there.
absl::StatusOr<ReadJob> ReadJobThatCanRun(const std::string& path, const Charter& charter) {
  if (!IsJobFile(path)) return ReadOrderedJob(path);
  const auto& operators = charter.terms().code().operators();
  const AllowedOperators allowed = {{operators.begin(), operators.end()}, charter.Clause("code.operators")};
  ACCORD_ASSIGN_OR_RETURN(CheckedJob checked, CheckJobFile(path, allowed));
  ACCORD_ASSIGN_OR_RETURN(std::string bytes, JobBytes(checked.spec));
  return ReadJob{.spec = std::move(checked.spec), .bytes = std::move(bytes)};
}

absl::StatusOr<ExitCode> WriteOrder(CommandTree& tree, const OrderWriteOptions& options) {
  CliEnvironment& environment = tree.environment();
  OrderRequest request{.purpose = options.purpose, .days = options.days, .mappings = options.mappings, .loosens = {}};
  ACCORD_ASSIGN_OR_RETURN(request.loosens, ParseRules(options.loosens));
  ACCORD_ASSIGN_OR_RETURN(const SignedCharter charter, ReadCharter(options.charter));
  ACCORD_ASSIGN_OR_RETURN(const PersonWithKey person, ReadPerson(environment, tree.profile()));
  ACCORD_ASSIGN_OR_RETURN(const ReadJob job, ReadJobThatCanRun(options.job, *charter.charter()));
  ACCORD_ASSIGN_OR_RETURN(const ReadOrder order,
                          SignOrder(request, job, *charter.charter(), person, environment.clock.Now()));
  ACCORD_RETURN_IF_ERROR(WriteNewFile(options.out, order.statement.Text()));
  SummarySources sources;
  sources.order = options.out;
  sources.charter = options.charter;
  sources.job = options.job;
  ACCORD_ASSIGN_OR_RETURN(OrderSummary summary, SummariseOrder(sources, environment.clock.Now()));
  summary.json["file"] = options.out;
  PrintFound(tree, summary.json,
             absl::StrCat(summary.text, "\nThe order is in ", options.out,
                          ". Send it with the job to those who approve it: accord order approve\n"));
  return kExitOk;
}

absl::StatusOr<ExitCode> ShowOrder(CommandTree& tree, const SummarySources& sources) {
  ACCORD_ASSIGN_OR_RETURN(const OrderSummary summary, SummariseOrder(sources, tree.environment().clock.Now()));
  PrintFound(tree, summary.json, summary.text);
  return summary.sound ? kExitOk : kExitFailed;
}

void AddWriteOrder(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<OrderWriteOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "write",
       .description =
           "Sign the order of a job: this job, under this charter, for this purpose. Checks the job as submit "
           "does, and what can be told beforehand of what sites will say.",
       .example =
           "accord order write heart-risk.yaml --charter charter.signed --purpose risk-of-disease -o risk.order"},
      [&tree, options] { return WriteOrder(tree, *options); });
  leaf.add_option("JOB", options->job, "the job file")->required();
  leaf.add_option("--charter", options->charter, "the charter that it is under")->required()->type_name("FILE");
  leaf.add_option("--purpose", options->purpose, "one of the charter's purposes")->required()->type_name("NAME");
  leaf.add_option("--days", options->days, "days for which it holds; without it 14, or the charter's most if less")
      ->check(CLI::Range(1, 366));
  leaf.add_option("--mapping", options->mappings,
                  "a site's mapping file that you have seen: the site refuses under another one (repeatable)")
      ->allow_extra_args(false)
      ->type_name("SITE=FILE");
  leaf.add_option("--loosens", options->loosens, "a rule that two people are to loosen for this job (repeatable)")
      ->allow_extra_args(false)
      ->type_name("RULE");
  leaf.add_option("-o,--out", options->out, "file to write; one that is there is not written over")
      ->required()
      ->type_name("FILE");
}

void AddShowOrder(CommandTree& tree, CLI::App& group) {
  const auto sources = std::make_shared<SummarySources>();
  CLI::App& leaf =
      tree.AddLeaf(group,
                   {.name = "show",
                    .description = "Say in words what an order is for, what changed since the last one, who signed and "
                                   "what is lacking. Ends with 1 where no site would ever run it.",
                    .example = "accord order show risk.order --charter charter.signed --job heart-risk.yaml\n"
                               "accord order show risk-2.order --charter charter.signed --job heart-risk-2.yaml "
                               "--last risk.order --last-job heart-risk.yaml"},
                   [&tree, sources] { return ShowOrder(tree, *sources); });
  leaf.add_option("FILE", sources->order, "the order")->required();
  leaf.add_option("--charter", sources->charter, "the charter that it is under; without it no signature is checked")
      ->type_name("FILE");
  AddSummaryOptions(leaf, *sources);
}

}  // namespace

void AddSummaryOptions(CLI::App& leaf, SummarySources& sources) {
  leaf.add_option("--job", sources.job, "its job: a job file, or the bytes that were sent")->type_name("FILE");
  leaf.add_option("--approval", sources.approvals, "an approval or refusal that there is already (repeatable)")
      ->allow_extra_args(false)
      ->type_name("FILE");
  leaf.add_option("--last", sources.last, "the order that was approved before: shows what changed")->type_name("FILE");
  leaf.add_option("--last-job", sources.last_job, "the job of --last")->type_name("FILE");
}

void AddOrderCommands(CommandTree& tree) {
  CLI::App& group = tree.AddGroup("order", "Order jobs under a charter, and approve or refuse them, in signed files.");
  AddWriteOrder(tree, group);
  AddShowOrder(tree, group);
  AddApprovalCommands(tree, group);
  AddJudgeOrder(tree, group);
}

}  // namespace accord
